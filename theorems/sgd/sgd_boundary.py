"""Where SGD turns from harmful to benign.

Statement
---------
The contour `test error = p + 0.1` of SGD follows `||mu|| ~ d^{1/4} n^{-1/4} (P-1) sigma_p`: exponents 1/4, -1/4, 1, 1.

Hypotheses
----------
None is asked for: start and learning rate are kept in natural units along the ladders
(`theorems.boundary.natural`), the other sizes are those of the ladders.

Proof idea
----------
The ratio of signal to noise at a fresh input is a function of `n ||mu||^4 / ((P-1)^4 sigma_p^4 d)` alone
(`benign_rate`), up to a correction of relative order `n SNR^2 = z^2 sqrt(n/d)`. The exponents in P-1 and sigma_p
are exact symmetries of the model; those in d and n are not.

Source
------
Theorem 3.2 of the paper, both parts.
"""

from theorems.boundary import SGD_BASE, contour, sgd_worlds
from theorems.ladders import ladder
from theorems.statement import Finite, scaling

DIMENSIONS = (10**4, 10**5, 10**6, 10**7, 10**8)
IN_D = Finite("06_test_error", correction=-0.5)
"""At the boundary the signal's part of a training margin, `n SNR^2`, is of order `sqrt(n/d)`."""

STATEMENT = scaling(
    ladder("d", SGD_BASE, "d", DIMENSIONS, sgd_worlds, contour, 0.25, IN_D),
    ladder("n", SGD_BASE, "n", (30, 45, 68, 100, 150), sgd_worlds, contour, -0.25),
    ladder("P-1", SGD_BASE, "P-1", (1, 2, 4, 8, 16), sgd_worlds, contour, 1.0),
    ladder("sigma_p", SGD_BASE, "sigma_p", (0.1, 0.3, 1.0, 3.0, 10.0), sgd_worlds, contour, 1.0),
    predicts="||mu|| at test error p + 0.1 ~ d^(1/4) n^(-1/4) (P-1) sigma_p",
    formula=r"\|\mu\|_2^* \sim d^{1/4}\, n^{-1/4}\,(P-1)\,\sigma_p",
    replicas=(32, 60),
    uses=("benign_rate",),
    controls={
        "exponent 1/2 in d": ladder("d", SGD_BASE, "d", DIMENSIONS, sgd_worlds, contour, 0.5, IN_D),
        "P in the place of P - 1": ladder("P", SGD_BASE, "P", (2, 3, 5, 9, 17), sgd_worlds, contour, 1.0),
    },
)
