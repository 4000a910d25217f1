"""The same network on any inputs given patch by patch: independent noise patches, images, a user's own data."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics.arrays import Array
from dynamics.batches import Draws, checked_batches
from dynamics.engines.network import descent, loss
from dynamics.engines.patch_products import Products, can
from dynamics.phase import Phase
from dynamics.setting import Setting
from dynamics.trajectory import RecordEvery, timetable
from dynamics.validation import array_of, instance, reals, shown


@dataclass(frozen=True)
class PatchRun:
    """One training; first axis `T` is the record, in order of time, starting with the initial weights.

    Attributes
    ----------
    epoch : ndarray of int, shape (T,)
        Whole epochs completed before the record.
    loss : ndarray, shape (T,)
        Mean logistic loss over all training samples.
    seen : tuple of length T
        What `watch` returned at each record; empty without it.
    weights : ndarray, shape (2, m, D)
        Filters at the end.
    """

    epoch: NDArray[np.int64]
    loss: Array
    seen: tuple[Any, ...]
    weights: Array


def train_patches(
    s: Setting,
    X: ArrayLike,
    y: ArrayLike,
    w0: ArrayLike,
    phases: Phase | Sequence[Phase],
    seed: int = 0,
    batches: ArrayLike | None = None,
    record_every: RecordEvery = 1,
    tol: float | None = None,
    watch: Callable[[Array], Any] | None = None,
) -> PatchRun:
    """Train the weights of the network on inputs given patch by patch.

    Parameters
    ----------
    s : Setting
        Only `n`, `m`, `B`, `eta` and `activation` are read: the inputs say the rest.
    X : array_like, shape (n, K, D)
        The patches. One that occurs `c` times in an input may be given once, as `c` times the patch: relu is positively
        homogeneous, so `c relu(<w, x>) = relu(<w, c x>)`, and the gradients agree too (not so for relu^q).
    y : array_like of int, shape (n,)
        Labels, +1 or -1.
    w0 : array_like, shape (2, m, D)
        Initial filters; the first axis is the sign of the second layer, +1 and -1.
    phases, seed, batches
        As for `dynamics.train`.
    record_every : int, "step" or "geometric"
        As for `dynamics.train`; "step" records epochs.
    tol : float, optional
        Stop at the first record whose training loss is at most this.
    watch : callable, optional
        Called with the filters, shape (2, m, D), at each record.

    Returns
    -------
    PatchRun

    Raises
    ------
    ValueError
        For arguments that do not fit; nothing has been computed then.
    FloatingPointError
        If the weights stop being finite; says in which epoch.

    Notes
    -----
    The gradient is that of `dynamics.engines.network`. It lies in the span of the patches, so training happens in an
    orthonormal basis of that span where it is smaller than `D`: O(m B K min(D, nK)) a step.

    Examples
    --------
    >>> s = Setting(n=2, d=3, m=1, P=2, mu_norm=1.0, sigma_p=1.0, p=0.0, sigma_0=0.1, B=2, eta=1.0)
    >>> X = [[[1, 0, 0], [0, 1, 0]], [[-1, 0, 0], [0, 0, 1]]]
    >>> run = train_patches(s, X, [1, -1], 0.1 * np.ones((2, 1, 3)), Phase("sgd", epochs=50))
    >>> bool(run.loss[-1] < run.loss[0])
    True
    """
    plan = timetable(phases, record_every)
    X, y, W = _checked(s, X, y, w0, tol)
    for phase in plan.phases:
        phase.check_fits(s)
    draws = Draws(s, seed, None if batches is None else checked_batches(s, batches, plan.phases), y)
    by = _by_products if all(can(phase) for phase in plan.phases) else _by_weights
    record: list[tuple[int, float]] = []
    seen: list[Any] = []
    weights: Callable[[], Array] = W.copy
    for epoch, found, weights in by(s, X, y, W, plan.phases, draws):
        if epoch and not plan.records(epoch):
            continue
        with np.errstate(over="ignore"):  # the next epoch reports what is too large
            record.append((epoch, found()))
        if watch:
            seen.append(watch(weights()))
        if epoch and tol is not None and record[-1][1] <= tol:
            break
    return PatchRun(
        epoch=np.array([epoch for epoch, _ in record], np.int64),
        loss=np.array([value for _, value in record]),
        seen=tuple(seen),
        weights=weights(),
    )


Epochs = Iterator[tuple[int, Callable[[], float], Callable[[], Array]]]
"""Epoch by epoch, the start first: its number, and what returns the loss and the filters then."""


def _by_products(
    s: Setting, X: Array, y: NDArray[np.int64], W: Array, phases: tuple[Phase, ...], draws: Draws
) -> Epochs:
    products = Products(s, X, y, W)
    yield 0, products.loss, products.weights
    for epoch in products.train(phases, draws):
        yield epoch, products.loss, products.weights


def _by_weights(
    s: Setting, X: Array, y: NDArray[np.int64], W: Array, phases: tuple[Phase, ...], draws: Draws
) -> Epochs:
    whole, basis = W, _basis(X)
    if basis is not None:
        X, W = X @ basis, W @ basis
    start = W

    def in_full(W: Array) -> Array:
        return W if basis is None else whole + (W - start) @ basis.T

    yield 0, partial(loss, W, X, y, s.phi), partial(in_full, W)
    for epoch, h, _, after in descent(s, X, y, W, phases, draws):
        if h == s.H and np.isfinite(after).all():  # if not, `descent` raises when it goes on
            yield epoch, partial(loss, after, X, y, s.phi), partial(in_full, after)


def _basis(X: Array) -> Array | None:
    """Return an orthonormal basis of the span of all patches as columns, or None if it has as many as they have axes.

    Notes
    -----
    Patches that depend on each other leave columns outside their span; these change nothing.
    """
    rows = X.reshape(-1, X.shape[-1])
    return np.linalg.qr(rows.T)[0] if len(rows) < rows.shape[1] else None


def _checked(
    s: Setting, X: ArrayLike, y: ArrayLike, w0: ArrayLike, tol: float | None
) -> tuple[Array, NDArray[np.int64], Array]:
    """Return inputs, labels and initial filters as arrays, or raise a ValueError that says what does not fit."""
    instance("s", s, Setting)
    inputs, filters = reals("X", X), reals("w0", w0)
    if inputs.ndim != 3 or len(inputs) != s.n or inputs.size == 0:
        raise ValueError(f"X of shape {inputs.shape} is not allowed: it must have shape ({s.n}, K, D), not empty")
    wanted = (2, s.m, inputs.shape[2])
    if filters.shape != wanted:
        raise ValueError(f"w0 of shape {filters.shape} is not allowed: it must have shape {wanted}")
    labels = array_of("iuf", "y", y, "an array of labels, +1 or -1")
    if labels.shape != (s.n,):
        raise ValueError(f"y of shape {labels.shape} is not allowed: it must have shape ({s.n},)")
    wrong = labels[(labels != 1) & (labels != -1)]
    if wrong.size:
        raise ValueError(f"y with a label {wrong[0]} is not allowed: labels are +1 or -1")
    if tol is not None and not (isinstance(tol, int | float | np.number) and 0 < tol < np.inf):
        raise ValueError(f"tol = {shown(tol)} is not allowed: it must be a positive number")
    return inputs, labels.astype(np.int64), filters
