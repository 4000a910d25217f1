"""Initial filters against the noise.

Statement
---------
With probability at least `1 - delta`, for all j, r, i:
`|<w_jr(0), xi_i>| <= 2 sqrt(log(12 m n / delta)) sigma_0 sigma_p sqrt(d)`, and for each j, i:
`max_r <w_jr(0), xi_i> >= sigma_0 sigma_p sqrt(d) / 4`.

Hypotheses
----------
`n (chi-square tail) + delta / 3 + 2 n Phi(sqrt(2)/4)^m <= delta`.

Proof idea
----------
Given the noise, the products are `N(0, sigma_0^2 ||xi_i||^2)`, independent over filters, with
`||xi_i||^2` within half of `sigma_p^2 d`. Upper: `2 exp(-(4/3) log(12mn/delta))` each, `2mn` of them. Lower:
`sigma_p sqrt(d)/4` is at most `sqrt(2)/4` standard deviations, and all m filters miss it with probability
`Phi(sqrt(2)/4)^m`.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np
from scipy.special import ndtr

from theorems.concentration.starts import SMALL, STARTS, margin, norm_tail
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over the union of the failure probabilities."""
    s, delta = o.world.setting, o.world.delta
    missed = 2 * s.n * float(ndtr(np.sqrt(2) / 4)) ** s.m
    return {"delta / failure": margin(delta, s.n * norm_tail(s.d) + delta / 3 + missed)}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare with bounds tightened by `factor` (upper times factor, lower over factor)."""
    s = o.world.setting
    products = o.sample.w0 @ o.sample.xi.T
    unit = s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    upper = 2 * np.sqrt(np.log(12 * s.m * s.n / o.world.delta))
    return (
        worst("|<w_jr(0),xi_i>|", np.abs(products), "<=", factor * upper * unit),
        worst("max_r <w_jr(0),xi_i>", products.max(1), ">=", 0.25 * unit / factor),
    )


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="|<w(0),xi>| <= 2 sqrt(log(12mn/delta)) sigma_0 sigma_p sqrt(d); max_r >= sigma_0 sigma_p sqrt(d)/4",
    formula=r"|\langle w_{j,r}^{(0)},\xi_i\rangle| \le 2\sqrt{\log(12mn/\delta)}\,\sigma_0\sigma_p\sqrt "
    r"d,\quad \max_r \langle w_{j,r}^{(0)},\xi_i\rangle \ge \tfrac14\sigma_0\sigma_p\sqrt d",
    worlds=(World(SMALL.replace(m=20)), *STARTS[1:]),
    controls={
        "upper bound times 0.4": partial(claim, factor=0.4),
        "two filters per sign, m = 2": World(SMALL.replace(m=2)),
    },
)
