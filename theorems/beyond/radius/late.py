"""Worlds of SGD and then SAM: the radius from which the second lowers the test error that the first left."""

import math

import numpy as np

from dynamics import Phase, Setting
from dynamics.units import natural, regime
from theorems.condition import t1_epochs
from theorems.ladders import crossing
from theorems.overfitting import HARM
from theorems.statement import Observation, Observations, World

BASE = regime(n=40, d=10**6, m=20, mu_norm=8.0, B=40)
EPOCHS = 60
"""Of SGD, at a step of 1/2: then its training loss is about 0.05."""
FACTORS = (0.3, 0.5, 0.65, 0.8, 1.0, 1.25, 1.6, 2.5)
"""Radii, in units of the derived one for a margin of 3 and three quarters of the pairs."""


def unit(s: Setting) -> float:
    """Return `sqrt(nm) / ((P-1) sigma_p sqrt(d))`."""
    return math.sqrt(s.n * s.m / s.d) / ((s.P - 1) * s.sigma_p)


def worlds(s: Setting, epochs: int = EPOCHS) -> tuple[World, ...]:
    """Return the worlds of growing radius: SGD, then SAM for half of `T_1`."""
    t = natural(s, step=0.5)
    guess = math.log1p(0.375 * epochs) / math.sqrt(0.75) * unit(t)
    late = math.ceil(t1_epochs(t) / 2)
    return tuple(
        World(t, (Phase("sgd", epochs), Phase("sam", late, tau=guess * factor)), record_every=10**7, test_samples=1_500)
        for factor in FACTORS
    )


def needed(o: Observation) -> float:
    """Return `A sqrt(N) / ((P-1) sigma_p sqrt(d))` at the end of SGD."""
    s = o.world.setting
    memorised = np.where(o.sample.own, o.trained.rho[1], 0.0)
    active = memorised > 0.01 * memorised.max()
    return float(memorised[active].mean()) * math.sqrt(active.sum() / s.d) / ((s.P - 1) * s.sigma_p)


def healing(observations: Observations) -> float:
    """Return the radius at which the test error falls through `p + 0.1`."""
    radii = [o.world.phases[1].tau or 0.0 for o in observations]
    errors = [o.tested.value for o in observations]
    return crossing(radii, errors, observations[0].world.setting.p + HARM)


def over_needed(observations: Observations) -> float:
    """Return the same over the radius that is needed."""
    return healing(observations) / needed(observations[0])
