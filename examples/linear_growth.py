"""Noise coefficients grow at most linearly.

Statement
---------
After t epochs `|rho_jri| <= (3/2) t eta (P-1)^2 sigma_p^2 d / (Bm)`, under SGD and under SAM.

Hypotheses
----------
`||xi_i||^2 <= (3/2) sigma_p^2 d` for all i.

Proof idea
----------
A visit of sample i changes `rho_jri` by at most `eta (P-1)^2 ||xi_i||^2 / (Bm)`, since `|l'_i| < 1`; there is one
visit an epoch.

Source
------
Coefficient recursion, paper; derived in `docs/your_own.md`.
"""

from collections.abc import Sequence

import numpy as np

from dynamics import Phase
from dynamics.units import regime
from theorems.concentration.starts import SMALL
from theorems.statement import Inequality, Margins, Observation, World, bound, worst


def hypotheses(o: Observation) -> Margins:
    """Return the margin of the noise norms."""
    s, x = o.world.setting, o.sample
    return {"1.5 sigma_p^2 d / max ||xi||^2": 1.5 * s.sigma_p**2 * s.d / float((x.xi**2).sum(1).max())}


def claim(o: Observation, power: int = 2) -> Sequence[Inequality]:
    """Compare every coefficient at every epoch with its bound; `power` is that of `P - 1`."""
    s, path = o.world.setting, o.trained
    an_epoch = 1.5 * s.eta * (s.P - 1) ** power * s.sigma_p**2 * s.d / (s.B * s.m)
    largest = np.abs(path.rho).max((1, 2, 3))
    return (worst("max |rho|, in units of (3/2) step", largest[1:] / an_epoch, "<=", path.epoch[1:]),)


WORLDS = tuple(
    World(s, phases=(Phase("sam", epochs=20, tau=tau), Phase("sgd", epochs=40)))
    for s, tau in (
        (SMALL.replace(d=20_000), 0.03),
        (regime(n=30, d=10**6, m=20, mu_norm=20.0, B=30, P=8, sigma_p=0.2, p=0.2), 0.1),
        (regime(n=16, d=10**9, m=8, mu_norm=300.0, B=1, P=3, sigma_p=5.0, p=0.0), 1e-3),
    )
)

STATEMENT = bound(
    claim,
    hypotheses,
    predicts="|rho| <= (3/2) t eta (P-1)^2 sigma_p^2 d / (Bm)",
    formula=r"|\rho_{j,r,i}^{(t)}| \le \tfrac32\, t\, \eta (P-1)^2\sigma_p^2 d/(Bm)",
    worlds=WORLDS,
    controls={"P - 1 in the place of (P - 1)^2": (lambda o: claim(o, power=1), WORLDS[1])},
    uses=("coefficient_recursion",),
    draws=(8, 64),
)
