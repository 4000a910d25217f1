"""Replicas trained together by NumPy, on a leading axis: any rule, and the engine where numba is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynamics.arrays import Array
from dynamics.engines.coefficients import BatchView, Labels, outputs
from dynamics.engines.replica import Replica
from dynamics.phase import Phase
from dynamics.rules import RULES
from dynamics.trajectory import Timetable

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
class Weights:
    """Weights of all replicas, `W = left W(0) + C^T V`, as the engine sees them, and what rules remember."""

    z: Array  # (R, 1 + n, 2m)
    C: Array  # (R, 1 + n, 2m)
    left: Array  # (R, 1, 1); below 1 only after weight decay
    velocity: Array | None = None  # (R, 1 + n, 2m)
    fading: Array | None = None  # (R, 1, 1); velocity of `left`
    state: dict[str, Any] = field(default_factory=dict)

    def keep(self, alive: NDArray[np.bool_]) -> "Weights":
        """Return the weights of the replicas that are alive."""
        state = {name: value[alive] if isinstance(value, np.ndarray) else value for name, value in self.state.items()}
        velocity, fading = (None if a is None else a[alive] for a in (self.velocity, self.fading))
        return Weights(self.z[alive], self.C[alive], self.left[alive], velocity, fading, state)

    def at_rest(self, memory: float) -> "Weights":
        """Return the same weights with no velocity, or with none yet."""
        still = np.zeros_like(self.C), np.zeros_like(self.left)
        return Weights(self.z.copy(), self.C.copy(), self.left.copy(), *(still if memory else (None, None)))


@dataclass
class Stack:
    """Running state of the replicas that still train, on a leading axis; one set of weights for each worker."""

    replicas: list[Replica]
    K: Array  # (R, 1 + n, 1 + n)
    workers: list[Weights]
    labels: Labels  # (R, n)
    eta: Array  # (R, 1, 1)
    z0: Array  # (R, 1 + n, 2m)
    w0_squares: Array  # (R, 1, 2m)
    sent: Array  # (R, 1 + n, 2m); C of the mean where the round began
    given: Array  # (R, 1 + n, 2m); what the round gives to its ascents, as for `BatchView`

    @classmethod
    def start(cls, replicas: list[Replica]) -> "Stack":
        """Return the state before the first step."""
        V = [np.vstack([r.sample.mu, r.sample.xi]) for r in replicas]
        z = np.stack([v @ r.sample.w0.reshape(-1, v.shape[1]).T for v, r in zip(V, replicas, strict=True)])
        return cls(
            replicas,
            K=np.stack([v @ v.T for v in V]),
            workers=[Weights(z, np.zeros_like(z), np.ones((len(z), 1, 1)))],
            labels=Labels(
                y=np.array([r.sample.y for r in replicas], dtype=float),
                y_hat=np.array([r.sample.y_hat for r in replicas], dtype=float),
                copies=np.array([r.setting.P - 1.0 for r in replicas])[:, None, None],
                phi=replicas[0].setting.phi,
            ),
            eta=np.array([r.setting.eta for r in replicas])[:, None, None],
            z0=z.copy(),
            w0_squares=np.array([(r.sample.w0**2).sum(-1).reshape(1, -1) for r in replicas]),
            sent=np.zeros_like(z),
            given=np.zeros_like(z),
        )

    def keep(self, alive: NDArray[np.bool_]) -> None:
        """Drop the replicas that are not alive."""
        self.replicas = [r for r, lives in zip(self.replicas, alive, strict=True) if lives]
        self.K, self.eta, self.z0, self.w0_squares, self.sent, self.given = (
            array[alive] for array in (self.K, self.eta, self.z0, self.w0_squares, self.sent, self.given)
        )
        self.workers = [weights.keep(alive) for weights in self.workers]
        labels = self.labels
        self.labels = Labels(labels.y[alive], labels.y_hat[alive], labels.copies[alive], labels.phi)

    @property
    def mean(self) -> Weights:
        """The workers' mean; all that a step does is linear in it but the gradient."""
        if len(self.workers) == 1:
            return self.workers[0]
        z, C, left = (sum(getattr(w, name) for w in self.workers) / len(self.workers) for name in ("z", "C", "left"))
        return Weights(z, C, left)

    def set_out(self, phase: Phase, before: Phase | None) -> None:
        """Let the workers of a phase start where the mean of those before is: at rest, unless the velocity is kept."""
        mean, memory = self.mean, phase.remembers
        last = self.workers[0] if phase.keep_velocity and len(self.workers) == 1 else None
        self.workers = [mean.at_rest(memory) for _ in range(phase.workers or 1)]
        self.sent = mean.C.copy()
        self.begin_round(phase, mean.C)
        if last is not None and before is not None:
            if memory and last.velocity is not None:
                self.workers[0].velocity, self.workers[0].fading = last.velocity, last.fading
            if phase.rule == before.rule:
                self.workers[0].state = last.state

    def begin_round(self, phase: Phase, C: Array) -> None:
        """Find what the round, from these coefficients on, gives to its ascents."""
        self.given, self.sent = self.sent - C, C.copy()
        if phase.error is not None:
            lengths = np.sqrt(np.diagonal(self.K, axis1=1, axis2=2))[:, :, None]
            drawn = np.stack([r.draws.error() for r in self.replicas])
            self.given = np.divide(drawn, lengths, out=np.zeros_like(drawn), where=lengths > 0)

    def average(self) -> None:
        """Set every worker's weights to the mean; each keeps what it remembers."""
        mean = self.mean
        self.workers = [replace(w, z=mean.z.copy(), C=mean.C.copy(), left=mean.left.copy()) for w in self.workers]

    def step(self, worker: int, batch: NDArray[np.intp], phase: Phase, tau: Array) -> None:
        """One step of one worker with the batches `(R, B)`; a full batch needs no gathering."""
        rule, own = RULES[phase.rule], self.workers[worker]
        size = batch.shape[1]
        drawn: dict[str, Any] = {"group": phase.group}
        if phase.flip is not None:
            drawn["flips"] = np.stack([r.draws.flips(phase.flip) for r in self.replicas])
        if rule.other_batch:
            batch = np.concatenate([batch, np.stack([r.draws.other() for r in self.replicas])], axis=1)
            drawn["shares"] = np.repeat([1 / size, 0.0], size)
        drawn["lengths"] = lambda: self.weight_norms(own)
        index: Any = ...
        if rule.all_rows:
            rows_of_K, n = self.K, self.K.shape[1] - 1
            counts = (batch[:, :, None] == np.arange(n)).sum(1)
            seen = {"state": own.state, "lengths": drawn["lengths"], "given": self.given, "wrong": phase.error or 0.0}
            view = BatchView(own.z, self.K, self.labels, counts / size, **seen)
        elif size == self.K.shape[1] - 1 and not phase.replacement and not rule.other_batch:
            rows_of_K = self.K
            view = BatchView(own.z, self.K, self.labels, **drawn)
        else:
            r = np.arange(len(batch))[:, None]
            rows = np.concatenate([np.zeros_like(batch[:, :1]), batch + 1], axis=1)
            rows_of_K = self.K[r, rows]
            y, y_hat = self.labels.y[r, batch], self.labels.y_hat[r, batch]
            labels = replace(self.labels, y=y, y_hat=y_hat)
            view = BatchView(own.z[r, rows], np.take_along_axis(rows_of_K, rows[:, None, :], 2), labels, **drawn)
            index = (r, rows)
        if rule.direction is None:
            raise ValueError(f"rule {phase.rule!r} has no direction in coefficients: train cannot run it")
        G = rule.direction(view, tau)
        if rule.source and np.shape(G) != view.z.shape:
            raise ValueError(
                f"rule {phase.rule!r} returned a direction of shape {np.shape(G)}: it must have shape {view.z.shape}"
            )
        repeated = phase.replacement or rule.other_batch
        eta = self.eta if phase.eta is None else phase.eta
        fading: Array | None = None
        if phase.weight_decay:
            whole = phase.weight_decay * own.C
            _add(whole, index, G, repeated)
            G, rows_of_K, index, fading = whole, self.K, ..., phase.weight_decay * own.left
        if own.velocity is not None and own.fading is not None:
            own.velocity *= phase.remembers
            _add(own.velocity, index, G, repeated)
            G, rows_of_K, index = own.velocity, self.K, ...
            if fading is not None or own.fading.any():
                own.fading = phase.remembers * own.fading + (0.0 if fading is None else fading)
                fading = own.fading
        G = eta * G
        _add(own.C, index, -G, repeated)
        own.z -= rows_of_K.swapaxes(1, 2) @ G
        if fading is not None:
            own.left = own.left - eta * fading
            own.z -= eta * fading * self.z0

    def weight_norms(self, own: Weights) -> Array:
        """Return `||w_jr||`, shape (R, 1, 2m): `||left w(0) + C^T V||^2 = left^2 ||w(0)||^2 + <C, left z(0) + z>`."""
        cross = (own.C * (own.left * self.z0 + own.z)).sum(1, keepdims=True)
        return np.asarray(np.sqrt(np.maximum(own.left**2 * self.w0_squares + cross, 0)))

    def radii(self, index: int) -> Array:
        """Return the radius of each replica in one phase, shape (R, 1, 1); 0 for rules without one."""
        return np.array([r.timetable.phases[index].tau or 0.0 for r in self.replicas])[:, None, None]

    def next_tables(self, phase: Phase) -> NDArray[np.intp]:
        """Return the batches of the next epoch of each replica, shape (R, H, B)."""
        return np.stack([r.draws.epoch(phase) for r in self.replicas])

    def losses(self) -> Array:
        """Return the training loss of each replica, shape (R,)."""
        return np.logaddexp(0, -self.labels.y * outputs(self.mean.z, self.labels)).mean(1)

    def record(self, steps: int, losses: Array, of: Iterable[int] | None = None) -> None:
        """Record every replica, or some of them."""
        mean = self.mean
        for k in range(len(self.replicas)) if of is None else of:
            self.replicas[k].record(steps, mean.C[k], float(losses[k]), float(mean.left[k, 0, 0]))


