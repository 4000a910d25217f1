"""What is read off a network that was trained on digits."""

import numpy as np
from numpy.typing import NDArray

from dynamics import Setting, TestError
from dynamics.arrays import SIGNS, Array
from dynamics.digits.images import DigitSample
from dynamics.engines.network import output
from dynamics.streams import TEST, stream

_COPIES = 10  # fresh noise vectors for each held-out image


def held_out_error(s: Setting, x: DigitSample, W: Array, seed: int, copies: int = _COPIES) -> TestError:
    """Return the error on the held-out images with fresh noise, `p + (1 - 2p) P(y_hat f < 0)`.

    Parameters
    ----------
    s : Setting
    x : DigitSample
    W : ndarray, shape (2, m, 784)
    seed : int
        Of the test noise.
    copies : int
        Fresh noise vectors for each held-out image.

    Returns
    -------
    TestError
        Its standard error is that of images drawn at random, each the unit, with one error and one success added so
        that it is never zero.

    Notes
    -----
    Given the weights, `(<w_jr, xi>)_jr` is `N(0, sigma_p^2 W W^T)`: it is drawn from a triangular factor of `W W^T`, as
    in `dynamics.test_error`. `f = 0` is half an error.
    """
    factor = s.sigma_p * np.transpose(np.linalg.qr(W.reshape(2 * s.m, -1).T, mode="r"))
    rng = stream(seed, TEST)
    products = rng.standard_normal((copies, len(x.test_images), factor.shape[1])) @ factor.T
    noise = (s.P - 1) * np.maximum(products, 0) @ (np.repeat(SIGNS, s.m) / s.m)
    f = output(W, x.test_images[:, None, :]) + noise
    wrong = (1 - np.sign(x.test_labels * f)) / 2
    spread = np.append(wrong.mean(0), [0.0, 1.0]).std(ddof=1) / np.sqrt(wrong.shape[1])
    return TestError(
        value=float(s.p + (1 - 2 * s.p) * wrong.mean()), stderr=float((1 - 2 * s.p) * spread), samples=wrong.size
    )


def test_error(s: Setting, x: DigitSample, W: Array, seed: int) -> float:
    """Return the value of `held_out_error`."""
    return held_out_error(s, x, W, seed).value


test_error.__test__ = False  # type: ignore[attr-defined]


def active(x: DigitSample, W: Array) -> float:
    """Return the share of pairs (own filter, sample), `j = y_i`, with `<w_jr, xi_i> > 0`."""
    return float((_noise_products(x, W) > 0)[_own(x, W)].mean())


def stays_active(x: DigitSample, W: Array, eps: Array) -> float:
    """Return which share of the pairs that `active` counts is active at `W + eps` too; NaN if there is none."""
    spoken_of = _own(x, W) & (_noise_products(x, W) > 0)
    return float((_noise_products(x, W + eps) > 0)[spoken_of].mean()) if spoken_of.any() else np.nan


def margins(x: DigitSample, W: Array, flipped: bool) -> tuple[float, float]:
    """Return what the image and what the noise give to the margin `y f`, mean over flipped or clean samples.

    NaN if there is no such sample.
    """
    of = (x.y != x.y_hat) == flipped
    if not of.any():
        return np.nan, np.nan
    image, noise = (float((x.y[of] * output(W, x.X[of, k : k + 1])).mean()) for k in (0, 1))
    return image, noise


def gradient_parts(x: DigitSample, W: Array) -> tuple[float, float]:
    """Return the Frobenius norms of the images' and of the noise's part of the gradient over all samples."""
    slope = -x.y / (1 + np.exp(np.minimum(x.y * output(W, x.X), 700))) / (len(x.y) * W.shape[1])
    image, noise = (
        float(np.linalg.norm(((W @ X.T > 0) * slope * SIGNS[:, None, None]) @ X)) for X in (x.X[:, 0], x.X[:, 1])
    )
    return image, noise


def _noise_products(x: DigitSample, W: Array) -> Array:
    return W @ x.X[:, 1].T


def _own(x: DigitSample, W: Array) -> NDArray[np.bool_]:
    return np.broadcast_to(x.y == SIGNS[:, None, None], (2, W.shape[1], len(x.y)))
