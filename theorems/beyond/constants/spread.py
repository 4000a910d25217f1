"""Mean and deviation of the active shares of a draw, beside the mean-field path and the uniform law."""

import numpy as np

from theorems.beyond.constants import active_share, mean_field
from theorems.overfitting import EPSILON
from theorems.statement import Observations

STEP, START = 0.3, 0.1
"""Those of `active_share.world`."""
BASE = active_share.BASE
UNIFORM = float(np.sqrt(1 / 48 + (1 / 4 - 1 / 48 - 1 / 16) / BASE.m))
"""Deviation of the shares of m filters, active with a chance q uniform on [1/2, 1]: `sqrt(Var q + E q(1-q) / m)`."""


def derived() -> mean_field.MeanField:
    """Return the mean-field path with as many filters as the networks have."""
    return mean_field.solve(STEP, START, EPSILON, BASE.m)


def mean(observations: Observations) -> float:
    """Return the mean share, over that of the mean-field path."""
    return active_share.share(observations) / float(derived().shares.mean())


def spread(observations: Observations) -> float:
    """Return the standard deviation of the shares, over that of the mean-field path."""
    (o,) = observations
    return float(active_share.shares(o).std(ddof=1) / derived().shares.std())


def spread_uniform(observations: Observations) -> float:
    """Return the standard deviation of the shares, over that of the uniform law."""
    (o,) = observations
    return float(active_share.shares(o).std(ddof=1)) / UNIFORM
