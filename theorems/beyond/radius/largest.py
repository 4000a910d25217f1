"""What a large radius does, full batches: the worlds that it is found in, and how it is read off them."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from dynamics import Phase, Setting
from dynamics.units import natural, regime
from theorems.condition import t1_epochs
from theorems.overfitting import EPSILON, HARM
from theorems.statement import Finite, Ladder, Observation, Observations, Quantity, World

LEVEL = 2.0
"""Mean of -rho_under that counts as unlearned noise."""


def unlearned(o: Observation) -> float:
    """Return the mean of `-rho_under` over the pairs of the other class, at the end."""
    other = np.broadcast_to(~o.sample.own, o.trained.rho[-1].shape)
    return float(-o.trained.rho[-1][other].mean())


def _rises(observations: Observations, values: Sequence[float], level: float) -> float:
    """Return the radius from which on the values are above the level; NaN if the grid does not hold it."""
    taus = [o.world.phases[0].tau or 0.0 for o in observations]
    below = [k for k, value in enumerate(values) if value <= level]
    if not below or below[-1] == len(values) - 1:
        return math.nan
    k = below[-1]
    share = (level - values[k]) / (values[k + 1] - values[k])
    return float(taus[k] * (taus[k + 1] / taus[k]) ** share)


def radius_of_unlearning(observations: Observations) -> float:
    """Return the radius at which the mean of `-rho_under` is `LEVEL`."""
    return _rises(observations, [unlearned(o) for o in observations], LEVEL)


def radius_of_harm(observations: Observations) -> float:
    """Return the radius at which the final test error rises through p + 0.1."""
    p = observations[0].world.setting.p
    return _rises(observations, [o.tested.value for o in observations], p + HARM)


def unlearning(s: Setting) -> tuple[World, ...]:
    """Return the worlds around `6 sqrt(m) / ((P-1) sigma_p)`, SAM for `T_1`."""
    centre = 6 * math.sqrt(s.m) / ((s.P - 1) * s.sigma_p)
    return tuple(_world(s, centre * 2.0**k) for k in range(-2, 3))


def harm(s: Setting) -> tuple[World, ...]:
    """Return the worlds around `2 sqrt(m d / n) / ((P-1) sigma_p)`, SAM for `T_1`, then SGD."""
    centre = 2 * math.sqrt(s.m * s.d / s.n) / ((s.P - 1) * s.sigma_p)
    return tuple(_world(s, centre * 2.0**k, Phase("sgd", 20_000)) for k in range(-2, 4))


def _world(s: Setting, tau: float, *after: Phase) -> World:
    tested = 4_000 if after else 0
    phases = (Phase("sam", t1_epochs(s), tau=tau), *after)
    return World(s, phases, record_every=10**9, tol=EPSILON if after else None, test_samples=tested)


def below(
    share: float, d: int, n: int = 20, m: int = 10, P: int = 2, sigma_p: float = 1.0, step: float = 0.5
) -> Setting:
    """Return a setting with signal at this share of `d^{1/4} n^{-1/4} (P-1) sigma_p`, in natural units."""
    mu_norm = share * (d / n) ** 0.25 * (P - 1) * sigma_p
    return natural(regime(n=n, d=d, m=m, mu_norm=mu_norm, B=n, P=P, sigma_p=sigma_p), step=step)


def against(
    name: str,
    values: Sequence[float],
    worlds: Iterable[tuple[World, ...]],
    quantity: Quantity,
    exponent: float,
    finite: Finite | None = None,
) -> Ladder:
    """Return the ladder of a quantity over the worlds of each value."""
    rungs = tuple((float(value), found) for value, found in zip(values, worlds, strict=True))
    return Ladder(name, rungs, quantity, exponent, finite)
