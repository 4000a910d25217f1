"""The constant in the time in which SGD learns noise.

Statement
---------
SGD's coefficients reach `max_r rho_bar_{y_i,r,i} = 1` after `c mB / (eta (P-1)^2 sigma_p^2 d)` epochs, in the mean over
the samples, with `c = 1 + E[(e^q - 1)/q] = 2.50`; in steps the product is `mn`. It does not drift with n, m, B, eta
or d.

Hypotheses
----------
`n SNR^2` small; a start of a hundredth of its line of Condition 3.1, so that cross terms decide at once.

Proof idea
----------
An active coefficient follows `rho' = step / (1 + e^{q_i rho})`, as the margin is the mean over the share `q_i` of
filters; so it is 1 at `(1 + (e^q - 1)/q) / step`, and q is uniform on [1/2, 1].

Source
------
First stage and noise prevention, paper, hide the constant; its value is derived and measured by this suite.
"""

import numpy as np

from dynamics import Phase, Setting
from dynamics.units import natural
from theorems.beyond.constants import limits
from theorems.beyond.constants.active_share import BASE as _BASE
from theorems.beyond.constants.sizes import B, D, M, N
from theorems.ladders import constant, first_time
from theorems.statement import Observations, World, scaling

STEP = 0.02
BASE = natural(_BASE, STEP)
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
ETA = tuple(BASE.eta * factor for factor in FACTORS)
DERIVED = limits.noise_time()


def epoch_gain(s: Setting) -> float:
    """Return `eta (P-1)^2 sigma_p^2 d / (Bm)`, what an epoch adds to an active coefficient at `l' = -1`."""
    return s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)


def ratio(observations: Observations) -> float:
    """Return the epochs until the largest coefficient of a sample is 1 in the mean, over their scale."""
    (o,) = observations
    learned = np.where(o.sample.own, o.trained.rho, 0.0).max((1, 2)).mean(-1)
    return first_time(o.trained.epoch, learned, 1.0) * epoch_gain(o.world.setting)


def without_m(observations: Observations) -> float:
    """Return the same over a scale without m, equal at the base."""
    return ratio(observations) * observations[0].world.setting.m / BASE.m


def world(s: Setting) -> World:
    """Return the world of one setting, for 3.5 times the scale of its time, recorded eighty times."""
    copies = (s.P - 1) * s.sigma_p
    start = 0.01 * s.n**0.5 / (copies * s.d)
    epochs = int(3.5 / epoch_gain(s))
    return World(s.replace(sigma_0=start), (Phase("sgd", epochs=epochs),), record_every=max(1, epochs // 80))


def scaled(s: Setting) -> World:
    """Return the world at the same gain of an epoch, whatever the sizes."""
    return world(natural(s, STEP))


STATEMENT = scaling(
    constant("c along n", BASE, "n", N, scaled, ratio, DERIVED, within=0.08),
    constant("c along m", BASE, "m", M, scaled, ratio, DERIVED, within=0.08),
    constant("c along B", BASE, "B", B, scaled, ratio, DERIVED, within=0.08),
    constant("c along d", BASE, "d", D, scaled, ratio, DERIVED, within=0.08),
    constant("c along eta", BASE, "eta", ETA, world, ratio, DERIVED, within=0.08),
    predicts="epochs to rho_bar = 1 under SGD: 2.50 m B / (eta (P-1)^2 sigma_p^2 d)",
    formula=r"T(\rho=1)=c\,\frac{mB}{\eta(P-1)^2\sigma_p^2d},\quad c=1+\mathbb{E}\,\frac{e^q-1}{q}=2.50",
    replicas=(12, 60),
    uses=("active_share",),
    controls={
        "slopes of 1/2 throughout, c = 2": constant("c along n", BASE, "n", N, scaled, ratio, 2.0, within=0.08),
        "no m in the scale": constant("c along m", BASE, "m", M, scaled, without_m, DERIVED, within=0.08),
    },
)
