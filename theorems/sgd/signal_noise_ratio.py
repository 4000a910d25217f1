"""Noise against signal is SNR^-2.

Statement
---------
After the first stage, `sum_i rho_bar_jri / gamma_j'r' = Theta(SNR^{-2})`: exponents +1 in d, -2 in `||mu||`, +2 in
P-1 and sigma_p, 0 in n.

Hypotheses
----------
`n SNR^2` small; start and learning rate in natural units.

Proof idea
----------
Both recursions are sums of the same slopes: `rho_bar` of `-l'_i eta (P-1)^2 ||xi_i||^2 / (Bm)` over the active
samples of a class, gamma of `-l'_i eta ||mu||^2 / (Bm)` over the clean samples of a class less the flipped ones.
Slopes are balanced, counts are fractions of n.

Source
------
Ratio of signal and noise coefficients, paper.
"""

import numpy as np

from dynamics import Phase, Setting
from dynamics.units import natural
from theorems.boundary import SGD_BASE
from theorems.ladders import ladder
from theorems.statement import Observations, World, scaling


def ratio(observations: Observations) -> float:
    """Return the mean over filters of `sum_i rho_bar_jri`, over the mean of `gamma_jr`."""
    (o,) = observations
    rho, gamma = o.trained.rho[-1], o.trained.gamma[-1]
    return float(np.where(o.sample.own, rho, 0.0).sum(-1).mean() / gamma.mean())


def spread(observations: Observations) -> float:
    """Return the largest `sum_i rho_bar_jri` over the smallest `gamma_j'r'`, times SNR^2: the extreme pair."""
    (o,) = observations
    rho, gamma = o.trained.rho[-1], o.trained.gamma[-1]
    return float(np.where(o.sample.own, rho, 0.0).sum(-1).max() / gamma.min() * o.world.setting.snr**2)


def world(s: Setting) -> World:
    """Return the world of one rung: SGD for the first stage, 80 epochs at step 0.1."""
    return World(natural(s, step=0.1), (Phase("sgd", epochs=80),), record_every=80)


BASE = SGD_BASE.replace(d=10**8, mu_norm=30.0)
D = (10**6, 10**7, 10**8, 10**9, 10**10)
MU = (5.0, 10.0, 20.0, 40.0, 80.0)

STATEMENT = scaling(
    ladder("d", BASE, "d", D, world, ratio, 1.0),
    ladder("||mu||", BASE, "mu_norm", MU, world, ratio, -2.0),
    ladder("P-1", BASE, "P-1", (1, 2, 4, 8, 16), world, ratio, 2.0),
    ladder("sigma_p", BASE, "sigma_p", (0.1, 0.3, 1.0, 3.0, 10.0), world, ratio, 2.0),
    ladder("n", BASE, "n", (20, 40, 80, 160, 320), world, ratio, 0.0),
    ladder("extreme pair times SNR^2, d", BASE, "d", D, world, spread, 0.0),
    predicts="sum_i rho_bar / gamma ~ d ||mu||^-2 (P-1)^2 sigma_p^2 n^0",
    formula=r"\textstyle\sum_i\overline\rho_{j,r,i}^{(t)}/\gamma_{j',r'}^{(t)}=\Theta(\mathrm{SNR}^{-2})",
    replicas=(30, 60),
    uses=("coefficient_recursion", "balanced_logits", "active_samples", "class_counts"),
    controls={
        "SNR^-1": ladder("||mu||", BASE, "mu_norm", MU, world, ratio, -1.0),
        "ratio to n SNR^2": ladder("n", BASE, "n", (20, 40, 80, 160, 320), world, ratio, -1.0),
    },
)
