"""What larger batches teach a filter that the ascent turns away from its class.

Statement
---------
While `j <w_jr, mu>` is positive and below the reach of the ascent, batches of B samples without flips teach gamma
`g(B) = (1/2) (1 - 2^{1-B})` a sample, in units of `eta ||mu||^2 |l'|/m`: nothing at B = 1, half of what a full batch
does at B = 2. The measured gain over `g(B)/2` (slopes of 1/2), with the class counts of the draw, is 1 along B.

Hypotheses
----------
A radius that turns nearly every filter round, and moves margins little: slopes are 1/2.

Proof idea
----------
A filter that is turned round learns from the samples of the other class, `B/2` on average, but for batches without a
sample of its own class, which do not turn it (`condition.small_signal_gain`).

Source
------
This suite; derived in notebook 09.
"""

import math

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS
from theorems.beyond.radius.single_class_reach import tau_of
from theorems.ladders import constant
from theorems.statement import Ladder, Observation, Observations, Quantity, World, scaling
from theorems.worlds import regime

BASE = regime(n=20, d=10**8, m=80, mu_norm=1000.0, B=2, p=0.0, step=0.0005, start=0.005)


def turned(s: Setting) -> World:
    """Return the world in which the ascent turns nearly every filter round for the time that is looked at."""
    return World(s, (Phase("sam", epochs=8, tau=tau_of(s, 5.0)),), record_every=8)


def taught(observations: Observations) -> float:
    """Return the mean gain of gamma a step of the filters that start with `j <w, mu> > 0`, over `g(B)/2`."""
    return _gain(observations, *(_expected(observations[0], j) for j in (1, -1)))


def taught_by_all(observations: Observations) -> float:
    """Return the same over the gain of a full batch."""
    return _gain(observations, 0.25, 0.25)


def _gain(observations: Observations, *expected: float) -> float:
    (o,) = observations
    s, x = o.world.setting, o.sample
    positive = SIGNS[:, None] * (x.w0 @ x.mu) > 0
    steps = s.H * o.world.phases[0].epochs * s.eta * s.mu_norm**2 / s.m
    rates = [float(o.trained.gamma[-1, k][positive[k]].mean()) / steps for k in (0, 1)]
    return (rates[0] / expected[0] + rates[1] / expected[1]) / 2


def _expected(o: Observation, j: int) -> float:
    """Return `g(B)/2` for the class counts of the draw, batches without replacement, slopes of 1/2."""
    s = o.world.setting
    other = int((o.sample.y_hat == -j).sum())
    alone = math.comb(other - 1, s.B - 1) / math.comb(s.n - 1, s.B - 1)  # none of its own class beside a given other
    return other / s.n * (1 - alone) / 2


def along_batches(quantity: Quantity) -> Ladder:
    """Return the ladder along B."""
    return constant("gain along B", BASE, "B", (2, 4, 5, 10, 20), turned, quantity, 1.0, 0.1)


STATEMENT = scaling(
    along_batches(taught),
    predicts="gain of gamma a sample, while the signal is small ~ 1 - 2^(1-B)",
    formula=r"g(B)=\tfrac12(1-2^{1-B})",
    uses=("single_class_ascent",),
    replicas=(12, 60),
    controls={"the gain of a full batch for every B": along_batches(taught_by_all)},
)
