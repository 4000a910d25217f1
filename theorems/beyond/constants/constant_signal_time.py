"""The constant in the time in which SAM learns the signal.

Statement
---------
Under SAM the mean of `gamma_jr` reaches a level g after `c g mB / (eta n ||mu||^2)` epochs, `c = (2/g) int_0^g
(1+e^x)/(1-p-p e^x) dx = 4/(1-2p) + O(g)`: 4.10 for g = 0.1 without flips. It does not drift with eta, `||mu||`, n, m
or B. So `mB / (eta n ||mu||^2)` epochs, the length of the SAM stage with constant 1, end at `gamma = (1-2p)/4`.

Hypotheses
----------
The SAM stage with the radius of Theorem 4.1; d is so large that the noise learned does not reach the slopes, and that
the ascent along mu, `(1/2) sqrt(m/2) B SNR^2` in units of gamma, is small against g.

Proof idea
----------
At `W + eps` slopes are 1/2 as at the start: filters that align with noise are switched off there, and those of the
other class have unlearned it after one step. Half of the samples speak to each gamma.

Source
------
Theorem 4.1 of the paper, `T_1 = Theta(mB / (eta n ||mu||^2))`; its constant is derived and measured by this suite.
"""

from dynamics import Phase, Setting
from theorems.beyond.constants import limits
from theorems.condition import t1_epochs, tau_paper
from theorems.ladders import constant, first_time
from theorems.sam.signal_time import BASE as _BASE
from theorems.statement import Observations, World, scaling

LEVEL = 0.1
BASE = _BASE.replace(eta=4 * _BASE.eta, mu_norm=800.0)
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
ETA = tuple(BASE.eta * factor / 4 for factor in FACTORS)
MU = tuple(BASE.mu_norm * factor for factor in (0.6, 0.8, 1.0, 1.25, 1.6))
N = (20, 30, 45, 68, 100)
M = (10, 20, 40, 80, 160)
B = (2, 4, 5, 10, 20)
DERIVED = limits.signal_time(LEVEL, BASE.p)


def ratio(observations: Observations) -> float:
    """Return the epochs until the mean gamma is at the level, over `level mB / (eta n ||mu||^2)`."""
    (o,) = observations
    s = o.world.setting
    epochs = first_time(o.trained.epoch, o.trained.gamma.mean((1, 2)), LEVEL)
    return epochs * s.eta * s.n * s.mu_norm**2 / (LEVEL * s.m * s.B)


def without_n(observations: Observations) -> float:
    """Return the same over a scale without n, equal at the base."""
    return ratio(observations) * BASE.n / observations[0].world.setting.n


def world(s: Setting) -> World:
    """Return the world of one setting: SAM for half of `T_1`."""
    epochs = t1_epochs(s) // 2
    return World(s, (Phase("sam", epochs=epochs, tau=tau_paper(s)),), record_every=max(1, epochs // 100))


STATEMENT = scaling(
    constant("c along eta", BASE, "eta", ETA, world, ratio, DERIVED, within=0.06),
    constant("c along ||mu||", BASE, "mu_norm", MU, world, ratio, DERIVED, within=0.06),
    constant("c along n", BASE, "n", N, world, ratio, DERIVED, within=0.06),
    constant("c along m", BASE, "m", M, world, ratio, DERIVED, within=0.06),
    constant("c along B", BASE, "B", B, world, ratio, DERIVED, within=0.06),
    predicts=f"epochs to gamma = 0.1 under SAM: {DERIVED:.2f} (0.1 m B) / (eta n ||mu||^2), at p = 0",
    formula=r"T(\gamma=g)=\frac{4}{1-2p}\,\frac{g\,mB}{\eta\,n\|\mu\|_2^2}\,(1+O(g))",
    replicas=(20, 80),
    uses=("deactivation",),
    controls={
        "every sample speaks to every gamma, c = 2": constant(
            "c along eta", BASE, "eta", ETA, world, ratio, DERIVED / 2, within=0.06
        ),
        "no n in the scale": constant("c along n", BASE, "n", N, world, without_n, DERIVED, within=0.06),
    },
)
