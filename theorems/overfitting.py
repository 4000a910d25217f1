"""Worlds and margins that the theorems about the test error share."""

import math
from dataclasses import replace

from scipy.special import bdtr

from dynamics import Phase, Setting
from dynamics.units import regime
from theorems import condition
from theorems.beyond.constants import limits
from theorems.statement import Inequalities, Inequality, Observation, World
from theorems.worlds import sam_stage

DELTA = 0.1
GAP_DELTA = 0.25
"""Failure probability at d = 10^4 to 10^6, where a draw costs up to a second; 0.1 would take three times as many."""
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
_AT_MOST = 1_000_000  # epochs; every run so far ends by its loss, long before


def settings(mu_norm: float) -> tuple[Setting, ...]:
    """Return settings inside every line of Condition 3.1, with `P sigma_p = 2`, at this signal strength."""
    return (
        regime(n=30, d=10**4, m=15, mu_norm=mu_norm, B=30, step=0.0025),
        regime(n=30, d=10**4, m=15, mu_norm=mu_norm, B=15, P=4, sigma_p=0.5, step=0.0056),
    )


def at_the_edge(
    *, n: int, d: int, m: int, mu_norm: float, B: int, P: int = 2, sigma_p: float = 1.0, p: float = 0.05
) -> Setting:
    """Return a setting with the largest learning rate that Condition 3.1 allows with constant 1, less a thousandth.

    Its strictest line is `eta P^2 sigma_p^2 d^(3/2) <= B m`: a step adds `((P-1)/P)^2 / sqrt(d)` to an active noise
    coefficient. The start is 0.003 in natural units, inside its line up to d = 10^6 at n = 20.
    """
    step = 0.999 * ((P - 1) / P) ** 2 / math.sqrt(d)
    return regime(n=n, d=d, m=m, mu_norm=mu_norm, B=B, P=P, sigma_p=sigma_p, p=p, step=step, start=0.003)


def over_dimensions(share: float, first_batch: int = 40) -> tuple[Setting, ...]:
    """Return settings at d = 10^4, 10^5, 10^6 inside every line of Condition 3.1, at this share of SGD's threshold.

    The first has P = 2, and batches of the size asked for (all of its 40 samples by default); the second P = 4, B = 10
    and a tenth of the labels flipped; the third P = 4 and full batches.
    """
    found = (
        at_the_edge(n=40, d=10**4, m=15, mu_norm=1.0, B=first_batch),
        at_the_edge(n=40, d=10**5, m=10, mu_norm=1.0, B=10, P=4, sigma_p=0.5, p=0.1),
        at_the_edge(n=20, d=10**6, m=10, mu_norm=1.0, B=20, P=4),
    )
    return tuple(s.replace(mu_norm=share * condition.threshold_sgd(s)) for s in found)


IN_THE_GAP = (0.44, 0.55, 0.55)
"""Shares of `d^{1/4} n^{-1/4} P sigma_p` at which SGD and SAM are compared: `z` is 0.88, 0.73 and 0.73."""
STAGES = (2.0, 1.0, 0.25)
"""Length of the SAM stage at the three dimensions, in `mB/(eta n ||mu||^2)` epochs.

`T_1 = Theta(mB/(eta n ||mu||^2))`. What is needed is `gamma(T_1)` above `sqrt(n/d)` times the memorised noise, so less
will do in high dimension (`09_theorem_and_gap`), where an epoch costs most.
"""


def gap_worlds() -> tuple[World, ...]:
    """Return the worlds of both theorems: SAM then SGD, and SGD as the rival, from the same data, start and batches."""
    chosen = [over_dimensions(share, first_batch=2)[k] for k, share in enumerate(IN_THE_GAP)]
    pairs = zip(chosen, STAGES, strict=True)
    return tuple(
        replace(sam_world(s, share), rival=sgd_world(s).phases, delta=GAP_DELTA, test_samples=10_000)
        for s, share in pairs
    )


def sgd_world(s: Setting, delta: float = GAP_DELTA) -> World:
    """Return the world in which SGD trains to the accuracy asked for and is tested."""
    return replace(_world(s, Phase("sgd", epochs=_AT_MOST)), delta=delta)


def sam_world(s: Setting, share: float = 1.0) -> World:
    """Return the world in which SAM trains for a share of `T_1` epochs, then SGD to the accuracy asked for."""
    stage = sam_stage(s)
    first = stage.model_copy(update={"epochs": math.ceil(share * stage.epochs)})
    return _world(s, first, Phase("sgd", epochs=_AT_MOST))


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


def sam_threshold(s: Setting) -> float:
    """Return `P sigma_p sqrt(log(1/epsilon))`, the logarithm of Omega-tilde that of the accuracy (notebook 09)."""
    return condition.threshold_sam(s) * math.sqrt(math.log(1 / EPSILON))


def sam_margin(o: Observation) -> float:
    """Return the signal strength over the one that SAM needs."""
    return o.world.setting.mu_norm / sam_threshold(o.world.setting)


def learned_margin(o: Observation) -> float:
    """Return the signal that the SAM stage (`T_1`, if nothing is trained) learns over what hides it (notebook 09)."""
    s, phases = o.world.setting, o.world.phases
    share = phases[0].epochs * s.eta * s.n * s.mu_norm**2 / (s.m * s.B) if phases else 1.0
    return limits.signal_over_noise(s, share, o.world.delta, EPSILON)


def batch_margin(s: Setting, delta: float) -> float:
    """Return what batches of B teach while the ascent turns filters round, over a quarter of what full ones do.

    `8 g / (1 - 2p)`, g that of `condition.small_signal_gain`, with as many flipped labels as there are with probability
    `1 - delta`. At B = 1 nothing is taught, and the margin is 0.
    """
    p = next(k for k in range(s.n + 1) if bdtr(k, s.n, s.p) >= 1 - delta) / s.n
    return max(condition.small_signal_gain(s.B, p), 0.0) * 8 / (1 - 2 * p) if p < 0.5 else 0.0


def trained_to_accuracy(o: Observation) -> Inequality:
    """Compare the training loss at the end with the accuracy asked for."""
    return Inequality("training loss", float(o.trained.loss[-1]), EPSILON, "<=")


def rival_harmful(o: Observation) -> Inequality:
    """Compare the rival's test error with `p + HARM`, known up to three standard errors."""
    if o.rival_error is None:
        raise ValueError(f"world {o.world} has no rival that was tested")
    error = o.rival_error
    return Inequality("SGD: test error - p", error.value - o.world.setting.p, HARM, ">=", uncertainty=3 * error.stderr)


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
