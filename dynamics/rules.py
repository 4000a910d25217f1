"""Optimisers in coefficient space: a rule turns the gradient of a batch into the step's direction.

A gradient, a perturbation and a direction are all linear combinations of the batch's vectors
`(mu, xi_i, i in batch)`, so a rule handles them as arrays of coefficients of shape
`(R, 1 + B, 2m)`: replica, vector, filter. Adding an optimiser is one call of `register_rule`, with its direction here
and its counterpart in weight space; heavy-ball momentum is a number, and so are the workers of a local rule.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, Protocol

import numpy as np

from dynamics.arrays import Array
from dynamics.validation import shown


class Batch(Protocol):
    """What a rule may ask of the current batch at the current weights `W`."""

    def gradient(self, at: Array | None = None) -> Array:
        """Coefficients of the batch's gradient at `W + at` (at `W` if not given)."""
        ...

    def norm(self, coefficients: Array) -> Array:
        """Frobenius norm, over all filters, of the matrix with these coefficients; shape (R, 1, 1)."""
        ...

    def filter_norms(self, coefficients: Array) -> Array:
        """Norm of each filter's row of the matrix with these coefficients; shape (R, 1, 2m)."""
        ...

    def weight_norms(self) -> Array:
        """Norm `||w_jr||` of each filter of `W` itself; shape (R, 1, 2m)."""
        ...

    @property
    def state(self) -> dict[str, Any]:
        """What the rule keeps from step to step, empty where a phase starts; only for rules with `state`."""
        ...

    def groups(self) -> Sequence["Batch"]:
        """Return the batch in groups of the phase's size, each in the vectors of the whole batch."""
        ...

    def other(self) -> "Batch":
        """Return another batch of the same size, drawn for this step; only for rules that ask for it."""
        ...

    def flipped(self) -> "Batch":
        """Return the batch with labels flipped afresh, each with the phase's probability."""
        ...

    def whole(self) -> "Batch":
        """Return all samples as one batch; only for rules with `whole`."""
        ...

    def last_round(self) -> Array:
        """Coefficients of the workers' mean a round ago, less that of this round; only for rules with `rounds`."""
        ...

    def error(self) -> tuple[float, Array]:
        """Share of the ascent's squared length that is an error, and its direction; only for rules with `whole`."""
        ...


@dataclass(frozen=True)
class Rule:
    """An optimiser: `M <- memory M + direction`, `W <- W - eta M`, with `M = 0` where a phase starts.

    Attributes
    ----------
    direction : callable or None
        From the batch and the radius `tau`, shape (R, 1, 1), to the coefficients of the direction. None: `train` cannot
        run it.
    needs : tuple of str
        The fields of `Phase` that this rule needs, of "tau", "group", "flip" and "workers"; the others it refuses.
        With "workers" the engines train several copies of the weights on shards of the samples, and average them.
    memory : float
        Share of the last step that the next one repeats: 0 is plain descent, more is heavy-ball momentum.
    other_batch : bool
        Whether each step has another batch to look at.
    state : bool
        Whether it keeps something from step to step. Its arrays then have a row for every vector, `(R, 1 + n, 2m)`, of
        which the gradients of a batch fill some.
    weights_direction : callable or None
        From the weights (2, m, D), their gradient (a callable, as in `dynamics.engines.network`) and `tau` to the
        direction. None: `train_network` cannot run it, unless it is one of the suite's own.
    source : str
        The module that registered it; empty for the suite's own.
    whole : bool
        Whether each step has all samples to look at. Arrays then have a row for every vector, as with a state.
    rounds : bool
        Whether each step knows what the last round of the workers changed; arrays as with `whole`.
    """

    direction: Callable[[Batch, Array], Array] | None
    needs: tuple[str, ...] = ()
    memory: float = 0.0
    other_batch: bool = False
    state: bool = False
    weights_direction: Callable[[Array, Any, float], Array] | None = None
    source: str = ""
    whole: bool = False
    rounds: bool = False

    @property
    def all_rows(self) -> bool:
        """Whether its arrays have a row for every vector, not only for those of the batch."""
        return self.state or self.whole or self.rounds

    @property
    def local(self) -> bool:
        """Whether a step is known to be a combination of mu and the noise of its own batch."""
        return self.direction is not None and not self.state and not self.other_batch


