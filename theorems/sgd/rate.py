"""The exponent of SGD's test error beyond its boundary, read off trained weights, and the worlds it is read in.

With `a_j` the signal's part of `|f|` at `y_hat = j`, `g` the noise's part, `E g = (P-1) sigma_p / sqrt(2 pi) (1/m) sum
j ||w_jr||` and `Lambda = (P-1) (1/m) sum ||w_jr||`, the exponent is `max(a_j + j E g, 0)^2 / (2 sigma_p^2 Lambda^2)`.
"""

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS
from theorems.boundary import SGD_BASE, natural
from theorems.overfitting import EPSILON
from theorems.statement import Observation, Observations, World

BASE = SGD_BASE.replace(d=10**8, mu_norm=100.0)
STRENGTHS = (100.0, 140.0, 200.0, 280.0, 400.0)
N = (32, 50, 80, 128, 200)
D = tuple(10**8 * k for k in (1, 2, 4, 8, 16))


def exponents(o: Observation) -> tuple[float, float]:
    """Return `max(a_j + j E g, 0)^2 / (2 sigma_p^2 Lambda^2)` for `j = +1, -1`."""
    s = o.world.setting
    W = o.trained.weights(-1)
    j = SIGNS[:, None]
    on_mu = W @ o.sample.mu
    norms = np.linalg.norm(W, axis=-1)
    mean = (s.P - 1) * s.sigma_p * (j * norms).sum() / (s.m * np.sqrt(2 * np.pi))
    width = 2 * ((s.P - 1) * s.sigma_p * norms.sum() / s.m) ** 2
    positive = (j * np.maximum(on_mu, 0)).sum() / s.m
    negative = -(j * np.maximum(-on_mu, 0)).sum() / s.m
    return float(max(positive + mean, 0) ** 2 / width), float(max(negative - mean, 0) ** 2 / width)


def exponent(observations: Observations) -> float:
    """Return the mean of both exponents of the bound."""
    (o,) = observations
    return sum(exponents(o)) / 2


def world(s: Setting, test_samples: int = 0) -> World:
    """Return the world of one setting: SGD to the accuracy asked for."""
    phases = (Phase("sgd", epochs=20_000),)
    return World(natural(s, step=0.1), phases, record_every=10**6, tol=EPSILON, test_samples=test_samples)
