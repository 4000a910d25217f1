"""Replicas trained together by NumPy, on a leading axis: any rule, and the engine where numba is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynamics.coefficients import BatchView, Labels, outputs
from dynamics.replica import Replica
from dynamics.rules import RULES, Rule
from dynamics.trajectory import Timetable

Array = NDArray[np.float64]

# Replicas are trained in blocks whose inner products fill at most this. Larger temporaries go back to the system
# after every step: SAM at n = 30, m = 15 took 34 us a step and replica in blocks of 80, and 18 us in blocks of 24.
_BLOCK_BYTES = 200_000


def run(replicas: Sequence[Replica], tol: float | None) -> None:
    """Train replicas of the same schedule and fill in their records.

    Parameters
    ----------
    replicas : sequence of Replica
        Equal in n, m, B, and in the rules and epochs of their phases.
    tol : float, optional
        A replica stops after the first epoch at whose end its loss is at most this.

    Raises
    ------
    FloatingPointError
        If weights stop being finite.
    """
    s = replicas[0].setting
    size = max(1, _BLOCK_BYTES // (8 * s.m * 2 * (s.n + 1)))
    for first in range(0, len(replicas), size):
        _run(list(replicas[first : first + size]), tol)


@dataclass
class Stack:
    """Running state of the replicas that still train, on a leading axis."""

    replicas: list[Replica]
    K: Array  # (R, 1 + n, 1 + n)
    z: Array  # (R, 1 + n, 2m)
    C: Array  # (R, 1 + n, 2m)
    labels: Labels  # (R, n)
    eta: Array  # (R, 1, 1)
    velocity: Array | None = None  # (R, 1 + n, 2m), for rules with a memory

    @classmethod
    def start(cls, replicas: list[Replica]) -> "Stack":
        """Return the state before the first step."""
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
        """Drop the replicas that are not alive."""
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
        """Return the training loss of each replica, shape (R,)."""
        loss: Array = np.logaddexp(0, -self.labels.y * outputs(self.z, self.labels)).mean(1)
        return loss

    def record(self, steps: int, losses: Array) -> None:
        """Record every replica."""
        for k, replica in enumerate(self.replicas):
            replica.record(steps, self.C[k], float(losses[k]))


def _run(replicas: list[Replica], tol: float | None) -> None:
    stack = Stack.start(replicas)
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
            _epoch(stack, tables, index, tau, plan, epoch)
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
    stack: Stack,
    tables: NDArray[np.intp],
    phase: int,
    tau: Array,
    plan: Timetable,
    epoch: int,
) -> None:
    H = tables.shape[1]
    every_step = plan.record_every == "step"
    for h in range(H):
        stack.step(tables[:, h], RULES[plan.phases[phase].rule], tau)
        if every_step:
            for replica, batch in zip(stack.replicas, tables[:, h], strict=True):
                replica.batches.append(batch)
            if h < H - 1:
                stack.record((epoch - 1) * H + h + 1, stack.losses())
    if not np.isfinite(stack.z.sum()):
        lost = stack.replicas[int(np.argmin(np.isfinite(stack.z.sum((1, 2)))))]
        raise lost.diverged(epoch, lost.timetable.phases[phase])


def _stop(stack: Stack, done: NDArray[np.bool_], losses: Array, unrecorded: int | None) -> None:
    if unrecorded is not None:
        for k in np.flatnonzero(done):
            stack.replicas[k].record(unrecorded, stack.C[k], float(losses[k]))
    stack.keep(~done)
