"""What too large a radius does.

Statement
---------
Below the threshold of SGD the final test error (SAM for `T_1`, then SGD) rises through p + 0.1 again at a radius that
has the exponent 1/2 in d: about `2 sqrt(m d / n) / ((P-1) sigma_p)`, which is `2 d / sqrt(n m B)` times the paper's
radius or more. At large d there is no upper end in practice.

Hypotheses
----------
None is asked for; full batches.

Proof idea
----------
What the pairs of the other class unlearn (`unlearning`) gives the noise `<w_jr, xi>` of a new input a part of deviation
`E sqrt(n/(4d))`, `E = tau sigma_p / sqrt(2m)`, against `gamma` of order one (`tau_signal`): harm from
`(P-1) E sqrt(n/d) ~ 1` on, if `T_1` is long enough to get there, `1/(n SNR^2) > sqrt(d/n)`, which is
`||mu|| < d^{1/4} n^{-1/4} (P-1) sigma_p`.

Source
------
This suite.
"""

from theorems.beyond.radius.largest import against, below, harm, radius_of_harm
from theorems.statement import Finite, Ladder, scaling

D = (80_000, 160_000, 320_000, 640_000, 1_280_000)


def in_d(exponent: float) -> Ladder:
    """Return the ladder in d with this exponent predicted."""
    worlds = [harm(below(0.5, d, step=1.0)) for d in D]
    return against(
        "radius of harm against d", D, worlds, radius_of_harm, exponent, Finite("10_tau_window", correction=-0.5)
    )


STATEMENT = scaling(
    in_d(0.5),
    predicts="test error p + 0.1 again from tau ~ d^(1/2) on",
    formula=r"\tau_{\mathrm{harm}}\sim d^{1/2}",
    uses=("unlearning", "tau_signal"),
    replicas=(18, 60),
    controls={"a radius of harm that does not depend on d": in_d(0.0)},
)
