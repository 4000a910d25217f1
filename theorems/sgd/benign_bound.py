"""A bound on SGD's excess error from its weights.

Statement
---------
After training, with `a_j`, `g` and Lambda of `theorems.sgd.rate`: `P(y_hat f < 0) <= (1/2) sum_j exp(-max(a_j + j E g,
0)^2 / (2 sigma_p^2 Lambda^2))`.

Hypotheses
----------
None.

Proof idea
----------
`g` is a Lipschitz function of the Gaussian noise patch with constant Lambda; Gaussian concentration.

Source
------
Theorem 3.2 of the paper, part 2; the bound with its constants derived here.
"""

from functools import partial

import numpy as np

from theorems.sgd.rate import BASE, exponents, world
from theorems.statement import Inequalities, Inequality, Observation, bound


def claim(o: Observation, sharpen: float = 1.0) -> Inequalities:
    """Compare the probability of missing the true label with the bound, its exponents times `sharpen`."""
    p = o.world.setting.p
    missed = (o.tested.value - p) / (1 - 2 * p)
    bound = float(np.mean(np.exp(-sharpen * np.array(exponents(o)))))
    return (Inequality("P(y_hat f < 0)", missed, bound, "<=", uncertainty=3 * o.tested.stderr / (1 - 2 * p)),)


WORLDS = tuple(
    world(s, test_samples=20_000)
    for s in (
        BASE.replace(mu_norm=60.0),
        BASE.replace(mu_norm=80.0),
        BASE.replace(P=4, sigma_p=0.3, mu_norm=50.0, p=0.0, B=10),
    )
)

STATEMENT = bound(
    claim,
    predicts="P(y_hat f < 0) <= (1/2) sum_j exp(-(a_j + j E g)^2 / (2 sigma_p^2 Lambda^2))",
    formula=r"\mathbb{P}(\hat y f<0)\le\tfrac12\sum_{j}e^{-\max(a_j+j\,\mathbb{E}g,0)^2/(2\sigma_p^2\Lambda^2)}",
    worlds=WORLDS,
    draws=(8, 40),
    controls={"exponents 16 times as large (8 times survives)": (partial(claim, sharpen=16.0), WORLDS[0])},
)
