"""Sharpness does not see what is harmful.

Statement
---------
At equal training loss (0.05), the worst rise of the loss within the radius of Theorem 4.1, and within a tenth of it,
does not depend on the signal strength under SGD: exponent 0 in `||mu||`, from where half of all fresh inputs are
missed to where none is. Nor does SGD's worst rise over that of SAM-then-SGD, from the same data, initial weights and
batches, follow the dimension: exponent 0 in d, within 0.08, while the ratio of their test errors grows threefold.

Hypotheses
----------
None is asked for: `n SNR^2` is at most 0.05 on all rungs, so that SGD fits the data by their noise; start and
learning rate are in natural units.

Proof idea
----------
A perturbation moves the products by `T A`, `||A||_F <= tau` (`dynamics.sharpness`), and T is `(P-1) sigma_p sqrt(d)`
times an orthogonal matrix, up to terms of the order `sqrt(n/d)` and SNR. So at `tau = c / (sigma_p sqrt(d))`
the worst rise is a function of c and of `<w, xi>` alone. Under SGD these are what loss 0.05 asks for: they know of
neither mu nor d. To first order in tau the rise is
`tau (P-1) sigma_p sqrt(d) / (nm) sqrt(sum_i l'_i^2 a_i)`, with `a_i` the number of filters active on `xi_i`: it tells
how evenly the loss is spread over the samples, not by what they are fitted. The test error is a matter of
`<w, mu>`, and of no interest to the worst direction.

Source
------
This suite. The paper names sharpness as what SAM minimises, and proves its theorems without it.
"""

from functools import partial

from theorems.beyond.sharpness.solutions import BASE, both, rise_at, rival_over_run, sgd_alone
from theorems.ladders import ladder
from theorems.statement import Observations, scaling

STRENGTHS = (2.0, 4.0, 8.0, 16.0, 32.0)
DIMENSIONS = (10**5, 3 * 10**5, 10**6, 3 * 10**6, 6 * 10**6)
_TEST_SAMPLES = 2_000


def error(observations: Observations) -> float:
    """Return the test error of the run."""
    (o,) = observations
    return o.tested.value


def error_ratio(observations: Observations) -> float:
    """Return the test error of the rival over that of the run."""
    (o,) = observations
    if o.rival_error is None:
        raise ValueError("sharpness_blind needs a rival that was tested")
    return o.rival_error.value / o.tested.value


STATEMENT = scaling(
    ladder(
        "SGD at tau_paper against ||mu||",
        BASE,
        "mu_norm",
        STRENGTHS,
        sgd_alone,
        partial(rise_at, ratio=1.0),
        0.0,
    ),
    ladder(
        "SGD at tau_paper/10 against ||mu||",
        BASE,
        "mu_norm",
        STRENGTHS,
        sgd_alone,
        partial(rise_at, ratio=0.1),
        0.0,
    ),
    ladder(
        "SGD over SAM then SGD at tau_paper against d",
        BASE,
        "d",
        DIMENSIONS,
        both,
        partial(rival_over_run, ratio=1.0),
        0.0,
    ),
    predicts="worst rise of SGD ~ ||mu||^0; over that of SAM then SGD ~ d^0, at equal loss",
    formula=r"\max_{\|\epsilon\|_F\le\tau}L_S(W+\epsilon)-L_S(W)\ \sim\ \|\mu\|_2^{0},\qquad"
    r"\mathrm{rise}_{\mathrm{SGD}}/\mathrm{rise}_{\mathrm{SAM,SGD}}\sim d^{\,0}",
    replicas=(16, 40),
    unsettled="at tau_paper the ratio of SGD to SAM then SGD grows with d by a small exponent, which "
    "nothing derived here gives",
    controls={
        "the test error in the place of the rise, against ||mu||": ladder(
            "SGD against ||mu||",
            BASE,
            "mu_norm",
            STRENGTHS,
            partial(sgd_alone, test_samples=_TEST_SAMPLES),
            error,
            0.0,
        ),
        "test errors in the place of rises, against d": ladder(
            "SGD over SAM then SGD against d",
            BASE,
            "d",
            DIMENSIONS,
            partial(both, test_samples=_TEST_SAMPLES),
            error_ratio,
            0.0,
        ),
    },
)
