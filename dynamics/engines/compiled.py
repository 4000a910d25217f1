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
            start, stretch = self.epoch, self.rounds if phase.workers else self.stretch
            K, (rows, width) = phase.workers or 0, self.C.shape
            self.workers = [zeros(K * rows, width).reshape(K, rows, width) for _ in range(3)]
            self.workers[0][:], self.workers[1][:] = self.z, self.C
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

    def rounds(self, phase: Phase, start: int) -> bool:
        """Train workers as `stretch`, `z` and `C` being their mean; return whether the loss is reached."""
        plan, s = self.replica.timetable, self.replica.setting
        each_z, each_C, each_velocity = self.workers
        done, every, K = self.epoch - start, phase.average_every or 1, len(each_z)
        if plan.record_every == "step":
            (batches,) = tables = self.replica.draws.epochs(phase, 1)
            self.replica.batches.extend(batches)
            for h in range(s.H):
                w = h * K // s.H
                self.advance(phase, tables[:, h : h + 1], 1, 0.0, (each_z[w], each_C[w], each_velocity[w]))
                self.z[:], self.C[:] = each_z.mean(0), each_C.mean(0)
                if h < s.H - 1:
                    self.record((self.epoch - 1) * s.H + h + 1)
                    self.epoch -= 1
            if (done + 1) % every == 0:
                each_z[:], each_C[:] = self.z, self.C
            reached = self.tol > 0 and kernels.loss(self.z, *self.fixed) <= self.tol
        else:
            epochs = min(plan.next_record(self.epoch) - self.epoch, _AHEAD)
            if RULES[phase.rule].rounds or phase.error is not None:
                epochs = min(epochs, every - done % every)
            tables = self.replica.draws.epochs(phase, epochs).reshape(epochs, K, s.H // K, s.B)
            z, C, looking = self.z, self.C, self.looking(phase)
            trained, status = kernels.meet(
                each_z, each_C, each_velocity, z, C, self.K, *self.fixed, *looking, tables, done, every, self.tol
            )
            reached = self.ended(phase, trained, status)
        if (self.epoch - start) % every == 0:
            self.begin_round(phase)
        if reached or plan.records(self.epoch):
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

    def looking(self, phase: Phase) -> tuple[float, float, float, bool, Array]:
        """Return the step, the radius, the memory, and what else the ascent needs."""
        eta, rule = phase.eta or self.replica.setting.eta, RULES[phase.rule]
        tau = 0.0 if rule.rounds else (phase.tau or 0.0) * float(np.sqrt(1 - (phase.error or 0.0)))
        return eta, tau, phase.remembers, rule.whole, self.shift

    def advance(
        self, phase: Phase, tables: NDArray[np.intp], epochs: int, tol: float, own: tuple[Array, Array, Array]
    ) -> bool:
        z, C, velocity = own
        trained, status = kernels.advance(
            z, C, velocity, self.K, *self.fixed, *self.looking(phase), tables, epochs, tol
        )
        return self.ended(phase, trained, status)

    def ended(self, phase: Phase, trained: int, status: int) -> bool:
        self.epoch += trained
        if status == kernels.DIVERGED:
            raise self.replica.diverged(self.epoch, phase)
        return bool(status == kernels.REACHED)

    def record(self, step: int | None = None) -> None:
        steps = self.epoch * self.replica.setting.H if step is None else step
        self.replica.record(steps, self.C[:, : 2 * self.replica.setting.m], kernels.loss(self.z, *self.fixed))
