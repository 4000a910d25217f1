"""Replicas trained one after the other by compiled kernels: SGD and SAM, with or without a memory or workers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dynamics.arrays import Array
from dynamics.engines import kernels
from dynamics.engines.replica import Replica
from dynamics.engines.vectors import padded, zeros
from dynamics.phase import Phase
from dynamics.rules import RULES

_AHEAD = 256
"""Epochs whose batches are drawn and handed over at a time, so that memory stays flat."""


def run(replicas: Sequence[Replica], tol: float | None) -> None:
    """Train replicas and fill in their records; arguments and errors as for `dynamics.engines.stacked.run`."""
    for replica in replicas:
        _Run(replica, tol).all_phases()


class _Run:
    """Running state of one replica."""

    def __init__(self, replica: Replica, tol: float | None) -> None:
        s, x = replica.setting, replica.sample
        V = np.vstack([x.mu, x.xi])
        self.replica, self.tol = replica, tol or 0.0
        self.K = V @ V.T
        self.z = zeros(1 + s.n, padded(2 * s.m))
        self.z[:, : 2 * s.m] = V @ x.w0.reshape(-1, V.shape[1]).T
        self.C = zeros(*self.z.shape)
        fixed = (x.y.astype(float), x.y_hat > 0, s.P - 1.0, (s.phi.leak, s.phi.power), s.m)
        self.fixed: tuple[Array, NDArray[np.bool_], float, kernels.Shape, int] = fixed
        self.velocity = self.C
        self.no_shift = self.shift = np.zeros((0, self.z.shape[1]))
        self.constant = s.n == s.B  # kernels ignore the order inside a full batch
        self.epoch = 0

    def all_phases(self) -> None:
        self.record()
        for phase, end in zip(self.replica.timetable.phases, self.replica.timetable.ends, strict=True):
            if not (phase.keep_velocity and phase.remembers and self.velocity is not self.C):
                self.velocity = zeros(*self.C.shape) if phase.remembers else self.C
            workers = range(phase.workers or 0)
            self.workers = [(self.z.copy(), self.C.copy(), np.zeros_like(self.C)) for _ in workers]
            start, stretch = self.epoch, self.round if workers else self.stretch
            self.sent = self.C.copy()
            self.begin_round(phase)
            while self.epoch < end:
                if stretch(phase, start):
                    return

    def stretch(self, phase: Phase, start: int) -> bool:
        """Train to the next record, or as far as one table of batches goes; return whether the loss is reached."""
        plan, s, own = self.replica.timetable, self.replica.setting, (self.z, self.C, self.velocity)
        epochs = plan.next_record(self.epoch) - self.epoch
        if plan.record_every == "step":
            (batches,) = tables = self.replica.draws.epochs(phase, 1)
            self.replica.batches.extend(batches)
            for h in range(s.H - 1):
                self.advance(phase, tables[:, h : h + 1], 1, 0.0, own)
                self.record((self.epoch - 1) * s.H + h + 1)
                self.epoch -= 1
            tables = tables[:, -1:]
        elif self.constant:
            tables = self.replica.draws.epochs(phase, 1)
        else:
            epochs = min(epochs, _AHEAD)
            tables = self.replica.draws.epochs(phase, epochs)
        reached = self.advance(phase, tables, epochs, self.tol, own)
        if reached or plan.records(self.epoch):
            self.record()
        return reached

    def round(self, phase: Phase, start: int) -> bool:
        """Train the workers for an epoch, their mean into `z` and `C`; return whether the loss is reached."""
        s, K, every_step = self.replica.setting, len(self.workers), self.replica.timetable.record_every == "step"
        (batches,) = tables = self.replica.draws.epochs(phase, 1)
        if every_step:
            self.replica.batches.extend(batches)
        size = 1 if every_step else s.H // K
        epoch = self.epoch
        for h in range(0, s.H, size):
            z, C, velocity = self.workers[h * K // s.H]
            self.epoch = epoch
            self.advance(phase, tables[:, h : h + size], 1, 0.0, (z, C, velocity if phase.remembers else C))
            if every_step and h < s.H - 1:
                self.average()
                self.record(epoch * s.H + h + 1)
        self.average()
        if (self.epoch - start) % (phase.average_every or 1) == 0:
            for z, C, _ in self.workers:
                z[:], C[:] = self.z, self.C
            self.begin_round(phase)
        reached = self.tol > 0 and kernels.loss(self.z, *self.fixed) <= self.tol
        if reached or self.replica.timetable.records(self.epoch):
            self.record()
        return reached

    def begin_round(self, phase: Phase) -> None:
        """Find how far what the round gives to its ascents moves the products."""
        given, length, self.shift = self.sent - self.C, phase.tau or 0.0, self.no_shift
        self.sent = self.C.copy()
        if phase.error is not None:
            lengths = np.sqrt(np.diagonal(self.K))[:, None]
            drawn = self.replica.draws.error()
            np.divide(drawn, lengths, out=given[:, : drawn.shape[1]], where=lengths > 0)
            length *= np.sqrt(phase.error)
        elif not RULES[phase.rule].rounds:
            return
        moved = self.K @ given
        square = (given * moved).sum()
        if square > 0:
            self.shift = moved * (length / np.sqrt(square))

    def average(self) -> None:
        self.z[:], self.C[:] = (sum(w[k] for w in self.workers) / len(self.workers) for k in range(2))

    def advance(
        self, phase: Phase, tables: NDArray[np.intp], epochs: int, tol: float, own: tuple[Array, Array, Array]
    ) -> bool:
        eta, rule = phase.eta or self.replica.setting.eta, RULES[phase.rule]
        tau = 0.0 if rule.rounds else (phase.tau or 0.0) * np.sqrt(1 - (phase.error or 0.0))
        looking = phase.remembers, rule.whole, self.shift
        z, C, velocity = own
        done, status = kernels.advance(z, C, velocity, self.K, *self.fixed, eta, tau, *looking, tables, epochs, tol)
        self.epoch += done
        if status == kernels.DIVERGED:
            raise self.replica.diverged(self.epoch, phase)
        return bool(status == kernels.REACHED)

    def record(self, step: int | None = None) -> None:
        steps = self.epoch * self.replica.setting.H if step is None else step
        self.replica.record(steps, self.C[:, : 2 * self.replica.setting.m], kernels.loss(self.z, *self.fixed))
