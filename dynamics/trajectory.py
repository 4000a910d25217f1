"""The record of one run: coefficients and loss at the recorded steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics.arrays import SIGNS, Array
from dynamics.batches import checked_batches
from dynamics.engines.coefficients import Labels, outputs
from dynamics.files import File, read, write
from dynamics.given import checked_steps, checked_weights, compose, decompose, refuse_other_batches
from dynamics.phase import Phase
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.validation import array_of, instance, integer, reals, shown

RecordEvery = int | Literal["step", "geometric"]


@dataclass(frozen=True)
class Trajectory:
    """One run; first axis `T` is the record, in order of time, starting with the initial weights.

    Attributes
    ----------
    setting : Setting
    sample : Sample
    phases : tuple of Phase
    step, epoch : ndarray of int, shape (T,)
        Steps taken, and whole epochs completed, before the record.
    phase : ndarray of int, shape (T,)
        Index of the phase of the step that follows the record (of the last step, at the end).
    gamma : ndarray, shape (T, 2, m)
        Signal coefficient of each filter; dimensionless.
    rho : ndarray, shape (T, 2, m, n)
        Noise coefficients; dimensionless.
    loss : ndarray, shape (T,)
        Mean logistic loss over all training samples.
    batches : ndarray of int, shape (T - 1, B), or None
        The batch of the step between two records, if every step is recorded.
    trained_weights : ndarray, shape (T, 2, m, D), or None
        The weights themselves, if the engine trained them.
    left : ndarray, shape (T,), or None
        Share of the initial weights that weight decay has left; None if there was none, or the weights are at hand.

    Notes
    -----
    `w_jr = w_jr(0) + j gamma_jr mu/||mu||^2 + (1/(P-1)) sum_i rho_jri xi_i/||xi_i||^2`, the exact
    decomposition of the paper.
    """

    setting: Setting
    sample: Sample
    phases: tuple[Phase, ...]
    step: NDArray[np.int64]
    epoch: NDArray[np.int64]
    phase: NDArray[np.int64]
    gamma: Array
    rho: Array
    loss: Array
    batches: NDArray[np.intp] | None = None
    trained_weights: Array | None = None
    left: Array | None = None

    @classmethod
    def from_weights(
        cls,
        s: Setting,
        x: Sample,
        phases: Phase | Sequence[Phase],
        weights: ArrayLike,
        batches: ArrayLike | None = None,
        steps: ArrayLike | None = None,
    ) -> "Trajectory":
        """Read a run off weights that were trained anywhere.

        Parameters
        ----------
        s : Setting
        x : Sample
            The data and initial weights that the run started from.
        phases : sequence of Phase
            What was trained. A rule that the suite does not have is named by `register_rule`.
        weights : array_like, shape (T, 2, m, D)
            In the frame of the sample, `w0` first; of NumPy, PyTorch or JAX, or a list of their arrays.
        batches : array_like of int, shape (epochs, H, B), optional
            The batches of every epoch. Kept if every step is recorded, as some statements need.
        steps : array_like of int, shape (T,), optional
            Steps taken before each record, rising from 0; if not given, every step or every epoch was recorded.

        Returns
        -------
        Trajectory
            With `gamma` and `rho` by least squares, and `residual`, what they do not explain.

        Raises
        ------
        ValueError
            For arguments that do not fit; weights that do not start at `w0`; batches that, under the phase's rule,
            cannot have made these weights, with the first step that says so.

        Notes
        -----
        The loss is that of the weights. Rounding is judged by the type the weights were kept in, seen in their digits.
        """
        plan = timetable(phases, 1)
        instance("x", x, Sample).check_fits(instance("s", s, Setting))
        x.check_scales(s)
        for phase in plan.phases:
            phase.check_fits(s)
        W = checked_weights(s, x, weights)
        step = checked_steps(s, plan.phases, len(W), steps)
        epoch = step // s.H
        used: NDArray[np.intp] | None = None
        if batches is not None:
            table = checked_batches(s, batches, plan.phases).reshape(-1, s.B)
            if len(step) > 1 and (np.diff(step) == 1).all():
                used = table[: len(W) - 1]
                refuse_other_batches(s, x, plan.phases, plan.phase_of(epoch)[:-1], W, used)
        gamma, rho = decompose(x, s.P - 1, W - W[0])  # w0 may have been rounded to a shorter type
        z = np.vstack([x.mu, x.xi]) @ W.reshape(len(W), 2 * s.m, -1).swapaxes(1, 2)
        labels = Labels(x.y[None].astype(float), x.y_hat[None].astype(float), np.array([[[s.P - 1.0]]]), s.phi)
        return cls(
            setting=s,
            sample=x,
            phases=plan.phases,
            step=step,
            epoch=epoch,
            phase=plan.phase_of(epoch),
            gamma=gamma,
            rho=rho,
            loss=np.logaddexp(0.0, -labels.y * outputs(z, labels)).mean(1),
            batches=used,
            trained_weights=W,
        )

    @cached_property
    def residual(self) -> Array:
        """Share of `W - W(0)` outside the span of `(mu, xi_i)`, shape (T,): its norm over the whole; 0 at the start."""
        T = len(self.step)
        if self.trained_weights is None and self.left is None:
            return np.zeros(T)
        moved = np.stack([self.weights(k) for k in range(T)])
        moved = moved - moved[0]
        outside = moved - compose(self.sample, self.setting.P - 1, self.gamma, self.rho)
        below, above = (np.sqrt((a**2).sum((1, 2, 3))) for a in (outside, moved))
        return np.divide(below, above, out=np.zeros(T), where=above > 0)

    def weights(self, k: int) -> Array:
        """Return the filters at record `k`, shape (2, m, D), in the frame of the sample; `k` may count from the end."""
        T = len(self.step)
        if not -T <= integer("k", k, least=-T) < T:
            raise ValueError(f"k = {k} is not allowed: the run has {T} records, 0 to {T - 1} or -1 to {-T}")
        if self.trained_weights is not None:
            return self.trained_weights[k]
        x, copies = self.sample, self.setting.P - 1
        result: Array = x.w0 + compose(x, copies, self.gamma[k], self.rho[k])
        if self.left is not None:
            result = result + (self.left[k] - 1) * (x.w0 - compose(x, copies, *decompose(x, copies, x.w0)))
        return result

    def save(self, target: File) -> None:
        """Write the run, with its setting, phases and sample, to a file; `load` gives it back bit for bit.

        Raises
        ------
        ValueError
            If the target is not a file in a folder that exists.

        Notes
        -----
        Written whole or not at all. `numpy.load(file)["rho"]` reads one array without this package; those
        of the sample are called "sample.mu" and so on.
        """
        own = {name: getattr(self, name) for name in _ARRAYS if getattr(self, name) is not None}
        of_sample = {f"sample.{name}": array for name, array in vars(self.sample).items()}
        about = {"setting": self.setting.model_dump(), "phases": [phase.model_dump() for phase in self.phases]}
        write(target, "trajectory", own | of_sample, about)

    @classmethod
    def load(cls, source: File) -> "Trajectory":
        """Return the run that `save` wrote.

        Raises
        ------
        ValueError
            For a file that is not there, not whole, or not a run's.
        """
        with read(source, "trajectory") as (arrays, about):
            of_sample = {name: arrays.pop(name) for name in list(arrays) if name.startswith("sample.")}
            sample = Sample(**{name.removeprefix("sample."): array for name, array in of_sample.items()})
            setting = Setting(**about["setting"])
            phases = timetable([Phase(**phase) for phase in about["phases"]], 1).phases
            sample.check_fits(setting)
            return cls(setting=setting, sample=sample, phases=phases, **_checked(arrays, setting, sample, phases))

    @cached_property
    def signal_products(self) -> Array:
        """`<w_jr, mu>` at each record, shape (T, 2, m)."""
        return self._products[..., 0]

    @cached_property
    def noise_products(self) -> Array:
        """`<w_jr, xi_i>` at each record, shape (T, 2, m, n)."""
        return self._products[..., 1:]

    @cached_property
    def _products(self) -> Array:
        x, copies = self.sample, self.setting.P - 1
        V = np.vstack([x.mu, x.xi])
        K = V @ V.T
        j = SIGNS[:, None]
        squares = np.diagonal(K)
        C = np.concatenate([(j * self.gamma)[..., None], self.rho / copies], axis=-1)
        C = np.divide(C, squares, out=np.zeros_like(C), where=squares > 0)
        return x.w0 @ V.T + C @ K


_ARRAYS = ("step", "epoch", "phase", "gamma", "rho", "loss", "batches", "trained_weights", "left")


def _checked(
    arrays: dict[str, NDArray[Any]], s: Setting, x: Sample, phases: tuple[Phase, ...]
) -> dict[str, NDArray[Any]]:
    """Return a run's arrays, as new ones, if they are such as training makes them."""
    T = len(arrays["step"])
    shapes = {
        "step": (T,),
        "epoch": (T,),
        "phase": (T,),
        "gamma": (T, 2, s.m),
        "rho": (T, 2, s.m, s.n),
        "loss": (T,),
        "batches": (T - 1, s.B),
        "trained_weights": (T, *x.w0.shape),
        "left": (T,),
    }
    for name, array in arrays.items():
        if array.shape != shapes[name]:
            raise ValueError(f"{name} of shape {array.shape} is not allowed: it must have shape {shapes[name]}")
    whole = [name for name in arrays if name in ("step", "epoch", "phase", "batches")]
    found: dict[str, NDArray[Any]] = {
        name: array_of("i", name, arrays[name], "an array of integers").astype(np.int64) for name in whole
    }
    found |= {name: reals(name, arrays[name]) for name in arrays if name not in (*whole, "loss")}
    found["loss"] = array_of("f", "loss", arrays["loss"], "an array of real numbers").astype(np.float64)
    step, last = found["step"], s.H * sum(phase.epochs for phase in phases)
    for name, holds, rule in (
        ("step", step[0] == 0 and (np.diff(step) > 0).all() and step[-1] <= last, f"rise from 0 to at most {last}"),
        ("epoch", (found["epoch"] == step // s.H).all(), "be the step over H"),
        ("phase", ((found["phase"] >= 0) & (found["phase"] < len(phases))).all(), "number the phases"),
        ("loss", (found["loss"] >= 0).all(), "be at least 0"),
        ("batches", all(0 <= i < s.n for i in found.get("batches", step[:0]).flat), "hold sample numbers"),
    ):
        if not holds:
            raise ValueError(f"{name} is not allowed: it must {rule}")
    return found


@dataclass(frozen=True)
class Timetable:
    """Which epochs of a run are recorded: the first, the last, the ends of phases, and a rhythm."""

    phases: tuple[Phase, ...]
    record_every: RecordEvery

    @property
    def epochs(self) -> int:
        """Epochs of all phases together."""
        return sum(phase.epochs for phase in self.phases)

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Epoch at which each phase ends."""
        return np.cumsum([phase.epochs for phase in self.phases], dtype=np.int64)

    def records(self, epoch: int) -> bool:
        """Whether the weights after `epoch` whole epochs are recorded."""
        if epoch == 0 or epoch in self.ends or self.record_every == "step":
            return True
        if self.record_every == "geometric":
            return epoch & (epoch - 1) == 0
        return epoch % self.record_every == 0

    def next_record(self, epoch: int) -> int:
        """Return the first epoch after `epoch` that is recorded."""
        end = int(self.ends[np.searchsorted(self.ends, epoch, side="right")])
        if self.record_every == "step":
            return epoch + 1
        if self.record_every == "geometric":
            return min(end, 1 << epoch.bit_length())
        return min(end, (epoch // self.record_every + 1) * self.record_every)

    def phase_of(self, epochs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Index of the phase of the step after so many epochs; at the last record, of the step before."""
        index = np.searchsorted(self.ends, epochs, side="right")
        if epochs[-1] > 0:
            index[-1] = np.searchsorted(self.ends, epochs[-1], side="left")
        return np.minimum(index, len(self.phases) - 1).astype(np.int64)


def timetable(phases: Phase | Sequence[Phase], record_every: RecordEvery) -> Timetable:
    """Check the arguments of a run and return its timetable.

    Raises
    ------
    ValueError
        If `phases` holds anything but `Phase` objects or is empty, or `record_every` is neither a
        positive integer nor "step" nor "geometric".
    """
    listed = (phases,) if isinstance(phases, Phase) else tuple(phases) if isinstance(phases, list | tuple) else ()
    if not listed or not all(isinstance(phase, Phase) for phase in listed):
        raise ValueError(f"phases = {shown(phases)} is not allowed: it must be a list of one or more Phase objects")
    if not (isinstance(record_every, str) and record_every in ("step", "geometric")):
        record_every = integer("record_every", record_every, least=1, what=", 'step' or 'geometric'")
    return Timetable(listed, record_every)
