"""Recursion of the coefficients.

Statement
---------
From `gamma = rho = 0`, with `l'` and both indicators at `W` (at `W + eps` under SAM):
`gamma_jr += -(eta ||mu||^2 / (Bm)) [ sum_{I and S_+} l'_i 1(<w_jr, y_hat_i mu> > 0)
- sum_{I and S_-} l'_i 1(<w_jr, y_hat_i mu> > 0) ]` and
`rho_jri += -(eta (P-1)^2 / (Bm)) l'_i 1(<w_jr, xi_i> > 0) ||xi_i||^2 j y_i 1(i in I)`.

Hypotheses
----------
None (uniqueness of the coefficients is that of `decomposition`).

Proof idea
----------
Put the gradient into the decomposition and compare coefficients; `y_i y_hat_i` is +1 on `S_+` and
-1 on `S_-`. Done symbolically in `tests/test_symbolic.py`.

Source
------
Coefficient recursion, paper.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from dynamics.arrays import SIGNS, Array
from theorems.sgd.decomposition import BUDGET, WORLDS
from theorems.statement import Inequalities, Observation, World, identity, worst

Mask = NDArray[np.bool_]
J = SIGNS[:, None]


def claim(o: Observation, flipped_sign: float = 1.0, power: int = 2, slope_at_perturbed: bool = True) -> Inequalities:
    """Iterate the recursion along the weights of the network, and compare with their coefficients.

    The controls change the sign of the sum over `S_-`, the power of `P - 1`, or the point at which `l'` is taken.
    """
    s, x, path = o.world.setting, o.sample, o.trained
    if path.batches is None:
        raise ValueError("coefficient_recursion needs a path that recorded every step")
    clean, mu_square = x.y == x.y_hat, x.mu @ x.mu
    xi_squares = np.einsum("id,id->i", x.xi, x.xi)
    gamma, rho = np.zeros_like(path.gamma), np.zeros_like(path.rho)
    for k, batch in enumerate(path.batches):
        W = path.weights(k)
        tau = path.phases[path.phase[k]].tau or 0.0
        slope, seen_signal, seen_noise = _indicators(o, W, batch)
        if tau:
            gradient = _gradient(o, batch, slope, seen_signal, seen_noise)
            at = W + tau * gradient / np.linalg.norm(gradient)
            slope_there, seen_signal, seen_noise = _indicators(o, at, batch)
            slope = slope_there if slope_at_perturbed else slope
        weighted = slope * seen_signal
        total = weighted[..., clean[batch]].sum(-1) - flipped_sign * weighted[..., ~clean[batch]].sum(-1)
        gamma[k + 1] = gamma[k] - s.eta * mu_square / (s.B * s.m) * total
        rho[k + 1] = rho[k]
        rho[k + 1][..., batch] -= (
            s.eta
            * (s.P - 1) ** power
            / (s.B * s.m)
            * slope
            * seen_noise
            * xi_squares[batch]
            * J[..., None]
            * x.y[batch]
        )
    return (
        worst("|gamma - recursion| / max |gamma|", np.abs(path.gamma - gamma) / np.abs(path.gamma).max(), "<=", BUDGET),
        worst("|rho - recursion| / max |rho|", np.abs(path.rho - rho) / np.abs(path.rho).max(), "<=", BUDGET),
    )


def _indicators(o: Observation, W: Array, batch: NDArray[np.intp]) -> tuple[Array, Mask, Mask]:
    """Return `l'_i`, `1(<w_jr, y_hat_i mu> > 0)` and `1(<w_jr, xi_i> > 0)` on the batch."""
    s, x = o.world.setting, o.sample
    signal = (W @ x.mu)[..., None] * x.y_hat[batch]
    noise = W @ x.xi[batch].T
    outputs = (J[..., None] * (np.maximum(signal, 0) + (s.P - 1) * np.maximum(noise, 0))).sum((0, 1)) / s.m
    return -1 / (1 + np.exp(x.y[batch] * outputs)), signal > 0, noise > 0


def _gradient(o: Observation, batch: NDArray[np.intp], slope: Array, seen_signal: Mask, seen_noise: Mask) -> Array:
    s, x = o.world.setting, o.sample
    on_noise = (s.P - 1) * (slope * x.y[batch] * seen_noise) @ x.xi[batch]
    on_signal = (slope * x.y[batch] * x.y_hat[batch] * seen_signal).sum(-1)[..., None] * x.mu
    return J[..., None] * (on_noise + on_signal) / (s.B * s.m)


STEPWISE = tuple(World(w.setting, w.phases, engine="network", record_every="step") for w in WORLDS)

STATEMENT = identity(
    claim,
    predicts="gamma and rho of the network obey the recursion, exactly",
    formula=r"\gamma_{j,r} \mathrel{+}= -\tfrac{\eta\|\mu\|_2^2}{Bm}\Bigl[\sum_{I\cap S_+}\ell_i'\,"
    r"\mathbb{1}(\langle w_{j,r},\hat y_i\mu\rangle>0) - \sum_{I\cap S_-}\ell_i'\,"
    r"\mathbb{1}(\langle w_{j,r},\hat y_i\mu\rangle>0)\Bigr],\quad "
    r"\rho_{j,r,i} \mathrel{+}= -\tfrac{\eta(P-1)^2}{Bm}\ell_i'\,\mathbb{1}(\langle w_{j,r},\xi_i\rangle>0)"
    r"\|\xi_i\|_2^2\,j y_i\,\mathbb{1}(i\in I)",
    worlds=STEPWISE,
    uses=("decomposition",),
    controls={
        "sign of the flipped samples": (partial(claim, flipped_sign=-1.0), *STEPWISE[:2]),
        "(P-1) for (P-1)^2": (partial(claim, power=1), *STEPWISE[:2]),
        "l' at W instead of W + eps": (partial(claim, slope_at_perturbed=False), STEPWISE[0]),
    },
)
