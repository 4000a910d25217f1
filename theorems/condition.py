"""Condition 3.1 as margins, the thresholds of the theorems, and the quantities that they prescribe."""

import math

from dynamics import Setting


def margins(s: Setting, delta: float = 0.05) -> dict[str, float]:
    """Return how far a setting is inside each line of Condition 3.1.

    Parameters
    ----------
    s : Setting
    delta : float
        Failure probability, in (0, 1).

    Returns
    -------
    dict of str to float
        One ratio a line, named by its formula; the condition with constant C holds where all are at
        least C. Infinite where a line asks for nothing (no signal, p = 0, sigma_0 = 0).

    Notes
    -----
    Source: Condition 3.1 of the paper, the constants of its lines set to 1 and its logarithmic
    factors to those shown. Which lines are needed is an open question of this suite.
    """
    noise = s.P * s.sigma_p  # P sigma_p
    signal = (s.mu_norm / noise) ** 2
    return {
        "d / (n ||mu||^2 / (P sigma_p)^2)": over(s.d, s.n * signal),
        "d / (B ||mu||^2 / (P sigma_p)^2)": over(s.d, s.B * signal),
        "d / n^2": s.d / s.n**2,
        "m / log(n/delta)": s.m / math.log(s.n / delta),
        "n / log(m/delta)": s.n / math.log(s.m / delta),
        "||mu|| / (P sigma_p)": s.mu_norm / noise,
        "1 / p": over(1.0, s.p),
        "1 / (sigma_0 P sigma_p d / sqrt(n))": over(math.sqrt(s.n), s.sigma_0 * noise * s.d),
        "1 / (sigma_0 ||mu||)": over(1.0, s.sigma_0 * s.mu_norm),
        "1 / (eta P^2 sigma_p^2 d / B)": s.B / (s.eta * noise**2 * s.d),
        "1 / (eta P^2 sigma_p^2 d^(3/2) / (B m))": s.B * s.m / (s.eta * noise**2 * s.d**1.5),
    }


def margin(s: Setting, delta: float = 0.05) -> float:
    """Return the largest C for which every line of Condition 3.1 holds."""
    return min(margins(s, delta).values())


def threshold_sgd(s: Setting) -> float:
    """Return `d^{1/4} n^{-1/4} P sigma_p`, the signal strength at which SGD turns from harmful to benign.

    In the units of `mu_norm`; Theorem 3.2 of the paper states it up to the constants C_1 and C_3.
    """
    return math.sqrt(math.sqrt(s.d / s.n)) * s.P * s.sigma_p


def threshold_sam(s: Setting) -> float:
    """Return `P sigma_p`, the signal strength that SAM needs up to logarithms (Theorem 4.1), in units of `mu_norm`."""
    return s.P * s.sigma_p


def signal_limit(s: Setting) -> float:
    """Return `sqrt(d/n) P sigma_p`, the strongest signal for which `d >= n ||mu||^2 / (P sigma_p)^2` (Condition 3.1).

    In the units of `mu_norm`, with the constant 1.
    """
    return math.sqrt(s.d / s.n) * s.P * s.sigma_p


def t1_epochs(s: Setting) -> int:
    """Return `T_1 = m B / (eta n ||mu||^2)` epochs, rounded up: the length of the SAM stage (Theorem 4.1).

    Raises
    ------
    ValueError
        If there is no signal, so that the stage never ends.
    """
    if s.mu_norm == 0:
        raise ValueError("mu_norm = 0 is not allowed: without signal T_1 is infinite")
    return math.ceil(s.m * s.B / (s.eta * s.n * s.mu_norm**2))


def tau_paper(s: Setting) -> float:
    """Return `m sqrt(B) / (P sigma_p sqrt(d))`, the radius of Theorem 4.1 with constant 1, in units of the weights."""
    return s.m * math.sqrt(s.B) / (s.P * s.sigma_p * math.sqrt(s.d))


def tau_rule(s: Setting) -> float:
    """Return the radius that reaches as far as the start or one step can put a noise product.

    `sqrt(Bm)/(sigma_p sqrt(d)) [sqrt(2 log(mn)) sigma_0 sigma_p sqrt(d) + eta (P-1) sigma_p^2 d/(Bm)]`, in units of the
    weights. The bracket bounds the largest `<w_jr, xi_i>` that a filter can have while noise is prevented; the factor
    is the inverse of the shift of the ascent (derived in `theorems.beyond.radius.tau_window`).
    """
    start = math.sqrt(2 * math.log(max(s.m * s.n, 2))) * s.sigma_0 * s.sigma_p * math.sqrt(s.d)
    step = s.eta * (s.P - 1) * s.sigma_p**2 * s.d / (s.B * s.m)
    return math.sqrt(s.B * s.m / s.d) / s.sigma_p * (start + step)


def over(numerator: float, denominator: float) -> float:
    """Return a ratio, infinite where the denominator asks for nothing (is zero)."""
    return numerator / denominator if denominator > 0 else math.inf
