"""How far the ascent of a single sample reaches along the signal, and what larger batches teach meanwhile.

Statement
---------
With one sample a batch and no flips, the start `<w_jr(0), j mu>` that separates the filters that learn the signal from
those that do not is `tau ||mu||^2 / ((P-1) sigma_p sqrt(m d))`: over that its ratio is 1, along tau, `||mu||`, m and
d. While a filter is below the reach, batches of B samples teach it `g(B) = (1/2) (1 - 2^{1-B})` a sample, in units of
`eta ||mu||^2 |l'|/m`: the measured gain over that is 1 along B.

Hypotheses
----------
`r = ||mu|| / ((P-1) sigma_p)` large, so that the noise of a sample does not move `<w, mu>`; early in training, when
half of
all 2m filters are active on a sample.

Proof idea
----------
`eps = tau grad/||grad||`, and a sample's gradient has the length `(|l'|/m) (P-1) ||xi|| sqrt(N)`, N = m of 2m filters
active; its part along mu moves `<w_jr, mu>` by `-tau ||mu||^2 / ((P-1) sigma_p sqrt(N d))` (`single_class_ascent`).
In a
larger batch a filter that is turned round learns from the samples of the other class: `B/2` on average, but for batches
without a sample of its own (`condition.small_signal_gain`).

Source
------
This suite; derived in notebook 09.
"""

import math

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS
from theorems.ladders import constant
from theorems.statement import Observation, Observations, World, scaling
from theorems.worlds import regime

BASE = regime(n=20, d=10**8, m=80, mu_norm=100.0, B=1, p=0.0, step=0.05, start=0.005)


def reach(s: Setting, tau: float) -> float:
    """Return `tau ||mu||^2 / ((P-1) sigma_p sqrt(m d))`."""
    return tau * s.mu_norm**2 / ((s.P - 1) * s.sigma_p * math.sqrt(s.m * s.d))


def tau_of(s: Setting, deviations: float) -> float:
    """Return the radius that reaches so many standard deviations of the start."""
    return deviations * s.sigma_0 * s.mu_norm / reach(s, 1.0)


def threshold(observations: Observations) -> float:
    """Return the start that separates the filters that learn from the others, over the reach; NaN if none learns.

    A filter learns if its gamma passes twice the reach; the threshold is half-way between the least start of those, in
    the mean of its logarithm over the misplaced ones.
    """
    (o,) = observations
    s, x = o.world.setting, o.sample
    unit = reach(s, o.world.phases[0].tau or 0.0)
    start = (SIGNS[:, None] * (x.w0 @ x.mu)).ravel()
    learns = (o.trained.gamma[-1] > 2 * unit).ravel()
    order = np.argsort(start)
    start, learns = start[order], learns[order]
    # the place that leaves the fewest filters on the wrong side
    wrong = np.concatenate([[(~learns).sum()], (~learns).sum() - np.cumsum(~learns) + np.cumsum(learns)])
    k = int(np.argmin(wrong))
    if not 0 < k < start.size or start[k - 1] <= 0:
        return math.nan
    return float(np.sqrt(start[k - 1] * start[k]) / unit)


def single(s: Setting) -> World:
    """Return the world with a radius of one standard deviation of the start, long enough to tell who learns."""
    at = s.replace(eta=BASE.eta * s.m / BASE.m)  # the same gain a step, whatever m is
    return World(at, (Phase("sam", epochs=80, tau=tau_of(s, 1.0)),), record_every=80)


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


D = (10**7, 3 * 10**7, 10**8, 3 * 10**8, 10**9)
_ALONG_B = regime(n=20, d=10**8, m=80, mu_norm=1000.0, B=2, p=0.0, step=0.0005, start=0.005)

STATEMENT = scaling(
    constant("threshold along ||mu||", BASE, "mu_norm", (40.0, 80.0, 160.0, 320.0, 640.0), single, threshold, 1.0, 0.1),
    constant("threshold along m", BASE, "m", (40, 57, 80, 113, 160), single, threshold, 1.0, 0.1),
    constant("threshold along d", BASE, "d", D, single, threshold, 1.0, 0.1),
    constant("gain along B", _ALONG_B, "B", (2, 4, 5, 10, 20), turned, taught, 1.0, 0.1),
    predicts="start that separates who learns = tau ||mu||^2 / ((P-1) sigma_p sqrt(m d)); gain ~ 1 - 2^(1-B)",
    formula=r"j\langle w_{jr}^{(0)},\mu\rangle_* = \frac{\tau\|\mu\|_2^2}{(P-1)\sigma_p\sqrt{md}},\qquad "
    r"g(B)=\tfrac12(1-2^{1-B})",
    uses=("single_class_ascent",),
    replicas=(12, 60),
    controls={
        "||mu|| in the place of ||mu||^2": constant(
            "threshold along ||mu||",
            BASE,
            "mu_norm",
            (40.0, 80.0, 160.0, 320.0, 640.0),
            single,
            lambda found: threshold(found) * found[0].world.setting.mu_norm / 160.0,
            1.0,
            0.1,
        ),
        "the gain of a full batch for every B": constant(
            "gain along B",
            _ALONG_B,
            "B",
            (2, 4, 5, 10, 20),
            turned,
            taught_by_all,
            1.0,
            0.1,
        ),
    },
)
