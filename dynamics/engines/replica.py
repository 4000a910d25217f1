"""One run's inputs, and its records as they come."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dynamics.arrays import Array
from dynamics.batches import Draws
from dynamics.engines.coefficients import signs
from dynamics.engines.divergence import too_large
from dynamics.given import decompose
from dynamics.phase import Phase
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.trajectory import Timetable, Trajectory


@dataclass
class Replica:
    """One run's inputs, and its records as they come."""

    index: int
    setting: Setting
    sample: Sample
    timetable: Timetable
    draws: Draws
    steps: list[int] = field(default_factory=list)
    records: list[Array] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    batches: list[NDArray[np.intp]] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    def record(self, step: int, C: Array, loss: float, left: float = 1.0) -> None:
        """Keep the coefficients, shape (1 + n, 2m), the loss after so many steps, and the share of `W(0)` that is left.

        With weight decay that share is below 1, and C counts from it.
        """
        self.steps.append(step)
        self.records.append(C.copy())
        self.losses.append(loss)
        self.left.append(left)

    def diverged(self, epoch: int, phase: Phase) -> FloatingPointError:
        """Return the error to raise if the weights are not finite after so many epochs."""
        return FloatingPointError(
            f"training diverged in epoch {epoch} (replica {self.index}, rule {phase.rule!r}): the weights are not "
            f"finite; {too_large(self.setting, [phase])}"
        )

    def trajectory(self) -> Trajectory:
        """Return the run as it was recorded."""
        s, x, m = self.setting, self.sample, self.setting.m
        C = np.stack(self.records)  # (T, 1 + n, 2m)
        T = len(C)
        gamma = (signs(m) * (x.mu @ x.mu) * C[:, 0]).reshape(T, 2, m)
        xi_squares = np.einsum("id,id->i", x.xi, x.xi)
        rho = np.moveaxis((s.P - 1) * xi_squares[:, None] * C[:, 1:], 1, 2).reshape(T, 2, m, s.n)
        step = np.array(self.steps, dtype=np.int64)
        left = np.array(self.left)
        if (left != 1).any():  # coefficients count from W(0), so those of what decay took from it belong to them
            gamma_0, rho_0 = decompose(x, s.P - 1, x.w0)
            gamma += (left - 1)[:, None, None] * gamma_0
            rho = rho + (left - 1)[:, None, None, None] * rho_0
        if not (np.isfinite(gamma).all() and np.isfinite(rho).all()):
            raise FloatingPointError(
                f"training diverged by epoch {step[-1] // s.H} (replica {self.index}): coefficients are not finite; "
                f"{too_large(s, self.timetable.phases)}"
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
            batches=np.array(self.batches, np.intp).reshape(-1, s.B) if self.timetable.record_every == "step" else None,
            left=left if (left != 1).any() else None,
        )