def sgd(batch: Batch, tau: Array) -> Array:
    """Return the gradient: `W <- W - eta grad L_I(W)`."""
    return batch.gradient()


def sam(batch: Batch, tau: Array) -> Array:
    """Return the gradient at the perturbed weights: `W <- W - eta grad L_I(W + eps)`.

    `eps = tau grad L_I(W) / ||grad L_I(W)||_F`, from the same batch. Where the gradient is zero it
    has no direction, and `eps = 0`.
    """
    gradient = batch.gradient()
    return batch.gradient(at=_of_length(tau, gradient, batch.norm(gradient)))


def sam_unnormalised(batch: Batch, tau: Array) -> Array:
    """Return the gradient at `W + tau grad L_I(W)`.

    The unit of `tau` is that of the weights over that of the gradient, `1/sigma_p^2`: it is the radius of SAM over
    `||grad L_I(W)||_F`, and the perturbation dies out as the loss does.
    """
    return batch.gradient(at=tau * batch.gradient())


def sam_per_filter(batch: Batch, tau: Array) -> Array:
    """Return the gradient at `W + eps`, `eps_jr = (tau / sqrt(2m)) grad_jr / ||grad_jr||`.

    Each filter moves by the same length. The radius is that of SAM: `||eps||_F = tau`, or less if some filter has
    no gradient, and is not moved.
    """
    gradient = batch.gradient()
    return batch.gradient(at=_of_length(tau / np.sqrt(gradient.shape[-1]), gradient, batch.filter_norms(gradient)))


def sam_other_batch(batch: Batch, tau: Array) -> Array:
    """Return the batch's gradient at `W + eps`, with `eps` that of SAM on another batch.

    The other batches go through the samples in an order of their own, an epoch after the other. With `B = n` there
    is only one batch, and this is SAM.
    """
    other = batch.other()
    gradient = other.gradient()
    return batch.gradient(at=_of_length(tau, gradient, other.norm(gradient)))


def m_sam(batch: Batch, tau: Array) -> Array:
    """Return the mean of SAM's directions on the groups of the batch, each with an ascent of its own."""
    groups = batch.groups()
    directions = [sam(group, tau) for group in groups]
    total = directions[0]
    for direction in directions[1:]:
        total = total + direction
    return total / len(groups)


def global_sam(batch: Batch, tau: Array) -> Array:
    """Return the batch's gradient at `W + eps`, with `eps` that of SAM on all samples, whoever holds them.

    The radius that reaches as far as SAM's on batches of B is `sqrt(n/B)` times as long. With an error of share e,
    `eps = tau (sqrt(1-e) grad/||grad||_F + sqrt(e) u/||u||_F)`, u the error's direction.
    """
    whole = batch.whole()
    gradient = whole.gradient()
    share, error = batch.error()
    eps = _of_length(tau * np.sqrt(1 - share), gradient, whole.norm(gradient))
    if share:
        eps = eps + _of_length(tau * np.sqrt(share), error, whole.norm(error))
    return batch.gradient(at=eps)


def estimated_sam(batch: Batch, tau: Array) -> Array:
    """Return the batch's gradient at `W + eps`, with `eps` along what the last round changed, backwards.

    The global perturbation as each worker can estimate it without a message: Fan et al., *Locally Estimated Global
    Perturbations are Better than Local Perturbations for Federated Sharpness-aware Minimization* (ICML 2024). In the
    first round there is none.
    """
    change = batch.last_round()
    return batch.gradient(at=_of_length(tau, change, batch.norm(change)))


def label_noise(batch: Batch, tau: Array) -> Array:
    """Return the gradient with labels flipped afresh at each step."""
    return batch.flipped().gradient()


