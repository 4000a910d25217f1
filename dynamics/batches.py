"""Which samples each step reads, and what else a run draws while it trains; or the user's own table."""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics.phase import Phase
from dynamics.setting import Setting
from dynamics.streams import BATCHES, ERROR, FLIPS, OTHER, REPLACED, stream
from dynamics.validation import array_of, integer

Index = NDArray[np.intp]

_BLOCK = 64  # epochs drawn at a time; the numbers do not depend on it


class Draws:
    """What one run draws while it trains, each kind from a stream of its own; both engines read it.

    Parameters
    ----------
    s : Setting
    seed : int
    table : ndarray of int, shape (epochs, H, B), optional
        Batches to be used in the place of random ones, checked.
    y : ndarray of int, shape (n,), optional
        Observed labels, by which workers with a skew divide the samples.

    Raises
    ------
    ValueError
        If the seed is not a non-negative integer.
    """

    def __init__(self, s: Setting, seed: int, table: Index | None = None, y: NDArray[np.int64] | None = None) -> None:
        self._s, self._seed, self._y = s, integer("seed", seed, least=0), y
        self.is_random = table is None
        self._partitions = _Ahead(_blocks(s, stream(seed, BATCHES)) if table is None else iter([table]))

    # few rules draw from these, and a stream takes a while to make
    @cached_property
    def _others(self) -> Iterator[Index]:
        return chain.from_iterable(epochs_of_batches(self._s, self._seed, OTHER))

    @cached_property
    def _flips(self) -> np.random.Generator:
        return stream(self._seed, FLIPS)

    @cached_property
    def _replaced(self) -> np.random.Generator:
        return stream(self._seed, REPLACED)

    @cached_property
    def _errors(self) -> np.random.Generator:
        return stream(self._seed, ERROR)

    def epoch(self, phase: Phase) -> Index:
        """Return the batches of the next epoch, shape (H, B); with workers, those of the first worker come first."""
        table: Index = self.epochs(phase, 1)[0]
        return table

    def epochs(self, phase: Phase, count: int) -> Index:
        """Return the batches of the next epochs, shape (count, H, B): those that `epoch` would return one by one."""
        s, workers = self._s, phase.workers or 1
        shard = s.n // workers
        if phase.replacement and self.is_random:
            drawn = self._replaced.integers(0, shard, size=(count, workers, s.H // workers, s.B))
            places = (drawn + shard * np.arange(workers)[:, None, None]).reshape(count, s.H, s.B)
            return self._shards(phase)[places]
        tables = self._partitions.take(count)
        if workers == 1 or phase.replacement:
            return tables
        # a uniform order of all samples, restricted to a shard, is a uniform order of the shard
        orders = tables.reshape(count, s.n)
        place = np.argsort(self._shards(phase))
        by_shard = np.argsort(place[orders] // shard, axis=1, kind="stable")
        return np.take_along_axis(orders, by_shard, axis=1).reshape(count, s.H, s.B)

    def _shards(self, phase: Phase) -> Index:
        """Return the samples in the order of their workers, shape (n,)."""
        if phase.skew is None or self._y is None:
            return np.arange(self._s.n)
        return shards(self._y, phase.workers or 1, phase.skew)

    def other(self) -> Index:
        """Return another batch for the next step, shape (B,)."""
        return next(self._others)

    def flips(self, probability: float) -> NDArray[np.bool_]:
        """Return which labels of the next step's batch are flipped, shape (B,)."""
        return self._flips.random(self._s.B) < probability

    def error(self) -> NDArray[np.float64]:
        """Return the next round's error of the ascent, on unit vectors along `mu, xi_1, .., xi_n`; (1 + n, 2m)."""
        return self._errors.standard_normal((1 + self._s.n, 2 * self._s.m))


def shards(y: NDArray[np.int64], workers: int, skew: float) -> Index:
    """Return the samples in the order of the workers that hold them.

    Parameters
    ----------
    y : ndarray of int, shape (n,)
        Observed labels.
    workers : int
        They divide n.
    skew : float
        As for `dynamics.Phase`.

    Returns
    -------
    ndarray of int, shape (n,)
        The first `n / workers` are the first worker's, and so on.

    Notes
    -----
    Of the `q` samples of a worker `round((2 skew - 1) q)` come out of a row that is sorted by label, +1 first, and the
    others as they were drawn: if the classes are even, a share `skew` of a worker's samples is of one class. It is the
    division by similarity of Karimireddy et al., *SCAFFOLD* (ICML 2020), with similarity `2 - 2 skew`.
    """
    q = len(y) // workers
    dealt = workers * round((2 * skew - 1) * q)
    in_order = np.argsort(-y[:dealt], kind="stable").reshape(workers, -1)
    return np.concatenate([in_order, np.arange(dealt, len(y)).reshape(workers, -1)], axis=1).reshape(-1)


def epochs_of_batches(s: Setting, seed: int, purpose: int = BATCHES) -> Iterator[Index]:
    """Go, epoch after epoch and without end, through random partitions of the samples into batches.

    Parameters
    ----------
    s : Setting
    seed : int
    purpose : int
        Of `dynamics.streams`.

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
    return chain.from_iterable(_blocks(s, stream(seed, purpose)))


def _blocks(s: Setting, rng: np.random.Generator) -> Iterator[Index]:
    orders = np.tile(np.arange(s.n), (_BLOCK, 1))
    while True:
        drawn = orders if s.B == s.n else rng.permuted(orders, axis=1)
        yield drawn.reshape(_BLOCK, s.H, s.B)


class _Ahead:
    """Epochs that come in blocks and are taken in other numbers."""

    def __init__(self, blocks: Iterator[Index]) -> None:
        self._blocks = blocks
        self._left = next(blocks)

    def take(self, count: int) -> Index:
        """Return the next epochs, shape (count, H, B)."""
        while len(self._left) < count:
            self._left = np.concatenate([self._left, next(self._blocks)])
        taken, self._left = self._left[:count], self._left[count:]
        return taken


def checked_batches(s: Setting, batches: ArrayLike, phases: tuple[Phase, ...]) -> Index:
    """Check a table of batches given from outside.

    Parameters
    ----------
    s : Setting
    batches : array_like of int, shape (epochs, H, B), or (epochs H, B) as a run records them
        Each epoch must use every sample once, unless its phase has `replacement`.
    phases : tuple of Phase
        The phases that will be trained.

    Returns
    -------
    ndarray of int, shape (epochs, H, B)

    Raises
    ------
    ValueError
        For another shape or type, an index outside 0..n-1, or an epoch that is not a permutation and must be one.
    """
    table = array_of("iu", "batches", batches, "an array of sample numbers (integers)")
    partitions = np.repeat([not phase.replacement for phase in phases], [phase.epochs for phase in phases])
    wanted = (len(partitions), s.H, s.B)
    if table.shape == (len(partitions) * s.H, s.B):
        table = table.reshape(wanted)
    if table.shape != wanted:
        raise ValueError(f"batches of shape {table.shape} is not allowed: it must have shape (epochs, H, B) = {wanted}")
    if table.size and (table.min() < 0 or table.max() >= s.n):
        wrong = table[(table < 0) | (table >= s.n)].flat[0]
        raise ValueError(f"batches with the sample number {wrong} is not allowed: they go from 0 to n-1 = {s.n - 1}")
    repeated = (np.sort(table.reshape(len(table), s.n), axis=1) != np.arange(s.n)).any(axis=1)
    repeats = np.flatnonzero(repeated & partitions)
    if repeats.size:
        raise ValueError(f"batches is not allowed: epoch {repeats[0]} must use each of the {s.n} samples exactly once")
    return table.astype(np.intp)
