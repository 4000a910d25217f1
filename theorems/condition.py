"""Condition 3.1 as one table, the thresholds of the theorems, and the quantities that they prescribe."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dynamics import Setting


@dataclass(frozen=True)
class Line:
    """One line of Condition 3.1: a ratio that must be at least C.

    Attributes
    ----------
    name : str
        Its formula.
    margin : callable
        The ratio of a setting, at a failure probability; infinite where the line asks for nothing.
    powers : mapping of str to float
        Of the fields of `Setting` in the ratio, its logarithms taken as constants.
    """

    name: str
    margin: Callable[[Setting, float], float]
    powers: Mapping[str, float]


def _noise(s: Setting) -> float:
    return s.P * s.sigma_p


def _signal(s: Setting) -> float:
    return (s.mu_norm / _noise(s)) ** 2


LINES = (
    Line(
        "d / (n ||mu||^2 / (P sigma_p)^2)",
        lambda s, delta: over(s.d, s.n * _signal(s)),
        {"d": 1, "n": -1, "mu_norm": -2, "P": 2, "sigma_p": 2},
    ),
    Line(
        "d / (B ||mu||^2 / (P sigma_p)^2)",
        lambda s, delta: over(s.d, s.B * _signal(s)),
        {"d": 1, "B": -1, "mu_norm": -2, "P": 2, "sigma_p": 2},
    ),
    Line("d / n^2", lambda s, delta: s.d / s.n**2, {"d": 1, "n": -2}),
    Line("m / log(n/delta)", lambda s, delta: s.m / math.log(s.n / delta), {"m": 1}),
    Line("n / log(m/delta)", lambda s, delta: s.n / math.log(s.m / delta), {"n": 1}),
    Line("||mu|| / (P sigma_p)", lambda s, delta: s.mu_norm / _noise(s), {"mu_norm": 1, "P": -1, "sigma_p": -1}),
    Line("1 / p", lambda s, delta: over(1.0, s.p), {"p": -1}),
    Line(
        "1 / (sigma_0 P sigma_p d / sqrt(n))",
        lambda s, delta: over(math.sqrt(s.n), s.sigma_0 * _noise(s) * s.d),
        {"sigma_0": -1, "P": -1, "sigma_p": -1, "d": -1, "n": 0.5},
    ),
    Line("1 / (sigma_0 ||mu||)", lambda s, delta: over(1.0, s.sigma_0 * s.mu_norm), {"sigma_0": -1, "mu_norm": -1}),
    Line(
        "1 / (eta P^2 sigma_p^2 d / B)",
        lambda s, delta: s.B / (s.eta * _noise(s) ** 2 * s.d),
        {"B": 1, "eta": -1, "P": -2, "sigma_p": -2, "d": -1},
    ),
    Line(
        "1 / (eta P^2 sigma_p^2 d^(3/2) / (B m))",
        lambda s, delta: s.B * s.m / (s.eta * _noise(s) ** 2 * s.d**1.5),
        {"B": 1, "m": 1, "eta": -1, "P": -2, "sigma_p": -2, "d": -1.5},
    ),
)
"""Condition 3.1. Source: the paper, the constants of its lines set to 1 and its logarithmic factors to those shown.

Which lines are needed is an open question of this suite (`figures.necessity`)."""


DROPPED = (
    Line(
        "d / (B m ||mu||^2 / (P sigma_p)^2)",
        lambda s, delta: over(s.d, s.B * s.m * _signal(s)),
        {"d": 1, "B": -1, "m": -1, "mu_norm": -2, "P": 2, "sigma_p": 2},
    ),
    Line(
        "1 / (eta n ||mu|| / (sigma_0 B sqrt(d) m))",
        lambda s, delta: over(s.sigma_0 * s.B * math.sqrt(s.d) * s.m, s.eta * s.n * s.mu_norm),
        {"sigma_0": 1, "B": 1, "d": 0.5, "m": 1, "eta": -1, "n": -1, "mu_norm": -1},
    ),
    Line(
        "1 / (eta n P sigma_p ||mu|| / (B^2 m epsilon)), epsilon = 0.05",
        lambda s, delta: over(s.B**2 * s.m * 0.05, s.eta * s.n * _noise(s) * s.mu_norm),
        {"B": 2, "m": 1, "eta": -1, "n": -1, "P": -1, "sigma_p": -1, "mu_norm": -1},
    ),
    Line(
        "sigma_0 / (1 / (P sigma_p sqrt(d)))",
        lambda s, delta: s.sigma_0 * _noise(s) * math.sqrt(s.d),
        {"sigma_0": 1, "P": 1, "sigma_p": 1, "d": 0.5},
    ),
)
"""Lines that an earlier reconstruction dropped, and that belong to Condition 3.1 (the last one to Theorem 4.1) as far
as can be told. No statement asks for them; where they hold together with the others is in `09_theorem_and_gap`. The
last one and that of Condition 3.1 on the start exclude each other for `d > n`, up to the logarithms."""


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
    """
    return {line.name: line.margin(s, delta) for line in LINES}


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


def small_signal_gain(B: int, p: float) -> float:
    """Return what a sample of a batch adds to gamma on average while the ascent can turn `<w_jr, mu>` round.

    In units of `eta ||mu||^2 |l'| / m`. Such a filter, with `s` the sign of `<w_jr, mu>`, is turned by a batch whose
    clean samples with `y_hat = s` outnumber the flipped ones, and then learns from those with `y_hat = -s`; else it
    is not, and loses: `E[(c' - f') 1(c > f) + (c - f) 1(c <= f)] / B`, the classes even and labels flipped with
    probability p. `(1 - 2p)/2` for large B, and `-p/2` for B = 1. Derived in `09_theorem_and_gap`.
    """
    total = 0.0
    for own in range(B + 1):
        of_own = math.comb(B, own) * 0.5**B
        for flipped in range(own + 1):
            chance = of_own * math.comb(own, flipped) * p**flipped * (1 - p) ** (own - flipped)
            more = own - 2 * flipped  # clean less flipped
            total += chance * ((B - own) * (1 - 2 * p) if more > 0 else more)
    return total / B


def reach_along_mu(s: Setting, tau: float) -> float:
    """Return `tau ||mu||^2 sqrt(2B/(m d)) / ((P-1) sigma_p)`, how far the ascent can move `<w_jr, mu>`.

    That is by a batch of one class, which has `||grad|| >= (|l'|/sqrt(B)) (P-1) sigma_p sqrt(d m/2) / m` while half of
    the filters of its class are active on each of its samples (derived in `09_theorem_and_gap`).
    """
    return tau * s.mu_norm**2 * math.sqrt(2 * s.B / (s.m * s.d)) / ((s.P - 1) * s.sigma_p)


def over(numerator: float, denominator: float) -> float:
    """Return a ratio, infinite where the denominator asks for nothing (is zero)."""
    return numerator / denominator if denominator > 0 else math.inf


FORMULAS: Mapping[str, Mapping[str, Callable[[Setting], float]]] = {
    "epochs": {"T1": t1_epochs},
    "tau": {"tau_paper": tau_paper, "tau_rule": tau_rule},
}
"""What the paper prescribes, by the names that a sweep's CONFIG may use for the fields of a phase: `T_1` epochs, the
radius of Theorem 4.1 with constant 1, and that of the rule of this suite."""
