"""The gap between SGD and SAM widens.

Statement
---------
The ratio of SGD's boundary to SAM's is above 1 and grows like `d^{1/4}`: with the exponent 1/4 in the limit, and 1/4
to 0.28 at the sizes of the ladder (derived), where SAM's boundary still falls.

Hypotheses
----------
As for `sgd_boundary` and `sam_boundary`.

Proof idea
----------
Divide the two boundaries; at finite d SAM's has a small exponent of its own (`sam_boundary`).

Source
------
Theorems 3.2 and 4.1 of the paper.
"""

from dataclasses import replace

from dynamics import Setting
from theorems.boundary import contour, sam_worlds, sgd_worlds
from theorems.ladders import ladder
from theorems.overfitting import EPSILON
from theorems.sam.sam_boundary import BASE, DIMENSIONS, LEAST
from theorems.statement import Finite, Observations, World, scaling


def width(observations: Observations) -> float:
    """Return SGD's boundary over SAM's."""
    sam = [o for o in observations if o.world.phases[0].rule == "sam"]
    sgd = [o for o in observations if o.world.phases[0].rule == "sgd"]
    return contour(sgd) / contour(sam)


def rival_worlds(s: Setting) -> tuple[World, ...]:
    """Return SGD's worlds, and those of an SGD that stops at half the loss."""
    return sgd_worlds(s) + tuple(replace(world, tol=EPSILON / 2) for world in sgd_worlds(s))


def rival_width(observations: Observations) -> float:
    """Return the boundary of the longer SGD over that of the shorter."""
    longer = [o for o in observations if o.world.tol != EPSILON]
    return contour(longer) / contour([o for o in observations if o.world.tol == EPSILON])


_FINITE = Finite("09_theorem_and_gap", 0.25, 0.25 - LEAST)

STATEMENT = scaling(
    ladder("d", BASE, "d", DIMENSIONS, lambda s: sam_worlds(s) + sgd_worlds(s), width, 0.25, _FINITE),
    predicts="boundary of SGD over boundary of SAM ~ d^(1/4)",
    formula=r"\|\mu\|_{\mathrm{SGD}}^*/\|\mu\|_{\mathrm{SAM}}^* \sim d^{1/4}",
    uses=("sgd_boundary", "sam_boundary"),
    replicas=(16, 60),
    controls={
        "SGD in the place of SAM": ladder("d", BASE, "d", DIMENSIONS, rival_worlds, rival_width, 0.25, _FINITE),
    },
)
