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


def claim(o: Observation, times: float = 1.0) -> Inequalities:
    """Compare the distance between margin and memorisation, times a factor of the controls, with kappa."""
    memorised = path.memorisation_of(o) * times
    return (worst("|y f - mean rho_bar|", np.abs(path.margins_of(o) - memorised), "<=", path.path_bounds(o).kappa),)


STATEMENT = bound(
    claim,
    path.hypotheses,
    predicts="|y f - (1/m) sum_r rho_bar| <= kappa = O(1)",
    formula=r"\bigl|y_i f(W^{(t)},x_i)-\tfrac1m\textstyle\sum_r\overline\rho_{y_i,r,i}^{(t)}\bigr|\le\kappa=O(1)",
    worlds=path.WORLDS,
    draws=(2, 16),
    uses=("inner_product_tracking", "coefficient_scale"),
    controls={"15 % more than what is memorised (5 % survives)": (lambda o: claim(o, times=1.15), path.WORLDS[0])},
)
