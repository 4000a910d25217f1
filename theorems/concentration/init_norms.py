"""Norms of the initial filters.

Statement
---------
With probability at least `1 - delta`, for all j, r: `sigma_0^2 d / 2 <= ||w_jr(0)||^2 <= 3 sigma_0^2 d / 2`.

Hypotheses
----------
`2m (P(chi^2_d < d/2) + P(chi^2_d > 3d/2)) <= delta`.

Proof idea
----------
As for `noise_norms`, with `2m` vectors.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

from theorems.concentration.starts import LARGE, SMALL, margin, norm_tail
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over the exact union bound."""
    s = o.world.setting
    return {"delta / (2m chi-square tail)": margin(o.world.delta, 2 * s.m * norm_tail(s.d))}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare `||w_jr(0)||^2` with a band of `factor` times the stated width."""
    s = o.world.setting
    squares = (o.sample.w0**2).sum(-1) / (s.sigma_0**2 * s.d)
    return (
        worst("min ||w_jr(0)||^2 / (sigma_0^2 d)", squares, ">=", 1 - factor / 2),
        worst("max ||w_jr(0)||^2 / (sigma_0^2 d)", squares, "<=", 1 + factor / 2),
    )


TIGHT = World(SMALL.replace(d=120))

STATEMENT = probability(
    claim,
    hypotheses,
    predicts="||w_jr(0)||^2 / (sigma_0^2 d) in [1/2, 3/2]",
    formula=r"\tfrac12\sigma_0^2 d \le \|w_{j,r}^{(0)}\|_2^2 \le \tfrac32\sigma_0^2 d \quad \forall j,r",
    worlds=(TIGHT, World(LARGE)),
    controls={
        "band halved at d = 120": (partial(claim, factor=0.5), TIGHT),
        "dimension too small, d = 10": World(SMALL.replace(d=10)),
    },
)
