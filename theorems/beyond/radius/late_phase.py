"""SAM after SGD: it unlearns nothing, and heals only with a radius that grows with what was memorised.

Statement
---------
From a solution of SGD with N active pairs of the own class and mean coefficient A, SAM lowers the test error below `p +
0.1` within half of `T_1` only from a radius of `A sqrt(N) / ((P-1) sigma_p sqrt(d))` on, to a quarter: along m (so its
exponent is 1/2), d and the length of SGD, with which it grows like the margin, a logarithm. The radius of Theorem 4.1,
which is enough at a small start, does nothing while it is below.

Hypotheses
----------
None is asked for; full batches, harmful SGD, `||mu||` well above `P sigma_p`.

Proof idea
----------
SAM, too, never lowers a coefficient of the own class (`monotone_coefficients`): it cannot unlearn. But a pair that the
ascent switches off rests, while the signal grows. The reach is `(P-1) tau sigma_p sqrt(d/N)`, by the norm of the
gradient (`sharp_deactivation`: only own pairs are still active), and has to exceed the memorised product, A.

Source
------
This suite.
"""

from theorems.beyond.radius.late import BASE, healing, over_needed, worlds
from theorems.ladders import constant_on, ladder
from theorems.statement import scaling

M = (16, 25, 40, 63, 100)
D = (500_000, 10**6, 2 * 10**6, 4 * 10**6, 8 * 10**6)
LENGTHS = (20, 40, 80, 160, 320)

STATEMENT = scaling(
    constant_on("radius, along m", [(m, worlds(BASE.replace(m=m))) for m in M], over_needed, 1.0, within=0.25),
    constant_on("radius, along d", [(d, worlds(BASE.replace(d=d))) for d in D], over_needed, 1.0, within=0.25),
    constant_on("radius, along epochs", [(e, worlds(BASE, e)) for e in LENGTHS], over_needed, 1.0, within=0.25),
    predicts="SAM after SGD helps from tau = A sqrt(N) / ((P-1) sigma_p sqrt(d)) on, A the memorised coefficient",
    formula=r"\tau_*=\frac{A\sqrt N}{(P-1)\,\sigma_p\sqrt d},\quad A=\tfrac1N\textstyle\sum\overline\rho_{jri}",
    replicas=(32, 60),
    uses=("monotone_coefficients", "sharp_deactivation"),
    controls={
        "the paper's exponent 1 in m": ladder("radius against m", BASE, "m", M, worlds, healing, 1.0),
    },
)
