"""SAM's boundary does not depend on d.

Statement
---------
The contour `test error = p + 0.1` of SAM-then-SGD is at `||mu|| = O~(P sigma_p)` whatever d is: the exponent in d
is at most 0 (the theorem bounds from above; at finite d the contour still falls to its limit, and exponents from
-0.2 to 0.05 count), and exactly 1 in sigma_p.

Hypotheses
----------
None is asked for: start and learning rate are kept in natural units along the ladders.

Proof idea
----------
After `T_1` epochs of SAM `gamma = Omega(1)` and noise is not learned; then a fresh input sees signal of order one
against noise of the order `sigma_p / ||mu||` from the cross terms and what SGD memorises later.

Source
------
Theorem 4.1 of the paper.
"""

from dataclasses import replace

from theorems.boundary import SAM_BASE, contour, sam_worlds, sgd_worlds
from theorems.ladders import ladder
from theorems.statement import scaling

DIMENSIONS = (10_000, 20_000, 40_000, 80_000, 160_000)

STATEMENT = scaling(
    replace(ladder("d", SAM_BASE, "d", DIMENSIONS, sam_worlds, contour, 0.0, within=0.0), low=-0.2, high=0.05),
    ladder(
        "sigma_p",
        SAM_BASE.replace(d=20_000),
        "sigma_p",
        (0.1, 0.3, 1.0, 3.0, 10.0),
        sam_worlds,
        contour,
        1.0,
        within=0.01,
    ),
    predicts="||mu|| at test error p + 0.1 ~ d^0 (P-1) sigma_p",
    formula=r"\|\mu\|_2^* \sim d^{\,0}\,(P-1)\,\sigma_p",
    replicas=(24, 60),
    uses=("noise_prevention", "signal_learning"),
    controls={"SGD in the place of SAM": ladder("d", SAM_BASE, "d", DIMENSIONS, sgd_worlds, contour, 0.0, within=0.1)},
)
