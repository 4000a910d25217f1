"""The other engine: the network itself, trained on its weights with hand-written gradients.

It knows nothing of coefficients or Gram matrices: inputs are built patch by patch, the network sums
over patches, the gradient is a sum over samples and patches. It exists to be compared with
`dynamics.training`, and stays as plain as it can be.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics.activation import Activation
from dynamics.arrays import SIGNS, Array
from dynamics.batches import Draws, checked_batches
from dynamics.engines.divergence import too_large
from dynamics.given import decompose
from dynamics.phase import Phase
from dynamics.rules import RULES
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.trajectory import RecordEvery, Trajectory, timetable
from dynamics.validation import instance

RELU = Activation()


def inputs(x: Sample, P: int) -> Array:
    """Return the inputs of Definition 2.1, patch by patch; shape (n, P, D)."""
    X = np.repeat(x.xi[:, None, :], P, axis=1)
    X[np.arange(len(X)), x.signal_patch] = x.y_hat[:, None] * x.mu
    return X


def _activated(pre: Array, phi: Activation) -> Array:
    """`phi` itself, written here again."""
    return np.where(pre > 0, np.abs(pre) ** phi.power, phi.leak * pre) if not phi.is_relu else np.maximum(pre, 0)


def _derived(pre: Array, phi: Activation) -> Array:
    """`phi'` itself, written here again."""
    if phi.is_relu:
        return np.asarray(pre > 0)
    return np.where(pre > 0, phi.power * np.abs(pre) ** (phi.power - 1), phi.leak)


def output(W: Array, X: Array, phi: Activation = RELU) -> Array:
    """Return `f(W, x) = (1/m) sum_{j,r} j sum_patches phi(<w_jr, patch>)` of each input; shape (n,).

    Parameters
    ----------
    W : ndarray, shape (2, m, D)
    X : ndarray, shape (n, P, D)
    phi : Activation
        Relu, if not given.
    """
    pre = np.einsum("jrd,npd->njrp", W, X, optimize=True)
    return np.einsum("j,njrp->n", SIGNS, _activated(pre, phi)) / W.shape[1]


def loss(W: Array, X: Array, y: NDArray[np.int64], phi: Activation = RELU) -> float:
    """Return the mean logistic loss, `mean log(1 + exp(-y f))`."""
    return float(np.logaddexp(0.0, -y * output(W, X, phi)).mean())


def loss_gradient(W: Array, X: Array, y: NDArray[np.int64], phi: Activation = RELU) -> Array:
    """Return the gradient of `loss` in the weights, by hand; shape (2, m, D).

    Notes
    -----
    `d loss / d w_jr = (1/n) sum_i l'_i y_i (j/m) sum_patches 1(<w_jr, patch> > 0) patch`, with
    `l'_i = -1/(1 + exp(y_i f_i))`; the derivative of relu at zero is 0. Of another activation, its derivative stands
    in the place of the indicator.
    """
    pre = np.einsum("jrd,npd->njrp", W, X, optimize=True)
    f = np.einsum("j,njrp->n", SIGNS, _activated(pre, phi)) / W.shape[1]
    slope = -np.exp(-np.logaddexp(0.0, y * f)) * y / (len(y) * W.shape[1])
    weight = slope[:, None, None, None] * SIGNS[:, None, None] * _derived(pre, phi)
    return np.einsum("njrp,npd->jrd", weight, X, optimize=True)


@dataclass(frozen=True)
class Gradient:
    """The gradient of one step's batch, a function of the weights; and the other gradients that a rule may ask for.

    Attributes
    ----------
    X : ndarray, shape (B, P, D)
    y : ndarray of int, shape (B,)
    group : int, optional
        Samples in a group.
    flips : ndarray of bool, shape (B,), optional
        Which labels are flipped at this step.
    other : Gradient, optional
        That of another batch.
    state : dict
        What the rule keeps from step to step.
    phi : Activation
    whole : Gradient, optional
        That of all samples.
    given : ndarray, shape (2, m, D), optional
        Mean weights of the workers a round ago, less those of this round; or the direction of an error.
    wrong : float
        Share of the ascent's squared length that is an error.
    """

    X: Array
    y: NDArray[np.int64]
    group: int | None = None
    flips: NDArray[np.bool_] | None = None
    other: "Gradient | None" = None
    state: dict[str, Any] = field(default_factory=dict)
    phi: Activation = RELU
    whole: "Gradient | None" = None
    given: Array | None = None
    wrong: float = 0.0

    def __call__(self, W: Array) -> Array:
        """Return the gradient at the weights, shape (2, m, D)."""
        return loss_gradient(W, self.X, self.y, self.phi)

    def groups(self) -> list["Gradient"]:
        """Return the gradient of each group of the batch, in its order."""
        size = self.group or len(self.y)
        parts = (slice(k, k + size) for k in range(0, len(self.y), size))
        return [Gradient(self.X[part], self.y[part], phi=self.phi) for part in parts]

    def flipped(self) -> "Gradient":
        """Return the gradient with this step's labels flipped."""
        if self.flips is None:
            raise ValueError("flipped is not allowed: the phase has no flip")
        return Gradient(self.X, np.where(self.flips, -self.y, self.y), phi=self.phi)


