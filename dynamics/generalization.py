"""Test error of a trained network, with its standard error, at a cost that does not depend on d."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dynamics.arrays import Array
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.streams import TEST, stream
from dynamics.validation import instance, integer, reals

_CHUNK = 4_000_000  # normal numbers held at a time


@dataclass(frozen=True)
class TestError:
    """An estimated probability of error on fresh data.

    Attributes
    ----------
    value : float
        `P(y f(W, x) < 0)` for a fresh `(x, y)`, label flips included.
    stderr : float
        Standard error of `value`; positive also when no error was seen.
    samples : int
        Test noise vectors behind it.
    """

    __test__ = False  # not a test, whatever pytest thinks of the name

    value: float
    stderr: float
    samples: int


def test_error(s: Setting, x: Sample, weights: ArrayLike, samples: int = 10_000, seed: int = 0) -> TestError:
    """Estimate the test error of a network on fresh data from the law of Definition 2.1.

    Parameters
    ----------
    s : Setting
    x : Sample
        For its `mu`; the weights are in its frame.
    weights : array_like, shape (2, m, D)
    samples : int
        Number of fresh noise vectors, at least 1.
    seed : int
        Of the test noise.

    Returns
    -------
    TestError

    Raises
    ------
    ValueError
        For weights of another shape or not finite, `samples < 1`, or arguments of another kind.

    Notes
    -----
    `P(y f < 0) = p + (1 - 2p) P(y_hat f < 0)`. Given the weights, `(<w_jr, xi>)_jr` is
    `N(0, sigma_p^2 W W^T)` in any frame, so it is drawn from a triangular factor of `W W^T`; each
    draw is used for both labels. `f = 0` counts as half an error (a fair coin). The standard error
    adds one error and one success to the count, so that it is never zero.
    """
    s, x = instance("s", s, Setting), instance("x", x, Sample)
    W = reals("weights", weights)
    if W.shape != (2, s.m, len(x.mu)):
        raise ValueError(f"weights of shape {W.shape} is not allowed: it must have shape {(2, s.m, len(x.mu))}")
    samples = integer("samples", samples, least=1)
    W = np.ldexp(W, -np.frexp(np.abs(W).max())[1])  # the error does not depend on the scale, and no digit changes
    rng = stream(seed, TEST)
    j = np.repeat([1.0, -1.0], s.m) / s.m
    flat = W.reshape(2 * s.m, -1)
    on_mu = flat @ x.mu
    at_positive, at_negative = j @ s.phi.value(on_mu), j @ s.phi.value(-on_mu)
    factor = s.sigma_p * np.transpose(np.linalg.qr(flat.T, mode="r"))  # factor @ factor.T = sigma_p^2 W W^T
    total = square = 0.0
    left = samples
    while left:
        count = min(left, max(1, _CHUNK // (2 * s.m)))
        products = rng.standard_normal((count, factor.shape[1])) @ factor.T
        noise = (s.P - 1) * (s.phi.value(products) @ j)
        wrong = (_error(at_positive + noise) + _error(-at_negative - noise)) / 2
        total += wrong.sum()
        square += (wrong**2).sum()
        left -= count
    q = total / samples
    variance = (square + 1) / (samples + 2) - ((total + 1) / (samples + 2)) ** 2
    return TestError(
        value=float(s.p + (1 - 2 * s.p) * q),
        stderr=float((1 - 2 * s.p) * np.sqrt(variance / samples)),
        samples=samples,
    )


def _error(margin: Array) -> Array:
    """1 where the margin is negative, 1/2 where it is zero."""
    return (1 - np.sign(margin)) / 2


test_error.__test__ = False  # type: ignore[attr-defined]
