"""Training in coefficient space: one run, or many replicas and cells at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics.batches import checked_batches, epochs_of_batches
from dynamics.coefficients import BatchView, Labels, outputs, signs
from dynamics.phase import Phase
from dynamics.rules import RULES, Rule
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.trajectory import RecordEvery, Timetable, Trajectory, timetable

Array = NDArray[np.float64]

# Replicas are trained in blocks whose inner products fill at most this. Larger temporaries go back to the system
# after every step: SAM at n = 30, m = 15 took 34 us a step and replica in blocks of 80, and 18 us in blocks of 24.
_BLOCK_BYTES = 200_000


def train(
    s: Setting,
    x: Sample,
    phases: Phase | Sequence[Phase],
    seed: int = 0,
    batches: ArrayLike | None = None,
    record_every: RecordEvery = 1,
    tol: float | None = None,
) -> Trajectory:
    """Train one network and return its coefficients; O(m B n) a step, whatever `d` is.

    Parameters
    ----------
    s : Setting
    x : Sample
        Its sizes must be those of the setting; its own `mu` counts, not `s.mu_norm`.
    phases : sequence of Phase
        Trained one after the other, from the weights where the last one ended.
    seed : int
        Of the batches only.
    batches : array_like of int, shape (epochs, H, B), optional
        The batches of every epoch of all phases, in place of random ones.
    record_every : int, "step" or "geometric"
        Epochs between records; every step; or epochs 0, 1, 2, 4, 8, .... The start, the end and
        the ends of phases are always recorded.
    tol : float, optional
        Stop after the first epoch at whose end the training loss is at most this.

    Returns
    -------
    Trajectory

    Raises
    ------
    ValueError
        For arguments that do not fit; nothing has been computed then.
    FloatingPointError
        If the weights stop being finite; says in which epoch.

    Notes
    -----
    The recursions are exact: `gamma` and `rho` are those of the signal-noise decomposition (statement
    `coefficient_recursion`); the engine is derived in `dynamics.coefficients`.
    """
    tables = None if batches is None else [batches]
    phases = timetable(phases, record_every).phases
    return train_ensemble(s, [x], phases, [seed], tables, record_every, tol)[0]


def train_ensemble(
    s: Setting | Sequence[Setting],
    samples: Sequence[Sample],
    phases: Phase | Sequence[Phase] | Sequence[Sequence[Phase]],
    seeds: Sequence[int] | None = None,
    batches: Sequence[ArrayLike] | None = None,
    record_every: RecordEvery = 1,
    tol: float | None = None,
) -> list[Trajectory]:
    """Train many networks at once: the same numbers as a loop over `train`, to rounding.

    Parameters
    ----------
    s : Setting or sequence of Setting
        One for all, or one a replica; they may differ in everything but `n`, `m` and `B`.
    samples : sequence of Sample
        One a replica.
    phases : sequence of Phase, or sequence of such sequences
        One schedule for all, or one a replica.
    seeds : sequence of int, optional
        Of the batches; 0, 1, 2, ... by default.
    batches : sequence of array_like, optional
        A table of batches a replica.
    record_every, tol
        As for `train`; every replica stops on its own.

    Returns
    -------
    list of Trajectory
        In the order of `samples`.

    Raises
    ------
    ValueError, FloatingPointError
        As for `train`.
    """
    R = len(samples)
    settings = [s] * R if isinstance(s, Setting) else list(s)
    listed = list(phases) if isinstance(phases, list | tuple) else [phases]
    one_each = bool(listed) and all(isinstance(schedule, list | tuple) for schedule in listed)
    schedules = listed if one_each else [phases] * R
    tables: Sequence[ArrayLike | None] = [None] * R if batches is None else batches
    seeds = range(R) if seeds is None else seeds
    for name, given in (("s", settings), ("phases", schedules), ("seeds", seeds), ("batches", tables)):
        if len(given) != R:
            raise ValueError(f"{name} of length {len(given)} is not allowed: there are {R} samples")
    is_number = isinstance(tol, int | float | np.number) and not isinstance(tol, bool)
    if tol is not None and not (is_number and tol > 0):
        raise ValueError(f"tol = {tol!r} is not allowed: it must be a positive number")
    if len({(t.n, t.m, t.B) for t in settings}) > 1:
        raise ValueError("s is not allowed: settings trained together must agree in n, m and B")
    groups: dict[Any, list[_Replica]] = defaultdict(list)
    for k in range(R):
        plan = timetable(cast(Sequence[Phase], schedules[k]), record_every)
        samples[k].check_fits(settings[k])
        given_table = tables[k]
        table = None if given_table is None else checked_batches(settings[k], given_table, plan.epochs)
        replica = _Replica(k, settings[k], samples[k], plan, epochs_of_batches(settings[k], seeds[k]))
        if table is not None:
            replica.epochs_of_batches, replica.has_own_batches = iter(table), True
        groups[tuple((phase.rule, phase.epochs) for phase in plan.phases)].append(replica)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported with its epoch
        for group in groups.values():
            size = max(1, _BLOCK_BYTES // (8 * group[0].setting.m * 2 * (group[0].setting.n + 1)))
            for first in range(0, len(group), size):
                _run(group[first : first + size], tol)
        in_order = sorted((replica for group in groups.values() for replica in group), key=lambda r: r.index)
        return [replica.trajectory() for replica in in_order]


@dataclass
class _Replica:
    """One run's inputs, and its records as they come."""

    index: int
    setting: Setting
    sample: Sample
    timetable: Timetable
    epochs_of_batches: Any
    has_own_batches: bool = False
    steps: list[int] = field(default_factory=list)
    records: list[Array] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    batches: list[NDArray[np.intp]] = field(default_factory=list)

    def trajectory(self) -> Trajectory:
        s, x, m = self.setting, self.sample, self.setting.m
        C = np.stack(self.records)  # (T, 1 + n, 2m)
        T = len(C)
        gamma = (signs(m) * (x.mu @ x.mu) * C[:, 0]).reshape(T, 2, m)
        xi_squares = np.einsum("id,id->i", x.xi, x.xi)
        rho = np.moveaxis((s.P - 1) * xi_squares[:, None] * C[:, 1:], 1, 2).reshape(T, 2, m, s.n)
        step = np.array(self.steps, dtype=np.int64)
        if not (np.isfinite(gamma).all() and np.isfinite(rho).all()):
            raise FloatingPointError(
                f"training diverged by epoch {step[-1] // s.H} (replica {self.index}): coefficients are not finite; "
                f"eta = {s.eta} is too large for this setting"
            )
        return Trajectory(
            setting=s,
            sample=x,
            phases=self.timetable.phases,
            step=step,
            epoch=step // s.H,
            phase=self.timetable.phase_of(step // s.H),
            gamma=gamma,
            rho=np.ascontiguousarray(rho),
            loss=np.array(self.losses),
            batches=np.array(self.batches, dtype=np.intp).reshape(-1, s.B)
            if self.timetable.record_every == "step"
            else None,
        )


@dataclass
class _Stack:
    """Running state of the replicas that still train, on a leading axis."""

    replicas: list[_Replica]
    K: Array  # (R, 1 + n, 1 + n)
    z: Array  # (R, 1 + n, 2m)
    C: Array  # (R, 1 + n, 2m)
    labels: Labels  # (R, n)
    eta: Array  # (R, 1, 1)
    velocity: Array | None = None  # (R, 1 + n, 2m), for rules with a memory

    @classmethod
    def start(cls, replicas: list[_Replica]) -> "_Stack":
        V = [np.vstack([r.sample.mu, r.sample.xi]) for r in replicas]
        z = np.stack([v @ r.sample.w0.reshape(-1, v.shape[1]).T for v, r in zip(V, replicas, strict=True)])
        return cls(
            replicas,
            K=np.stack([v @ v.T for v in V]),
            z=z,
            C=np.zeros_like(z),
            labels=Labels(
                y=np.array([r.sample.y for r in replicas], dtype=float),
                y_hat=np.array([r.sample.y_hat for r in replicas], dtype=float),
                copies=np.array([r.setting.P - 1.0 for r in replicas])[:, None, None],
            ),
            eta=np.array([r.setting.eta for r in replicas])[:, None, None],
        )

    def keep(self, alive: NDArray[np.bool_]) -> None:
        self.replicas = [r for r, lives in zip(self.replicas, alive, strict=True) if lives]
        self.K, self.z, self.C, self.eta = self.K[alive], self.z[alive], self.C[alive], self.eta[alive]
        labels = self.labels
        self.labels = Labels(labels.y[alive], labels.y_hat[alive], labels.copies[alive])
        if self.velocity is not None:
            self.velocity = self.velocity[alive]

    def step(self, batch: NDArray[np.intp], rule: Rule, tau: Array) -> None:
        """One step with the batches `(R, B)`; a full batch needs no gathering."""
        if batch.shape[1] == self.K.shape[1] - 1:
            rows_of_K = self.K
            view = BatchView(self.z, self.K, self.labels)
            index: Any = ...
        else:
            r = np.arange(len(batch))[:, None]
            rows = np.concatenate([np.zeros_like(batch[:, :1]), batch + 1], axis=1)
            rows_of_K = self.K[r, rows]
            labels = Labels(self.labels.y[r, batch], self.labels.y_hat[r, batch], self.labels.copies)
            view = BatchView(self.z[r, rows], np.take_along_axis(rows_of_K, rows[:, None, :], 2), labels)
            index = (r, rows)
        G = rule.direction(view, tau)
        if self.velocity is not None:
            self.velocity *= rule.memory
            self.velocity[index] += G
            G, rows_of_K, index = self.velocity, self.K, ...
        G = self.eta * G
        self.C[index] -= G
        self.z -= rows_of_K.swapaxes(1, 2) @ G

    def radii(self, index: int) -> Array:
        """Return the radius of each replica in one phase, shape (R, 1, 1); 0 for rules without one."""
        return np.array([r.timetable.phases[index].tau or 0.0 for r in self.replicas])[:, None, None]

    def next_tables(self) -> NDArray[np.intp]:
        """Return the batches of the next epoch of each replica, shape (R, H, B)."""
        return np.stack([next(r.epochs_of_batches) for r in self.replicas])

    def losses(self) -> Array:
        loss: Array = np.logaddexp(0, -self.labels.y * outputs(self.z, self.labels)).mean(1)
        return loss

    def record(self, steps: int, losses: Array) -> None:
        for k, replica in enumerate(self.replicas):
            replica.steps.append(steps)
            replica.records.append(self.C[k].copy())
            replica.losses.append(float(losses[k]))


def _run(replicas: list[_Replica], tol: float | None) -> None:
    stack = _Stack.start(replicas)
    plan, s = replicas[0].timetable, replicas[0].setting
    # the order inside a full batch changes nothing, so one table serves all epochs, unless the user gave others
    constant = s.n == s.B and not any(r.has_own_batches for r in replicas)
    stack.record(0, stack.losses())
    epoch = 0
    for index, phase in enumerate(plan.phases):
        tau = stack.radii(index)
        stack.velocity = np.zeros_like(stack.C) if RULES[phase.rule].memory else None
        for k in range(phase.epochs):
            if k == 0 or not constant:
                tables = stack.next_tables()
            epoch += 1
            _epoch(stack, tables, phase.rule, tau, plan, epoch)
            recorded = plan.records(epoch)
            if not (recorded or tol is not None):
                continue
            losses = stack.losses()
            if recorded:
                stack.record(epoch * s.H, losses)
            if tol is not None and (losses <= tol).any():
                _stop(stack, losses <= tol, losses, None if recorded else epoch * s.H)
                if not stack.replicas:
                    return
                tau, tables = stack.radii(index), tables[: len(stack.replicas)]


def _epoch(
    stack: _Stack,
    tables: NDArray[np.intp],
    rule: str,
    tau: Array,
    plan: Timetable,
    epoch: int,
) -> None:
    H = tables.shape[1]
    every_step = plan.record_every == "step"
    for h in range(H):
        stack.step(tables[:, h], RULES[rule], tau)
        if every_step:
            for replica, batch in zip(stack.replicas, tables[:, h], strict=True):
                replica.batches.append(batch)
            if h < H - 1:
                stack.record((epoch - 1) * H + h + 1, stack.losses())
    if not np.isfinite(stack.z.sum()):
        lost = stack.replicas[int(np.argmin(np.isfinite(stack.z.sum((1, 2)))))]
        raise FloatingPointError(
            f"training diverged in epoch {epoch} (replica {lost.index}, rule {rule!r}): the weights are not finite; "
            f"eta = {lost.setting.eta} is too large for this setting"
        )


def _stop(stack: _Stack, done: NDArray[np.bool_], losses: Array, unrecorded: int | None) -> None:
    if unrecorded is not None:
        for k in np.flatnonzero(done):
            replica = stack.replicas[k]
            replica.steps.append(unrecorded)
            replica.records.append(stack.C[k].copy())
            replica.losses.append(float(losses[k]))
    stack.keep(~done)
