"""Which samples each step reads: a fresh permutation an epoch, or the user's own table."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics.setting import Setting
from dynamics.streams import BATCHES, stream
from dynamics.validation import array_of

Index = NDArray[np.intp]

_BLOCK = 64  # epochs drawn at a time; the numbers do not depend on it


def epochs_of_batches(s: Setting, seed: int) -> Iterator[Index]:
    """Go, epoch after epoch and without end, through random partitions of the samples into batches.

    Parameters
    ----------
    s : Setting
    seed : int

    Returns
    -------
    iterator of ndarray of int, shape (H, B)
        Sample indices of each step of the epoch. With `B = n` the one batch is in the samples'
        own order, since order inside a batch changes nothing.

    Raises
    ------
    ValueError
        If the seed is not a non-negative integer; at once, not at the first epoch.
    """
    return _partitions(s, stream(seed, BATCHES))


def _partitions(s: Setting, rng: np.random.Generator) -> Iterator[Index]:
    if s.B == s.n:
        whole = np.arange(s.n)[None, :]
        while True:
            yield whole
    while True:
        table = np.tile(np.arange(s.n), (_BLOCK, 1))
        yield from rng.permuted(table, axis=1).reshape(_BLOCK, s.H, s.B)


def checked_batches(s: Setting, batches: ArrayLike, epochs: int) -> Index:
    """Check a table of batches given from outside.

    Parameters
    ----------
    s : Setting
    batches : array_like of int, shape (epochs, H, B)
        Each epoch must use every sample once.
    epochs : int
        The number of epochs that will be trained.

    Returns
    -------
    ndarray of int, shape (epochs, H, B)

    Raises
    ------
    ValueError
        For another shape or type, an index outside 0..n-1, or an epoch that is not a permutation.
    """
    table = array_of("iu", "batches", batches, "an array of sample numbers (integers)")
    wanted = (epochs, s.H, s.B)
    if table.shape != wanted:
        raise ValueError(f"batches of shape {table.shape} is not allowed: it must have shape (epochs, H, B) = {wanted}")
    if table.size and (table.min() < 0 or table.max() >= s.n):
        wrong = table[(table < 0) | (table >= s.n)].flat[0]
        raise ValueError(f"batches with the sample number {wrong} is not allowed: they go from 0 to n-1 = {s.n - 1}")
    repeats = np.flatnonzero((np.sort(table.reshape(epochs, s.n), axis=1) != np.arange(s.n)).any(axis=1))
    if repeats.size:
        raise ValueError(f"batches is not allowed: epoch {repeats[0]} must use each of the {s.n} samples exactly once")
    return table.astype(np.intp)
