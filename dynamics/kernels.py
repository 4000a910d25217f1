"""The coefficient engine compiled by numba: SGD and SAM, with or without memory, one replica at a time.

The formulas are those of `dynamics.coefficients`, `dynamics.rules` and `dynamics.training`, which stay the
engine where numba is not installed and for every other rule. Differences are of rounding only.

Measured in one run on one core of the two-core machine of this project, SAM, microseconds of processor time a step
and replica, batches and set-up included:

=============  =================  ========  ======================
n, m, B        batches in NumPy   compiled  its two products alone
=============  =================  ========  ======================
20, 10, 10                   6.8       2.5                     2.1
40, 20, 40                    25        10                     7.4
100, 60, 100                 242       113                      91
400, 400, 400             19,700    13,300                   8,760
=============  =================  ========  ======================

The last column is `K_II G` and `K_.I G` by dgemm, which no engine can do without.
A pure loop wins where the arrays are small, dgemm where they are not; both beat batches of replicas in NumPy,
and a single replica costs no more than one of many.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401 (numba's dgemm: loaded here, so that limits set later reach its threads)
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]
Rows = NDArray[np.intp]
F = TypeVar("F", bound=Callable[..., Any])

RAN, REACHED, DIVERGED = 0, 1, 2

_BLAS_FROM = 600
"""Entries of a batch's gradient from which products go to dgemm; below, its calls cost more than they save."""


def _compile(function: F) -> F:
    # sums may be reordered, as vector units need it; what is not finite keeps its meaning
    flags = {"contract", "reassoc", "nsz"}
    return cast(F, njit(fastmath=flags, error_model="numpy", cache=True, nogil=True)(function))


@_compile
def _margins(z: Array, y: Array, positive: Truth, copies: float, rows: Rows, out: Array) -> None:
    """Write `y_i f_i` of the batch's samples, `rows`, whose products are `z` of shape (1 + B, 2m)."""
    m = z.shape[1] // 2
    up, down = 0.0, 0.0
    for c in range(m):
        up += max(z[0, c], 0.0) - max(z[0, m + c], 0.0)
        down += max(-z[0, c], 0.0) - max(-z[0, m + c], 0.0)
    for b in range(len(rows)):
        noise = 0.0
        for c in range(m):
            noise += max(z[1 + b, c], 0.0) - max(z[1 + b, m + c], 0.0)
        i = rows[b]
        out[b] = y[i] * ((up if positive[i] else down) + copies * noise) / m


@_compile
def _gradient(z: Array, y: Array, positive: Truth, copies: float, rows: Rows, margins: Array, G: Array) -> None:
    """Write the coefficients of the batch's gradient, as `dynamics.coefficients.gradient`."""
    m = z.shape[1] // 2
    _margins(z, y, positive, copies, rows, margins)
    seen_positive, seen_negative = 0.0, 0.0
    for b in range(len(rows)):
        i = rows[b]
        e = np.exp(-abs(margins[b]))
        slope = -(e if margins[b] >= 0 else 1.0) / (1.0 + e)
        c = slope * y[i] / (len(rows) * m)
        if positive[i]:
            seen_positive += c
        else:
            seen_negative += c
        for k in range(m):
            G[1 + b, k] = copies * c if z[1 + b, k] > 0 else 0.0
            G[1 + b, m + k] = -copies * c if z[1 + b, m + k] > 0 else 0.0
    for k in range(2 * m):
        j = 1.0 if k < m else -1.0
        G[0, k] = j * (seen_positive if z[0, k] > 0 else -seen_negative if z[0, k] < 0 else 0.0)


@_compile
def _product(K: Array, rows: Rows, columns: Rows, G: Array, out: Array) -> None:
    """Write `K[rows, columns] @ G`; both index lists start with mu's row, 0, and a complete one is in order."""
    if G.size >= _BLAS_FROM and len(columns) == len(K):
        np.dot(K, G, out)
        return
    if G.size >= _BLAS_FROM:
        block = np.empty((len(rows), len(columns)))
        for a in range(len(rows)):
            for b in range(len(columns)):
                block[a, b] = K[rows[a], columns[b]]
        np.dot(block, G, out)
        return
    for a in range(len(rows)):
        for k in range(G.shape[1]):
            out[a, k] = 0.0
        for b in range(len(columns)):
            scale = K[rows[a], columns[b]]
            for k in range(G.shape[1]):
                out[a, k] += scale * G[b, k]


