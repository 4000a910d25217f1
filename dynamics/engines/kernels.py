"""The coefficient engine compiled by numba: SGD and SAM, with or without memory, one replica at a time.

The formulas are those of `dynamics.engines.coefficients`, `dynamics.rules` and `dynamics.training`, which stay the
engine where numba is not installed and for every other rule. Differences are of rounding only.

Measured in one run on one core of the two-core machine of this project (`docs/benchmarks.md`), SAM, microseconds a step
and replica, batches and set-up included:

=============  =================  ========  ======================
n, m, B        batches in NumPy   compiled  its two products alone
=============  =================  ========  ======================
20, 10, 10                   6.2       1.4                    0.31
40, 20, 40                    20       5.4                     2.6
100, 60, 100                 193        79                      60
400, 400, 400             11,100     7,000                   5,160
=============  =================  ========  ======================

The last column is `K_II G` and `K_.I G` by dgemm, which no engine can do without.
dgemm pays at every size: with pure loops for the small products a step of the smallest took twice as long. The kernels
beat batches of replicas in NumPy, and a single replica costs no more than one of many.
"""

import numpy as np
import scipy.linalg.cython_blas  # noqa: F401 (numba's dgemm: loaded here, so that limits set later reach its threads)
from numpy.typing import NDArray

from dynamics.engines.jit import F, jit

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]
Rows = NDArray[np.intp]
Shape = tuple[float, float]

RAN, REACHED, DIVERGED = 0, 1, 2


def _inline(function: F) -> F:
    # a call costs more than what it does where many arrays are handed over
    return jit(function, inline="always")


@jit
def _value(z: float, shape: Shape) -> float:
    """Activation with (leak, power)."""
    if z <= 0:
        return shape[0] * z
    return z ** shape[1] if shape[1] != 1.0 else z


@jit
def _slope(z: float, shape: Shape) -> float:
    """Return its derivative."""
    if z <= 0:
        return shape[0]
    return shape[1] * z ** (shape[1] - 1.0) if shape[1] != 1.0 else 1.0


