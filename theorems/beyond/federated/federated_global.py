"""An ascent along the global gradient keeps the gap, whatever the skew.

Statement
---------
With the ascent along the gradient of all samples, clients teach gamma what a full batch does, `1/2 - p` a sample on
average, whatever the skew: over that of the draw's labels the measured gain is 1 along s. The test error of sorted
clients (s = 1) after it does not grow with d: its exponent is 0 in the limit, and at most 0 before.

Hypotheses
----------
For the gain: a radius that turns nearly every filter round. For the test error none: start and learning rate are in
natural units, the radius is that of Theorem 4.1 for batches of n, `sqrt(n/B)` times that for batches of B.

Proof idea
----------
All clients see nearly the same `W + eps`. On whichever side of zero `<w_jr + eps_jr, mu>` lies, the clients that hold
samples of that side teach gamma and the others do not: their mean is what a full batch teaches, since a sample's term
does not know who holds it. And eps holds each sample's own noise, so `deactivation` holds with n in the place of B.

Source
------
This suite; derived in notebook 17. That a global perturbation is the better one under skew is a thesis of Fan et al.,
*Locally Estimated Global Perturbations are Better than Local Perturbations for Federated Sharpness-aware Minimization*
(ICML 2024, arXiv:2405.18890).
"""

from dataclasses import replace
from functools import partial

from theorems.beyond.federated.clients import (
    DIMENSIONS,
    SMALL,
    TURNED,
    derived,
    gain_under_skew,
    measured,
    turned,
    world,
)
from theorems.beyond.federated.federated_skew import FALLING, SKEWS
from theorems.beyond.variants.gap_robustness import test_error_of
from theorems.ladders import constant_on, ladder
from theorems.statement import Ladder, Observations, Quantity, scaling


def along_skew(quantity: Quantity) -> Ladder:
    """Return the ladder of the gain along the skew."""
    rungs = [(skew, turned(TURNED, "global_sam", 8, skew)) for skew in (*SKEWS, 1.0)]
    return constant_on("gain along the skew", rungs, quantity, 1.0, 0.15)


def _over_derived(observations: Observations) -> float:
    return measured(observations[0]) / derived(observations[0])


def _over_local(observations: Observations) -> float:
    (o,) = observations
    s = o.world.setting
    return measured(o) / gain_under_skew(s.B, s.p, min(o.world.phases[0].skew or 0.5, 0.85))


def _error(name: str, error: float | None) -> Ladder:
    worlds = partial(world, rule="global_sam", workers=2, skew=1.0, error=error)
    made = ladder(name, SMALL, "d", DIMENSIONS, worlds, test_error_of, 0.0, FALLING)
    return replace(made, neighbours=(1 / 12,))


STATEMENT = scaling(
    along_skew(_over_derived),
    _error("sorted clients", None),
    predicts="test error of sorted clients with a global ascent, then local SGD, at ||mu|| = 4 sigma_p ~ d^0",
    formula=r"\mathbb{P}(yf_{\mathrm{global}}<0) \sim d^{\,0} \text{ for every skew}",
    uses=("federated_skew", "deactivation", "signal_learning"),
    replicas=(12, 40),
    controls={
        "what local ascents teach": along_skew(_over_local),
        "an error of 0.35 in the ascent": _error("error of 0.35", 0.35),
    },
)
