"""Worlds that the statements about the start are looked at in, and the tails they need."""

import numpy as np
from scipy.special import chdtr, chdtrc, chdtri, ndtr

from dynamics import Setting
from dynamics.arrays import Array
from theorems.statement import Observation, World

SMALL = Setting(n=20, d=2000, m=10, P=2, mu_norm=4.0, sigma_p=1.0, p=0.1, sigma_0=1e-3, B=10, eta=0.01)
LARGE = Setting(n=100, d=10**6, m=50, P=4, mu_norm=30.0, sigma_p=0.2, p=0.05, sigma_0=1e-6, B=100, eta=1e-6)
STARTS = (World(SMALL), World(LARGE))
ENOUGH_FILTERS_ON_SIGNAL = (World(SMALL.replace(m=16)), *STARTS[1:])
ENOUGH_FILTERS_ON_NOISE = (World(SMALL.replace(m=20)), *STARTS[1:])
"""Where one of m filters is above half, or a quarter, of its unit for each sign, or each sign and sample."""
PHI = float(ndtr(-1))  # Phi(-1), the normal distribution function


def norm_tail(d: int) -> float:
    """Return `P(chi^2_d < d/2) + P(chi^2_d > 3d/2)`, exactly: a Gaussian norm off by more than half."""
    return float(chdtr(d, d / 2) + chdtrc(d, 1.5 * d))


def margin(delta: float, failure: float) -> float:
    """Return how many times the failure probability fits into `delta`."""
    return delta / failure if failure > 0 else float("inf")


def threshold(s: Setting) -> float:
    """Return `sigma_0 sigma_p sqrt(d) / sqrt(2)`, what is clearly above zero for a product `<w_jr(0), xi_i>`."""
    return float(s.sigma_0 * s.sigma_p * np.sqrt(s.d / 2))


def filters_above(o: Observation, level: float) -> Array:
    """Return for each sample the share of the filters of its class with `<w(0), xi_i>` above a level, shape (n,)."""
    s, x = o.world.setting, o.sample
    above = (x.w0 @ x.xi.T > level).sum(1)  # (2, n)
    return above[np.where(x.y > 0, 0, 1), np.arange(s.n)] / s.m


def samples_above(o: Observation, level: float) -> Array:
    """Return for each filter the samples of its class with `<w(0), xi_i>` above a level, over n, shape (2, m)."""
    x = o.sample
    return ((x.w0 @ x.xi.T > level) & x.own).sum(-1) / o.world.setting.n


def active_probability(d: int, failure: float) -> float:
    """Return a lower bound of `P(<w, xi> > sigma_0 sigma_p sqrt(d/2))` that fails with probability `failure`.

    Given `xi` it is `Phi(-sigma_p sqrt(d/2) / ||xi||)`, and `||xi||^2 / sigma_p^2` exceeds its lower
    quantile; the same holds with the parts of `w` and `xi` exchanged. The general bound Phi(-1) is what
    `||xi||^2 >= sigma_p^2 d / 2` gives.
    """
    quantile = float(chdtri(d, 1 - failure))  # P(chi^2_d < quantile) = failure
    return float(ndtr(-np.sqrt(d / (2 * quantile))))
