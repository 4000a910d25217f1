"""Norm of a batch's gradient.

Statement
---------
`||grad L_I||_F <= 2 sqrt(2) P sigma_p sqrt(d / (Bm))` at every step.

Hypotheses
----------
Typical noise (norms and inner products); `2 B sqrt(log(6 n^2/delta) / d) <= 1/2`; and `B ||mu||^2 <= 2 (2P - 1)
sigma_p^2 d`, which is the form derived here of `B ||mu||^2 <= c P^2 sigma_p^2 d` (for every P, `c = 6 - 4 sqrt(2) =
0.34` would do).

Proof idea
----------
With `|l'| <= 1`, a filter's gradient is `(1/(Bm)) [(P-1) sum_i a_i xi_i + s mu]`, `|a_i| <= 1`,
`|s| <= B`. Its square is at most `(2/(Bm)^2) [(P-1)^2 ||sum a_i xi_i||^2 + B^2 ||mu||^2]`, and
`||sum a_i xi_i||^2 <= (3/2) B sigma_p^2 d + 2 B^2 sigma_p^2 sqrt(d log) <= 2 B sigma_p^2 d`. Over `2m` filters:
`(4/(Bm)) [2 (P-1)^2 sigma_p^2 d + B ||mu||^2] <= 8 P^2 sigma_p^2 d / (Bm)`.

Source
------
Gradient norm, paper; constant of the hypothesis derived here.
"""

import numpy as np

from dynamics import Phase, Setting
from dynamics.replay import replay
from theorems.concentration.starts import SMALL
from theorems.concentration.typical import typical_start
from theorems.condition import over
from theorems.statement import Inequalities, Margins, Observation, World, bound, worst
from theorems.worlds import prevention, regime, sam_stage


def norm_bound(s: Setting) -> float:
    """Return `2 sqrt(2) P sigma_p sqrt(d / (Bm))`."""
    return float(2 * np.sqrt(2) * s.P * s.sigma_p * np.sqrt(s.d / (s.B * s.m)))


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the hypotheses."""
    s = o.world.setting
    return {
        "typical start": typical_start(o),
        "1 / (4 B sqrt(log(6n^2/delta) / d))": 1 / (4 * s.B * np.sqrt(np.log(6 * s.n**2 / o.world.delta) / s.d)),
        "2 (2P-1) sigma_p^2 d / (B ||mu||^2)": over(2 * (2 * s.P - 1) * s.sigma_p**2 * s.d, s.B * s.mu_norm**2),
    }


def claim(o: Observation) -> Inequalities:
    """Compare the norm at every step with its bound."""
    norms = np.array([step.gradient_norm for step in replay(o.trained)])
    return (worst("||grad||_F", norms, "<=", norm_bound(o.world.setting)),)


def _world(s: Setting, tau: float) -> World:
    return World(s, phases=(Phase("sam", epochs=40, tau=tau), Phase("sgd", epochs=60)), record_every="step")


PREVENTION = prevention(n=50, m=30, B=10)
WORLDS = (
    _world(SMALL.replace(d=20_000), 0.03),
    _world(regime(n=60, d=10**6, m=30, mu_norm=20.0, B=30, P=4, sigma_p=0.2, p=0.2), 0.05),
    _world(regime(n=40, d=10**7, m=40, mu_norm=900.0, B=20, P=3, sigma_p=5.0, p=0.0), 1e-3),
    _world(PREVENTION, sam_stage(PREVENTION).tau or 0.0),
)

STATEMENT = bound(
    claim,
    hypotheses,
    predicts="||grad||_F <= 2 sqrt(2) P sigma_p sqrt(d/(Bm))",
    formula=r"\|\nabla L_I(W)\|_F \le 2\sqrt2\,P\sigma_p\sqrt{d/(Bm)}",
    worlds=WORLDS,
    uses=("noise_norms", "noise_cross"),
    controls={
        "signal so strong that B ||mu||^2 > 100 P^2 sigma_p^2 d": _world(
            SMALL.replace(d=20_000, mu_norm=1000.0, eta=1e-6), 0.03
        )
    },
)
