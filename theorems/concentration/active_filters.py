"""Filters that see a sample at the start.

Statement
---------
With probability at least `1 - delta`, for all i: `|{r : <w_{y_i,r}(0), xi_i> > 0}| >= 0.4 m`.

Hypotheses
----------
`m >= 50 log(2 n / delta)`.

Proof idea
----------
Given `xi_i`, each filter is active with probability 1/2, independently; Hoeffding gives
`exp(-2 (0.1)^2 m) = exp(-m / 50)` a sample.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np

from theorems.concentration.starts import LARGE, SMALL, filters_above
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return `m / (50 log(2n/delta))`."""
    s = o.world.setting
    return {"m / (50 log(2n/delta))": s.m / (50 * np.log(2 * s.n / o.world.delta))}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the share of active filters with 0.4 (divided by `factor`)."""
    return (worst("active filters / m", filters_above(o, 0.0), ">=", 0.4 / factor),)


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="at least 0.4 m filters active for each sample",
    formula=r"|\{r : \langle w_{y_i,r}^{(0)},\xi_i\rangle > 0\}| \ge 0.4\,m \quad \forall i",
    worlds=(World(SMALL.replace(m=340)), World(LARGE.replace(m=420))),
    controls={"share 0.4 replaced by 0.5": partial(claim, factor=0.8), "too few filters, m = 10": World(SMALL)},
)
