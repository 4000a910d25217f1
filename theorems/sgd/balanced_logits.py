"""Slopes stay balanced.

Statement
---------
`max_{i,k} l'_i / l'_k <= exp(5)` throughout, and the spread of `(1/m) sum_r rho_bar_{y_i,r,i}` over samples is at most
`5 - 2 kappa = O(1)`.

Hypotheses
----------
Those of `theorems.sgd.path`, among them that the largest lead of a margin is below 5.

Proof idea
----------
`l'_i / l'_k <= max(1, exp(y_k f_k - y_i f_i))`, and margins are memorised noise up to kappa, so the first follows
from the second. A sample that is ahead has a smaller slope, so the gap closes, up to the ratio of `||xi_i||^2
|S_i|`.

Source
------
Balanced slopes, paper.
"""

import numpy as np
from scipy.special import expit

from dynamics.arrays import Array
from theorems.sgd import path
from theorems.statement import Inequalities, Observation, bound, worst


def ratios(o: Observation) -> Array:
    """Return `max_{i,k} l'_i / l'_k` at each record."""
    slopes = expit(-path.margins_of(o))
    return slopes.max(1) / slopes.min(1)


def claim(o: Observation, limit: float = 5.0) -> Inequalities:
    """Compare the largest ratio of slopes and the spread of memorisation with their limits."""
    spread = np.ptp(path.memorisation_of(o), axis=1)
    return (
        worst("max l'_i / l'_k", ratios(o), "<=", np.exp(limit)),
        worst("spread of mean rho_bar", spread, "<=", limit - 2 * path.path_bounds(o).kappa),
    )


STATEMENT = bound(
    claim,
    path.hypotheses,
    predicts="max l'_i / l'_k <= exp(5); spread of mean rho_bar O(1)",
    formula=r"\max_{i,k}\ell_i'^{(t)}/\ell_k'^{(t)}\le e^5",
    worlds=path.WORLDS,
    draws=(2, 16),
    uses=("margin_is_memorisation",),
    controls={
        "exp(5) replaced by exp(0.2)": (lambda o: claim(o, limit=0.2), path.WORLDS[0]),
        "a handful of filters, m = 3": path.world(n=50, B=50, m=3, epochs=20_000, record_every=1000),
    },
)
