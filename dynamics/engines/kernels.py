"""The coefficient engine compiled by numba: SGD and SAM, with or without memory, one replica at a time.

The formulas are those of `dynamics.engines.coefficients`, `dynamics.rules` and `dynamics.training`, which stay the
engine where numba is not installed and for every other rule. Differences are of rounding only.

Filters lie side by side in the vector registers (`dynamics.engines.vectors`): the rows of all arrays are padded with
zeros, on which the derivative of relu is zero, so that padding stays zero. `K` is read where it lies, by the numbers of
the batch's samples; nothing of a product is gathered or copied. Replicas in the place of filters would need `K` in
eight copies and do no less work; a single replica then costs as little as one of many, and gives the same bits.
"""

import numpy as np
from numpy.typing import NDArray

from dynamics.arrays import Array
from dynamics.engines.jit import jit
from dynamics.engines.vectors import (
    WIDTH,
    add_product,
    add_to_rows,
    class_sum,
    exponentials,
    row_gates,
    row_sums,
    rows_moved,
    signal_gate,
    signal_sum,
    write_slopes,
    zeros,
)

Truth = NDArray[np.bool_]
Rows = NDArray[np.intp]
Shape = tuple[float, float]

RAN, REACHED, DIVERGED = 0, 1, 2


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
def _other_slopes(
    z: Array, rows: Rows, y: Array, positive: Array, copies: float, shape: Shape, j: Array, m: int, B: int,
    margins: Array, slopes: Array,
) -> None:  # fmt: skip
    """As `_slopes`, for activations other than relu."""
    up, down = 0.0, 0.0
    for k in range(2 * m):
        up += j[k] * _value(z[0, k], shape)
        down += j[k] * _value(-z[0, k], shape)
    for b in range(B):
        noise = 0.0
        for k in range(2 * m):
            noise += j[k] * _value(z[rows[1 + b], k], shape)
        margins[b] = y[b] * ((up if positive[b] > 0 else down) + copies * noise) / m
    exponentials(margins, slopes)
    for b in range(len(slopes)):
        slopes[b] = -y[b] / (B * m * (1.0 + slopes[b]))


@jit
def _slopes(
    z: Array, rows: Rows, y: Array, positive: Array, copies: float, shape: Shape, j: Array, m: int, sums: Array,
    margins: Array, slopes: Array,
) -> None:  # fmt: skip
    """Write `y_i f_i` and `l'_i y_i / (B m)` of the samples that rows of z belong to, the first of them mu's.

    `j` is the sign of each filter; what belongs to samples has zeros up to a multiple of `vectors.WIDTH`.
    """
    B = len(rows) - 1
    if shape[0] != 0.0 or shape[1] != 1.0:
        _other_slopes(z, rows, y, positive, copies, shape, j, m, B, margins, slopes)
        return
    row_sums(z, rows, j, sums)
    write_slopes(sums, signal_sum(z, j), y, positive, copies, float(m), margins, slopes, 1.0 / (B * m))


@jit
def _gradient(
    z: Array, rows: Rows, positive: Array, copies: float, shape: Shape, j: Array, m: int, slopes: Array, G: Array
) -> None:
    """Write the coefficients of the batch's gradient, as `dynamics.engines.coefficients.gradient`."""
    seen_positive, seen_negative = class_sum(slopes, positive, 1.0), class_sum(slopes, positive, 0.0)
    if shape[0] != 0.0 or shape[1] != 1.0:
        for k in range(2 * m):
            G[0, k] = j[k] * (seen_positive * _slope(z[0, k], shape) - seen_negative * _slope(-z[0, k], shape))
            for b in range(len(rows) - 1):
                G[1 + b, k] = copies * slopes[b] * j[k] * _slope(z[rows[1 + b], k], shape)
        return
    row_gates(z, rows, copies, slopes, j, G)
    signal_gate(z, seen_positive, -seen_negative, j, G)


@jit
def _signs(m: int, M: int) -> Array:
    j = np.zeros(M)
    j[:m] = 1.0
    j[m : 2 * m] = -1.0
    return j


