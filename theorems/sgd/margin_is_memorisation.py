"""The margin of a training sample is its memorised noise.

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

from collections.abc import Sequence

import numpy as np

from theorems.sgd import path
from theorems.statement import Control, Inequality, Observation, Statement, worst


def claim(o: Observation, per_filter: bool = False) -> Sequence[Inequality]:
    """Compare the distance between margin and memorisation with kappa; `per_filter` forgets the mean over filters."""
    memorised = path.memorisation_of(o) * (o.world.setting.m if per_filter else 1)
    return (worst("|y f - mean rho_bar|", np.abs(path.margins_of(o) - memorised), "<=", path.path_bounds(o).kappa),)


STATEMENT = Statement(
    id="margin_is_memorisation",
    kind="bound",
    title="Margins are memorised noise",
    formula=r"\bigl|y_i f(W^{(t)},x_i)-\tfrac1m\textstyle\sum_r\overline\rho_{y_i,r,i}^{(t)}\bigr|\le\kappa=O(1)",
    predicts="|y f - (1/m) sum_r rho_bar| <= kappa = O(1)",
    source="paper, margins along the path; constant derived here",
    hypotheses=path.hypotheses,
    claim=claim,
    worlds=path.WORLDS,
    draws={"quick": 2, "full": 16},
    controls=(Control("1/m forgotten", worlds=path.WORLDS[:1], claim=lambda o: claim(o, per_filter=True)),),
)
