"""The smallest radius that prevents noise learning: the worlds that it is found in, and how it is read off them."""

from collections.abc import Sequence

import numpy as np

from dynamics import Phase, Setting
from dynamics.units import regime
from theorems.condition import t1_epochs
from theorems.ladders import crossing
from theorems.statement import Finite, Ladder, Observation, Observations, World

SHARE = 0.1
"""Noise is prevented where the largest rho_bar at T_1 is at most this share of SGD's."""


def largest_product(o: Observation) -> float:
    """Return the largest `<w_jr(0), xi_i>` with `j = y_i`."""
    x = o.sample
    return float(np.where(x.own, x.w0 @ x.xi.T, -np.inf).max())


def _learned(o: Observation) -> float:
    return float(np.where(o.sample.own, o.trained.rho[-1], 0.0).max())


def smallest_radius(observations: Observations) -> float:
    """Return where the noise learned by `T_1`, over SGD's, falls through `SHARE`.

    From SGD's observation, then those of SAM by growing radius.
    """
    sgd, *sam = observations
    taus = [o.world.phases[0].tau or 0.0 for o in sam]
    return crossing(taus, [_learned(o) / _learned(sgd) for o in sam], SHARE)


def radius_per_product(observations: Observations) -> float:
    """Return the smallest radius over the largest own-class product at the start."""
    return smallest_radius(observations) / largest_product(observations[0])


def worlds(s: Setting, centre: float, rule: str = "sam") -> tuple[World, ...]:
    """Return SGD's world, and those of SAM with radii from a third of `centre` to three times it, for `T_1` epochs."""
    epochs = t1_epochs(s)
    phases = [Phase("sgd", epochs)] + [Phase("sam", epochs, tau=centre * 1.26**k) for k in range(-5, 6)]
    return tuple(World(s, (phase,), record_every=10**9) for phase in phases)


def by_start(s: Setting) -> tuple[World, ...]:
    """Return the worlds of a rung on which the start puts the largest product, 3.4 standard deviations or so."""
    return worlds(s, 3.4 * s.sigma_0 * np.sqrt(s.B * s.m))


def by_step(s: Setting) -> tuple[World, ...]:
    """Return the worlds of a rung on which one step of slope 1/2 puts the largest product."""
    return worlds(s, 0.5 * s.eta * (s.P - 1) * s.sigma_p * np.sqrt(s.d / (s.B * s.m)))


def natural(**sizes: float) -> Setting:
    """Return a setting with `n SNR^2 = 0.0801`, so that `T_1` is 25 epochs on every rung: enough for SGD.

    (At 0.08 it is 25 before it is rounded up, and rounding makes it 26 on some rungs.)
    The standard deviation of `(P-1) <w(0), xi>` is 0.15, and a step puts more than the start.
    """
    fields = {"n": 20, "m": 40, "B": 20, "d": 10**15, "P": 2, "sigma_p": 1.0} | sizes
    mu_norm = np.sqrt(0.0801 * fields["d"] / fields["n"]) * (fields["P"] - 1) * fields["sigma_p"]
    return regime(**fields, mu_norm=float(mu_norm), p=0.05, step=0.5, start=0.15)  # type: ignore[arg-type]


def against(
    name: str, parameter: str, values: Sequence[float], exponent: float, finite: Finite | None = None, **sizes: float
) -> Ladder:
    """Return the ladder of the smallest radius over the largest product, against a parameter of `natural`."""
    settings = [natural(**sizes | {"P" if parameter == "P-1" else parameter: v + (parameter == "P-1")}) for v in values]
    rungs = tuple((float(v), by_start(s)) for v, s in zip(values, settings, strict=True))
    return Ladder(f"radius against {name}", rungs, radius_per_product, exponent, finite)