@_compile
def loss(z: Array, y: Array, positive: Truth, copies: float) -> float:
    """Return the mean logistic loss `mean log(1 + exp(-y_i f_i))` of all samples.

    Parameters
    ----------
    z : ndarray, shape (1 + n, 2m)
    y, positive : ndarray, shape (n,)
        Observed labels; whether the true label is +1.
    copies : float
        `P - 1`.
    """
    n = len(y)
    margins = np.empty(n)
    _margins(z, y, positive, copies, np.arange(n), margins)
    total = 0.0
    for i in range(n):
        total += max(-margins[i], 0.0) + np.log1p(np.exp(-abs(margins[i])))
    return total / n


@_compile
def advance(
    z: Array,
    C: Array,
    velocity: Array,
    K: Array,
    y: Array,
    positive: Truth,
    copies: float,
    eta: float,
    tau: float,
    memory: float,
    tables: Rows,
    epochs: int,
    tol: float,
) -> tuple[int, int]:
    """Train in place for some epochs, or until the loss is at most `tol` or something is not finite.

    Parameters
    ----------
    z, C, velocity : ndarray, shape (1 + n, 2m)
        Inner products, coefficients and velocity; changed in place.
    K : ndarray, shape (1 + n, 1 + n)
        Gram matrix of `mu, xi_1, .., xi_n`.
    y, positive : ndarray, shape (n,)
        Observed labels; whether the true label is +1.
    copies, eta, tau, memory : float
        `P - 1`, learning rate, radius (0: no ascent), share of the last step that is repeated.
    tables : ndarray, shape (E, H, B)
        Batches of the epochs, used cyclically.
    epochs : int
    tol : float
        0 or less: the loss is not looked at.

    Returns
    -------
    done, status : int
        Epochs trained; one of `RAN`, `REACHED`, `DIVERGED`.
    """
    E, H, B = tables.shape
    n, M = len(y), z.shape[1]
    full, all_rows = B == n, np.arange(n + 1)
    index, rows = np.zeros(1 + B, np.intp), np.arange(B)
    seen, G, moved = np.empty((1 + B, M)), np.empty((1 + B, M)), np.empty((1 + B, M))
    change, margins = np.empty((1 + n, M)), np.empty(B)
    for epoch in range(epochs):
        for h in range(H):
            if not full:  # in a full batch the order changes nothing, and samples keep theirs
                rows = tables[epoch % E, h]
            for b in range(B):
                index[1 + b] = 1 + rows[b]
            for a in range(1 + B):
                seen[a] = z[index[a]]
            _gradient(seen, y, positive, copies, rows, margins, G)
            if tau > 0:
                _product(K, index, index, G, moved)
                square = 0.0
                for a in range(1 + B):
                    for k in range(M):
                        square += moved[a, k] * G[a, k]
                if square > 0:
                    scale = tau / np.sqrt(square)
                    for a in range(1 + B):
                        for k in range(M):
                            seen[a, k] += scale * moved[a, k]
                    _gradient(seen, y, positive, copies, rows, margins, G)
            if memory > 0:
                for a in range(1 + n):
                    for k in range(M):
                        velocity[a, k] *= memory
                for a in range(1 + B):
                    for k in range(M):
                        velocity[index[a], k] += G[a, k]
                np.dot(K, eta * velocity, change)
                for a in range(1 + n):
                    for k in range(M):
                        C[a, k] -= eta * velocity[a, k]
            else:
                for a in range(1 + B):
                    for k in range(M):
                        G[a, k] *= eta
                        C[index[a], k] -= G[a, k]
                _product(K, all_rows, index, G, change)
            total = 0.0
            for a in range(1 + n):
                for k in range(M):
                    z[a, k] -= change[a, k]
                    total += z[a, k]
        if not np.isfinite(total):
            return epoch + 1, DIVERGED
        if tol > 0 and loss(z, y, positive, copies) <= tol:
            return epoch + 1, REACHED
    return epochs, RAN
