"""Initial filters against the signal.

Statement
---------
With probability at least `1 - delta`, for all j, r:
`|<w_jr(0), mu>| <= sqrt(2 log(12 m / delta)) sigma_0 ||mu||`.

Hypotheses
----------
None.

Proof idea
----------
The products are `N(0, sigma_0^2 ||mu||^2)`; the Gaussian tail is at most `2 exp(-log(12m/delta))`, and the union over
`2m` filters `delta/3`.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np

from theorems.concentration.starts import ENOUGH_FILTERS_ON_SIGNAL
from theorems.statement import Inequalities, Observation, probability, worst


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the products with `factor` times the bound."""
    s = o.world.setting
    products = o.sample.w0 @ o.sample.mu
    unit = s.sigma_0 * s.mu_norm
    upper = np.sqrt(2 * np.log(12 * s.m / o.world.delta))
    return (worst("|<w_jr(0),mu>|", np.abs(products), "<=", factor * upper * unit),)


STATEMENT = probability(
    claim,
    predicts="|<w(0),mu>| <= sqrt(2 log(12m/delta)) sigma_0 ||mu||",
    formula=r"|\langle w_{j,r}^{(0)},\mu\rangle| \le \sqrt{2\log(12m/\delta)}\,\sigma_0\|\mu\|_2 \quad \forall j,r",
    worlds=ENOUGH_FILTERS_ON_SIGNAL,
    controls={"bound halved": partial(claim, factor=0.5)},
)