def sgd_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W)`."""
    return gradient(W)


def sam_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W + eps)`, `eps = tau grad(W) / ||grad(W)||_F`, and 0 where the gradient is 0."""
    return gradient(W + _ascent(W, gradient, tau))


def _ascent(W: Array, gradient: Gradient, tau: float) -> Array:
    """`tau grad(W) / ||grad(W)||_F`."""
    ascent = gradient(W)
    length = np.sqrt((ascent**2).sum())
    return tau * ascent / length if length > 0 else np.zeros_like(W)


def sam_unnormalised_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W + tau grad(W))`."""
    return gradient(W + tau * gradient(W))


def sam_per_filter_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W + eps)`, each filter of `eps` along its own gradient, of length `tau / sqrt(2m)`."""
    eps = gradient(W)
    for j in range(eps.shape[0]):
        for r in range(eps.shape[1]):
            length = np.sqrt((eps[j, r] ** 2).sum())
            if length > 0:
                eps[j, r] *= tau / np.sqrt(2 * eps.shape[1]) / length
    return gradient(W + eps)


def sam_other_batch_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W + eps)`, `eps` that of SAM on the other batch."""
    if gradient.other is None:
        raise ValueError("other is not allowed: the rule did not ask for another batch")
    return gradient(W + _ascent(W, gradient.other, tau))


def m_sam_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """Mean of SAM's directions on the groups."""
    return np.mean([sam_direction(W, group, tau) for group in gradient.groups()], axis=0)


def global_sam_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W + eps)`, `eps` that of SAM on all samples, and a share of error."""
    if gradient.whole is None or gradient.given is None:
        raise ValueError("whole is not allowed: the rule did not ask for all samples")
    ascent = _ascent(W, gradient.whole, tau * np.sqrt(1 - gradient.wrong))
    if gradient.wrong > 0:
        ascent += tau * np.sqrt(gradient.wrong) * gradient.given / np.linalg.norm(gradient.given)
    return gradient(W + ascent)


def estimated_sam_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W + eps)`, `eps` of length tau along what the last round changed, backwards, and 0 if that is nothing."""
    if gradient.given is None:
        raise ValueError("last_round is not allowed: the rule did not ask for it")
    length = np.linalg.norm(gradient.given)
    return gradient(W + tau * gradient.given / length) if length > 0 else gradient(W)


def label_noise_direction(W: Array, gradient: Gradient, tau: float) -> Array:
    """`grad(W)`, with flipped labels."""
    return gradient.flipped()(W)


Direction = Callable[[Array, Gradient, float], Array]

DIRECTIONS: dict[str, Direction] = {
    "sgd": sgd_direction,
    "sam": sam_direction,
    "momentum": sgd_direction,
    "sam_momentum": sam_direction,
    "sam_unnormalised": sam_unnormalised_direction,
    "sam_per_filter": sam_per_filter_direction,
    "sam_other_batch": sam_other_batch_direction,
    "m_sam": m_sam_direction,
    "label_noise": label_noise_direction,
    "local_sgd": sgd_direction,
    "local_sam": sam_direction,
    "global_sam": global_sam_direction,
    "estimated_sam": estimated_sam_direction,
    "local_label_noise": label_noise_direction,
}


def _direction(phase: Phase) -> Direction:
    """Return the direction of a phase's rule, or raise `ValueError` if it has none."""
    found = RULES[phase.rule].weights_direction or DIRECTIONS.get(phase.rule)
    if found is None:
        raise ValueError(f"rule {phase.rule!r} has no direction on weights: train_network cannot run it")
    return found


def _given(phase: Phase, V: Array | None, sent: Array, W: Array, draws: Draws) -> Array:
    """Return what a round that starts at W gives to its ascents; the one before started at `sent`."""
    if phase.error is None:
        return sent - W
    if V is None:
        raise ValueError(
            f"error = {phase.error} is not allowed: there are no mu, xi_1, .., xi_n that it could lie along"
        )
    given = np.zeros((W[..., 0].size, V.shape[1]))
    for vector, amounts in zip(V, draws.error(), strict=True):
        if vector.any():
            given += amounts[:, None] * vector / np.linalg.norm(vector)
    return given.reshape(W.shape)


