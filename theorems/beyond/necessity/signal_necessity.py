"""What needs a signal that is weak against the noise patch.

Statement
---------
As `||mu||` grows, margins cease to be memorised noise (`|y f - (1/m) sum_r rho_bar| >= 1`) at `||mu||* ~ sqrt(d/n)
(P-1) sigma_p`, the line `d / (n ||mu||^2 / (P sigma_p)^2)` of Condition 3.1. Half of the noise-aligned pairs survive
SAM's ascent, at a start `<w, xi>` of fixed size, at `||mu||* ~ sqrt(m d / B) sigma_p`: the line `d / (B ||mu||^2 / (P
sigma_p)^2)`, which follows from the first as `B <= n`, and m, which it lacks.

Hypotheses
----------
None is asked for; the learning rate is in natural units.

Proof idea
----------
The signal's part of a margin is `gamma = Theta(n SNR^2)` times memorisation. A gradient whose norm is that of its
signal, `||grad||_F ~ ||mu|| / (4 sqrt(m))`, moves the product of an active pair by `tau sigma_p^2 d / (2 B m) /
||grad||_F`; with `tau = m sqrt(B) / (P sigma_p sqrt(d))` and P = 2 this is `sqrt(md/B) sigma_p / ||mu||`.

Source
------
This suite, notebook 11; the lines are in Condition 3.1 of the paper.
"""

from collections.abc import Sequence

import numpy as np

from dynamics import Phase, Setting
from dynamics.replay import replay
from theorems.beyond.necessity.breaking import breaking_point
from theorems.boundary import natural
from theorems.condition import tau_paper
from theorems.ladders import ladder
from theorems.overfitting import EPSILON
from theorems.sgd import path
from theorems.statement import Ladder, Observation, Observations, World, scaling
from theorems.worlds import regime

START = 0.1
"""Standard deviation of `(P-1) <w(0), xi>` where the ascent is looked at."""


def sgd_worlds(s: Setting) -> tuple[World, ...]:
    """Return SGD to the accuracy asked for, at signal strengths around `sqrt(d/n) (P-1) sigma_p`."""
    unit = (s.d / s.n) ** 0.5 * (s.P - 1) * s.sigma_p
    settings = [natural(s, step=0.1).replace(mu_norm=factor * unit) for factor in (0.2, 0.4, 0.8, 1.6, 3.2)]
    phases = (Phase("sgd", epochs=20_000),)
    return tuple(World(t, phases, record_every="geometric", tol=EPSILON) for t in settings)


def sam_worlds(s: Setting) -> tuple[World, ...]:
    """Return one epoch of SAM, at signal strengths around `sqrt(md/B) sigma_p / START`."""
    at = s.replace(sigma_0=START / ((s.P - 1) * s.sigma_p * s.d**0.5), eta=0.1 * s.B * s.m / s.d)
    unit = (s.m * s.d / s.B) ** 0.5 * s.sigma_p / START
    settings = [at.replace(mu_norm=factor * unit) for factor in (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)]
    return tuple(World(t, (Phase("sam", epochs=1, tau=tau_paper(t)),), record_every="step") for t in settings)


def _strengths(observations: Observations) -> list[float]:
    return [o.world.setting.mu_norm for o in observations]


def end_of_memorisation(observations: Observations) -> float:
    """Return the signal strength at which margins and memorised noise are 1 apart."""
    apart = [float(np.abs(path.margins_of(o) - path.memorisation_of(o)).max()) for o in observations]
    return breaking_point(_strengths(observations), apart, 1.0)


def end_of_deactivation(observations: Observations) -> float:
    """Return the signal strength at which half of the active own pairs stay active at `W + eps`, in the first step."""
    return breaking_point(_strengths(observations), [_share(o) for o in observations], 0.5)


def _share(o: Observation) -> float:
    step = next(iter(replay(o.trained)))
    pairs = (step.noise > 0) & o.sample.own[..., step.batch]
    return float((step.noise + step.noise_shift > 0)[pairs].mean())


SGD_BASE = regime(n=40, d=10**8, m=20, mu_norm=1.0, B=40)
SAM_BASE = regime(n=80, d=10**8, m=20, mu_norm=1.0, B=80)
D = (10**6, 10**7, 10**8, 10**9, 10**10)
N = (20, 32, 50, 80, 126)
M = (10, 20, 40, 80, 160)
B = (10, 16, 20, 40, 80)


def of_sgd(parameter: str, values: Sequence[int], exponent: float) -> Ladder:
    """Return a ladder of the end of memorisation."""
    name = f"end of memorisation against {parameter}"
    return ladder(name, SGD_BASE, parameter, values, sgd_worlds, end_of_memorisation, exponent, within=0.1)


def of_sam(parameter: str, values: Sequence[int], exponent: float) -> Ladder:
    """Return a ladder of the end of deactivation."""
    name = f"end of deactivation against {parameter}"
    return ladder(name, SAM_BASE, parameter, values, sam_worlds, end_of_deactivation, exponent, within=0.15)


N_FOR_B = ladder(
    "end of deactivation against n",
    SAM_BASE.replace(B=10),
    "n",
    (20, 40, 80, 160, 320),
    sam_worlds,
    end_of_deactivation,
    -0.5,
    within=0.15,
)

STATEMENT = scaling(
    of_sgd("d", D, 0.5),
    of_sgd("n", N, -0.5),
    of_sam("d", D, 0.5),
    of_sam("m", M, 0.5),
    of_sam("B", B, -0.5),
    predicts="margins are noise up to ||mu|| ~ sqrt(d/n), deactivation works up to ||mu|| ~ sqrt(m d/B)",
    formula=r"\|\mu\|^*_{\rm SGD}\sim\sqrt{d/n}\,(P-1)\sigma_p,\qquad \|\mu\|^*_{\rm SAM}\sim\sqrt{md/B}\,\sigma_p",
    replicas=(30, 100),
    controls={
        "n in the place of B": N_FOR_B,
        "no m": of_sam("m", M, 0.0),
        "d^(1/4), as SGD's boundary": of_sgd("d", D, 0.25),
    },
)
