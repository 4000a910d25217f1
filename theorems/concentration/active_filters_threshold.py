"""Filters clearly above zero at the start.

Statement
---------
With probability at least `1 - delta`, for all i:
`|{r : <w_{y_i,r}(0), xi_i> > sigma_0 sigma_p sqrt(d) / sqrt(2)}| >= 0.8 Phi(-1) m`.

Hypotheses
----------
The exact binomial tail: with `q` the probability that one filter is above the threshold, given that no norm is
below its `delta/(4n)` quantile, `n P(Bin(m, q) < 0.8 Phi(-1) m) <= 3 delta / 4`.

Proof idea
----------
Given `xi_i`, `<w, xi_i>` is normal with standard deviation `sigma_0 ||xi_i||`, so a filter is above with probability at
least `Phi(-1)` (as `||xi_i||^2 >= sigma_p^2 d/2`), close to `Phi(-1/sqrt(2))` in truth; the count is binomial.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np
from scipy.special import bdtr

from theorems.concentration.starts import LARGE, PHI, SMALL, active_probability, filters_above, margin, threshold
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over the exact failure probability."""
    s, delta = o.world.setting, o.world.delta
    q = active_probability(s.d, delta / (4 * s.n))
    below = float(bdtr(np.ceil(0.8 * PHI * s.m) - 1, s.m, q))
    return {"delta / failure": margin(delta, delta / 4 + s.n * below)}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the share of filters above the threshold with `0.8 Phi(-1) / factor`."""
    above = filters_above(o, threshold(o.world.setting))
    return (worst("filters above threshold / m", above, ">=", 0.8 * PHI / factor),)


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="at least 0.8 Phi(-1) m filters above sigma_0 sigma_p sqrt(d/2)",
    formula=r"|\{r : \langle w_{y_i,r}^{(0)},\xi_i\rangle > \tfrac{1}{\sqrt2}\sigma_0\sigma_p\sqrt d\}| \ge "
    r"0.8\,\Phi(-1)\,m \quad \forall i",
    worlds=(World(SMALL.replace(m=150)), World(LARGE.replace(m=200))),
    uses=("noise_norms",),
    controls={"share doubled": partial(claim, factor=0.5), "too few filters, m = 10": World(SMALL)},
)
