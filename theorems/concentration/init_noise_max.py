"""Some initial filter of each sign sees each sample.

Statement
---------
With probability at least `1 - delta`, for each j, i: `max_r <w_jr(0), xi_i> >= sigma_0 sigma_p sqrt(d) / 4`.

Hypotheses
----------
`n (chi-square tail) + 2 n Phi(sqrt(2)/4)^m <= delta`.

Proof idea
----------
Given the noise, the products are `N(0, sigma_0^2 ||xi_i||^2)`, independent over filters, with `||xi_i||^2` within half
of `sigma_p^2 d`: so `sigma_p sqrt(d)/4` is at most `sqrt(2)/4` standard deviations, and all m filters miss it with
probability `Phi(sqrt(2)/4)^m`.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np
from scipy.special import ndtr

from theorems.concentration.starts import ENOUGH_FILTERS_ON_NOISE, SMALL, margin, norm_tail
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over the union of the failure probabilities."""
    s = o.world.setting
    missed = 2 * s.n * float(ndtr(np.sqrt(2) / 4)) ** s.m
    return {"delta / failure": margin(o.world.delta, s.n * norm_tail(s.d) + missed)}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the largest product of each sign and sample with the bound over `factor`."""
    s = o.world.setting
    products = o.sample.w0 @ o.sample.xi.T
    unit = s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    return (worst("max_r <w_jr(0),xi_i>", products.max(1), ">=", 0.25 * unit / factor),)


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="max_r <w(0),xi> >= sigma_0 sigma_p sqrt(d)/4",
    formula=r"\max_r \langle w_{j,r}^{(0)},\xi_i\rangle \ge \tfrac14\sigma_0\sigma_p\sqrt d \quad \forall j,i",
    worlds=ENOUGH_FILTERS_ON_NOISE,
    uses=("noise_norms",),
    controls={
        "bound times four": partial(claim, factor=0.25),
        "two filters per sign, m = 2": World(SMALL.replace(m=2)),
    },
)
