"""The page's order of the samples, in NumPy: for the Python that the page hands out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dynamics import Setting

_BATCHES = 1  # the stream's purpose in lab.js


def orders(s: Setting, seed: int, epochs: int) -> NDArray[np.int64]:
    """Return the batches that the page reads, for `dynamics.train`.

    Parameters
    ----------
    s : Setting
    seed : int
        Of the page, below 2^32.
    epochs : int

    Returns
    -------
    ndarray of int, shape (epochs, H, B)
        Each epoch shuffled by Fisher and Yates from a stream sfc32 of its own; with `B = n` in the samples' own order.
    """
    table = np.tile(np.arange(s.n), (epochs, 1))
    if s.B < s.n:
        state = [np.full(epochs, value, np.uint32) for value in (seed, _BATCHES, 0, 1)]
        state[2] = np.arange(epochs, dtype=np.uint32)
        for _ in range(16):
            _word(state)
        every = np.arange(epochs)
        for i in range(s.n - 1, 0, -1):
            high, low = _word(state) >> 5, _word(state) >> 6
            k = ((i + 1) * ((high * 2.0**26 + low) / 2.0**53)).astype(np.int64)
            table[every, k], table[:, i] = table[:, i].copy(), table[every, k]
    return table.reshape(epochs, s.H, s.B)


def _word(state: list[NDArray[Any]]) -> NDArray[Any]:
    """Return the next 32 bits of each stream, and move its state (a, b, c, counter) on."""
    a, b, c, count = state
    t: NDArray[Any] = a + b + count
    state[:] = [b ^ (b >> 9), c + (c << 3), ((c << 21) | (c >> 11)) + t, count + np.uint32(1)]
    return t
