"""The test error of SGD as a function of the distance from its boundary, and of what a draw's data happen to be.

In units of `sqrt(n S/d)`, S the shared square of coefficients (`mean_field`): the filters of a class with N labels see,
at a fresh input, noise `sqrt(N/n) (u_j + k h_r)`, `k^2` the own over the shared square; the mean over m filters of its
relu is normal given `u_j`. The signal of true label j is `L (c_j - f_j) z^2 / (n sqrt(S))`, clean less flipped samples.
"""

from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from dynamics.arrays import Array
from theorems.beyond.constants import mean_field
from theorems.beyond.constants.constant_c3 import unit
from theorems.statement import Observation

Counts = tuple[tuple[float, float], tuple[float, float]]
"""Clean and flipped samples of true label +1, and of -1."""

_U = np.linspace(-7.0, 7.0, 101)
_WEIGHTS = np.exp(-(_U**2) / 2) / np.exp(-(_U**2) / 2).sum()


def counts(o: Observation) -> Counts:
    """Return the counts of a draw."""
    clean = o.sample.y == o.sample.y_hat
    positive, negative = (
        (int((c & clean).sum()), int((c & ~clean).sum())) for c in (o.sample.y_hat == 1, o.sample.y_hat == -1)
    )
    return positive, negative


def error(z: float, p: float, of: Counts, m: int, path: mean_field.MeanField) -> float:
    """Return the derived test error.

    Parameters
    ----------
    z : float
        `||mu|| (n/d)^{1/4} / ((P-1) sigma_p)`.
    p : float
    of : Counts
        Of the training data; n is their sum.
    m : int
        Filters of a class.
    path : MeanField
    """
    (c_1, f_1), (c_0, f_0) = of
    n = c_1 + f_1 + c_0 + f_0
    spread = np.sqrt(path.own / path.shared)
    mean, variance = _relu(_U, spread)
    missed = []
    for clean, flipped, labels, others in ((c_1, f_1, c_1 + f_0, c_0 + f_1), (c_0, f_0, c_0 + f_1, c_1 + f_0)):
        signal = path.signal * (clean - flipped) / n * z**2 / np.sqrt(path.shared)
        ours, theirs = np.sqrt(labels / n), np.sqrt(others / n)
        output = signal + ours * mean[:, None] - theirs * mean
        width = np.sqrt((labels / n * variance[:, None] + others / n * variance) / m + 1e-12)
        missed.append(_WEIGHTS @ ndtr(-output / width) @ _WEIGHTS)
    return float(p + (1 - 2 * p) * (missed[0] + missed[1]) / 2)


def _relu(u: Array, k: float) -> tuple[Array, Array]:
    """Return mean and variance of `relu(u + k h)`, h standard normal."""
    density, below = np.exp(-((u / k) ** 2) / 2) / np.sqrt(2 * np.pi), ndtr(u / k)
    mean = u * below + k * density
    return mean, np.maximum((u**2 + k**2) * below + u * k * density - mean**2, 0.0)


@cache
def halves() -> mean_field.MeanField:
    """Return the path on which only the half that starts active memorises."""
    return mean_field.MeanField(np.full(1001, 0.5), 2.0, 1.0, 1.0, 0)


def placed(o: Observation, path: mean_field.MeanField, of: Counts | None = None) -> float:
    """Return the z at which the derived test error is the measured one, over the true z; NaN if there is none.

    The counts are those of the draw, unless others are given.
    """
    s, of = o.world.setting, of or counts(o)
    measured = o.tested.value

    def over(log_z: float) -> float:
        return error(float(np.exp(log_z)), s.p, of, s.m, path) - measured

    low, high = np.log(0.05), np.log(5.0)
    if not over(low) > 0 > over(high):
        return float("nan")
    return float(np.exp(brentq(over, low, high, xtol=1e-4)) * unit(s) / s.mu_norm)