def descent(
    s: Setting,
    X: Array,
    y: NDArray[np.int64],
    W: Array,
    phases: Sequence[Phase],
    draws: Draws,
    V: Array | None = None,
) -> Iterator[tuple[int, int, NDArray[np.intp], Array]]:
    """Train weights on inputs given patch by patch, step after step.

    Parameters
    ----------
    s : Setting
        Only `n`, `B`, `eta` and `activation` are read.
    X : ndarray, shape (n, P, D)
    y : ndarray of int, shape (n,)
    W : ndarray, shape (2, m, D)
    phases : sequence of Phase
    draws : Draws
    V : ndarray, shape (1 + n, D), optional
        `mu, xi_1, .., xi_n`, for phases with an error in their ascent.

    Yields
    ------
    epoch, h : int
        From 1; the number of the step in its epoch.
    batch : ndarray of int, shape (B,)
    W : ndarray, shape (2, m, D)
        Weights after the step; of several workers, their mean.

    Raises
    ------
    FloatingPointError
        After the last step of an epoch, if the weights are not finite.
    """
    last: Phase | None = None
    schedule = [(phase, k) for phase in phases for k in range(1, phase.epochs + 1)]
    for epoch, (phase, k) in enumerate(schedule, start=1):
        rule, workers = RULES[phase.rule], phase.workers or 1
        if k == 1:
            direction_of = _direction(phase)
            kept = last is not None and last.workers is None and phase.keep_velocity
            each = [W] * workers
            sent, given = W, _given(phase, V, W, W, draws)
            if not (kept and last is not None and last.remembers):
                velocity = [np.zeros_like(W)] * workers
            if not (kept and last is not None and last.rule == phase.rule):
                states: list[dict[str, Any]] = [{} for _ in range(workers)]
            last = phase
        for h, batch in enumerate(draws.epoch(phase)):
            flips = None if phase.flip is None else draws.flips(phase.flip)
            others = draws.other() if rule.other_batch else None
            other = None if others is None else Gradient(X[others], y[others], phi=s.phi)
            a = h // (s.H // workers)
            whole = Gradient(X, y, phi=s.phi) if rule.whole else None
            gradient = Gradient(
                X[batch], y[batch], phase.group, flips, other, states[a], s.phi, whole, given, phase.error or 0.0
            )
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported with its epoch
                direction = direction_of(each[a], gradient, phase.tau or 0.0)
                if np.shape(direction) != W.shape:
                    raise ValueError(
                        f"rule {phase.rule!r} returned a direction of shape {np.shape(direction)}: it must have shape "
                        f"{W.shape}"
                    )
                if phase.weight_decay:
                    direction = direction + phase.weight_decay * each[a]
                velocity[a] = phase.remembers * velocity[a] + direction
                each[a] = each[a] - (phase.eta or s.eta) * velocity[a]
                W = np.mean(each, axis=0)
            yield epoch, h + 1, batch, W
        if k % (phase.average_every or 1) == 0:
            each = [W] * workers
            sent, given = W, _given(phase, V, sent, W, draws)
        if not np.isfinite(W).all():
            raise FloatingPointError(
                f"training diverged in epoch {epoch} (rule {phase.rule!r}): the weights are not finite; "
                f"{too_large(s, [phase])}"
            )


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
    x.check_scales(s)
    for phase in plan.phases:
        phase.check_fits(s)
        _direction(phase)
    draws = Draws(s, seed, None if batches is None else checked_batches(s, batches, plan.phases), x.y)
    X, W = inputs(x, s.P), x.w0
    steps, weights, used = [0], [W], []
    for epoch, h, batch, after in descent(s, X, x.y, W, plan.phases, draws, np.vstack([x.mu, x.xi])):
        used.append(batch)
        if record_every == "step" or (h == s.H and plan.records(epoch)):
            steps.append((epoch - 1) * s.H + h)
            weights.append(after)
    step = np.array(steps, dtype=np.int64)
    stacked = np.stack(weights)
    with np.errstate(over="ignore", invalid="ignore"):
        gamma, rho = decompose(x, s.P - 1, stacked - x.w0)
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
        loss=np.array([loss(w, X, x.y, s.phi) for w in stacked]),
        batches=np.array(used, dtype=np.intp).reshape(-1, s.B) if record_every == "step" else None,
        trained_weights=stacked,
    )
