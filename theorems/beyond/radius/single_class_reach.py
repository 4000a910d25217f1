"""How far the ascent of a single sample reaches along the signal.

Statement
---------
With one sample a batch and no flips, the start `<w_jr(0), j mu>` that separates the filters that learn the signal from
those that do not is `tau ||mu||^2 / ((P-1) sigma_p sqrt(m d))`: over that its ratio is 1, along `||mu||`, m and d.

Hypotheses
----------
`||mu|| / ((P-1) sigma_p)` large, so that the noise of a sample does not move `<w, mu>`; early in training, when half of
all 2m filters are active on a sample.

Proof idea
----------
`eps = tau grad/||grad||`, and a sample's gradient has the length `(|l'|/m) (P-1) ||xi|| sqrt(N)`, N = m of 2m filters
active; its part along mu moves `<w_jr, mu>` by `-tau ||mu||^2 / ((P-1) sigma_p sqrt(N d))` (`single_class_ascent`).

Source
------
This suite; derived in notebook 09.
"""

import math

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS
from theorems.ladders import constant
from theorems.statement import Ladder, Observations, Quantity, World, scaling
from theorems.worlds import regime

BASE = regime(n=20, d=10**8, m=80, mu_norm=100.0, B=1, p=0.0, step=0.05, start=0.005)


def reach(s: Setting, tau: float) -> float:
    """Return `tau ||mu||^2 / ((P-1) sigma_p sqrt(m d))`."""
    return tau * s.mu_norm**2 / ((s.P - 1) * s.sigma_p * math.sqrt(s.m * s.d))


def tau_of(s: Setting, deviations: float) -> float:
    """Return the radius that reaches so many standard deviations of the start."""
    return deviations * s.sigma_0 * s.mu_norm / reach(s, 1.0)


def threshold(observations: Observations) -> float:
    """Return the start that separates the filters whose gamma passes twice the reach from the others, over the reach.

    It leaves the fewest filters on the wrong side; NaN if none learns, or all do.
    """
    (o,) = observations
    unit = reach(o.world.setting, o.world.phases[0].tau or 0.0)
    start = (SIGNS[:, None] * (o.sample.w0 @ o.sample.mu)).ravel()
    order = np.argsort(start)
    start, learns = start[order], (o.trained.gamma[-1] > 2 * unit).ravel()[order]
    k = int(np.argmin(np.concatenate([[0], np.cumsum(np.where(learns, 1, -1))])))
    return float(np.sqrt(start[k - 1] * start[k]) / unit) if 0 < k < start.size and start[k - 1] > 0 else math.nan


def single(s: Setting) -> World:
    """Return the world with a radius of one standard deviation of the start, long enough to tell who learns."""
    at = s.replace(eta=BASE.eta * s.m / BASE.m)  # the same gain a step, whatever m is
    return World(at, (Phase("sam", epochs=80, tau=tau_of(s, 1.0)),), record_every=80)


D = (10**7, 3 * 10**7, 10**8, 3 * 10**8, 10**9)


def along_mu(quantity: Quantity) -> Ladder:
    """Return the ladder along `||mu||`."""
    return constant("threshold along ||mu||", BASE, "mu_norm", (40, 80, 160, 320, 640), single, quantity, 1.0, 0.1)


STATEMENT = scaling(
    along_mu(threshold),
    constant("threshold along m", BASE, "m", (40, 57, 80, 113, 160), single, threshold, 1.0, 0.1),
    constant("threshold along d", BASE, "d", D, single, threshold, 1.0, 0.1),
    predicts="B = 1: the start that separates who learns the signal is tau ||mu||^2 / ((P-1) sigma_p sqrt(m d))",
    formula=r"j\langle w_{jr}^{(0)},\mu\rangle_* = \frac{\tau\|\mu\|_2^2}{(P-1)\sigma_p\sqrt{md}}",
    uses=("single_class_ascent",),
    replicas=(16, 60),
    controls={"||mu|| in the place of ||mu||^2": along_mu(lambda o: threshold(o) * o[0].world.setting.mu_norm / 160)},
)
