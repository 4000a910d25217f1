"""The constant in the rate's exponent.

Statement
---------
Beyond its boundary SGD misses the true label with `exp(-c n ||mu||^4 / ((P-1)^4 sigma_p^4 d))`. For the bound by
Gaussian concentration (`benign_bound`) `c = (1-2p)^2 log 2 / 8`, 0.087 at p = 0. For the probability itself, to
leading order in a large exponent, `c = ((1-2p) log 2)^2`, 0.480: the bound's exponent is too small by a factor of 8
log 2 = 5.5. Neither drifts with `||mu||`, n or d.

Hypotheses
----------
Those of `benign_rate`: `n SNR^2` small, start and learning rate in natural units. The second c is the exponent of the
trained network's own error region, `a^2 / (2 sigma_p^2 G^2)`, G the largest value that noise of unit length can take
against the signal; it is found by ascent, so it is exact only if no better direction is missed, and else too large.

Proof idea
----------
Concentration pays for the sum of all norms, `Lambda = (P-1) (1/m) sum ||w_jr||`. The cheapest noise that turns the sign
aligns with the filters of one class together, and these share only the part `u_j` of `limits`.

Source
------
Theorem 3.2 of the paper says that c exists; both values are derived and measured by this suite.
"""

import math

import numpy as np

from dynamics import Setting
from dynamics.arrays import SIGNS
from theorems.beyond.constants import limits
from theorems.ladders import constant
from theorems.sgd import rate
from theorems.sgd.rate import STRENGTHS, D, N
from theorems.statement import Observation, Observations, scaling

BASE = rate.BASE.replace(m=40, mu_norm=200.0, p=0.0)  # flips scatter the signal of a draw: (1-2p)^2


def unit(s: Setting) -> float:
    """Return `n ||mu||^4 / ((P-1)^4 sigma_p^4 d)`."""
    return s.n * s.mu_norm**4 / ((s.P - 1) ** 4 * s.sigma_p**4 * s.d)


def of_bound(observations: Observations) -> float:
    """Return the exponent of the concentration bound, geometric mean of both classes, over its unit."""
    (o,) = observations
    positive, negative = rate.exponents(o)
    return math.sqrt(positive * negative) / unit(o.world.setting)


def of_probability(observations: Observations) -> float:
    """Return the exponent of the probability, geometric mean of both classes, over its unit."""
    (o,) = observations
    return math.sqrt(least_exponent(o, 1) * least_exponent(o, -1)) / unit(o.world.setting)


def least_exponent(o: Observation, y_hat: int, rounds: int = 40) -> float:
    """Return `min ||xi||^2 / (2 sigma_p^2)` over the noise that turns the sign of f at a true label, by ascent."""
    s, W = o.world.setting, o.trained.weights(-1)
    j = SIGNS[:, None]
    signal = y_hat * (j * np.maximum(y_hat * (W @ o.sample.mu), 0)).sum() / s.m
    direction = W[1 if y_hat == 1 else 0].sum(0)  # all filters of the other class
    most = 0.0
    for _ in range(rounds):
        direction /= np.linalg.norm(direction)
        products = W @ direction
        against = -y_hat * (s.P - 1) / s.m * j
        most = max(most, float((against * np.maximum(products, 0)).sum()))
        slope = np.einsum("jr,jrk->k", against * (products > 0), W)
        direction = direction + 0.5 * slope / np.linalg.norm(slope)
    return float(max(signal, 0.0) ** 2 / (2 * s.sigma_p**2 * most**2))


_BOUND, _PROBABILITY = limits.rate_of_bound(BASE.p), limits.rate(BASE.p)
_world = rate.world

STATEMENT = scaling(
    constant("c of the bound along ||mu||", BASE, "mu_norm", STRENGTHS, _world, of_bound, _BOUND, 0.25),
    constant("c of the bound along n", BASE, "n", N, _world, of_bound, _BOUND, within=0.25),
    constant("c of the bound along d", BASE, "d", D, _world, of_bound, _BOUND, within=0.25),
    constant("c along ||mu||", BASE, "mu_norm", STRENGTHS, _world, of_probability, _PROBABILITY, 0.25),
    constant("c along n", BASE, "n", N, _world, of_probability, _PROBABILITY, within=0.25),
    constant("c along d", BASE, "d", D, _world, of_probability, _PROBABILITY, within=0.25),
    predicts=f"c = {_BOUND:.3f} in the bound by concentration, {_PROBABILITY:.3f} in the probability, at p = 0",
    formula=r"\mathbb{P}(\hat yf<0)=\exp\Bigl(-c\,\frac{n\|\mu\|_2^4}{(P-1)^4\sigma_p^4d}\Bigr),\quad "
    r"c=((1-2p)\log2)^2\ \ge\ c_{\text{bound}}=(1-2p)^2\tfrac{\log2}8",
    replicas=(32, 100),
    uses=("benign_bound", "active_share"),
    controls={
        "the bound is exact": constant(
            "c along ||mu||", BASE, "mu_norm", STRENGTHS, _world, of_probability, _BOUND, 0.25
        ),
        "half of the filters active, c = 1": constant(
            "c along n", BASE, "n", N, _world, of_probability, 1.0, within=0.25
        ),
    },
)
