"""What needs a small learning rate.

Statement
---------
As eta grows, the bound `rho_under >= -beta - 10 sqrt(log(6n^2/delta)/d) n alpha` falls at `eta* ~ B m / ((P-1)^2
sigma_p^2 d^{3/2})`, the strictest line of Condition 3.1 (exponent -3/2 in d). The bound `rho_bar <= alpha`, the `o(1)`
of SAM's noise, and Theorem 4.1 itself where SGD is harmful, fall at `eta* ~ B m / ((P-1)^2 sigma_p^2 d)` (exponent -1).
SGD's theorem does not fall (`eta_harmless`).

Hypotheses
----------
None is asked for; the start is in natural units.

Proof idea
----------
A pair of the wrong class (`j = -y_i`) that is active at the start moves by one step, `|l'_i| = 1/2`, and is inactive
then: `rho_under = -step/2`, with `step = eta (P-1)^2 sigma_p^2 d / (Bm)`. Its bound shrinks like `d^{-1/2}`; hence
`step* = 2 (beta + 10 sqrt(L/d) n alpha)`, up to the longest noise and the slopes at the start, which differ from
`sigma_p sqrt(d)` and 1/2 by an order of `d^{-1/2}`: the correction that is fitted, at d so large that its square is
below rounding. `rho_bar` moves by `step/2` too, against alpha and against 1/2, which do not
know of d. SAM's radius does not scale with the step: the ascent takes about `sqrt(m)/P` from an active product `<w,
xi>`, whatever d is, and a pair that one step has moved by more stays active.

Source
------
This suite, notebook 11; the line is in Condition 3.1 of the paper. SAM's theorem counts within 0.1, as contours of the
test error do in `start_necessity`; within 0.05, tried first, runs at affordable replicas were inconclusive.
"""

from theorems.beyond.necessity.rates import over, sam, sam_theorem, under
from theorems.statement import scaling

STATEMENT = scaling(
    under(-1.5),
    over(-1.0),
    sam(-1.0),
    sam_theorem(-1.0),
    predicts="rho_under's bound falls at eta ~ d^(-3/2); rho_bar's, SAM's o(1) and SAM's theorem at d^-1",
    formula=r"\eta^*_{\underline\rho}\sim\frac{Bm}{(P-1)^2\sigma_p^2 d^{3/2}},\qquad "
    r"\eta^*_{\overline\rho},\ \eta^*_{\rm SAM}\sim\frac{Bm}{(P-1)^2\sigma_p^2 d}",
    uses=("coefficient_scale", "deactivation"),
    replicas=(40, 80),
    controls={
        "rho_under's bound as rho_bar's": under(-1.0),
        "rho_bar's bound as rho_under's": over(-1.5),
        "SAM's noise as rho_under's bound": sam(-1.5),
        "SAM's theorem as rho_under's bound": sam_theorem(-1.5),
    },
)
