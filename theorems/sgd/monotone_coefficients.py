"""Monotone noise coefficients.

Statement
---------
`rho_bar_jri` (where `y_i = j`) never falls and `rho_under_jri` (where `y_i = -j`) never rises, under
SGD and under SAM.

Hypotheses
----------
None. Asked of the engine that trains weights, up to 1e-11 of the largest coefficient: in the other it is built in.

Proof idea
----------
The increment of `rho_jri` is `-l'_i j y_i` times something non-negative, and `l'_i < 0`.

Source
------
Coefficient recursion, paper.
"""

import numpy as np

from dynamics import Phase
from dynamics.arrays import SIGNS
from dynamics.units import regime
from theorems.concentration.starts import SMALL
from theorems.sgd.decomposition import BUDGET
from theorems.statement import Inequalities, Observation, World, bound, worst


def claim(o: Observation, sign: int = 1) -> Inequalities:
    """Compare every increment with 0, in units of the largest coefficient; `sign` swaps the classes."""
    rho = o.trained.rho
    increments = np.diff(rho, axis=0)
    own = (sign * o.sample.y == SIGNS[:, None, None]) & np.ones(rho.shape[1:], bool)
    size = float(np.abs(rho).max()) or 1.0
    return (
        worst("smallest step of rho_bar / max |rho|", increments[:, own] / size, ">=", -BUDGET),
        worst("largest step of rho_under / max |rho|", increments[:, ~own] / size, "<=", BUDGET),
    )


WORLDS = tuple(
    World(s, phases=(Phase("sam", epochs=30, tau=tau), Phase("sgd", epochs=70)), engine="network", record_every="step")
    for s, tau in (
        (SMALL.replace(d=20_000), 0.03),
        (regime(n=60, d=10**6, m=30, mu_norm=20.0, B=60, P=4, sigma_p=0.2, p=0.2), 0.5),
        (regime(n=16, d=10**9, m=8, mu_norm=300.0, B=1, P=3, sigma_p=5.0, p=0.0), 1e-3),
    )
)

STATEMENT = bound(
    claim,
    predicts="rho_bar never falls, rho_under never rises",
    formula=r"\overline\rho^{(t+1)}\ge\overline\rho^{(t)},\qquad\underline\rho^{(t+1)}\le\underline\rho^{(t)}",
    worlds=WORLDS,
    draws=(4, 32),
    uses=("coefficient_recursion",),
    controls={"classes swapped": (lambda o: claim(o, sign=-1), WORLDS[0])},
)
