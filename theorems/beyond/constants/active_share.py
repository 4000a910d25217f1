"""Three quarters of the pairs are active.

Statement
---------
With a small start, the share `q_i` of the filters of its own class that memorise sample i is 3/4 in the mean, its
inverse `2 log 2 = 1.39`, and `SNR^2 sum_i rho_bar_jri / gamma = 1/((1-2p) 2 log 2)`. With a start that outweighs the
cross terms it stays at the half of the start. No share drifts with d, n or m.

Hypotheses
----------
`n SNR^2` small. The start is small if `sigma_0 (P-1) sigma_p d / sqrt(n)`, the line of Condition 3.1, is.

Proof idea
----------
A pair that is not active at the start has `<w_jr, xi_i>` moved by the cross terms of the other samples, in either
direction with the same chance; the half of them that move upwards turn active and stay so. `q_i` is uniform on
[1/2, 1] (`limits`). The law found is uniform only roughly, with a fifth of the samples near 1; its means are
those.

Source
------
This suite: the paper needs only that at least `0.4 m` filters are active.
"""

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import Array
from dynamics.units import natural
from theorems.beyond.constants import limits
from theorems.beyond.constants.sizes import D, M, N
from theorems.boundary import SGD_BASE
from theorems.ladders import constant
from theorems.overfitting import EPSILON
from theorems.statement import Observation, Observations, World, scaling

BASE = SGD_BASE.replace(d=10**8, mu_norm=30.0, m=60)
LARGE_D = tuple(100 * d for d in D)
"""Where a start of 100 sqrt(n/d) in `(P-1) <w, xi>`, which outweighs the cross terms, is itself small."""


def shares(o: Observation) -> Array:
    """Return the share of the filters of its class that memorised each sample, shape (n,)."""
    rho = np.where(o.sample.own, o.trained.rho[-1], 0.0)
    return (rho > 0.01 * rho.max()).sum((0, 1)) / o.world.setting.m


def share(observations: Observations) -> float:
    """Return the mean share."""
    (o,) = observations
    return float(shares(o).mean())


def inverse_share(observations: Observations) -> float:
    """Return the mean of the inverse share."""
    (o,) = observations
    return float((1 / shares(o)).mean())


def noise_per_signal(observations: Observations) -> float:
    """Return the mean over filters of `sum_i rho_bar_jri`, over the mean gamma, times SNR^2."""
    (o,) = observations
    noise = np.where(o.sample.own, o.trained.rho[-1], 0.0).sum(-1).mean()
    return float(noise / o.trained.gamma[-1].mean() * o.world.setting.snr**2)


def world(s: Setting, start: float = 0.1) -> World:
    """Return the world of one setting: SGD to the accuracy asked for, from `start` times the start of the condition."""
    t = natural(s, step=0.3)
    phases = (Phase("sgd", epochs=20_000),)
    return World(t.replace(sigma_0=10 * start * t.sigma_0), phases, record_every=10**6, tol=EPSILON)


def large_start(s: Setting) -> World:
    """Return the same from a start that outweighs all cross terms, a thousand times that of the condition."""
    return world(s, start=1000.0)


_RATIO = limits.ratio(BASE.p)

STATEMENT = scaling(
    constant("share along d", BASE, "d", D, world, share, limits.SHARE, within=0.06),
    constant("share along n", BASE, "n", N, world, share, limits.SHARE, within=0.06),
    constant("inverse share along m", BASE, "m", M, world, inverse_share, limits.INVERSE_SHARE, 0.08),
    constant("SNR^2 noise/signal along d", BASE, "d", D, world, noise_per_signal, _RATIO, within=0.1),
    constant("SNR^2 noise/signal along n", BASE, "n", N, world, noise_per_signal, _RATIO, within=0.1),
    constant("share from a large start, along d", BASE, "d", LARGE_D, large_start, share, 0.5, within=0.05),
    predicts="mean share of active filters 3/4, its inverse 2 log 2; 1/2 with a large start",
    formula=r"\mathbb{E}\,q_i=\tfrac34,\quad \mathbb{E}\,q_i^{-1}=2\log2,\quad "
    r"\mathrm{SNR}^2\,\textstyle\sum_i\overline\rho_{j,r,i}/\gamma=1/((1-2p)\,2\log2)",
    replicas=(80, 200),
    controls={
        "half of the pairs active": constant("share along n", BASE, "n", N, world, share, 0.5, within=0.05),
        "a start that outweighs the cross terms": constant(
            "share along d", BASE, "d", LARGE_D, large_start, share, limits.SHARE, within=0.05
        ),
    },
)
