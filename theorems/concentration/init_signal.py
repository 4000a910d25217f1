"""Initial filters against the signal.

Statement
---------
With probability at least `1 - delta`, for all j, r:
`|<w_jr(0), mu>| <= sqrt(2 log(12 m / delta)) sigma_0 ||mu||`, and for each j:
`max_r <w_jr(0), mu> >= sigma_0 ||mu|| / 2`.

Hypotheses
----------
`delta / 3 + 2 Phi(1/2)^m <= delta`: enough filters that one of them is half a standard deviation up.

Proof idea
----------
The products are `N(0, sigma_0^2 ||mu||^2)` and independent over filters. Upper: Gaussian tail, union over `2m`.
Lower: all m filters of a sign stay below with probability `Phi(1/2)^m`.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np
from scipy.special import ndtr

from theorems.concentration.starts import SMALL, STARTS, margin
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over the union of both failure probabilities."""
    m, delta = o.world.setting.m, o.world.delta
    return {"delta / (delta/3 + 2 Phi(1/2)^m)": margin(delta, delta / 3 + 2 * float(ndtr(0.5)) ** m)}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare with bounds tightened by `factor` (upper times factor, lower over factor)."""
    s = o.world.setting
    products = o.sample.w0 @ o.sample.mu
    unit = s.sigma_0 * s.mu_norm
    upper = np.sqrt(2 * np.log(12 * s.m / o.world.delta))
    return (
        worst("|<w_jr(0),mu>|", np.abs(products), "<=", factor * upper * unit),
        worst("max_r <w_jr(0),mu>", products.max(1), ">=", 0.5 * unit / factor),
    )


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="|<w(0),mu>| <= sqrt(2 log(12m/delta)) sigma_0 ||mu||; max_r >= sigma_0 ||mu||/2",
    formula=r"|\langle w_{j,r}^{(0)},\mu\rangle| \le \sqrt{2\log(12m/\delta)}\,\sigma_0\|\mu\|_2,\quad \max_r "
    r"\langle w_{j,r}^{(0)},\mu\rangle \ge \tfrac12\sigma_0\|\mu\|_2",
    worlds=(World(SMALL.replace(m=16)), *STARTS[1:]),
    controls={
        "upper bound halved": partial(claim, factor=0.5),
        "a single filter per sign, m = 1": World(SMALL.replace(m=1)),
    },
)