def _of_length(length: Array, gradient: Array, norm: Array) -> Array:
    """Scale a matrix, or each of its filters, to a length; what is zero has no direction, and stays."""
    length = np.broadcast_to(length, norm.shape)
    return gradient * np.divide(length, norm, out=np.zeros_like(norm), where=norm > 0)


RULES = {
    "sgd": Rule(sgd),
    "sam": Rule(sam, needs=("tau",)),
    "momentum": Rule(sgd, memory=0.9),
    "sam_momentum": Rule(sam, needs=("tau",), memory=0.9),
    "sam_unnormalised": Rule(sam_unnormalised, needs=("tau",)),
    "sam_per_filter": Rule(sam_per_filter, needs=("tau",)),
    "sam_other_batch": Rule(sam_other_batch, needs=("tau",), other_batch=True),
    "m_sam": Rule(m_sam, needs=("tau", "group")),
    "label_noise": Rule(label_noise, needs=("flip",)),
    "local_sgd": Rule(sgd, needs=("workers",)),
    "local_sam": Rule(sam, needs=("tau", "workers")),
    "global_sam": Rule(global_sam, needs=("tau", "workers"), whole=True),
    "estimated_sam": Rule(estimated_sam, needs=("tau", "workers"), rounds=True),
    "local_label_noise": Rule(label_noise, needs=("flip", "workers")),
}


_NEEDS = ("tau", "group", "flip", "workers")


def register_rule(
    name: str,
    *,
    direction: Callable[[Batch, Array], Array] | None = None,
    weights_direction: Callable[[Array, Any, float], Array] | None = None,
    memory: float = 0.0,
    needs: Sequence[str] = (),
    state: bool = False,
) -> None:
    """Make an optimiser of one's own known to `Phase` and to both engines.

    Parameters
    ----------
    name : str
        What `Phase` will call it.
    direction, weights_direction : callable, optional
        As for `Rule`. With one of them, the other engine cannot run the rule; with neither, it can only name what made
        the weights that are given to `Trajectory.from_weights`.
    memory : float
        Share of the last step that the next one repeats, unless a phase says another; from 0, below 1.
    needs : sequence of str
        Of "tau", "group", "flip" and "workers": the numbers that each phase must give.
    state : bool
        Whether it keeps something from step to step, in `batch.state` and `gradient.state`.

    Raises
    ------
    ValueError
        For a name that is taken (a module may register its own again), or arguments of another kind.
    """
    names = sys._getframe(1).f_globals
    source = str(names.get("__file__") or names.get("__name__", "?"))
    if not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(f"name = {shown(name)} is not allowed: it must be a word of letters, digits and _")
    if name in RULES and RULES[name].source != source:
        raise ValueError(f"name = {name!r} is not allowed: there is a rule of this name already")
    for what, function in (("direction", direction), ("weights_direction", weights_direction)):
        if function is not None and not callable(function):
            raise ValueError(f"{what} = {shown(function)} is not allowed: it must be a function")
    if isinstance(memory, bool) or not isinstance(memory, int | float) or not 0 <= memory < 1:
        raise ValueError(f"memory = {shown(memory)} is not allowed: it must be a number from 0, below 1")
    wrong = [need for need in needs if need not in _NEEDS]
    if wrong or isinstance(needs, str):
        raise ValueError(f"needs = {shown(needs)} is not allowed: it must be a list of {', '.join(_NEEDS)}")
    if state and {"group", "flip"} & set(needs):
        raise ValueError("state = True is not allowed with group or flip: the rule then sees the batch as a whole")
    RULES[name] = Rule(direction, tuple(needs), float(memory), False, bool(state), weights_direction, source)


def known_rules() -> dict[str, Rule]:
    """Return all rules by name: the suite's own, those registered, and those of installed packages.

    Notes
    -----
    A package names modules or functions that call `register_rule` as entry points of the group `samverify.rules`; they
    are loaded when a name is asked for that nothing else has.
    """
    for entry in entry_points(group="samverify.rules"):
        found = entry.load()
        if callable(found):
            found()
    return RULES