@jit
def _samples(n: int) -> Array:
    """Return zeros for n samples, and as many more as let vectors begin at any of them."""
    return np.zeros(-(-n // WIDTH) * WIDTH)


@jit
def _mean_loss(margins: Array) -> float:
    total = 0.0
    for i in range(len(margins)):
        total += max(-margins[i], 0.0) + np.log1p(np.exp(-abs(margins[i])))
    return total / len(margins)


@jit
def _surely_above(tol: float, slopes: Array, n: int, m: int) -> bool:
    """Say that the loss is above `tol`, from `-l'_i = sigma_i = 1 / (1 + exp(y_i f_i))`.

    `log(1 + exp(-y_i f_i)) = -log(1 - sigma_i) >= sigma_i + sigma_i^2 / 2`; where this does not tell, the loss does.
    """
    total = 0.0
    for i in range(n):
        sigma = abs(slopes[i]) * (n * m)
        total += sigma + 0.5 * sigma * sigma
    return total > n * tol * (1.0 + 1e-9)


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
    n = len(y)
    labels, sides, margins, slopes = _samples(n), _samples(n), _samples(n), _samples(n)
    labels[:n], sides[:n], sums = y, positive, np.zeros(1 + len(labels))
    rows = np.arange(1 + n)
    _slopes(z, rows, labels, sides, copies, shape, _signs(m, z.shape[1]), m, sums, margins, slopes)
    return _mean_loss(margins[:n])


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
    j, every, full = _signs(m, M), np.arange(1 + n), B == n
    seen, G, moved = zeros(1 + B, M), zeros(1 + B, M), zeros(1 + B, M)
    y_all, side_all, margins_all, slopes_all = _samples(n), _samples(n), _samples(n), _samples(n)
    y_all[:n], side_all[:n] = y, positive
    # of a full batch, whose order changes nothing, once and for all
    y_I, side_I, margins, slopes = _samples(B), _samples(B), _samples(B), _samples(B)
    y_I[:B], side_I[:B] = y[:B], positive[:B]
    index, first, sums = every[: 1 + B].copy(), every[: 1 + B], np.zeros(1 + len(y_all))
    rows = 1 + n if whole else 0
    all_G, all_moved = zeros(rows, M), zeros(rows, M)
    flat_z, flat_G, flat_moved = z.reshape(-1), G.reshape(-1), moved.reshape(-1)
    elsewhere = whole or len(shift) > 0  # whether the gradient is asked for at another place than z
    known = False  # whether slopes are those of the batch at z
    for epoch in range(epochs):
        for h in range(H):
            if not full:
                for b in range(B):
                    i = tables[epoch % E, h, b]
                    index[1 + b], y_I[b], side_I[b] = 1 + i, y_all[i], side_all[i]
            if elsewhere:
                for a in range(1 + B):
                    for k in range(M):
                        seen[a, k] = z[index[a], k] + (shift[index[a], k] if len(shift) else 0.0)
                if whole:
                    _slopes(z, every, y_all, side_all, copies, shape, j, m, sums, margins_all, slopes_all)
                    _gradient(z, every, side_all, copies, shape, j, m, slopes_all, all_G)
                    all_moved[:] = 0.0
                    add_product(1.0, every, every, K, all_G, all_moved)
                    scale = _scale(tau, all_moved.reshape(-1), all_G.reshape(-1))
                    for a in range(1 + B):
                        for k in range(M):
                            seen[a, k] += scale * all_moved[index[a], k]
                _slopes(seen, first, y_I, side_I, copies, shape, j, m, sums, margins, slopes)
                _gradient(seen, first, side_I, copies, shape, j, m, slopes, G)
            else:
                if not known:
                    _slopes(z, index, y_I, side_I, copies, shape, j, m, sums, margins, slopes)
                _gradient(z, index, side_I, copies, shape, j, m, slopes, G)
            if tau > 0 and not whole:
                for q in range(G.size):
                    flat_moved[q] = 0.0
                add_product(1.0, index, index, K, G, moved)
                scale = _scale(tau, flat_moved, flat_G)
                if scale > 0:
                    if elsewhere:
                        rows_moved(seen, first, scale, moved, seen)
                    else:
                        rows_moved(z, index, scale, moved, seen)
                    _slopes(seen, first, y_I, side_I, copies, shape, j, m, sums, margins, slopes)
                    _gradient(seen, first, side_I, copies, shape, j, m, slopes, G)
            if memory > 0:
                for a in range(1 + n):
                    for k in range(M):
                        velocity[a, k] *= memory
                add_to_rows(1.0, G, velocity, index)
                add_to_rows(-eta, velocity, C, every)
                add_product(-eta, every, every, K, velocity, z)
            else:
                add_to_rows(-eta, G, C, index)
                add_product(-eta, every, index, K, G, z)
        total = 0.0
        for q in range(z.size):
            total += flat_z[q]
        if not np.isfinite(total):
            return epoch + 1, DIVERGED
        if tol > 0:
            at_z = slopes if full else slopes_all
            _slopes(z, every, y_all, side_all, copies, shape, j, m, sums, margins_all, at_z)
            known = full and not elsewhere
            if not _surely_above(tol, at_z, n, m) and _mean_loss(margins_all[:n]) <= tol:
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
