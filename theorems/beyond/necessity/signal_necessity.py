"""Margins are memorised noise while the signal is weak against the noise patch.

Statement
---------
As `||mu||` grows, margins cease to be memorised noise (`|y f - (1/m) sum_r rho_bar| >= 1`) at `||mu||* ~ sqrt(d/n)
(P-1) sigma_p`, the line `d / (n ||mu||^2 / (P sigma_p)^2)` of Condition 3.1.

Hypotheses
----------
None is asked for; the learning rate is in natural units.

Proof idea
----------
The signal's part of a margin is `gamma = Theta(n SNR^2)` times memorisation.

Source
------
This suite, notebook 11; the line is in Condition 3.1 of the paper.
"""

from collections.abc import Sequence

import numpy as np

from dynamics import Phase, Setting
from dynamics.units import natural, regime
from theorems.beyond.necessity.breaking import breaking_point
from theorems.ladders import ladder
from theorems.overfitting import EPSILON
from theorems.sgd import path
from theorems.statement import Finite, Ladder, Observations, World, scaling


def sgd_worlds(s: Setting) -> tuple[World, ...]:
    """Return SGD to the accuracy asked for, at signal strengths around `sqrt(d/n) (P-1) sigma_p`."""
    unit = (s.d / s.n) ** 0.5 * (s.P - 1) * s.sigma_p
    settings = [natural(s, step=0.1).replace(mu_norm=factor * unit) for factor in (0.2, 0.4, 0.8, 1.6, 3.2)]
    phases = (Phase("sgd", epochs=20_000),)
    return tuple(World(t, phases, record_every="geometric", tol=EPSILON) for t in settings)


def end_of_memorisation(observations: Observations) -> float:
    """Return the signal strength at which margins and memorised noise are 1 apart."""
    apart = [float(np.abs(path.margins_of(o) - path.memorisation_of(o)).max()) for o in observations]
    return breaking_point([o.world.setting.mu_norm for o in observations], apart, 1.0)


BASE = regime(n=40, d=10**8, m=20, mu_norm=1.0, B=40)
D = (10**6, 10**7, 10**8, 10**9, 10**10)
N = (20, 32, 50, 80, 126)


def against(parameter: str, values: Sequence[int], exponent: float) -> Ladder:
    """Return a ladder of the end of memorisation."""
    name = f"end of memorisation against {parameter}"
    finite = Finite("11_necessity", correction=-0.5) if parameter == "d" else None  # n SNR^2, cross terms ~ d^(-1/2)
    return ladder(name, BASE, parameter, values, sgd_worlds, end_of_memorisation, exponent, finite)


STATEMENT = scaling(
    against("d", D, 0.5),
    against("n", N, -0.5),
    predicts="margins are noise up to ||mu|| ~ sqrt(d/n)",
    formula=r"\|\mu\|^*_{\rm SGD}\sim\sqrt{d/n}\,(P-1)\sigma_p",
    uses=("margin_is_memorisation",),
    replicas=(30, 100),
    controls={"d^(1/4), as SGD's boundary": against("d", D, 0.25)},
)
