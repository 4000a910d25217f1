"""Worlds and margins that the theorems about the test error share."""

import math

from dynamics import Phase, Setting
from dynamics.units import regime
from theorems import condition
from theorems.statement import Inequalities, Inequality, Observation, World
from theorems.worlds import sam_stage

DELTA = 0.1
EPSILON = 0.05
"""The accuracy asked for: training loss at most this, and test error within this of p."""
HARM = 0.1
"""Harmful: test error at least this above p."""
C_1 = 1.5
C_3 = 0.3
"""Constants of Theorem 3.2 at which it is checked; it only says that such constants exist.

With C_1 = 1 the world with P = 2 confirms it and the one with P = 4 does not settle: its noise, in the units of
`P sigma_p`, is stronger by `2 (P-1)/P`.
"""
_AT_MOST = 200_000  # epochs; every run so far ends by its loss, long before


def settings(mu_norm: float) -> tuple[Setting, ...]:
    """Return settings inside every line of Condition 3.1, with `P sigma_p = 2`, at this signal strength."""
    return (
        regime(n=30, d=10**4, m=15, mu_norm=mu_norm, B=30, step=0.0025),
        regime(n=30, d=10**4, m=15, mu_norm=mu_norm, B=15, P=4, sigma_p=0.5, step=0.0056),
    )


def sgd_world(s: Setting) -> World:
    """Return the world in which SGD trains to the accuracy asked for and is tested."""
    return _world(s, Phase("sgd", epochs=_AT_MOST))


def sam_world(s: Setting) -> World:
    """Return the world in which SAM trains for `T_1` epochs, then SGD to the accuracy asked for."""
    return _world(s, sam_stage(s), Phase("sgd", epochs=_AT_MOST))


def _world(s: Setting, *phases: Phase) -> World:
    return World(s, phases=phases, delta=DELTA, record_every=2 * _AT_MOST, tol=EPSILON, test_samples=4_000)


def condition_margins(o: Observation) -> dict[str, float]:
    """Return the margins of Condition 3.1."""
    return condition.margins(o.world.setting, o.world.delta)


def benign_threshold(s: Setting) -> float:
    """Return `C_1 d^{1/4} n^{-1/4} P sigma_p`: SGD overfits benignly from this signal strength on."""
    return C_1 * condition.threshold_sgd(s)


def harmful_threshold(s: Setting) -> float:
    """Return `C_3 d^{1/4} n^{-1/4} P sigma_p`: SGD overfits harmfully up to this signal strength."""
    return C_3 * condition.threshold_sgd(s)


def sam_threshold(s: Setting, delta: float) -> float:
    """Return `P sigma_p sqrt(log(6n/delta))`: Omega-tilde with the logarithm of `noise_signal`."""
    return condition.threshold_sam(s) * math.sqrt(math.log(6 * s.n / delta))


def sam_margin(o: Observation) -> float:
    """Return the signal strength over the one that SAM needs."""
    return o.world.setting.mu_norm / sam_threshold(o.world.setting, o.world.delta)


def trained_to_accuracy(o: Observation) -> Inequality:
    """Compare the training loss at the end with the accuracy asked for."""
    return Inequality("training loss", float(o.trained.loss[-1]), EPSILON, "<=")


def benign(o: Observation) -> Inequality:
    """Compare the test error with `p + EPSILON`, known up to three standard errors."""
    return Inequality(
        "test error - p", o.tested.value - o.world.setting.p, EPSILON, "<=", uncertainty=3 * o.tested.stderr
    )


def harmful(o: Observation) -> Inequality:
    """Compare the test error with `p + HARM`, known up to three standard errors."""
    return Inequality("test error - p", o.tested.value - o.world.setting.p, HARM, ">=", uncertainty=3 * o.tested.stderr)


def overfits_benignly(o: Observation) -> Inequalities:
    """Compare training loss and test error with what is asked for."""
    return (trained_to_accuracy(o), benign(o))


def overfits_harmfully(o: Observation) -> Inequalities:
    """Compare training loss and test error with what is asked for, and feared."""
    return (trained_to_accuracy(o), harmful(o))
