"""SAM learns no noise up to T_1.

Statement
---------
With a radius of the order of Theorem 4.1, `rho_bar_jri <= (P-1) R` for all epochs of the SAM stage, of the order
`T_1 = mB / (eta n ||mu||^2)`, where R (see `theorems.sam.stage`) is small: o(1) in the limits of the theory. Under
SGD, from the same start and with the same batches, `max_r rho_bar_{y_i,r,i} >= 1` for every sample after
`T' = 10 mB / (eta (P-1)^2 sigma_p^2 d)` epochs already, and ever after (`monotone_coefficients`).

Hypotheses
----------
Those of `deactivation`. For SGD: `T'` is no longer than the SAM stage; the small terms of the margin up to `T'` are
small; and each sample has a filter of its own class whose product at the start exceeds the drift of one epoch, and
whose gain exceeds the cross terms. (So the gap, where `T_1` is long, is inside.)

Proof idea
----------
SAM: every pair that is active on its own sample is deactivated when its batch comes, so its coefficient stays; a
coefficient can only move from a product just below zero, by one step. SGD: with `M = max_r rho_bar_{y_i,r,i}` and
`s = eta (P-1)^2 sigma_p^2 d / (Bm)`, while `M < 1` the margin is at most `M + e`, where e gathers the start, gamma
up to `T'`, what it adds to the noise products, and the cross terms up to `T'`. So M gains at least `(s/2) / (1 +
e^{M+e})` an epoch, and is 1 after `(2/s) (1 + e^e (e - 1))` epochs. The filter with the largest product gains at
every visit, since `|l'| >= 1/(1 + e^{1+e})` outweighs twice the cross terms.

Source
------
Noise prevention, paper; constants derived here.
"""

import math
from dataclasses import replace

import numpy as np

from dynamics import Phase, Setting
from theorems.sam import deactivation
from theorems.statement import Inequalities, Margins, Observation, World, bound, worst
from theorems.worlds import early_stage, in_the_gap, sam_stage


def small_terms(o: Observation, epochs: int) -> float:
    """Return e: by how much a margin can exceed `max_r rho_bar` in that many epochs of SGD."""
    s = o.world.setting
    L1 = np.log(6 * s.n / o.world.delta)
    beta = 2 * np.sqrt(np.log(12 * s.m * s.n / o.world.delta)) * s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    gamma = epochs * s.H * s.eta * s.mu_norm**2 / s.m
    through_signal = gamma * s.sigma_p * np.sqrt(2 * L1) / s.mu_norm
    start = np.sqrt(2 * np.log(12 * s.m / o.world.delta)) * s.sigma_0 * s.mu_norm
    through_noise = 1.5 * _cross(o) * step_of(s) * epochs
    return float(start + gamma + (s.P - 1) * (beta + through_signal) + through_noise)


def step_of(s: Setting) -> float:
    """Return `eta (P-1)^2 sigma_p^2 d / (Bm)`, what a step adds to an active noise coefficient while `l' = -1`."""
    return s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)


def _cross(o: Observation) -> float:
    """Cross terms of an epoch over a pair's own gain, at equal slopes."""
    s = o.world.setting
    L, L1 = np.log(6 * s.n**2 / o.world.delta), np.log(6 * s.n / o.world.delta)
    return float(4 * s.n * np.sqrt(L / s.d) + 2 * s.n * s.mu_norm * np.sqrt(2 * L1) / ((s.P - 1) * s.sigma_p * s.d))


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the hypotheses; a rival is SGD for `T'` epochs."""
    s, x = o.world.setting, o.sample
    epochs = o.world.rival[0].epochs if o.world.rival else math.ceil(10 / step_of(s))
    drift = 1.5 * step_of(s) * _cross(o) / (s.P - 1)
    strongest = np.where(x.own, x.w0 @ x.xi.T, -np.inf).max((0, 1)).min()
    e = min(small_terms(o, epochs), 700.0)  # beyond that exp overflows, and the margins are 0
    return dict(deactivation.hypotheses(o)) | {
        "SAM stage / T'": o.world.phases[0].epochs / epochs,
        "SGD: T' / time to 1": float(step_of(s) * epochs / 2 / (1 + np.exp(e) * np.expm1(1))),
        "SGD: strongest product / drift of an epoch": float(strongest / drift),
        "SGD: slope / (2 cross terms)": float(1 / (1 + np.exp(1 + e)) / (2 * _cross(o))),
    }


def claim(o: Observation) -> Inequalities:
    """Compare the largest `rho_bar` under SAM with `(P-1) R`, and the smallest over samples under SGD with 1."""
    own = o.sample.own
    bound = deactivation.bounds_of(o.world).coefficient
    learned = np.where(own, o.trained.rho, 0.0)
    rival = np.where(own, o.rival_trained.rho[-1], 0.0)
    return (
        worst("SAM: max rho_bar up to T_1", learned, "<=", bound),
        worst("SGD: min over samples of max_r rho_bar at T'", rival.max((0, 1)), ">=", 1.0),
    )


def _world(s: Setting, stage: Phase) -> World:
    rival = Phase("sgd", math.ceil(10 / step_of(s)))
    return World(s, (stage,), (rival,), record_every=max(10, stage.epochs // 100))


def _scaled(world: World, factor: float) -> World:
    return replace(world, phases=(world.phases[0].model_copy(update={"tau": factor * (world.phases[0].tau or 0.0)}),))


GAP = tuple(in_the_gap(B=B, step=0.02) for B in (20, 10))
WORLDS = (
    *(_world(w.setting, sam_stage(w.setting)) for w in deactivation.STRONG),
    *(_world(s, early_stage(s)) for s in GAP),
)

STATEMENT = bound(
    claim,
    hypotheses,
    predicts="SAM: rho_bar <= (P-1) R up to T_1; SGD: >= 1 after 10 m B / (eta (P-1)^2 sigma_p^2 d) epochs",
    formula=r"\max_{j,r,i}\overline\rho_{j,r,i}^{(t)} \le (P-1)R = o(1)\quad \forall t\le T_1,\qquad "
    r"\text{SGD: } \max_r \overline\rho_{y_i,r,i}^{(T')} \ge 1\ \forall i",
    worlds=WORLDS,
    draws=(2, 16),
    uses=("deactivation", "monotone_coefficients", "noise_cross", "noise_signal", "init_signal", "init_noise"),
    controls={
        "SGD in the place of SAM": _scaled(WORLDS[1], 0.0),
        "0.002 of the radius": _scaled(WORLDS[1], 2e-3),
    },
)
