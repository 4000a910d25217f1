"""The worlds that several statements share."""

import math

from dynamics import Phase, Setting
from dynamics.units import regime
from theorems.condition import t1_epochs, tau_paper, threshold_sgd


def prevention(*, n: int, m: int, B: int, P: int = 2, sigma_p: float = 1.0, p: float = 0.05) -> Setting:
    """Return a setting at d = 10^12 with `n SNR^2 = 0.08`, where the bounds of the SAM stage are not vacuous.

    There `T_1 = 1 / (step n SNR^2) = 625` epochs: time enough for SGD to learn the noise.
    """
    d = 10**12
    mu_norm = math.sqrt(0.08 * d / n) * (P - 1) * sigma_p
    return regime(n=n, d=d, m=m, mu_norm=mu_norm, B=B, P=P, sigma_p=sigma_p, p=p, step=0.02, start=0.002)


def in_the_gap(*, B: int, step: float) -> Setting:
    """Return a setting at d = 10^8 with `||mu|| = 0.3 d^{1/4} n^{-1/4} P sigma_p`: SGD's test error is 0.3 there.

    The least d at which the bounds of the SAM stage are not vacuous so far below SGD's threshold: they need
    `E`, of order `m B sqrt(log n / d)` at the radius of Theorem 4.1, below 1.
    """
    s = regime(n=20, d=10**8, m=20, mu_norm=1.0, B=B, step=step, start=0.002)
    return s.replace(mu_norm=0.3 * threshold_sgd(s))


def early_stage(s: Setting) -> Phase:
    """Return SAM with twice the radius of Theorem 4.1 for a quarter of `T_1` epochs."""
    stage = sam_stage(s)
    return Phase("sam", epochs=math.ceil(stage.epochs / 4), tau=2 * (stage.tau or 0.0))


def sam_stage(s: Setting) -> Phase:
    """Return SAM with the radius of Theorem 4.1 for `T_1` epochs."""
    return Phase("sam", epochs=t1_epochs(s), tau=tau_paper(s))


def sgd_stage(s: Setting) -> Phase:
    """Return SGD for as long as the SAM stage lasts."""
    return Phase("sgd", epochs=t1_epochs(s))
