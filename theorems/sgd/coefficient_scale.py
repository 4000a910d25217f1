"""Scale of the coefficients.

Statement
---------
With `alpha = 4 log T*` and `beta = 2 max(|<w(0), mu>|, (P-1) |<w(0), xi>|)`, up to `T*` epochs:
`0 <= rho_bar <= alpha`, `0 >= rho_under >= -beta - 10 sqrt(log(6n^2/delta)/d) n alpha >= -alpha`, and
`0 <= gamma <= 2 n SNR^2 alpha` (the constant 2 is derived).

Hypotheses
----------
Those of `theorems.sgd.path`; and for `gamma >= 0`, that in each true class the clean samples outweigh the flipped
ones by more than the largest ratio of slopes along the run, in every batch (so: full batches, or no flips).

Proof idea
----------
In `theorems.sgd.path`. For `rho_under`: once `rho_under <= -beta/2 - 5 sqrt(L/d) n alpha` the pair is inactive,
since the cross terms are smaller, and the coefficient rests; the last step before adds at most half the allowance.

Source
------
Scale of the coefficients, paper; constant of gamma derived here.
"""

import numpy as np

from dynamics.arrays import SIGNS
from theorems.condition import over
from theorems.sgd import balanced_logits, path
from theorems.sgd.decomposition import BUDGET
from theorems.statement import Inequalities, Margins, Observation, bound, worst


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the path, those of `rho_under`, and that of the clean samples over the flipped ones."""
    s, x, bounds = o.world.setting, o.sample, path.path_bounds(o)
    L, L1 = np.log(6 * s.n**2 / o.world.delta), np.log(6 * s.n / o.world.delta)
    clean = x.y == x.y_hat
    majority = min(over((clean & (x.y_hat == j)).sum(), (~clean & (x.y_hat == j)).sum()) for j in SIGNS)
    return path.hypotheses(o) | {
        "alpha / (beta + overlap)": bounds.alpha / (bounds.beta + bounds.overlap),
        "(beta + overlap)/2 / one step": (bounds.beta + bounds.overlap) / 2 / (1.5 * bounds.step),
        "sqrt(L) / (2 SNR sqrt(2 L'))": float(np.sqrt(L) / (2 * s.snr * np.sqrt(2 * L1))),
        "clean / flipped over ratio of slopes": majority / float(balanced_logits.ratios(o).max()),
        "full batches, or no flips": 1.0 if s.n == s.B or clean.all() else 0.0,
    }


def claim(o: Observation, alpha_factor: float = 1.0, gamma_constant: float = 2.0) -> Inequalities:
    """Compare all coefficients at every record with their bounds."""
    rho, bounds, own = o.trained.rho, path.path_bounds(o), o.sample.own
    upper = np.where(own, rho, 0.0)
    lower = np.where(own, 0.0, rho)
    gamma = o.trained.gamma
    return (
        worst("max rho_bar", upper, "<=", alpha_factor * bounds.alpha),
        worst("min rho_bar / alpha", upper / bounds.alpha, ">=", -BUDGET),
        worst("max rho_under / alpha", lower / bounds.alpha, "<=", BUDGET),
        worst("min rho_under", lower, ">=", -bounds.beta - bounds.overlap),
        worst("max gamma", gamma, "<=", gamma_constant / 2 * bounds.gamma),
        worst("min gamma / its bound", gamma / bounds.gamma, ">=", -BUDGET),
    )


STATEMENT = bound(
    claim,
    hypotheses,
    predicts="rho_bar <= alpha; rho_under >= -beta - 10 sqrt(L/d) n alpha; 0 <= gamma <= 2 n SNR^2 alpha",
    formula=r"0\le\overline\rho\le\alpha=4\log T^*,\quad "
    r"0\ge\underline\rho\ge-\beta-10\sqrt{\tfrac{\log(6n^2/\delta)}{d}}\,n\alpha\ge-\alpha,\quad "
    r"0\le\gamma\le 2n\,\mathrm{SNR}^2\alpha",
    worlds=path.WORLDS[:3],  # with flips `gamma >= 0` is claimed for full batches only
    draws=(2, 16),
    uses=("coefficient_recursion", "noise_norms", "noise_cross", "noise_signal", "init_signal", "init_noise"),
    controls={
        "alpha a fifth (a quarter survives)": (lambda o: claim(o, alpha_factor=0.2), path.WORLDS[0]),
        "0.1 n SNR^2 alpha as the bound of gamma (0.2 survives)": (
            lambda o: claim(o, gamma_constant=0.1),
            path.WORLDS[0],
        ),
    },
)
