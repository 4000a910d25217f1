"""The other engine: the network itself, trained on its weights with hand-written gradients.

It knows nothing of coefficients or Gram matrices: inputs are built patch by patch, the network sums
over patches, the gradient is a sum over samples and patches. It exists to be compared with
`dynamics.training`, and stays as plain as it can be.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics.batches import checked_batches, epochs_of_batches
from dynamics.divergence import too_large
from dynamics.phase import Phase
from dynamics.rules import RULES
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.trajectory import RecordEvery, Trajectory, timetable
from dynamics.validation import instance

Array = NDArray[np.float64]
Gradient = Callable[[Array], Array]
J = np.array([1.0, -1.0])


def inputs(x: Sample, P: int) -> Array:
    """Return the inputs of Definition 2.1, patch by patch; shape (n, P, D)."""
    X = np.repeat(x.xi[:, None, :], P, axis=1)
    X[np.arange(len(X)), x.signal_patch] = x.y_hat[:, None] * x.mu
    return X


def output(W: Array, X: Array) -> Array:
    """Return `f(W, x) = (1/m) sum_{j,r} j sum_patches relu(<w_jr, patch>)` of each input; shape (n,).

    Parameters
    ----------
    W : ndarray, shape (2, m, D)
    X : ndarray, shape (n, P, D)
    """
    pre = np.einsum("jrd,npd->njrp", W, X, optimize=True)
    result: Array = np.einsum("j,njrp->n", J, np.maximum(pre, 0)) / W.shape[1]
    return result


def loss(W: Array, X: Array, y: NDArray[np.int64]) -> float:
    """Return the mean logistic loss, `mean log(1 + exp(-y f))`."""
    return float(np.logaddexp(0.0, -y * output(W, X)).mean())


def loss_gradient(W: Array, X: Array, y: NDArray[np.int64]) -> Array:
    """Return the gradient of `loss` in the weights, by hand; shape (2, m, D).

    Notes
    -----
    `d loss / d w_jr = (1/n) sum_i l'_i y_i (j/m) sum_patches 1(<w_jr, patch> > 0) patch`, with
    `l'_i = -1/(1 + exp(y_i f_i))`; the derivative of relu at zero is 0.
    """
    pre = np.einsum("jrd,npd->njrp", W, X, optimize=True)
    f = np.einsum("j,njrp->n", J, np.maximum(pre, 0)) / W.shape[1]
    slope = -np.exp(-np.logaddexp(0.0, y * f)) * y / (len(y) * W.shape[1])
    weight = slope[:, None, None, None] * J[:, None, None] * (pre > 0)
    result: Array = np.einsum("njrp,npd->jrd", weight, X, optimize=True)
    return result


def sgd_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W)`."""
    return gradient(W)


def sam_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W + eps)`, `eps = tau grad(W) / ||grad(W)||_F`, and 0 where the gradient is 0."""
    ascent = gradient(W)
    length = np.sqrt((ascent**2).sum())
    eps = tau * ascent / length if length > 0 else np.zeros_like(W)
    return gradient(W + eps)


DIRECTIONS = {"sgd": sgd_direction, "sam": sam_direction}


def train_network(
    s: Setting,
    x: Sample,
    phases: Phase | Sequence[Phase],
    seed: int = 0,
    batches: ArrayLike | None = None,
    record_every: RecordEvery = 1,
) -> Trajectory:
    """Train the weights themselves; arguments and result as for `dynamics.train`.

    Returns
    -------
    Trajectory
        With `trained_weights`; `gamma` and `rho` are read off them by least squares on
        `mu, xi_1, .., xi_n`, and are unique only if these are linearly independent.

    Raises
    ------
    ValueError, FloatingPointError
        As for `dynamics.train`.

    Notes
    -----
    Takes O(m B P D) a step and keeps all recorded weights.
    """
    plan = timetable(phases, record_every)
    instance("x", x, Sample).check_fits(s)
    epochs: Iterable[NDArray[np.intp]] = epochs_of_batches(s, seed)
    if batches is not None:
        epochs = checked_batches(s, batches, plan.epochs)
    X = inputs(x, s.P)
    W = x.w0
    schedule = [phase for phase in plan.phases for _ in range(phase.epochs)]
    steps, weights, used = [0], [W], []
    velocity = np.zeros_like(W)
    for epoch, (phase, table) in enumerate(zip(schedule, epochs, strict=False), start=1):
        if epoch - 1 in plan.ends:
            velocity = np.zeros_like(W)
        for h, batch in enumerate(table, start=1):

            def gradient(at: Array, batch: NDArray[np.intp] = batch) -> Array:
                return loss_gradient(at, X[batch], x.y[batch])

            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported with its epoch
                velocity = RULES[phase.rule].memory * velocity + DIRECTIONS[phase.rule](W, gradient, phase.tau or 0.0)
                W = W - s.eta * velocity
            used.append(batch)
            if record_every == "step" or (h == s.H and plan.records(epoch)):
                steps.append((epoch - 1) * s.H + h)
                weights.append(W)
        if not np.isfinite(W).all():
            raise FloatingPointError(
                f"training diverged in epoch {epoch} (rule {phase.rule!r}): the weights are not finite; "
                f"{too_large(s, [phase])}"
            )
    step = np.array(steps, dtype=np.int64)
    stacked = np.stack(weights)
    with np.errstate(over="ignore", invalid="ignore"):
        gamma, rho = _decompose(s, x, stacked)
    if not (np.isfinite(gamma).all() and np.isfinite(rho).all()):
        raise FloatingPointError(
            f"training diverged by epoch {steps[-1] // s.H}: the coefficients are not finite; "
            f"{too_large(s, plan.phases)}"
        )
    return Trajectory(
        setting=s,
        sample=x,
        phases=plan.phases,
        step=step,
        epoch=step // s.H,
        phase=plan.phase_of(step // s.H),
        gamma=gamma,
        rho=rho,
        loss=np.array([loss(w, X, x.y) for w in stacked]),
        batches=np.array(used, dtype=np.intp).reshape(-1, s.B) if record_every == "step" else None,
        trained_weights=stacked,
    )


def _decompose(s: Setting, x: Sample, W: Array) -> tuple[Array, Array]:
    # columns of unit length, so that the fit does not suffer from their different scales
    V = np.vstack([x.mu, x.xi])
    lengths = np.linalg.norm(V, axis=1)
    units = np.divide(V, lengths[:, None], out=np.zeros_like(V), where=lengths[:, None] > 0)
    moved = (W - x.w0).reshape(-1, V.shape[1])
    C = np.linalg.lstsq(units.T, moved.T, rcond=None)[0] * lengths[:, None]
    C = C.T.reshape(*W.shape[:-1], -1)
    return J[:, None] * C[..., 0], (s.P - 1) * C[..., 1:]
