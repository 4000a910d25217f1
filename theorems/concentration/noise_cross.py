"""Inner products between noise patches.

Statement
---------
With probability at least `1 - delta`, for all i != k:
`|<xi_i, xi_k>| <= 2 sigma_p^2 sqrt(d log(6 n^2 / delta))`.

Hypotheses
----------
The norms of `noise_norms`, at `delta / 2`.

Proof idea
----------
Given `xi_i`, `<xi_i, xi_k>` is `N(0, sigma_p^2 ||xi_i||^2)` with `||xi_i||^2 <= 3 sigma_p^2 d / 2`, so a pair
fails with probability at most `2 exp(-(4/3) log(6 n^2/delta))`; union bound over `n^2 / 2` pairs.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np

from theorems.concentration.starts import STARTS, margin, norm_tail
from theorems.statement import Inequalities, Margins, Observation, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return half of delta over the exact tail of the norms, which the proof needs."""
    s = o.world.setting
    return {"delta / (2 n chi-square tail)": margin(o.world.delta, 2 * s.n * norm_tail(s.d))}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the off-diagonal Gram entries with `factor` times the bound."""
    s = o.world.setting
    products = np.abs(o.sample.xi @ o.sample.xi.T)[~np.eye(s.n, dtype=bool)]
    bound = 2 * s.sigma_p**2 * np.sqrt(s.d * np.log(6 * s.n**2 / o.world.delta))
    return (worst("|<xi_i,xi_k>|", products, "<=", factor * bound),)


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="|<xi_i,xi_k>| <= 2 sigma_p^2 sqrt(d log(6n^2/delta))",
    formula=r"|\langle \xi_i, \xi_k\rangle| \le 2\sigma_p^2\sqrt{d\log(6n^2/\delta)} \quad \forall i \ne k",
    worlds=STARTS,
    uses=("noise_norms",),
    controls={
        "constant 2 replaced by 0.8": partial(claim, factor=0.4),
        "logarithm forgotten": lambda o: claim(o, factor=np.log(6 * o.world.setting.n**2 / o.world.delta) ** -0.5),
    },
)
