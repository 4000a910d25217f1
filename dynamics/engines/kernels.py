"""The coefficient engine compiled by numba: SGD and SAM, with or without memory, one replica at a time.

The formulas are those of `dynamics.engines.coefficients`, `dynamics.rules` and `dynamics.training`, which stay the
engine where numba is not installed and for every other rule. Differences are of rounding only.

Filters lie side by side in the vector registers (`dynamics.engines.vectors`): the rows of all arrays are padded with
zeros, on which the derivative of relu is zero, so that padding stays zero. `K` is read where it lies, by the numbers of
the batch's samples; nothing of a product is gathered or copied. Replicas in the place of filters would need `K` in
eight copies and do no less work; a single replica then costs as little as one of many, and gives the same bits.
"""

import math

import numpy as np
from numpy.typing import NDArray

from dynamics.arrays import Array
from dynamics.engines.jit import jit, jit_in_order
from dynamics.engines.vectors import WIDTH, add_product, row_add, row_copy, row_gate, row_sum, two_to, zeros

Truth = NDArray[np.bool_]
Rows = NDArray[np.intp]
Shape = tuple[float, float]

RAN, REACHED, DIVERGED = 0, 1, 2


_LOG2_E = 1.4426950408889634
_LN_2, _LN_2_REST = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # the first with 20 zeros at its end
_FACTORIALS = tuple(1.0 / math.factorial(k) for k in range(14))


@jit_in_order
def exponentials(x: Array, out: Array) -> None:
    """Write `exp(x)`, with x held between -700 and 700, to a relative error below 4e-16; NaN becomes a number.

    `exp(x) = 2^k exp(r)`, `|r| <= log(2)/2`, by the first 14 terms of the series (the rest is below 1e-17). A loop
    without branches, which fills vector registers, as `np.exp` does not.
    """
    for i in range(len(x)):
        held = min(max(x[i], -700.0), 700.0)
        k = np.rint(held * _LOG2_E)
        r = (held - k * _LN_2) - k * _LN_2_REST
        series = _FACTORIALS[13]
        series = series * r + _FACTORIALS[12]
        series = series * r + _FACTORIALS[11]
        series = series * r + _FACTORIALS[10]
        series = series * r + _FACTORIALS[9]
        series = series * r + _FACTORIALS[8]
        series = series * r + _FACTORIALS[7]
        series = series * r + _FACTORIALS[6]
        series = series * r + _FACTORIALS[5]
        series = series * r + _FACTORIALS[4]
        series = series * r + _FACTORIALS[3]
        series = series * r + _FACTORIALS[2]
        out[i] = ((series * r + 1.0) * r + 1.0) * two_to(k)


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
def _margins_of(z: Array, y: Array, positive: Truth, copies: float, shape: Shape, j: Array, m: int, out: Array) -> None:
    """As `_margins`, for activations other than relu."""
    up, down = 0.0, 0.0
    for k in range(2 * m):
        up += j[k] * _value(z[0, k], shape)
        down += j[k] * _value(-z[0, k], shape)
    for b in range(len(positive)):
        noise = 0.0
        for k in range(2 * m):
            noise += j[k] * _value(z[1 + b, k], shape)
        out[b] = y[b] * ((up if positive[b] else down) + copies * noise) / m


@jit
def _margins(z: Array, y: Array, positive: Truth, copies: float, shape: Shape, j: Array, m: int, out: Array) -> None:
    """Write `y_i f_i` of the samples whose products are `z`, of shape (1 + B, M); `j` is the sign of each filter."""
    if shape[0] != 0.0 or shape[1] != 1.0:
        _margins_of(z, y, positive, copies, shape, j, m, out)
        return
    up = row_sum(z, 0, j)
    down = up
    for k in range(2 * m):
        down -= j[k] * z[0, k]  # max(-z, 0) = max(z, 0) - z
    for b in range(len(positive)):
        out[b] = y[b] * ((up if positive[b] else down) + copies * row_sum(z, 1 + b, j)) / m


