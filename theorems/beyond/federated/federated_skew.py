"""Local SAM loses the gap under label skew.

Statement
---------
A share s of a client's samples has a label of its own. While `j <w_jr, mu>` is below the reach of the ascent, local SAM
teaches gamma `g(B, p, s)` a sample, which falls from that of i.i.d. clients at s = 1/2 through zero at
`1 - s* ~ 2p/B`; without flips it is half of the share of mixed batches. The threshold that is measured, over that
derived, is 1 along p. Inside it (s = 0.7) the test error does not grow with d. Of sorted clients (s = 1) the contour
`test error = p + 0.1` follows `||mu|| ~ d^{1/4}`, as SGD's does.

Hypotheses
----------
For the gain: a radius that turns nearly every filter round. For the test error none: start and learning rate are in
natural units, the radius is that of Theorem 4.1, and so many labels are flipped that sorted clients are beyond s*.

Proof idea
----------
A batch with c clean and f flipped samples on the side of `<w_jr, mu>`, and c', f' on the other, turns the filter round
if c > f: then gamma gains c' - f', else c - f <= 0 (`mixed_batch_gain`, part 6 of `09_theorem_and_gap`). A sample of
the other label adds one to the gain of its client's own side, and the B - 1 others of its batch to that of the other
side; flipped samples take p from both. Once gamma is beyond the reach it grows as under SGD; beyond s* it never gets
there, and what follows is SGD from a start without signal.

Source
------
This suite; derived in notebook 17. The algorithm is FedSAM: Qu et al., *Generalized Federated Learning via Sharpness
Aware Minimization* (ICML 2022).
"""

from dataclasses import replace
from functools import partial

from dynamics import Setting
from theorems.beyond.federated.clients import (
    MANY,
    TURNED,
    derived,
    gain_under_skew,
    measured,
    turned,
    world,
)
from theorems.beyond.variants.gap_robustness import test_error_of
from theorems.boundary import contour
from theorems.condition import threshold_sgd
from theorems.ladders import constant, constant_on, crossing, ladder
from theorems.sgd.sgd_boundary import IN_D
from theorems.statement import Finite, Ladder, Observations, Quantity, World, scaling

SIZES = (10_000, 17_000, 28_000, 48_000, 80_000)
LONG = (10_000, 28_000, 80_000, 226_000, 640_000)
SKEWS = (0.5, 0.6, 0.7, 0.8, 0.85)
AROUND = (0.55, 0.65, 0.75, 0.85, 0.93, 1.0)
FALLING = Finite("13_robustness", -1.0, 0.0)


def along_skew(quantity: Quantity) -> Ladder:
    """Return the ladder of the gain along the skew."""
    rungs = [(1 - skew, turned(TURNED.replace(B=4), "local_sam", 8, skew)) for skew in SKEWS]
    return constant_on("gain along the skew", rungs, quantity, 1.0, 0.15)


def _over_derived(observations: Observations) -> float:
    return measured(observations[0]) / derived(observations[0])


def _over_iid(observations: Observations) -> float:
    (o,) = observations
    return measured(o) / gain_under_skew(o.world.setting.B, o.world.setting.p, 0.5)


def threshold(observations: Observations) -> float:
    """Return `1 - s*` where the measured gain falls through zero, over that where the derived one does."""
    skews = [o.world.phases[0].skew or 0.5 for o in observations]
    of = [crossing(skews, [gain(o) for o in observations], 0.0) for gain in (measured, derived)]
    return (1 - of[0]) / (1 - of[1])


def _around(s: Setting) -> tuple[World, ...]:
    return tuple(turned(s, "local_sam", 8, skew) for skew in AROUND)


def _sorted(s: Setting) -> tuple[World, ...]:
    centre = threshold_sgd(s) * (s.P - 1) / s.P
    made = (world(s.replace(mu_norm=centre * c), "local_sam", 5, 1.0) for c in (0.9, 1.3, 1.9, 2.8, 4.2))
    return tuple(replace(w, test_samples=16_000) for w in made)


def _error(name: str, skew: float) -> Ladder:
    worlds = partial(world, rule="local_sam", workers=8, skew=skew)
    made = ladder(name, MANY, "d", SIZES, worlds, test_error_of, 0.0, FALLING)
    return replace(made, neighbours=(1 / 12,))


ALONG_P = constant("threshold along p", TURNED, "p", (0.14, 0.16, 0.18, 0.2, 0.22), _around, threshold, 1.0, 0.2)
"""Its neighbours are those of `1 - s* ~ p` by a quarter, as p may move by a half only."""

STATEMENT = scaling(
    along_skew(_over_derived),
    replace(ALONG_P, neighbours=(-0.25, 0.25)),
    _error("s = 0.7", 0.7),
    ladder("s = 1", MANY.replace(n=60, p=0.15), "d", LONG, _sorted, contour, 0.25, IN_D),
    predicts="local SAM keeps the gap for clients with 1 - s > 2p/B, about; sorted: ||mu|| at p + 0.1 ~ d^(1/4)",
    formula=r"g(B,p,s)\approx\tfrac12\left[B(1-s)-2p\right]",
    uses=("mixed_batch_gain", "single_class_ascent"),
    replicas=(10, 40),
    controls={
        "the gain of i.i.d. clients for every skew": along_skew(_over_iid),
        "sorted clients keep the gap": _error("s = 1, error", 1.0),
    },
)