@jit
def _margins_of(z: Array, y: Array, positive: Truth, copies: float, shape: Shape, j: Array, out: Array) -> None:
    """As `_margins`, for activations other than relu."""
    up, down = 0.0, 0.0
    for k in range(z.shape[1]):
        up += j[k] * _value(z[0, k], shape)
        down += j[k] * _value(-z[0, k], shape)
    for b in range(len(y)):
        noise = 0.0
        for k in range(z.shape[1]):
            noise += j[k] * _value(z[1 + b, k], shape)
        out[b] = y[b] * ((up if positive[b] else down) + copies * noise) / (z.shape[1] // 2)


@_inline
def _margins(z: Array, y: Array, positive: Truth, copies: float, shape: Shape, j: Array, out: Array) -> None:
    """Write `y_i f_i` of the samples whose products are `z`, of shape (1 + B, 2m); `j` is the sign of each filter."""
    if shape[0] != 0.0 or shape[1] != 1.0:
        _margins_of(z, y, positive, copies, shape, j, out)
        return
    up, down = 0.0, 0.0
    for k in range(z.shape[1]):
        up += j[k] * max(z[0, k], 0.0)
        down += j[k] * max(-z[0, k], 0.0)
    for b in range(len(y)):
        noise = 0.0
        for k in range(z.shape[1]):
            noise += j[k] * max(z[1 + b, k], 0.0)
        out[b] = y[b] * ((up if positive[b] else down) + copies * noise) / (z.shape[1] // 2)


@jit
def _gradient(
    z: Array, y: Array, positive: Truth, copies: float, shape: Shape, j: Array, slopes: Array, G: Array
) -> None:
    """Write the coefficients of the batch's gradient, as `dynamics.engines.coefficients.gradient`."""
    _margins(z, y, positive, copies, shape, j, slopes)
    share = 2.0 / (len(y) * z.shape[1])
    for b in range(len(y)):
        slopes[b] = -share * y[b] / (1.0 + np.exp(slopes[b]))
    seen_positive, seen_negative = 0.0, 0.0
    for b in range(len(y)):
        if positive[b]:
            seen_positive += slopes[b]
        else:
            seen_negative += slopes[b]
    if shape[0] != 0.0 or shape[1] != 1.0:
        for k in range(z.shape[1]):
            G[0, k] = j[k] * (seen_positive * _slope(z[0, k], shape) - seen_negative * _slope(-z[0, k], shape))
            for b in range(len(y)):
                G[1 + b, k] = copies * slopes[b] * j[k] * _slope(z[1 + b, k], shape)
        return
    for b in range(len(y)):
        c = copies * slopes[b]
        for k in range(z.shape[1]):
            G[1 + b, k] = c * j[k] if z[1 + b, k] > 0 else 0.0
    for k in range(z.shape[1]):
        G[0, k] = j[k] * (seen_positive if z[0, k] > 0 else -seen_negative if z[0, k] < 0 else 0.0)


@_inline
def _gather(
    rows: Rows, K: Array, y: Array, positive: Truth, index: Rows, K_I: Array, K_II: Array, y_I: Array, positive_I: Truth
) -> None:
    """Write what a batch reads: its places behind mu's, 0, its rows and block of `K`, and its labels."""
    for b in range(len(rows)):
        index[1 + b] = 1 + rows[b]
        y_I[b] = y[rows[b]]
        positive_I[b] = positive[rows[b]]
    for a in range(len(index)):
        K_I[a] = K[index[a]]
    for a in range(len(index)):
        for b in range(len(index)):
            K_II[a, b] = K_I[a, index[b]]


@jit
def _signs(z: Array) -> Array:
    j = np.ones(z.shape[1])
    j[z.shape[1] // 2 :] = -1.0
    return j


@jit
def _loss(z: Array, y: Array, positive: Truth, copies: float, shape: Shape, j: Array, margins: Array) -> float:
    _margins(z, y, positive, copies, shape, j, margins)
    total = 0.0
    for i in range(len(y)):
        total += max(-margins[i], 0.0) + np.log1p(np.exp(-abs(margins[i])))
    return total / len(y)


@jit
def loss(z: Array, y: Array, positive: Truth, copies: float, shape: Shape) -> float:
    """Return the mean logistic loss `mean log(1 + exp(-y_i f_i))` of all samples.

    Parameters
    ----------
    z : ndarray, shape (1 + n, 2m)
    y, positive : ndarray, shape (n,)
        Observed labels; whether the true label is +1.
    copies : float
        `P - 1`.
    shape : (float, float)
        Leak and power of the activation; (0, 1) is relu, whose loops are its own.
    """
    return _loss(z, y, positive, copies, shape, _signs(z), np.empty(len(y)))


@jit
def advance(
    z: Array,
    C: Array,
    velocity: Array,
    K: Array,
    y: Array,
    positive: Truth,
    copies: float,
    shape: Shape,
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
    shape : (float, float)
        As for `loss`.
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
    n, M, j = len(y), z.shape[1], _signs(z)
    seen, G, moved, change = np.empty((1 + B, M)), np.empty((1 + B, M)), np.empty((1 + B, M)), np.empty((1 + n, M))
    slopes, margins = np.empty(B), np.empty(n)
    # of a full batch, whose order changes nothing, once and for all
    index, y_I, positive_I = np.arange(1 + B), y[:B].copy(), positive[:B].copy()
    K_I, K_II = K[: 1 + B].copy(), K[: 1 + B, : 1 + B].copy()
    flat_z, flat_seen, flat_G = z.reshape(-1), seen.reshape(-1), G.reshape(-1)
    flat_moved, flat_change = moved.reshape(-1), change.reshape(-1)
    for epoch in range(epochs):
        for h in range(H):
            if B < n:
                _gather(tables[epoch % E, h], K, y, positive, index, K_I, K_II, y_I, positive_I)
            for a in range(1 + B):
                seen[a] = z[index[a]]
            _gradient(seen, y_I, positive_I, copies, shape, j, slopes, G)
            if tau > 0:
                np.dot(K_II, G, moved)
                square = 0.0
                for q in range(G.size):
                    square += flat_moved[q] * flat_G[q]
                if square > 0:
                    scale = tau / np.sqrt(square)
                    for q in range(G.size):
                        flat_seen[q] += scale * flat_moved[q]
                    _gradient(seen, y_I, positive_I, copies, shape, j, slopes, G)
            if memory > 0:
                for a in range(1 + n):
                    for k in range(M):
                        velocity[a, k] *= memory
                for a in range(1 + B):
                    for k in range(M):
                        velocity[index[a], k] += G[a, k]
                for a in range(1 + n):
                    for k in range(M):
                        C[a, k] -= eta * velocity[a, k]
                np.dot(K, velocity, change)
            else:
                for a in range(1 + B):
                    for k in range(M):
                        C[index[a], k] -= eta * G[a, k]
                np.dot(K_I.T, G, change)  # K is symmetric
            for q in range(z.size):
                flat_z[q] -= eta * flat_change[q]
        total = 0.0
        for q in range(z.size):
            total += flat_z[q]
        if not np.isfinite(total):
            return epoch + 1, DIVERGED
        if tol > 0 and _loss(z, y, positive, copies, shape, j, margins) <= tol:
            return epoch + 1, REACHED
    return epochs, RAN