def _add(target: Array, index: Any, change: Array, repeated: bool) -> None:
    """Add to rows of the target, of which some may be named several times."""
    if repeated and index is not ...:
        np.add.at(target, index, change)
    else:
        target[index] += change


def _run(replicas: list[Replica], tol: float | None) -> None:
    stack = Stack.start(replicas)
    plan, s = replicas[0].timetable, replicas[0].setting
    stack.record(0, stack.losses())
    epoch = 0
    for index, phase in enumerate(plan.phases):
        tau = stack.radii(index)
        stack.set_out(phase, plan.phases[index - 1] if index else None)
        # the order inside a full batch changes nothing, so one table serves all epochs, unless the user gave others
        constant = s.n == s.B and not phase.replacement and all(r.draws.is_random for r in stack.replicas)
        for k in range(phase.epochs):
            if k == 0 or not constant:
                tables = stack.next_tables(phase)
            epoch += 1
            _epoch(stack, tables, index, tau, plan, epoch)
            if phase.workers is not None and (k + 1) % (phase.average_every or 1) == 0:
                stack.average()
                stack.begin_round(phase, stack.workers[0].C)
            recorded = plan.records(epoch)
            if not (recorded or tol is not None):
                continue
            losses = stack.losses()
            if recorded:
                stack.record(epoch * s.H, losses)
            if tol is not None and (losses <= tol).any():
                if not recorded:
                    stack.record(epoch * s.H, losses, of=np.flatnonzero(losses <= tol))
                stack.keep(losses > tol)
                if not stack.replicas:
                    return
                tau, tables = stack.radii(index), tables[: len(stack.replicas)]


def _epoch(
    stack: Stack,
    tables: NDArray[np.intp],
    index: int,
    tau: Array,
    plan: Timetable,
    epoch: int,
) -> None:
    H, phase = tables.shape[1], plan.phases[index]
    every_step = plan.record_every == "step"
    for h in range(H):
        stack.step(h * len(stack.workers) // H, tables[:, h], phase, tau)
        if every_step:
            for replica, batch in zip(stack.replicas, tables[:, h], strict=True):
                replica.batches.append(batch)
            if h < H - 1:
                stack.record((epoch - 1) * H + h + 1, stack.losses())
    z = stack.mean.z
    if not np.isfinite(z.sum()):
        lost = stack.replicas[int(np.argmin(np.isfinite(z.sum((1, 2)))))]
        raise lost.diverged(epoch, lost.timetable.phases[index])
