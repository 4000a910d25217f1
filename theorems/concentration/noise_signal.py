"""Inner products between noise and signal.

Statement
---------
With probability at least `1 - delta`, for all i: `|<xi_i, mu>| <= ||mu|| sigma_p sqrt(2 log(6 n / delta))`.

Hypotheses
----------
None.

Proof idea
----------
`<xi_i, mu>` is `N(0, sigma_p^2 ||mu||^2)`; the tail is at most `2 exp(-log(6n/delta))`, and the union over i `delta/3`.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np

from theorems.concentration.starts import STARTS
from theorems.statement import Inequalities, Observation, probability, worst


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare `|<xi_i, mu>|` with `factor` times the bound."""
    s = o.world.setting
    bound = s.mu_norm * s.sigma_p * np.sqrt(2 * np.log(6 * s.n / o.world.delta))
    return (worst("|<xi_i,mu>|", np.abs(o.sample.xi @ o.sample.mu), "<=", factor * bound),)


STATEMENT = probability(
    claim,
    predicts="|<xi_i,mu>| <= ||mu|| sigma_p sqrt(2 log(6n/delta))",
    formula=r"|\langle \xi_i, \mu\rangle| \le \|\mu\|_2\,\sigma_p\sqrt{2\log(6n/\delta)} \quad \forall i",
    worlds=STARTS,
    controls={"bound halved": partial(claim, factor=0.5)},
)
