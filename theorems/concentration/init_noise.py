"""Initial filters against the noise.

Statement
---------
With probability at least `1 - delta`, for all j, r, i:
`|<w_jr(0), xi_i>| <= 2 sqrt(log(12 m n / delta)) sigma_0 sigma_p sqrt(d)`.

Hypotheses
----------
`n (chi-square tail) + delta / 3 <= delta`.

Proof idea
----------
Given the noise, the products are `N(0, sigma_0^2 ||xi_i||^2)` with `||xi_i||^2` within half of `sigma_p^2 d`: each
fails with probability at most `2 exp(-(4/3) log(12mn/delta))`, and there are `2mn` of them.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np

from theorems.concentration.starts import ENOUGH_FILTERS_ON_NOISE, margin, norm_tail
from theorems.statement import Inequalities, Margins, Observation, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over the union of the failure probabilities."""
    s, delta = o.world.setting, o.world.delta
    return {"delta / failure": margin(delta, s.n * norm_tail(s.d) + delta / 3)}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the products with `factor` times the bound."""
    s = o.world.setting
    products = o.sample.w0 @ o.sample.xi.T
    unit = s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    upper = 2 * np.sqrt(np.log(12 * s.m * s.n / o.world.delta))
    return (worst("|<w_jr(0),xi_i>|", np.abs(products), "<=", factor * upper * unit),)


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="|<w(0),xi>| <= 2 sqrt(log(12mn/delta)) sigma_0 sigma_p sqrt(d)",
    formula=r"|\langle w_{j,r}^{(0)},\xi_i\rangle| \le 2\sqrt{\log(12mn/\delta)}\,\sigma_0\sigma_p\sqrt d "
    r"\quad \forall j,r,i",
    worlds=ENOUGH_FILTERS_ON_NOISE,
    uses=("noise_norms",),
    controls={"bound times 0.4": partial(claim, factor=0.4)},
)