@jit
def _gradient(
    z: Array,
    y: Array,
    positive: Truth,
    copies: float,
    shape: Shape,
    j: Array,
    m: int,
    work: Array,
    slopes: Array,
    G: Array,
) -> None:
    """Write the coefficients of the batch's gradient, as `dynamics.engines.coefficients.gradient`."""
    _margins(z, y, positive, copies, shape, j, m, work)
    exponentials(work, slopes)
    share = 1.0 / (len(positive) * m)
    for b in range(len(slopes)):
        slopes[b] = -share * y[b] / (1.0 + slopes[b])
    seen_positive, seen_negative = 0.0, 0.0
    for b in range(len(positive)):
        if positive[b]:
            seen_positive += slopes[b]
        else:
            seen_negative += slopes[b]
    if shape[0] != 0.0 or shape[1] != 1.0:
        for k in range(2 * m):
            G[0, k] = j[k] * (seen_positive * _slope(z[0, k], shape) - seen_negative * _slope(-z[0, k], shape))
            for b in range(len(positive)):
                G[1 + b, k] = copies * slopes[b] * j[k] * _slope(z[1 + b, k], shape)
        return
    for b in range(len(positive)):
        row_gate(z, 1 + b, copies * slopes[b], 0.0, j, G)
    row_gate(z, 0, seen_positive, -seen_negative, j, G)


@jit
def _signs(m: int, M: int) -> Array:
    j = np.zeros(M)
    j[:m] = 1.0
    j[m : 2 * m] = -1.0
    return j


@jit
def _loss(z: Array, y: Array, positive: Truth, copies: float, shape: Shape, j: Array, m: int, margins: Array) -> float:
    _margins(z, y, positive, copies, shape, j, m, margins)
    total = 0.0
    for i in range(len(positive)):
        total += max(-margins[i], 0.0) + np.log1p(np.exp(-abs(margins[i])))
    return total / len(positive)


@jit
def _scale(tau: float, moved: Array, G: Array) -> float:
    """Return `tau / ||G||_F`, with `moved = K G`, in one row each; 0 for a gradient of zero."""
    square = 0.0
    for q in range(G.size):
        square += moved[q] * G[q]
    scale = 0.0
    if square > 0:
        scale = tau / np.sqrt(square)
    return scale


