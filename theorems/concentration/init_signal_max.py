"""Some initial filter of each sign sees the signal.

Statement
---------
With probability at least `1 - delta`, for each j: `max_r <w_jr(0), mu> >= sigma_0 ||mu|| / 2`.

Hypotheses
----------
`2 Phi(1/2)^m <= delta`: enough filters that one of them is half a standard deviation up.

Proof idea
----------
The products are `N(0, sigma_0^2 ||mu||^2)` and independent over filters: all m filters of a sign stay below with
probability `Phi(1/2)^m`.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

from scipy.special import ndtr

from theorems.concentration.starts import ENOUGH_FILTERS_ON_SIGNAL, SMALL, margin
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over the failure probability."""
    return {"delta / (2 Phi(1/2)^m)": margin(o.world.delta, 2 * float(ndtr(0.5)) ** o.world.setting.m)}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the largest product of each sign with the bound over `factor`."""
    s = o.world.setting
    products = o.sample.w0 @ o.sample.mu
    return (worst("max_r <w_jr(0),mu>", products.max(1), ">=", 0.5 * (s.sigma_0 * s.mu_norm) / factor),)


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="max_r <w(0),mu> >= sigma_0 ||mu||/2",
    formula=r"\max_r \langle w_{j,r}^{(0)},\mu\rangle \ge \tfrac12\sigma_0\|\mu\|_2 \quad \forall j",
    worlds=ENOUGH_FILTERS_ON_SIGNAL,
    controls={
        "bound times four": partial(claim, factor=0.25),
        "a single filter per sign, m = 1": World(SMALL.replace(m=1)),
    },
)
