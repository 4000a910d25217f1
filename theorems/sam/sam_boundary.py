"""SAM's boundary does not depend on d.

Statement
---------
The contour `test error = p + 0.1` of SAM-then-SGD is at `||mu|| = O~(P sigma_p)` whatever d is: its exponent in d is 0
in the limit, and from -0.03 to 0 at the sizes of the ladder (derived); exactly 1 in sigma_p.

Hypotheses
----------
None is asked for: start and learning rate are kept in natural units along the ladders.

Proof idea
----------
After `T_1` epochs of SAM `gamma = Omega(1)` and noise is not learned; then a fresh input sees signal of order one
against noise of the order `sigma_p / ||mu||` from the cross terms, and what SGD memorises later. The latter adds
`u = r*^2 kappa^2 n/d` to the square of the noise, relative to the former, so the contour is `r* (1 - u)^{-1/2}`, with
the exponent `-(u/2)/(1 - u)` in d; `kappa = M/gamma`, M the margin at the loss asked for.

Source
------
Theorem 4.1 of the paper; the exponent at finite d derived here.
"""

from theorems.beyond.constants import limits
from theorems.boundary import SAM_BASE, contour, sam_worlds, sgd_worlds
from theorems.ladders import ladder
from theorems.statement import Finite, scaling

DIMENSIONS = (100_000, 170_000, 280_000, 470_000, 800_000)
BASE = SAM_BASE.replace(n=40, m=10, B=40)
"""The SAM stage is `d / (step n r^2)` epochs long. At n = 20 one draw in sixteen has classes so uneven that SGD has no
boundary at all; the size was chosen after that look, and tried on blocks not seen before."""
LEAST = limits.sam_exponent(BASE.n, DIMENSIONS[0], BASE.p)
"""Of the contour in d, at the smallest d."""

_D = ladder("d", BASE, "d", DIMENSIONS, sam_worlds, contour, 0.0, Finite("09_theorem_and_gap", LEAST, 0.0))

STATEMENT = scaling(
    _D,
    ladder("sigma_p", BASE.replace(d=20_000), "sigma_p", (0.1, 0.3, 1.0, 3.0, 10.0), sam_worlds, contour, 1.0),
    predicts="||mu|| at test error p + 0.1 ~ d^0 (P-1) sigma_p",
    formula=r"\|\mu\|_2^* \sim d^{\,0}\,(P-1)\,\sigma_p",
    uses=("sam_benign",),
    replicas=(16, 60),
    controls={
        "SGD in the place of SAM": ladder("d", BASE, "d", DIMENSIONS, sgd_worlds, contour, 0.0, _D.finite),
    },
)
