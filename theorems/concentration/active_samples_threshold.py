"""Samples clearly above zero at the start.

Statement
---------
With probability at least `1 - delta`, for all j, r:
`|{i : y_i = j, <w_jr(0), xi_i> > sigma_0 sigma_p sqrt(d) / sqrt(2)}| >= Phi(-1) n / 4`.

Hypotheses
----------
The exact binomial tail: with `q` the probability that one filter is above the threshold, given that no filter's norm is
below its `delta/(8m)` quantile, `2m P(Bin(n, q/2) < Phi(-1) n / 4) <= 3 delta / 4`.

Proof idea
----------
Given `w_jr(0)`, samples are independent, and `<w_jr(0), xi_i>` is normal with standard deviation `sigma_p
||w_jr(0)||`; the class is an independent condition of probability 1/2. The count is binomial; union bound over `2m`
filters.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np
from scipy.special import bdtr

from theorems.concentration.starts import LARGE, PHI, SMALL, active_probability, margin, samples_above, threshold
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over the exact failure probability."""
    s, delta = o.world.setting, o.world.delta
    q = active_probability(s.d, delta / (8 * s.m))
    below = float(bdtr(np.ceil(PHI * s.n / 4) - 1, s.n, q / 2))
    return {"delta / failure": margin(delta, delta / 4 + 2 * s.m * below)}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the share of own-class samples above the threshold with `Phi(-1) / (4 factor)`."""
    above = samples_above(o, threshold(o.world.setting))
    return (worst("samples above threshold / n", above, ">=", PHI / (4 * factor)),)


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="at least Phi(-1) n/4 own-class samples above sigma_0 sigma_p sqrt(d/2)",
    formula=r"|\{i : y_i = j,\ \langle w_{j,r}^{(0)},\xi_i\rangle > \tfrac{1}{\sqrt2}\sigma_0\sigma_p\sqrt "
    r"d\}| \ge \tfrac14\Phi(-1)\,n \quad \forall j,r",
    worlds=(World(SMALL.replace(n=200)), World(LARGE.replace(n=240, B=240))),
    uses=("init_norms",),
    controls={"share tripled": partial(claim, factor=1 / 3), "too few samples, n = 20": World(SMALL)},
)
