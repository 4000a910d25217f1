"""A slope below zero lets memorisation through: SAM's gap fades with the square root of the leak.

Statement
---------
With leaky_relu(a) the ascent deactivates no pair, but leaves each a share a of its noise gradient. While the start is
small and `a` above `n SNR^2`, noise is memorised within `T_1`, after `1/a` times as long as under SGD, and SAM's
contour `test error = p + 0.1` is to leading order at `||mu|| = sqrt(2 Q a / ((1+a)(1-2p))) d^{1/4} n^{-1/4} (P-1)
sigma_p`, `(1-2p) Phi(-Q) = 0.1`: the exponents are 1/2 in a, and 1/4 in d, as for SGD, in the place of 0. The constant
is that of `leaky`, which knows of the reach of the ascent, to a tenth.

Hypotheses
----------
None is asked for. Full batches; a radius of twice that of Theorem 4.1, whose reach is beyond all that is memorised; the
boundary well above `(P-1) sigma_p`, where it meets that of SAM with relu.

Proof idea
----------
Under the ascent an own pair has slope a in the place of 1, but the signal is seen with `(1+a)/2`, as ever: what is
learned of it by the time that the noise is memorised is `1/a` of SGD's. The rest is the normal law of the memorised
noise at a fresh input.

Source
------
This suite: the sharpest question to the paper's mechanism, since only a slope of zero deactivates.
"""

import numpy as np

from theorems.beyond.activation.leaking import (
    BASE,
    boundary_worlds,
    derived,
    memorisation_time,
    over_derived,
    stage_world,
)
from theorems.boundary import contour
from theorems.ladders import constant_on
from theorems.statement import Finite, Ladder, scaling

LEAK = 0.1
LEAKS = (0.02, 0.04, 0.08, 0.16, 0.32)
DIMENSIONS = (10**6, 10**7, 10**8, 10**9, 10**10)
_NOTEBOOK = "16_activations"


def _along_d(name: str, exponent: float, finite: Finite | None) -> Ladder:
    rungs = tuple((float(d), boundary_worlds(BASE.replace(d=d), LEAK)) for d in DIMENSIONS)
    return Ladder(name, rungs, contour, exponent, finite)


_BOUNDARIES = [derived(BASE.replace(d=d), LEAK) for d in DIMENSIONS]
IN_D = Finite(_NOTEBOOK, float(np.polyfit(np.log(DIMENSIONS), np.log(_BOUNDARIES), 1)[0]), 0.25, -0.5)
"""The exponent of the derived boundary itself, which the noise along mu makes a little smaller, and 1/4. The signal's
part of a margin is of order `sqrt(n/d)`."""
_ALONG_A = [(a, boundary_worlds(BASE, a)) for a in LEAKS]
_OF_SGD = [(a, boundary_worlds(BASE, a, sam=False)) for a in LEAKS]
_TIMES = [(a, (stage_world(BASE.replace(mu_norm=8.0), a),)) for a in LEAKS]

STATEMENT = scaling(
    constant_on("boundary of SAM over derived, along a", _ALONG_A, over_derived, 1.0, within=0.1),
    _along_d("boundary of SAM against d, a = 0.1", 0.25, IN_D),
    constant_on("time to memorise over derived, along a", _TIMES, memorisation_time, 1.0, within=0.1),
    predicts="SAM's boundary ~ sqrt(a) d^(1/4) with leaky_relu(a): the gap is 1/sqrt(a) wide at every d",
    formula=r"\|\mu\|_{\mathrm{SAM}}^*\sim\sqrt{\tfrac{2Q\,a}{(1+a)(1-2p)}}\;d^{1/4}n^{-1/4}(P-1)\sigma_p,"
    r"\quad(1-2p)\,\Phi(-Q)=0.1",
    replicas=(16, 40),
    uses=("sharp_deactivation",),
    any_activation=True,
    controls={
        "SAM's exponent 0 in d": _along_d("boundary of SAM against d, a = 0.1", 0.0, None),
        "SGD in the place of SAM": constant_on(
            "boundary of SGD over derived, along a", _OF_SGD, over_derived, 1.0, within=0.1
        ),
    },
)
