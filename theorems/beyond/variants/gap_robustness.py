"""Variants of SAM keep the gap.

Statement
---------
At fixed `||mu|| = 4 sigma_p`, where SGD's test error grows with the dimension, the test error of SAM then SGD does not,
and neither does it if SAM is not normalised, is normalised for each filter, takes its ascent on half of the batch at a
time (m-SAM) or on all samples (B = n), has momentum, reads batches drawn with replacement, or is run by two workers on
their own samples with averaging: its exponent in d is 0 in the limit, and at most 0 before (the error still falls).

Hypotheses
----------
None is asked for. Start and learning rate are in natural units along the ladders (momentum: a tenth of the learning
rate); the radius is that of Theorem 4.1, for the unnormalised rule that over the gradient's norm at the start. With
replacement the step, 0.5 in natural units, matters: a sample that a batch holds twice takes twice the step, and where
that is beyond the reach of its ascent, the filter is never switched off again (seen at step 1, not at 0.25).

Proof idea
----------
`deactivation` asks of the ascent of a sample's step only that it goes against that sample's noise by more than
`<w, xi>`. All of these do: the ascent is a positive combination of the gradients of samples that include the one whose
gradient is then taken. Once no noise is learned, the signal's coefficient after `T_1` steps is that of SAM. What fails
is in `gap_lost`.

Source
------
This suite; that the conclusions should be robust is a hint of the paper's set-up. The rules are those of the papers on
m-SAM, unnormalised SAM, and federated SAM with local perturbation.
"""

from collections.abc import Callable
from dataclasses import replace

from dynamics import Setting
from dynamics.units import natural, regime
from theorems.beyond.variants.schedules import KEEPERS, LOSERS, Schedule, setting_of, sgd
from theorems.ladders import ladder
from theorems.statement import Finite, Ladder, Observations, World, scaling

BASE = regime(n=20, d=10**6, m=10, mu_norm=4.0, B=10)
DIMENSIONS = (10_000, 25_000, 63_000, 160_000, 400_000)


_FALLING = Finite("13_robustness", -1.0, 0.0)
"""The error does not grow: it may still fall to its limit, at most like the memorised noise's part of it, n/d."""


def world(s: Setting, schedule: Schedule) -> World:
    """Return the world of a schedule, in natural units and with a test error at its end."""
    s = setting_of(schedule, natural(s, step=0.5))
    return World(s, schedule(s), record_every=10**9, tol=0.05, test_samples=4_000)


def test_error_of(observations: Observations) -> float:
    """Return the test error."""
    return observations[0].tested.value


def flat(name: str, schedule: Schedule, base: Setting = BASE) -> Ladder:
    """Return the ladder on which the test error should not grow with d."""
    made = ladder(name, base, "d", DIMENSIONS, _worlds(schedule), test_error_of, 0.0, _FALLING)
    return replace(made, neighbours=(1 / 12,))


def _worlds(schedule: Schedule) -> Callable[[Setting], World]:
    return lambda s: world(s, schedule)


STATEMENT = scaling(
    *(flat(name, schedule) for name, schedule in KEEPERS.items()),
    flat("SAM, full batches", KEEPERS["SAM"], BASE.replace(B=BASE.n)),
    predicts="test error of each variant of SAM, then SGD, at ||mu|| = 4 sigma_p ~ d^0 (SGD: grows)",
    formula=r"\mathbb{P}(yf_{\mathrm{variant}}<0) \sim d^{\,0} \text{ at fixed } \|\mu\|",
    replicas=(20, 30),
    uses=("deactivation", "signal_learning"),
    controls={
        "SGD in the place of SAM": flat("SGD", sgd),
        "the ascent taken on another batch": flat(
            "SAM, ascent on another batch", LOSERS["SAM, ascent on another batch"]
        ),
    },
)
