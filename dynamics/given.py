"""Weights that were trained elsewhere: what they must be, and the coefficients that are read off them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics.arrays import SIGNS, Array
from dynamics.phase import Phase
from dynamics.rules import RULES
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.validation import array_of, reals

_ROUNDINGS = 64
"""Last places of the largest filter that a step of another program may be off by."""

_SHARE = 1e-6
"""Share of a step that is not taken for more than rounding: autodiff sums in another order."""


def kept_in(W: Array) -> type[np.floating[Any]]:
    """Return the type that weights were kept in: half, single or double precision.

    Notes
    -----
    Seen in the weights themselves: doubles that all have the digits of a shorter type were made in it.
    """
    with np.errstate(over="ignore"):
        kinds: tuple[type[np.floating[Any]], ...] = (np.float16, np.float32)
        for kind in kinds:
            if (W.astype(kind) == W).all() and W.any():
                return kind
    return np.float64


def precision(W: Array) -> float:
    """Return the spacing at 1 of the numbers that weights were kept in."""
    return float(np.finfo(kept_in(W)).eps)


def decompose(x: Sample, copies: int, moved: Array) -> tuple[Array, Array]:
    """Return gamma and rho of `W - W(0)`, by least squares on `mu, xi_1, .., xi_n`.

    Parameters
    ----------
    x : Sample
    copies : int
        `P - 1`.
    moved : ndarray, shape (..., 2, m, D)

    Returns
    -------
    gamma, rho : ndarray, shapes (..., 2, m) and (..., 2, m, n)
        Unique only if the vectors are linearly independent.
    """
    # columns of unit length, so that the fit does not suffer from their different scales
    V = np.vstack([x.mu, x.xi])
    lengths = np.linalg.norm(V, axis=1)
    units = np.divide(V, lengths[:, None], out=np.zeros_like(V), where=lengths[:, None] > 0)
    C = np.linalg.lstsq(units.T, moved.reshape(-1, V.shape[1]).T, rcond=None)[0] * lengths[:, None]
    C = C.T.reshape(*moved.shape[:-1], -1)
    return SIGNS[:, None] * C[..., 0], copies * C[..., 1:]


def compose(x: Sample, copies: int, gamma: Array, rho: Array) -> Array:
    """Return `j gamma_jr mu/||mu||^2 + (1/(P-1)) sum_i rho_jri xi_i/||xi_i||^2`, shape (..., 2, m, D)."""
    mu_square, squares = x.mu @ x.mu, copies * np.einsum("id,id->i", x.xi, x.xi)
    on_mu = np.divide(SIGNS[:, None] * gamma, mu_square, out=np.zeros_like(gamma), where=mu_square > 0)
    on_xi = np.divide(rho, squares, out=np.zeros_like(rho), where=squares > 0)
    return on_mu[..., None] * x.mu + on_xi @ x.xi


def checked_weights(s: Setting, x: Sample, weights: ArrayLike) -> Array:
    """Return the weights of a run as doubles, shape (T, 2, m, D).

    Raises
    ------
    ValueError
        For another shape, an entry that is not finite, or a first record that is not `w0`.
    """
    W = reals("weights", weights)
    if W.ndim != 4 or W.shape[1:] != x.w0.shape or len(W) == 0:
        raise ValueError(f"weights of shape {W.shape} is not allowed: it must have shape (T, 2, m, D) = (T, 2, "
                         f"{s.m}, {len(x.mu)}), not empty")  # fmt: skip
    budget = _ROUNDINGS * precision(W) * np.abs(x.w0).max()
    off = np.abs(W[0] - x.w0).max()
    if off > budget:
        if np.abs(W[0, ::-1] - x.w0).max() <= budget:
            raise ValueError("weights is not allowed: its second axis must have j = +1 first and j = -1 second, "
                             "and weights[0] is sample.w0 the other way round")  # fmt: skip
        raise ValueError(
            f"weights[0] is not allowed: it must be sample.w0, where the run starts, and is off by up to {off:.3g}"
        )
    return W


def checked_steps(s: Setting, phases: Sequence[Phase], records: int, steps: ArrayLike | None) -> NDArray[np.int64]:
    """Return how many steps were taken before each record, shape (T,); every step, or every epoch, if not given.

    Raises
    ------
    ValueError
        For a number of records that is neither, or steps that do not rise from 0 to at most those of the phases.
    """
    epochs = sum(phase.epochs for phase in phases)
    last = epochs * s.H
    if steps is None:
        if records not in (last + 1, epochs + 1):
            raise ValueError(
                f"weights of {records} records is not allowed without steps: {epochs} epochs of {s.H} steps have "
                f"{last + 1} records (every step) or {epochs + 1} (every epoch)"
            )
        return np.arange(records, dtype=np.int64) * (1 if records == last + 1 else s.H)
    found = array_of("iu", "steps", steps, "an array of integers").astype(np.int64)
    if found.shape != (records,):
        raise ValueError(f"steps of shape {found.shape} is not allowed: it must have shape ({records},), as weights")
    if found[0] != 0 or (np.diff(found) <= 0).any() or found[-1] > last:
        raise ValueError(f"steps is not allowed: it must rise from 0 to at most {last}, the steps of the phases")
    return found


def refuse_other_batches(
    s: Setting, x: Sample, phases: Sequence[Phase], of_step: NDArray[np.int64], W: Array, batches: NDArray[np.intp]
) -> None:
    """Refuse batches that cannot have made these weights, one record a step, under rules without a memory.

    Parameters
    ----------
    s : Setting
    x : Sample
    phases : sequence of Phase
    of_step : ndarray of int, shape (T - 1,)
        Phase of each step.
    W : ndarray, shape (T, 2, m, D)
    batches : ndarray of int, shape (T - 1, B)

    Raises
    ------
    ValueError
        With the first step that leaves the span of `(mu, xi_i)`, or moves rho of a sample that is not in its batch.
    """
    moved = np.diff(W, axis=0)
    gamma, rho = decompose(x, s.P - 1, moved)
    rounding = _ROUNDINGS * precision(W) * np.linalg.norm(W, axis=-1).max()
    outside = np.sqrt(((moved - compose(x, s.P - 1, gamma, rho)) ** 2).sum((1, 2, 3)))
    length = np.sqrt((moved**2).sum((1, 2, 3)))
    change = np.abs(rho).max((1, 2))  # (T - 1, n)
    allowed = _SHARE * change.max(1) + rounding * (s.P - 1) * np.linalg.norm(x.xi, axis=1).max()
    for k, batch in enumerate(batches):
        phase = phases[of_step[k]]
        if not RULES[phase.rule].local or phase.remembers or phase.weight_decay or phase.workers:
            continue
        blame = f"batches is not allowed: under rule {phase.rule!r} they cannot have made step {k + 1}, which"
        if outside[k] > _SHARE * length[k] + rounding * np.sqrt(2 * s.m):
            raise ValueError(f"{blame} leaves the span of (mu, xi_i) by {outside[k] / length[k]:.2g} of its length")
        strange = np.setdiff1d(np.flatnonzero(change[k] > allowed[k]), batch)
        if strange.size:
            raise ValueError(f"{blame} moves rho of sample {strange[0]}; its batch is {sorted(map(int, batch))}")