@jit
def loss(z: Array, y: Array, positive: Truth, copies: float, shape: Shape, m: int) -> float:
    """Return the mean logistic loss `mean log(1 + exp(-y_i f_i))` of all samples.

    Parameters
    ----------
    z : ndarray, shape (1 + n, M)
        Rows of 2m filters, padded with zeros to a multiple of `vectors.WIDTH`.
    y, positive : ndarray, shape (n,)
        Observed labels; whether the true label is +1.
    copies : float
        `P - 1`.
    shape : (float, float)
        Leak and power of the activation; (0, 1) is relu, whose loops are its own.
    m : int
    """
    return _loss(z, y, positive, copies, shape, _signs(m, z.shape[1]), m, np.empty(len(y)))


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
    m: int,
    eta: float,
    tau: float,
    memory: float,
    whole: bool,
    shift: Array,
    tables: Rows,
    epochs: int,
    tol: float,
) -> tuple[int, int]:
    """Train in place for some epochs, or until the loss is at most `tol` or something is not finite.

    Parameters
    ----------
    z, C, velocity : ndarray, shape (1 + n, M)
        Inner products, coefficients and velocity; rows padded with zeros; changed in place.
    K : ndarray, shape (1 + n, 1 + n)
        Gram matrix of `mu, xi_1, .., xi_n`.
    y, positive : ndarray, shape (n,)
        Observed labels; whether the true label is +1.
    shape : (float, float)
        As for `loss`.
    copies, m, eta, tau, memory
        `P - 1`, filters a sign, learning rate, radius (0: no ascent), share of the last step that is repeated.
    whole : bool
        Whether the ascent is that of all samples.
    shift : ndarray, shape (1 + n, M) or (0, M)
        How far a given part of the ascent moves the products, beside what is computed; of no rows if there is none.
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
    j = _signs(m, M)
    seen, G, moved = zeros(1 + B, M), zeros(1 + B, M), zeros(1 + B, M)
    margins, every = np.empty(n), np.arange(1 + n)
    # of a full batch, whose order changes nothing, once and for all
    long = -(-B // WIDTH) * WIDTH
    index, y_I, positive_I, work, slopes = (
        np.arange(1 + B),
        np.zeros(long),
        positive[:B].copy(),
        np.zeros(long),
        np.zeros(long),
    )
    y_I[:B] = y[:B]
    rows = 1 + n if whole else 0
    all_G, all_moved, all_y = zeros(rows, M), zeros(rows, M), np.zeros(-(-n // WIDTH) * WIDTH)
    all_y[:n] = y
    all_work, all_slopes = np.zeros(len(all_y)), np.zeros(len(all_y))
    flat_z, flat_seen, flat_G, flat_moved = z.reshape(-1), seen.reshape(-1), G.reshape(-1), moved.reshape(-1)
    for epoch in range(epochs):
        for h in range(H):
            if B < n:
                batch = tables[epoch % E, h]
                for b in range(B):
                    i = batch[b]
                    index[1 + b], y_I[b], positive_I[b] = 1 + i, y[i], positive[i]
            for a in range(1 + B):
                row_copy(z, index[a], seen, a)
            if len(shift):
                for a in range(1 + B):
                    row_add(1.0, shift, index[a], seen, a)
            if whole:
                _gradient(z, all_y, positive, copies, shape, j, m, all_work, all_slopes, all_G)
                all_moved[:] = 0.0
                add_product(1.0, every, every, K, all_G, all_moved)
                scale = _scale(tau, all_moved.reshape(-1), all_G.reshape(-1))
                for a in range(1 + B):
                    row_add(scale, all_moved, index[a], seen, a)
            _gradient(seen, y_I, positive_I, copies, shape, j, m, work, slopes, G)
            if tau > 0 and not whole:
                for q in range(G.size):
                    flat_moved[q] = 0.0
                add_product(1.0, index, index, K, G, moved)
                scale = _scale(tau, flat_moved, flat_G)
                if scale > 0:
                    for q in range(G.size):
                        flat_seen[q] += scale * flat_moved[q]
                    _gradient(seen, y_I, positive_I, copies, shape, j, m, work, slopes, G)
            if memory > 0:
                for a in range(1 + n):
                    for k in range(M):
                        velocity[a, k] *= memory
                for a in range(1 + B):
                    row_add(1.0, G, a, velocity, index[a])
                for a in range(1 + n):
                    row_add(-eta, velocity, a, C, a)
                add_product(-eta, every, every, K, velocity, z)
            else:
                for a in range(1 + B):
                    row_add(-eta, G, a, C, index[a])
                add_product(-eta, every, index, K, G, z)
        total = 0.0
        for q in range(z.size):
            total += flat_z[q]
        if not np.isfinite(total):
            return epoch + 1, DIVERGED
        if tol > 0 and _loss(z, y, positive, copies, shape, j, m, margins) <= tol:
            return epoch + 1, REACHED
    return epochs, RAN


@jit
def meet(
    each_z: Array,
    each_C: Array,
    each_velocity: Array,
    z: Array,
    C: Array,
    K: Array,
    y: Array,
    positive: Truth,
    copies: float,
    shape: Shape,
    m: int,
    eta: float,
    tau: float,
    memory: float,
    whole: bool,
    shift: Array,
    tables: Rows,
    done: int,
    every: int,
    tol: float,
) -> tuple[int, int]:
    """Train several workers in place, one after the other in each epoch, as `advance`.

    Parameters
    ----------
    each_z, each_C, each_velocity : ndarray, shape (workers, 1 + n, M)
        Those of the workers.
    z, C : ndarray, shape (1 + n, M)
        Filled with the workers' mean after each epoch.
    K, y, positive, copies, shape, m, eta, tau, memory, whole, shift, tol
        As for `advance`; the loss is that of the mean.
    tables : ndarray, shape (E, workers, H / workers, B)
        Batches of E epochs.
    done, every : int
        Epochs of the phase so far; epochs after which workers are set to their mean.

    Returns
    -------
    done, status : int
        As for `advance`.
    """
    for epoch in range(len(tables)):
        z[:] = 0.0
        C[:] = 0.0
        for w in range(len(each_z)):
            _, status = advance(
                each_z[w], each_C[w], each_velocity[w], K, y, positive, copies, shape, m,
                eta, tau, memory, whole, shift, tables[epoch, w : w + 1], 1, 0.0,
            )  # fmt: skip
            if status == DIVERGED:
                return epoch + 1, status
            z += each_z[w]
            C += each_C[w]
        z /= len(each_z)
        C /= len(each_z)
        if (done + epoch + 1) % every == 0:
            for w in range(len(each_z)):
                each_z[w] = z
                each_C[w] = C
        if tol > 0 and loss(z, y, positive, copies, shape, m) <= tol:
            return epoch + 1, REACHED
    return len(tables), RAN
