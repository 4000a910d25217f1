"""The learning rates at which bounds and theorems fall: the worlds that they are found in, and their ladders in d."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dynamics import Phase, Setting
from dynamics.units import natural, regime
from theorems.beyond.necessity.breaking import breaking_point
from theorems.ladders import ladder
from theorems.overfitting import HARM, sam_world
from theorems.sgd import path
from theorems.statement import Finite, Ladder, Observation, Observations, Quantity, World
from theorems.worlds import sam_stage

EPOCHS = 50
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


def worlds_of_the_lower_bound(s: Setting) -> tuple[World, ...]:
    """Return SGD with learning rates around the one at which the bound of `rho_under` is derived to fall."""
    L, alpha = np.log(6 * s.n**2 / 0.05), 4 * np.log(EPOCHS)
    step = 20 * s.n * np.sqrt(L / s.d) * alpha
    return tuple(_short(natural(s, step=step * factor)) for factor in FACTORS)


def worlds_of_the_upper_bound(s: Setting) -> tuple[World, ...]:
    """Return SGD with learning rates around the one at which a step exceeds `2 alpha`."""
    return tuple(_short(natural(s, step=8 * np.log(EPOCHS) * factor)) for factor in (0.1, 0.3, 0.6, 1.2, 2.4))


def worlds_of_sam(s: Setting) -> tuple[World, ...]:
    """Return the SAM stage with learning rates around a step of 0.6, at `n SNR^2 = 0.08`."""
    at = s.replace(mu_norm=(0.08 * s.d / s.n) ** 0.5 * (s.P - 1) * s.sigma_p)
    settings = [natural(at, step=0.6 * factor) for factor in FACTORS]
    return tuple(World(t, (sam_stage(t),), record_every=10**6) for t in settings)


def worlds_of_sam_theorem(s: Setting) -> tuple[World, ...]:
    """Return SAM, then SGD, with learning rates around a step of 8; `s` is harmful for SGD."""
    worlds = (sam_world(natural(s, step=8.0 * factor)) for factor in (*FACTORS, 16.0))
    return tuple(replace(world, test_samples=1_000) for world in worlds)


def _short(s: Setting) -> World:
    return World(s, (Phase("sgd", epochs=EPOCHS),), record_every=EPOCHS)


def _lower(o: Observation) -> float:
    bounds = path.path_bounds(o)
    return float(-np.where(o.sample.own, 0.0, o.trained.rho[-1]).min() / (bounds.beta + bounds.overlap))


def _upper(o: Observation) -> float:
    return float(np.where(o.sample.own, o.trained.rho[-1], 0.0).max())


def _above_noise(o: Observation) -> float:
    return o.tested.value - o.world.setting.p


def largest_rate(read: Callable[[Observation], float], level: float) -> Quantity:
    """Return the quantity "the eta at which what is read off the end of a run reaches a level"."""

    def quantity(observations: Observations) -> float:
        rates = [o.world.setting.eta for o in observations]
        return breaking_point(rates, [read(o) for o in observations], level)

    return quantity


BASE = regime(n=20, d=10**8, m=10, mu_norm=10.0, B=20)
D = (10**6, 10**7, 10**8, 10**9, 10**10)


def under(exponent: float) -> Ladder:
    """Return the ladder of the bound of `rho_under`."""
    quantity = largest_rate(lambda o: np.log(_lower(o)), 0.0)  # a power of eta, so that interpolation is exact
    name, finite = "rho_under's bound, eta against d", Finite("11_necessity", correction=-0.5)
    d = tuple(10**4 * value for value in D)  # where the square of the correction is below the rounding of a slope
    return ladder(name, BASE, "d", d, worlds_of_the_lower_bound, quantity, exponent, finite)


def over(exponent: float) -> Ladder:
    """Return the ladder of the bound of `rho_bar`, with filters enough that each sample has some."""
    quantity = largest_rate(_upper, 4 * np.log(EPOCHS))
    return ladder(
        "rho_bar's bound, eta against d",
        BASE.replace(m=60),
        "d",
        D,
        worlds_of_the_upper_bound,
        quantity,
        exponent,
    )


def sam(exponent: float) -> Ladder:
    """Return the ladder of the noise that SAM learns."""
    name = "SAM's noise at 1/2, eta against d"
    return ladder(name, BASE, "d", D, worlds_of_sam, largest_rate(_upper, 0.5), exponent)


def sam_theorem(exponent: float) -> Ladder:
    """Return the ladder of SAM's test error, with samples and filters enough that draws are alike."""
    base, d = BASE.replace(n=60, m=40, B=60, mu_norm=5.0), (10**5, 316_228, 10**6, 3_162_278, 10**7)
    quantity = largest_rate(_above_noise, HARM)
    finite = Finite("11_necessity", correction=-1.0)
    return ladder("SAM's theorem, eta against d", base, "d", d, worlds_of_sam_theorem, quantity, exponent, finite)
