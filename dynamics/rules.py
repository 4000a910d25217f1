"""Optimisers in coefficient space: a rule turns the gradient of a batch into the step's direction.

A gradient, a perturbation and a direction are all linear combinations of the batch's vectors
`(mu, xi_i, i in batch)`, so a rule handles them as arrays of coefficients of shape
`(R, 1 + B, 2m)`: replica, vector, filter. Adding an optimiser is adding one function here (and its
counterpart in weight space to `dynamics.network`); heavy-ball momentum is a number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Batch(Protocol):
    """What a rule may ask of the current batch at the current weights `W`."""

    def gradient(self, at: Array | None = None) -> Array:
        """Coefficients of the batch's gradient at `W + at` (at `W` if not given)."""
        ...

    def norm(self, coefficients: Array) -> Array:
        """Frobenius norm, over all filters, of the matrix with these coefficients; shape (R, 1, 1)."""
        ...


@dataclass(frozen=True)
class Rule:
    """An optimiser: `M <- memory M + direction`, `W <- W - eta M`, with `M = 0` where a phase starts.

    Attributes
    ----------
    direction : callable
        From the batch and the radius `tau`, shape (R, 1, 1), to the coefficients of the direction.
    needs_tau : bool
        Whether phases of this rule have a radius.
    memory : float
        Share of the last step that the next one repeats: 0 is plain descent, more is heavy-ball momentum.
    """

    direction: Callable[[Batch, Array], Array]
    needs_tau: bool
    memory: float = 0.0


def sgd(batch: Batch, tau: Array) -> Array:
    """Return the gradient: `W <- W - eta grad L_I(W)`."""
    return batch.gradient()


def sam(batch: Batch, tau: Array) -> Array:
    """Return the gradient at the perturbed weights: `W <- W - eta grad L_I(W + eps)`.

    `eps = tau grad L_I(W) / ||grad L_I(W)||_F`, from the same batch. Where the gradient is zero it
    has no direction, and `eps = 0`.
    """
    gradient = batch.gradient()
    norm = batch.norm(gradient)
    return batch.gradient(at=gradient * np.divide(tau, norm, out=np.zeros_like(norm), where=norm > 0))


RULES = {"sgd": Rule(sgd, needs_tau=False), "sam": Rule(sam, needs_tau=True)}
