"""Explicit bounds for the SAM stage, derived in the proof of `deactivation` and `noise_prevention`.

Write `L = log(6n^2/delta)`, `L' = log(6n/delta)`. On the typical start:

- `beta = 2 sqrt(log(12mn/delta)) sigma_0 sigma_p sqrt(d)` bounds `|<w_jr(0), xi_i>|`;
- `s = (3/2) eta (P-1) sigma_p^2 d / (Bm)` bounds what one step adds to `<w_jr, xi_i>` through xi_i itself;
- `Gamma = (steps) eta ||mu||^2 / m` bounds `|gamma_jr|`, and `G = Gamma sigma_p sqrt(2 L') / ||mu||` its effect on
  `<w_jr, xi_i>`;
- `E = tau sigma_p sqrt((8 (B-1) L + 2 L') / (1 - 4 B sqrt(L/d)))` bounds `|<eps_jr, xi_i>|` where the gradient of
  the filter has no part along xi_i: it is at most tau times the length of the projection of xi_i on the span of mu
  and the other noise of the batch, by Gershgorin on the Gram matrix of unit vectors (whose entries off the diagonal
  are at most `4 sqrt(L/d)`, in the row of mu too, since `L' <= L`);
- while every pair with `<w_jr, xi_i> >= 0`, `j = y_i`, is deactivated, `|rho_jri| / (P-1)` is at most `R = (E + s +
  beta + G) / (1 - 4 n sqrt(L/d))`: a coefficient moves last from a product in `[-E, 0]` (or above 0, if `j = -y_i`,
  by one step of at most s), so `|<w_jr - w_jr(0), xi_i>| <= E + s + beta`, and the decomposition's cross terms add
  `4 n sqrt(L/d) R + G`;
- `<w_jr, xi_i> <= X = max(beta, s) + 4 n sqrt(L/d) R + G` for `j = y_i`: the product was at most beta at the start,
  or at most s after the last step that moved its own coefficient, and the cross terms have moved it since by no
  more than their bound, because every coefficient is monotone and keeps its sign, and Gamma bounds the total
  variation of gamma."""

from dataclasses import dataclass

import numpy as np

from dynamics import Setting


@dataclass(frozen=True)
class StageBounds:
    """Bounds of the SAM stage (see the module's docstring).

    Attributes
    ----------
    gamma : float
        `Gamma`, bound of `|gamma_jr|`.
    coefficient : float
        `(P-1) R`, bound of every `|rho_jri|`.
    product : float
        `X`, bound of `<w_jr, xi_i>` for `j = y_i`.
    output : float
        Bound of `|f(W, x_i)|` for training inputs.
    shift : float
        Lower bound of `-<eps_jr, xi_k>` over `tau sigma_p sqrt(d) / sqrt(Bm)`, the constant c of `deactivation`.
    overlap : float
        `4 n sqrt(L/d)`; must be below 1 for the bounds to exist.
    """

    gamma: float
    coefficient: float
    product: float
    output: float
    shift: float
    overlap: float


def stage_bounds(s: Setting, epochs: int, tau: float, delta: float) -> StageBounds:
    """Return the bounds for so many epochs of SAM with radius `tau`.

    Parameters
    ----------
    s : Setting
    epochs : int
    tau : float
    delta : float

    Returns
    -------
    StageBounds
        Infinite (and `shift` minus infinite) where the noise overlaps too much for the proof.
    """
    L, L1 = np.log(6 * s.n**2 / delta), np.log(6 * s.n / delta)
    overlap, batch_overlap = 4 * s.n * np.sqrt(L / s.d), 4 * s.B * np.sqrt(L / s.d)
    if overlap >= 1 or s.mu_norm == 0:
        return StageBounds(np.inf, np.inf, np.inf, np.inf, -np.inf, overlap)
    copies = s.P - 1
    beta = 2 * np.sqrt(np.log(12 * s.m * s.n / delta)) * s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    own = 1.5 * s.eta * copies * s.sigma_p**2 * s.d / (s.B * s.m)
    gamma = epochs * s.H * s.eta * s.mu_norm**2 / s.m
    through_signal = gamma * s.sigma_p * np.sqrt(2 * L1) / s.mu_norm
    blind = tau * s.sigma_p * np.sqrt((8 * (s.B - 1) * L + 2 * L1) / (1 - batch_overlap))
    R = (blind + own + beta + through_signal) / (1 - overlap)
    product = max(beta, own) + overlap * R + through_signal
    signal = (
        gamma
        + np.sqrt(2 * np.log(12 * s.m / delta)) * s.sigma_0 * s.mu_norm
        + 2 * s.n * R * s.mu_norm * np.sqrt(2 * L1) / (s.sigma_p * s.d)
    )
    cross = 4 * (s.B - 1) * np.sqrt(L / s.d) + 2 * s.B * s.mu_norm * np.sqrt(2 * L1) / (copies * s.sigma_p * s.d)
    return StageBounds(
        gamma=float(gamma),
        coefficient=float(copies * R),
        product=float(product),
        output=float(signal + copies * max(product, R + beta)),
        shift=float(copies / s.P / (4 * np.sqrt(2)) * (0.25 - cross)),
        overlap=float(overlap),
    )
