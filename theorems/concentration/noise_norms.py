"""Norms of the noise patches.

Statement
---------
With probability at least `1 - delta`, for all i: `sigma_p^2 d / 2 <= ||xi_i||^2 <= 3 sigma_p^2 d / 2`.

Hypotheses
----------
`n (P(chi^2_d < d/2) + P(chi^2_d > 3d/2)) <= delta`; implied by `d >= C log(n/delta)`.

Proof idea
----------
`||xi_i||^2 / sigma_p^2` is chi-square with d degrees of freedom; union bound over i.

Source
------
Concentration at the start, paper; exact tail derived here.
"""

from functools import partial

import numpy as np

from theorems.concentration.starts import LARGE, SMALL, margin, norm_tail
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over the exact union bound."""
    s = o.world.setting
    return {"delta / (n chi-square tail)": margin(o.world.delta, s.n * norm_tail(s.d))}


def claim(o: Observation, width: float = 0.5) -> Inequalities:
    """Compare `||xi_i||^2` with `(1 -+ width) sigma_p^2 d`."""
    s = o.world.setting
    squares = np.einsum("id,id->i", o.sample.xi, o.sample.xi) / (s.sigma_p**2 * s.d)
    return (
        worst("min ||xi_i||^2 / (sigma_p^2 d)", squares, ">=", 1 - width),
        worst("max ||xi_i||^2 / (sigma_p^2 d)", squares, "<=", 1 + width),
    )


TIGHT = World(SMALL.replace(d=120))

STATEMENT = probability(
    claim,
    hypotheses,
    predicts="||xi_i||^2 / (sigma_p^2 d) in [1/2, 3/2]",
    formula=r"\tfrac12 \sigma_p^2 d \le \|\xi_i\|_2^2 \le \tfrac32 \sigma_p^2 d \quad \forall i",
    worlds=(TIGHT, World(LARGE)),
    controls={
        "band halved at d = 120": (partial(claim, width=0.25), TIGHT),
        "dimension too small, d = 10": World(SMALL.replace(d=10)),
    },
)
