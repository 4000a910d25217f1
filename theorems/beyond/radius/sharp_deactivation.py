"""SAM switches a pair off exactly where its shift exceeds the product.

Statement
---------
Let k be in the batch, `j = y_k` and `<w_jr, xi_k> > 0`. Then
`-<eps_jr, xi_k> = (1 + e) tau |l'_k| ||xi_k||^2 / N`, `|e| <= delta_1`, where
`N^2 = sum_{i in I} l'_i^2 a_i ||xi_i||^2 + ||mu||^2/(P-1)^2 sum_jr c_jr^2`, `a_i` is how many filters of both classes
are active on xi_i, `c_jr = sum_{i in I} l'_i y_i y_hat_i 1(<w_jr, y_hat_i mu> > 0)`, and `delta_1` is as small as the
overlap of the noise. So the pair is switched off if `tau > (1 + 2 delta_1) <w_jr, xi_k> N / (|l'_k| ||xi_k||^2)` and
not if `tau < (1 - delta_1)` times that.

Hypotheses
----------
Those of `deactivation` (slopes in [1/4, 3/4]).

Proof idea
----------
`<grad_jr, xi_k> (Bm)/(P-1)` is `l'_k ||xi_k||^2` plus B - 1 cross terms and one of mu, relative to it at most
`nu = 12 (B-1) sqrt(L/d) + 6 B ||mu|| sqrt(2L')/((P-1) sigma_p d)`, as `|l'_i| <= 3 |l'_k|`. By Gershgorin on unit
vectors `||grad||_F^2 (Bm)^2/(P-1)^2` is `N^2` up to the factor `1 +- kappa`, `kappa = 4 B sqrt(L/d)`. So
`delta_1 = (1 + nu)/sqrt(1 - kappa) - 1`; P - 1 cancels.

Source
------
This suite.
"""

from functools import partial

import numpy as np

from dynamics import Setting
from dynamics.replay import replay
from theorems.sam import deactivation
from theorems.statement import Inequalities, Observation, bound, worst


def tolerance(s: Setting, delta: float) -> float:
    """Return `delta_1`, the relative error of the shift; infinite where the noise overlaps too much."""
    L, L1 = np.log(6 * s.n**2 / delta), np.log(6 * s.n / delta)
    kappa = 4 * s.B * np.sqrt(L / s.d)
    nu = 12 * (s.B - 1) * np.sqrt(L / s.d) + 6 * s.B * s.mu_norm * np.sqrt(2 * L1) / ((s.P - 1) * s.sigma_p * s.d)
    return float((1 + nu) / np.sqrt(1 - kappa) - 1) if kappa < 1 else float("inf")


def claim(o: Observation, power: float = 1.0) -> Inequalities:
    """Compare the shifts of active own-class pairs with `tau |l'_k| ||xi_k||^2 / N`; a control takes N to a `power`."""
    s, x = o.world.setting, o.sample
    tau, delta_1 = o.world.phases[0].tau or 1.0, tolerance(s, o.world.delta)
    squares, agree = np.einsum("id,id->i", x.xi, x.xi), (x.y * x.y_hat).astype(float)
    ratios = []
    for step in replay(o.trained):
        active = step.noise > 0
        sees = step.signal[..., None] * x.y_hat[step.batch] > 0
        noise = ((step.slope**2 * squares[step.batch]) * active).sum()
        signal = (((step.slope * agree[step.batch]) * sees).sum(-1) ** 2).sum() * s.mu_norm**2 / (s.P - 1) ** 2
        predicted = tau * np.abs(step.slope) * squares[step.batch] / (noise + signal) ** (power / 2)
        own = active & x.own[..., step.batch]
        ratios.append((-step.noise_shift / predicted)[own])
    found = np.concatenate(ratios)
    return (
        worst("-<eps,xi_k> N / (tau |l'_k| ||xi_k||^2)", found, ">=", 1 - delta_1),
        worst("-<eps,xi_k> N / (tau |l'_k| ||xi_k||^2), from above", found, "<=", 1 + delta_1),
    )


STATEMENT = bound(
    claim,
    deactivation.hypotheses,
    predicts="-<eps,xi_k> = (1 +- delta_1) tau |l'_k| ||xi_k||^2 / N, wherever <w,xi_k> > 0",
    formula=r"-\langle\epsilon_{j,r},\xi_k\rangle=(1+o(1))\,\tau\,|\ell'_k|\,\|\xi_k\|^2/N",
    worlds=deactivation.WORLDS[1:],
    draws=(1, 4),
    uses=("deactivation", "noise_norms", "noise_cross", "noise_signal"),
    controls={"N^2 in the place of N": (partial(claim, power=2.0), deactivation.WORLDS[1])},
)
