"""The record of one run: coefficients and loss at the recorded steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dynamics.arrays import SIGNS, Array
from dynamics.files import File, read, write
from dynamics.phase import Phase
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.validation import array_of, integer, reals, shown

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

    def weights(self, k: int) -> Array:
        """Return the filters at record `k`, shape (2, m, D), in the frame of the sample; `k` may count from the end."""
        T = len(self.step)
        if not -T <= integer("k", k, least=-T) < T:
            raise ValueError(f"k = {k} is not allowed: the run has {T} records, 0 to {T - 1} or -1 to {-T}")
        if self.trained_weights is not None:
            return self.trained_weights[k]
        x, copies = self.sample, self.setting.P - 1
        j = SIGNS[:, None]
        mu_square = x.mu @ x.mu
        on_mu = np.divide(j * self.gamma[k], mu_square, out=np.zeros_like(self.gamma[k]), where=mu_square > 0)
        squares = copies * np.einsum("id,id->i", x.xi, x.xi)
        on_xi = np.divide(self.rho[k], squares, out=np.zeros_like(self.rho[k]), where=squares > 0)
        return x.w0 + on_mu[..., None] * x.mu + on_xi @ x.xi

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


_ARRAYS = ("step", "epoch", "phase", "gamma", "rho", "loss", "batches", "trained_weights")


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
