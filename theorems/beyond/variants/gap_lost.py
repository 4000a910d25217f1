"""What does not give the gap.

Statement
---------
The contour `test error = p + 0.1` of SGD with momentum, of local SGD with two workers, and of SAM whose ascent is taken
on another batch (then SGD), follows `||mu|| ~ d^{1/4}`, as SGD's does.

Hypotheses
----------
None is asked for: start and learning rate are kept in natural units along the ladders (momentum: a tenth of the
learning rate), from d = 10^4 to 6 10^6.

Proof idea
----------
Momentum changes the time scale, and averaging workers halves what each learned of its own noise but not the time that
it takes: the ratio of what is learned of noise and of signal stays of the order `SNR^{-2}`. An ascent on another batch
moves `<w, xi_i>` of a sample that is not in it by cross terms only, of the order `sqrt(B/d)` of what its own gradient
would: the filters that align with its noise stay active, the noise is memorised within a few dozen steps, and the loss
falls long before `T_1`. SAM works by what the ascent does to the sample's own noise, not by its size.

Source
------
This suite.
"""

from collections.abc import Callable
from dataclasses import replace

from dynamics import Setting
from dynamics.units import regime
from theorems.beyond.variants.gap_robustness import world
from theorems.beyond.variants.schedules import LOSERS, Schedule, sam
from theorems.boundary import contour
from theorems.condition import threshold_sgd
from theorems.ladders import ladder
from theorems.sgd.sgd_boundary import IN_D
from theorems.statement import Ladder, World, scaling

BASE = regime(n=40, d=10**6, m=10, mu_norm=4.0, B=20)
"""With n = 20 one draw in forty has a class in which flipped labels win, and no boundary at any strength."""
DIMENSIONS = (10_000, 50_000, 250_000, 1_250_000, 6_250_000)
STRENGTHS = (0.4, 0.7, 1.0, 1.4, 2.0, 3.0)
"""Over the centre; at 6 and d = 10^4 the signal outweighs the noise, `n ||mu||^2 > d`, outside Condition 3.1."""


def around_sgd(schedule: Schedule) -> Callable[[Setting], tuple[World, ...]]:
    """Return the worlds around the threshold of Theorem 3.2 in the units of `(P-1) sigma_p`."""

    def worlds(s: Setting) -> tuple[World, ...]:
        centre = threshold_sgd(s) * (s.P - 1) / s.P
        return tuple(world(s.replace(mu_norm=centre * factor), schedule) for factor in STRENGTHS)

    return worlds


def around_sam(s: Setting) -> tuple[World, ...]:
    """Return SAM's worlds."""
    return tuple(world(s.replace(mu_norm=strength), sam) for strength in (0.9, 1.3, 1.9, 2.8, 4.2, 6.0))


def growing(name: str, schedule: Schedule) -> Ladder:
    """Return the ladder of a contour that should grow like d^{1/4}."""
    return ladder(name, BASE, "d", DIMENSIONS, around_sgd(schedule), contour, 0.25, IN_D)


STATEMENT = scaling(
    *tuple(growing(name, schedule) for name, schedule in LOSERS.items()),
    predicts="||mu|| at test error p + 0.1 ~ d^(1/4) for momentum, local SGD, SAM with another batch's ascent",
    formula=r"\|\mu\|_2^* \sim d^{1/4}",
    replicas=(10, 40),
    controls={
        "the ascent on the same batch": ladder(
            "SAM", BASE, "d", (10_000, 20_000, 40_000, 80_000, 160_000), around_sam, contour, 0.25, IN_D
        ),
        "the exponent of SAM": replace(growing("momentum", LOSERS["momentum"]), predicted=0.0),
    },
)
