"""Training seen from the coefficients: every quantity of a step, and nothing of size d.

With `V = [mu; xi_1; ..; xi_n]` (rows), Gram matrix `K = V V^T` and inner products `Z = V W^T`
(shape `(n+1, 2m)`), the gradient of a batch is `V_I^T G`, where `G` (shape `(1+B, 2m)`) is read off
`Z_I` alone. Then `||grad||_F^2 = <G, K_II G>`, a perturbation `V_I^T E` moves the batch's inner
products by `K_II E`, and a step is `Z <- Z - eta K_.I G`, `C_I <- C_I - eta G`. A step costs
O(m B n) whatever `d` is. All arrays carry a leading axis of `R` replicas.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from dynamics.activation import Activation
from dynamics.arrays import Array


@dataclass(frozen=True)
class Labels:
    """Labels and scales that a batch's gradient needs; sample axis second.

    Attributes
    ----------
    y, y_hat : ndarray, shape (R, B)
        Observed and true labels of the batch.
    copies : ndarray, shape (R, 1, 1)
        `P - 1`, the number of patches that carry the noise.
    phi : Activation
    """

    y: Array
    y_hat: Array
    copies: Array
    phi: Activation = field(default_factory=Activation)


def signs(m: int) -> Array:
    """Return the sign `j` of each filter in the flat order used here: `m` times +1, `m` times -1."""
    return np.repeat([1.0, -1.0], m)


def outputs(z: Array, labels: Labels) -> Array:
    """Return `f(W, x_i)` of each sample from its inner products.

    Parameters
    ----------
    z : ndarray, shape (R, 1 + B, 2m)
        `<w_jr, mu>` in row 0, `<w_jr, xi_i>` in row `1 + i`.
    labels : Labels

    Returns
    -------
    ndarray, shape (R, B)

    Notes
    -----
    `f = (1/m) sum_{j,r} j [ relu(<w_jr, y_hat mu>) + (P-1) relu(<w_jr, xi>) ]`, Section 2.2.
    """
    j = signs(z.shape[-1] // 2) / (z.shape[-1] // 2)
    mu = z[:, :1]
    positive = labels.phi.value(mu) @ j
    negative = labels.phi.value(-mu) @ j
    noise = labels.phi.value(z[:, 1:]) @ j
    return np.where(labels.y_hat > 0, positive, negative) + labels.copies[:, 0] * noise


def gradient(z: Array, labels: Labels, shares: Array | None = None) -> Array:
    """Return the coefficients `G` of the batch's gradient on `(mu, xi_i)`.

    Parameters
    ----------
    z : ndarray, shape (R, 1 + B, 2m)
        Inner products of the batch, as for `outputs`.
    labels : Labels
    shares : ndarray, shape (B,) or (R, B), optional
        Share of each sample in the mean; `1/B` if not given.

    Returns
    -------
    ndarray, shape (R, 1 + B, 2m)
        `grad_{w_jr} L_I = G[0, jr] mu + sum_i G[1 + i, jr] xi_i`.

    Notes
    -----
    `grad_{w_jr} L_I = (1/(Bm)) sum_{i in I} l'_i j y_i [ (P-1) 1(<w_jr, xi_i> > 0) xi_i
    + 1(<w_jr, y_hat_i mu> > 0) y_hat_i mu ]` with `l'_i = -1/(1 + exp(y_i f_i))`. The derivative of
    relu at zero is 0. Derived symbolically in `tests/test_symbolic.py`. With another activation its derivative
    stands in the place of both indicators.
    """
    B, m = z.shape[1] - 1, z.shape[2] // 2
    j = signs(m)
    c = -expit(-labels.y * outputs(z, labels)) * labels.y  # l'_i y_i
    c = c / (B * m) if shares is None else c * shares / m
    G = np.empty_like(z)
    np.multiply(labels.phi.slope(z[:, 1:]), labels.copies * c[:, :, None] * j, out=G[:, 1:])
    seen_positive = np.where(labels.y_hat > 0, c, 0).sum(1)[:, None]
    seen_negative = np.where(labels.y_hat > 0, 0, c).sum(1)[:, None]
    mu = z[:, 0]
    if not labels.phi.is_relu:
        G[:, 0] = j * (labels.phi.slope(mu) * seen_positive - labels.phi.slope(-mu) * seen_negative)
        return G
    G[:, 0] = j * np.where(mu > 0, seen_positive, np.where(mu < 0, -seen_negative, 0))
    return G


@dataclass(frozen=True)
class BatchView:
    """The current batch at the current weights, as a rule sees it (see `dynamics.rules.Batch`).

    Attributes
    ----------
    z : ndarray, shape (R, 1 + B, 2m)
        Inner products of the batch.
    K : ndarray, shape (R, 1 + B, 1 + B)
        Gram matrix of the batch's vectors.
    labels : Labels
    shares : ndarray, shape (B,) or (R, B), optional
        Share of each sample in the mean over the batch; equal if not given.
    group : int, optional
        Samples in a group.
    flips : ndarray of bool, shape (R, B), optional
        Which labels are flipped at this step.
    state : dict
        What the rule keeps from step to step.
    lengths : callable, optional
        Norms of the filters of `W`, shape (R, 1, 2m).
    given : ndarray, shape (R, 1 + n, 2m), optional
        What a round gives to its ascents: coefficients of the workers' mean a round ago, less that of this round, or
        the direction of an error.
    wrong : float
        Share of the ascent's squared length that is an error.

    Notes
    -----
    If there is another batch to look at, its vectors are the second half of the rows, and have no share. Of a rule that
    keeps a state, or looks at all samples, these are the rows, and those outside the batch have no share.
    """

    z: Array
    K: Array
    labels: Labels
    shares: Array | None = None
    group: int | None = None
    flips: NDArray[np.bool_] | None = None
    state: dict[str, Any] = field(default_factory=dict)
    lengths: Callable[[], Array] | None = None
    given: Array | None = None
    wrong: float = 0.0

    def gradient(self, at: Array | None = None) -> Array:
        """Coefficients of the gradient at `W + at`; shape (R, 1 + B, 2m)."""
        return gradient(self.z if at is None else self.z + self.K @ at, self.labels, self.shares)

    def norm(self, coefficients: Array) -> Array:
        """Frobenius norm `sqrt(<G, K G>)` over all filters; shape (R, 1, 1)."""
        square = (coefficients * (self.K @ coefficients)).sum((1, 2))  # in an order that does not depend on R
        return np.sqrt(np.maximum(square, 0))[:, None, None]

    def filter_norms(self, coefficients: Array) -> Array:
        """Norm of each filter's row; shape (R, 1, 2m)."""
        squares = (coefficients * (self.K @ coefficients)).sum(1, keepdims=True)
        return np.sqrt(np.maximum(squares, 0))

    def weight_norms(self) -> Array:
        """Norm of each filter of `W`; shape (R, 1, 2m)."""
        if self.lengths is None:
            raise ValueError("weight_norms is not allowed: this view has products with the batch only")
        return self.lengths()

    def groups(self) -> list["BatchView"]:
        """Return the groups of the batch, in its order; each holds all rows, and has a share in its own only."""
        B = self.z.shape[1] - 1
        if self.group is None:
            raise ValueError("groups are not allowed: the phase has no group")
        first = np.arange(0, B, self.group)[:, None]
        inside = (np.arange(B) >= first) & (np.arange(B) < first + self.group)
        return [replace(self, shares=row / self.group) for row in inside]

    def other(self) -> "BatchView":
        """Return the other batch, in the same rows."""
        if self.shares is None:
            raise ValueError("other is not allowed: the rule did not ask for another batch")
        return replace(self, shares=self.shares[::-1])

    def whole(self) -> "BatchView":
        """Return all samples."""
        if self.shares is None:
            raise ValueError("whole is not allowed: the rule did not ask for all samples")
        return replace(self, shares=None)

    def last_round(self) -> Array:
        """Coefficients of what the last round changed, backwards."""
        if self.given is None:
            raise ValueError("last_round is not allowed: the rule did not ask for it")
        return self.given

    def error(self) -> tuple[float, Array]:
        """Return the share of the error in the ascent, and its direction."""
        if self.given is None:
            raise ValueError("error is not allowed: the rule did not ask for all samples")
        return self.wrong, self.given

    def flipped(self) -> "BatchView":
        """Return the batch with this step's labels flipped."""
        if self.flips is None:
            raise ValueError("flipped is not allowed: the phase has no flip")
        return replace(self, labels=replace(self.labels, y=np.where(self.flips, -self.labels.y, self.labels.y)))
