"""Pieces of scikit-learn's two photographs as noise patches, and Gaussian noise of the same spectrum beside them."""

from functools import cache

import numpy as np

from dynamics.arrays import Array
from dynamics.streams import OTHER, stream

KINDS = ("photographs", "photographs, whitened", "random phases, whitened", "Gaussian")
"""As they are; with their spectrum flattened; the same with the phase of each frequency drawn anew, which leaves the
covariance of the pieces and makes them nearly Gaussian; independent pixels."""


def tiles(kind: str, side: int) -> Array:
    """Return all pieces of one kind, which do not overlap.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    side : int
        Pixels of an edge.

    Returns
    -------
    ndarray, shape (N, side^2)
        Each piece with mean zero, all with mean square norm `side^2`: sigma_p is 1.

    Raises
    ------
    ValueError
        If scikit-learn, which brings the photographs, is missing.
    """
    if kind == "Gaussian":
        found = stream(0, OTHER).standard_normal((sum(len(cut(grey, side)) for grey in photographs()), side**2))
    else:
        found = np.concatenate([cut(_filtered(grey, kind), side) for grey in photographs()])
    found = found - found.mean(1, keepdims=True)
    return found * side / np.sqrt((found**2).sum(1).mean())


@cache
def photographs() -> tuple[Array, ...]:
    """Return the two photographs, grey, shape (427, 640)."""
    try:
        from sklearn.datasets import load_sample_images
    except ModuleNotFoundError:
        raise ValueError("scikit-learn is not installed: pip install 'samverify[digits]'") from None
    return tuple(np.asarray(image, np.float64).mean(2) for image in load_sample_images().images)


def cut(grey: Array, side: int) -> Array:
    """Return the whole tiles of an image, shape (tiles, side^2)."""
    rows, columns = (length // side for length in grey.shape)
    whole = grey[: rows * side, : columns * side]
    return whole.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(-1, side**2)


def _filtered(grey: Array, kind: str) -> Array:
    if kind == "photographs":
        return grey
    wave = np.fft.rfft2(grey - grey.mean())
    frequency = np.hypot(np.fft.fftfreq(grey.shape[0])[:, None], np.fft.rfftfreq(grey.shape[1]))
    wave *= frequency  # the amplitude of photographs falls like 1 / frequency
    if kind.startswith("random phases"):
        wave = np.abs(wave) * np.exp(1j * np.angle(np.fft.rfft2(stream(1, OTHER).standard_normal(grey.shape))))
    return np.fft.irfft2(wave, grey.shape)


def effective_dimension(pieces: Array) -> float:
    """Return `(tr C)^2 / tr(C^2)` of the pieces' second moments C, estimated without bias: d for white noise.

    `tr C` is the mean square norm, `tr(C^2)` the mean of `<xi_i, xi_k>^2` over pairs of different pieces.
    """
    gram = pieces @ pieces.T
    count = len(pieces)
    squares = (gram**2).sum() - (np.diag(gram) ** 2).sum()
    return float(np.trace(gram) ** 2 / count**2 / (squares / (count * (count - 1))))
