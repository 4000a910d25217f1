"""The constants of gradient norm and deactivating shift.

Statement
---------
At the start `||grad L_I||_F = (1/2) (P-1) sigma_p sqrt(d/(Bm))` and `-<eps_jr, xi_k> = tau sigma_p sqrt(d/(Bm))` for
every pair that is active, to leading order: the constant c of `deactivation` is 1. From the second epoch of SAM on the
norm is `1/sqrt(2)` of that, so the shift is `sqrt(2)` of it. The bound `2 sqrt(2) P sigma_p sqrt(d/(Bm))` of
`gradient_norm` is loose by `4 sqrt(2) P/(P-1)`.

Hypotheses
----------
Noise dominates the gradient, `B ||mu||^2` small against `(P-1)^2 sigma_p^2 d`; outputs are small, so `l' = -1/2`.

Proof idea
----------
Half of the `2 m B` pairs of a batch are active, each with the part `(1/(Bm)) (1/2) (P-1) xi_k` in its filter's
gradient; different samples are nearly orthogonal, so squares add. The pairs of the other class unlearn their
noise in one step and are inactive from then on: half of the squares, and all of the shift, are left.

Source
------
Gradient norm and key lemma of the SAM part, paper; the constants are derived and measured by this suite.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from dynamics import Phase, Setting
from dynamics.replay import Step, replay
from dynamics.units import regime
from theorems.beyond.constants.sizes import COPIES
from theorems.condition import tau_paper
from theorems.ladders import constant
from theorems.statement import Observation, Observations, World, scaling

EPOCHS = 6
BASE = regime(n=24, d=10**12, m=40, mu_norm=1000.0, B=24, p=0.05, step=0.1, start=0.001)
D = (10**10, 10**11, 10**12, 10**13, 10**14)
M = (20, 40, 80, 160, 320)
B = (2, 4, 6, 12, 24)


def _unit(s: Setting) -> float:
    return s.sigma_p * math.sqrt(s.d / (s.B * s.m))


def _first(o: Observation) -> list[Step]:
    return [next(replay(o.trained))]


def _later(o: Observation) -> list[Step]:
    """Return the steps from the second epoch on."""
    return list(replay(o.trained))[o.world.setting.H :]


def _norm(o: Observation, steps: Sequence[Step]) -> float:
    """Return the mean norm of the gradient over `(P-1) sigma_p sqrt(d/(Bm))`."""
    s = o.world.setting
    return float(np.mean([step.gradient_norm for step in steps]) / ((s.P - 1) * _unit(s)))


def _shift(o: Observation, steps: Sequence[Step]) -> float:
    """Return the mean of `-<eps_jr, xi_k>` over `tau sigma_p sqrt(d/(Bm))`, for active pairs of the own class."""
    shifts = [-step.noise_shift[(step.noise > 0) & o.sample.own[..., step.batch]] for step in steps]
    return float(np.concatenate(shifts).mean() / ((o.world.phases[0].tau or 0.0) * _unit(o.world.setting)))


def _read(
    of: Callable[[Observation, Sequence[Step]], float], steps: Callable[[Observation], Sequence[Step]]
) -> Callable[[Observations], float]:
    return lambda observations: of(observations[0], steps(observations[0]))


norm_first, norm_later = _read(_norm, _first), _read(_norm, _later)
shift_first, shift_later = _read(_shift, _first), _read(_shift, _later)


def norm_per_p(observations: Observations) -> float:
    """Return the norm of the first gradient over `P sigma_p sqrt(d/(Bm)) / 2`, the same at P = 2."""
    s = observations[0].world.setting
    return norm_first(observations) * 2 * (s.P - 1) / s.P


def world(s: Setting) -> World:
    """Return the world of one setting: a few epochs of SAM, every step recorded, at the step of the base."""
    eta = 0.1 * s.B * s.m / ((s.P - 1) ** 2 * s.sigma_p**2 * s.d)
    t = s.replace(eta=eta, sigma_0=0.001 / ((s.P - 1) * s.sigma_p * math.sqrt(s.d)))
    return World(t, (Phase("sam", epochs=EPOCHS, tau=tau_paper(t)),), record_every="step")


STATEMENT = scaling(
    constant("first norm along m", BASE, "m", M, world, norm_first, 0.5, within=0.05),
    constant("first norm along P-1", BASE, "P-1", COPIES, world, norm_first, 0.5, within=0.05),
    constant("later norm along B", BASE, "B", B, world, norm_later, 0.5 / math.sqrt(2), within=0.08),
    constant("first shift along d", BASE, "d", D, world, shift_first, 1.0, within=0.05),
    constant("first shift along m", BASE, "m", M, world, shift_first, 1.0, within=0.05),
    constant("first shift along B", BASE, "B", B, world, shift_first, 1.0, within=0.05),
    constant("later shift along d", BASE, "d", D, world, shift_later, math.sqrt(2), within=0.08),
    constant("later shift along m", BASE, "m", M, world, shift_later, math.sqrt(2), within=0.08),
    constant("later shift along B", BASE, "B", B, world, shift_later, math.sqrt(2), within=0.08),
    predicts="||grad||_F = (P-1) sigma_p sqrt(d/(Bm)) / 2; -<eps,xi_k> = c tau sigma_p sqrt(d/(Bm)), c = 1; later 1.41",
    formula=r"\|\nabla L_I\|_F=\tfrac12(P-1)\sigma_p\sqrt{d/(Bm)},\quad "
    r"-\langle\epsilon_{j,r},\xi_k\rangle=c\,\tau\sigma_p\sqrt{d/(Bm)},\ c=1\text{, later }\sqrt2",
    replicas=(16, 60),
    controls={
        "the shift stays at that of the start": constant(
            "later shift along m", BASE, "m", M, world, shift_later, 1.0, within=0.05
        ),
        "P in the place of P - 1": constant(
            "first norm along P-1", BASE, "P-1", COPIES, world, norm_per_p, 0.5, within=0.05
        ),
    },
)
