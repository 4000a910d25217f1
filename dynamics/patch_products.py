"""SGD and SAM on inputs given patch by patch, in the products of filters and patches: faster than `train_patches`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from dynamics.batches import Draws
from dynamics.divergence import too_large
from dynamics.network import J
from dynamics.patches import Array, PatchRun, checked_inputs
from dynamics.phase import Phase
from dynamics.setting import Setting
from dynamics.trajectory import RecordEvery, timetable


def train_in_products(
    s: Setting,
    X: ArrayLike,
    y: ArrayLike,
    w0: ArrayLike,
    phases: Phase | Sequence[Phase],
    seed: int = 0,
    record_every: RecordEvery = 1,
    tol: float | None = None,
) -> PatchRun:
    """Train as `train_patches` does, by SGD and SAM only; the same weights to rounding.

    Parameters
    ----------
    s, X, y, w0, phases, seed, record_every, tol
        As for `dynamics.patches.train_patches`.

    Returns
    -------
    PatchRun
        With nothing `seen`.

    Raises
    ------
    ValueError
        As `train_patches` does, and for a phase of another rule or with replacement.
    FloatingPointError
        If the weights stop being finite; says in which epoch.

    Notes
    -----
    A gradient is a combination of patches, so with patches `p_a` and their Gram matrix `G` the filters stay
    `w = w(0) + sum_a c_a p_a`, and `z_b = <w, p_b>` moves by `sum_a (change of c_a) G_ab`. The norm of a gradient with
    coefficients `g` is `sqrt(g G g)`. With two batches an epoch, a step of SGD takes half of the
    multiplications that forward and backward passes in the span take, and one of SAM three eighths.
    """
    plan = timetable(phases, record_every)
    inputs, labels, start = checked_inputs(s, X, y, w0, tol)
    for phase in plan.phases:
        phase.check_fits(s)
        if phase.rule not in ("sgd", "sam") or phase.replacement:
            raise ValueError(f"phases with {phase!r} is not allowed: it must be of SGD or SAM, without replacement")
    n, K = inputs.shape[:2]
    rows = inputs.reshape(n * K, -1)
    gram = rows @ rows.T
    sign = np.repeat(J, s.m) / s.m
    filters = start.reshape(2 * s.m, -1)
    z, c = filters @ rows.T, np.zeros((2 * s.m, n * K))
    patches, draws = np.arange(n * K).reshape(n, K), Draws(s, seed)
    record = [(0, _loss(z, sign, labels))]
    schedule = [phase for phase in plan.phases for _ in range(phase.epochs)]
    for epoch, phase in enumerate(schedule, start=1):
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported with its epoch
            for batch in draws.epoch(phase):
                read = patches[batch].ravel()
                pull, seen = gram.take(read, 0), z.take(read, 1)
                gradient = _gradient(seen, sign, labels[batch])
                if phase.tau:
                    ascent = gradient @ pull.take(read, 1)
                    square = float((ascent * gradient).sum())
                    if square > 0:
                        gradient = _gradient(seen + phase.tau / np.sqrt(square) * ascent, sign, labels[batch])
                z -= s.eta * (gradient @ pull)
                c[:, read] -= s.eta * gradient
        if not np.isfinite(z).all():
            raise FloatingPointError(
                f"training diverged in epoch {epoch} (rule {phase.rule!r}): the weights are not finite; "
                f"{too_large(s, [phase])}"
            )
        if plan.records(epoch):
            record.append((epoch, _loss(z, sign, labels)))
            if tol is not None and record[-1][1] <= tol:
                break
    epochs, losses = zip(*record, strict=True)
    return PatchRun(np.array(epochs, np.int64), np.array(losses), (), (filters + c @ rows).reshape(start.shape))


def _output(z: Array, sign: Array, count: int) -> Array:
    """Return `f` of each input from the products of all filters with its patches, shape (2m, count K)."""
    result: Array = (sign @ np.maximum(z, 0)).reshape(count, -1).sum(1)
    return result


def _loss(z: Array, sign: Array, y: NDArray[np.int64]) -> float:
    return float(np.logaddexp(0.0, -y * _output(z, sign, len(y))).mean())


def _gradient(z: Array, sign: Array, y: NDArray[np.int64]) -> Array:
    """Return the coefficients of the gradient of the mean loss, shape of `z`: `(1/B) l'_i y_i (j/m) 1(z > 0)`."""
    slope = -y * expit(-y * _output(z, sign, len(y))) / len(y)
    result: Array = np.outer(sign, np.repeat(slope, z.shape[1] // len(y))) * (z > 0)
    return result
