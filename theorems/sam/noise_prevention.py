"""SAM learns no noise up to T_1.

Statement
---------
With the radius of Theorem 4.1, `rho_bar_jri <= (P-1) R` for all epochs up to `T_1 = mB / (eta n ||mu||^2)`, where R
(see `theorems.sam.stage`) is small: o(1) in the limits of the theory. Under SGD, from the same start and with
the same batches, `max_r rho_bar_{y_i,r,i} >= 1` for every sample by then.

Hypotheses
----------
Those of `deactivation`. For SGD: `n SNR^2 <= 1/10`, so that `T_1` is long enough; and each sample has a filter of
its own class whose product at the start exceeds the drift of one epoch, and whose gain exceeds the cross terms.

Proof idea
----------
SAM: every pair that is active on its own sample is deactivated when its batch comes, so its coefficient stays; a
coefficient can only move from a product just below zero, by one step. SGD: with `u = t/T_1` and `M = max_r
rho_bar_{y_i,r,i}`, the margin is at most `u + M` up to small terms (`gamma <= u`), so `dM/du >= A / (1 + e^{u+M})`,
`A = 1/(2 n SNR^2)`. M reaches 1 by `u = 1` if `int_0^2 (1+e^v)/(1+e^v+A) dv <= 1`; at `n SNR^2 = 1/10` the integral
is 0.874, and 0.908 with small terms of 0.1 in the exponent. While `M < 1`, `|l'| >= 1/(1 + e^{2.1}) > 0.1`. The
small terms are those of the start, of G (`theorems.sam.stage`), of the cross terms over `T_1` epochs, and of one
epoch.

Source
------
Noise prevention, paper; constants derived here.
"""

import numpy as np

from dynamics import Phase, Setting
from theorems.sam import deactivation
from theorems.statement import Inequalities, Margins, Observation, World, bound, worst
from theorems.worlds import sam_stage, sgd_stage


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the hypotheses."""
    s, x = o.world.setting, o.sample
    L, L1 = np.log(6 * s.n**2 / o.world.delta), np.log(6 * s.n / o.world.delta)
    cross = 4 * s.n * np.sqrt(L / s.d) + 2 * s.n * s.mu_norm * np.sqrt(2 * L1) / ((s.P - 1) * s.sigma_p * s.d)
    drift = 1.5 * s.eta * (s.P - 1) * s.sigma_p**2 * s.d / (s.B * s.m) * cross
    strongest = np.where(x.own, x.w0 @ x.xi.T, -np.inf).max((0, 1)).min()
    step = s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)
    beta = 2 * np.sqrt(np.log(12 * s.m * s.n / o.world.delta)) * s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    through_signal = deactivation.bounds_of(o.world).gamma * s.sigma_p * np.sqrt(2 * L1) / s.mu_norm
    epochs = o.world.phases[0].epochs
    small = (
        np.sqrt(2 * np.log(12 * s.m / o.world.delta)) * s.sigma_0 * s.mu_norm
        + (s.P - 1) * (beta + through_signal)
        + 1.5 * cross * step * epochs
        + 1 / epochs
    )
    return dict(deactivation.hypotheses(o)) | {
        "SGD: 0.1 / small terms of the margin": float(0.1 / small),
        "1 / (10 n SNR^2)": 1 / (10 * s.n * s.snr**2),
        "SGD: strongest product / drift of an epoch": float(strongest / drift),
        "SGD: 0.1 / (2 cross terms)": 0.1 / (2 * cross),
    }


def claim(o: Observation) -> Inequalities:
    """Compare the largest `rho_bar` under SAM with `(P-1) R`, and the smallest over samples under SGD with 1."""
    own = o.sample.own
    bound = deactivation.bounds_of(o.world).coefficient
    learned = np.where(own, o.trained.rho, 0.0)
    rival = np.where(own, o.rival_trained.rho[-1], 0.0)
    return (
        worst("SAM: max rho_bar up to T_1", learned, "<=", bound),
        worst("SGD: min over samples of max_r rho_bar at T_1", rival.max((0, 1)), ">=", 1.0),
    )


def _world(s: Setting) -> World:
    return World(s, phases=(sam_stage(s),), rival=(sgd_stage(s),), record_every=10)


WORLDS = tuple(_world(w.setting) for w in deactivation.WORLDS)

STATEMENT = bound(
    claim,
    hypotheses,
    predicts="SAM: rho_bar <= (P-1) R up to T_1; SGD: >= 1 by then",
    formula=r"\max_{j,r,i}\overline\rho_{j,r,i}^{(t)} \le (P-1)R = o(1)\quad \forall t\le T_1,\qquad "
    r"\text{SGD: } \max_r \overline\rho_{y_i,r,i}^{(T_1)} \ge 1\ \forall i",
    worlds=WORLDS,
    draws=(2, 16),
    uses=(
        "deactivation",
        "monotone_coefficients",
        "noise_norms",
        "noise_cross",
        "noise_signal",
        "init_signal",
        "init_noise",
    ),
    controls={
        "SGD in the place of SAM": tuple(
            World(w.setting, (Phase("sam", w.phases[0].epochs, tau=0.0),), w.rival, record_every=10)
            for w in WORLDS[1:2]
        ),
        "a radius a thousand times too small": tuple(
            World(
                w.setting,
                (w.phases[0].model_copy(update={"tau": 1e-3 * (w.phases[0].tau or 0)}),),
                w.rival,
                record_every=10,
            )
            for w in WORLDS[1:2]
        ),
    },
)
