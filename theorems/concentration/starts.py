"""Worlds that the statements about the start are looked at in, and the tails they need."""

import numpy as np
from scipy.special import chdtr, chdtrc, chdtri, ndtr

from dynamics import Setting
from theorems.statement import World

SMALL = Setting(n=20, d=2000, m=10, P=2, mu_norm=4.0, sigma_p=1.0, p=0.1, sigma_0=1e-3, B=10, eta=0.01)
LARGE = Setting(n=100, d=10**6, m=50, P=4, mu_norm=30.0, sigma_p=0.2, p=0.05, sigma_0=1e-6, B=100, eta=1e-6)
STARTS = (World(SMALL), World(LARGE))
PHI = float(ndtr(-1))  # Phi(-1), the normal distribution function


def norm_tail(d: int) -> float:
    """Return `P(chi^2_d < d/2) + P(chi^2_d > 3d/2)`, exactly: a Gaussian norm off by more than half."""
    return float(chdtr(d, d / 2) + chdtrc(d, 1.5 * d))


def margin(delta: float, failure: float) -> float:
    """Return how many times the failure probability fits into `delta`."""
    return delta / failure if failure > 0 else float("inf")


def active_probability(d: int, failure: float) -> float:
    """Return a lower bound of `P(<w, xi> > sigma_0 sigma_p sqrt(d/2))` that fails with probability `failure`.

    Given `xi` it is `Phi(-sigma_p sqrt(d/2) / ||xi||)`, and `||xi||^2 / sigma_p^2` exceeds its lower
    quantile; the same holds with the parts of `w` and `xi` exchanged. The general bound Phi(-1) is what
    `||xi||^2 >= sigma_p^2 d / 2` gives.
    """
    quantile = float(chdtri(d, 1 - failure))  # P(chi^2_d < quantile) = failure
    return float(ndtr(-np.sqrt(d / (2 * quantile))))
