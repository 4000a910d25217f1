"""Margins are memorised noise.

Statement
---------
`|y_i f(W, x_i) - (1/m) sum_r rho_bar_{y_i,r,i}| <= kappa` throughout, where
`kappa = (3/2) beta + 2 tracking + gamma + cross term` of `theorems.sgd.path` is O(1).

Hypotheses
----------
Those of `theorems.sgd.path`.

Proof idea
----------
relu is 1-Lipschitz, products track coefficients, `rho_under <= 0`, and the signal part is small while `n SNR^2
alpha` is.

Source
------
Margins along the path, paper; constant derived here.
"""

import numpy as np

from theorems.sgd import path
from theorems.statement import Inequalities, Observation, bound, worst


def claim(o: Observation, per_filter: bool = False) -> Inequalities:
    """Compare the distance between margin and memorisation with kappa; `per_filter` forgets the mean over filters."""
    memorised = path.memorisation_of(o) * (o.world.setting.m if per_filter else 1)
    return (worst("|y f - mean rho_bar|", np.abs(path.margins_of(o) - memorised), "<=", path.path_bounds(o).kappa),)


STATEMENT = bound(
    claim,
    path.hypotheses,
    predicts="|y f - (1/m) sum_r rho_bar| <= kappa = O(1)",
    formula=r"\bigl|y_i f(W^{(t)},x_i)-\tfrac1m\textstyle\sum_r\overline\rho_{y_i,r,i}^{(t)}\bigr|\le\kappa=O(1)",
    worlds=path.WORLDS,
    draws=(2, 16),
    uses=("inner_product_tracking", "coefficient_scale"),
    controls={"1/m forgotten": (lambda o: claim(o, per_filter=True), path.WORLDS[0])},
)
