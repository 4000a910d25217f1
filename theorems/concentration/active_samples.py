"""Samples that a filter sees at the start.

Statement
---------
With probability at least `1 - delta`, for all j, r: `|{i : y_i = j, <w_jr(0), xi_i> > 0}| >= n / 8`.

Hypotheses
----------
`n >= 32 log(4 m / delta)`.

Proof idea
----------
Given `w_jr(0)`, each sample counts with probability 1/4, independently; Hoeffding gives
`exp(-2 (1/8)^2 n) = exp(-n / 32)` a filter.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np

from theorems.concentration.starts import LARGE, SMALL, samples_above
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return `n / (32 log(4m/delta))`."""
    s = o.world.setting
    return {"n / (32 log(4m/delta))": s.n / (32 * np.log(4 * s.m / o.world.delta))}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the share of own-class active samples with 1/8 (divided by `factor`)."""
    return (worst("active samples / n", samples_above(o, 0.0), ">=", 1 / (8 * factor)),)


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="at least n/8 own-class samples active for each filter",
    formula=r"|\{i : y_i = j,\ \langle w_{j,r}^{(0)},\xi_i\rangle > 0\}| \ge n/8 \quad \forall j,r",
    worlds=(World(SMALL.replace(n=220)), World(LARGE.replace(n=300, B=300))),
    controls={"share 1/8 replaced by 1/4": partial(claim, factor=0.5), "too few samples, n = 20": World(SMALL)},
)
