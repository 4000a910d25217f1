"""Four times T_1, and ten times the rule.

Statement
---------
SAM with ten times `tau_rule` for `4 T_1` epochs and then SGD to loss 0.05 has a test error of at most p + 0.05, with
probability at least `1 - delta` in each of six settings, the paper's own synthetic ones among them. As no test error is
below p, no radius and no length of the SAM stage beats it by more than 0.05 then. (`results/radius_length.nc` has the
map: with `T_1` epochs the excess is three to five times as large up to d = 20,000, and about the same at d = 10^5.)

Hypotheses
----------
None: these are six settings, of d from 10^3 to 10^5.

Proof idea
----------
After `L T_1` epochs of SAM gamma is `(1 - 2p) L / 4`, until l' falls: at `T_1` a quarter of the way to 1. It outweighs
what SGD memorises after it, a noise of the order `sqrt(n/d)`, the better the longer, up to `4 T_1`. Between the lower
end of the window and harm (`tau_upper`) the radius decides nothing, and the rule is a decade above `tau_rule`.

Source
------
This suite.
"""

import math

from dynamics import Phase, Setting
from theorems.beyond.radius.tau_rule import SETTINGS
from theorems.condition import t1_epochs, tau_rule
from theorems.overfitting import EPSILON, GAP_DELTA, overfits_benignly
from theorems.statement import World, probability

RADIUS, LENGTH = 10.0, 4.0
"""The rule: radius over `tau_rule`, and epochs of SAM over `T_1`."""


def schedule(s: Setting, radius: float = RADIUS, length: float = LENGTH) -> tuple[Phase, ...]:
    """Return SAM with `radius` times `tau_rule` for `length` times `T_1` epochs, then SGD."""
    return (Phase("sam", math.ceil(length * t1_epochs(s)), tau=radius * tau_rule(s)), Phase("sgd", 20_000))


def world(s: Setting, radius: float = RADIUS, length: float = LENGTH) -> World:
    """Return the world of a radius and a length."""
    return World(s, schedule(s, radius, length), (), GAP_DELTA, record_every=10**9, tol=EPSILON, test_samples=4_000)


STATEMENT = probability(
    overfits_benignly,
    predicts="SAM with 10 tau_rule for 4 T_1, then SGD: test error <= p + 0.05: nothing beats it by more",
    formula=r"\tau=10\,\tau_{\mathrm{rule}},\ 4T_1:\quad"
    r"\mathbb{P}(yf<0)\le\min_{\tau',T'}\mathbb{P}_{\tau',T'}(yf<0)+0.05",
    worlds=tuple(world(s) for s in SETTINGS),
    draws=(40, 150),
    uses=("tau_window", "signal_learning", "tau_upper"),
    controls={
        "T_1 / 4 in the place of 4 T_1, at the paper's d = 20,000": world(SETTINGS[2], length=0.25),
        "a tenth of tau_rule, d = 10^5": world(SETTINGS[3], radius=0.1),
        "ten thousand times tau_rule, at the paper's d = 20,000": world(SETTINGS[2], radius=1e4),
    },
)
