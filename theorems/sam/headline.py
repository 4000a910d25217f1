"""SGD fails where SAM does not, from the same start.

Statement
---------
At n = 20, d = 10^6, m = 10, P = 4, sigma_p = 1, p = 0.05, full batches and `||mu|| = 0.55 d^{1/4} n^{-1/4} P sigma_p`
(32.9), with probability at least `1 - delta` and at training loss at most 0.05 for both: SGD's test error is at least
`p + 0.1`, and that of SAM-then-SGD, from the same data, initial weights and batches, is at most `p + 0.05`.

Hypotheses
----------
Those of `sam_benign`: every line of Condition 3.1 with constant 1, the signal strength, batches of both classes.

Proof idea
----------
`||mu||` is below the threshold `d^{1/4} n^{-1/4} P sigma_p = 60` of Theorem 3.2 and above `P sigma_p
sqrt(log(1/0.05)) = 6.9`, the one of Theorem 4.1.

Source
------
Theorems 3.2 and 4.1 of the paper.
"""

from dataclasses import replace

from theorems.overfitting import EPSILON, benign_threshold, gap_worlds, rival_harmful, sgd_world, trained_to_accuracy
from theorems.sam import sam_benign
from theorems.statement import Inequalities, Inequality, Observation, probability

WORLD = gap_worlds()[-1]
SETTING = WORLD.setting


def claim(o: Observation) -> Inequalities:
    """Compare both runs with what is asked of them."""
    return (
        rival_harmful(o),
        Inequality("SAM then SGD: test error - p", o.tested.value - o.world.setting.p, EPSILON, "<=",
                   uncertainty=3 * o.tested.stderr),
        Inequality("SGD: training loss", float(o.rival_trained.loss[-1]), EPSILON, "<="),
        replace(trained_to_accuracy(o), label="SAM then SGD: training loss"),
    )  # fmt: skip


_SGD = sgd_world(SETTING).phases
_STRONG = sgd_world(SETTING.replace(mu_norm=benign_threshold(SETTING)))

STATEMENT = probability(
    claim,
    sam_benign.hypotheses,
    predicts="at d = 10^6, ||mu|| = 33, P = 4: SGD >= p + 0.1, SAM then SGD <= p + 0.05, both at loss <= 0.05",
    formula=r"\mathbb{P}(yf_{\mathrm{SGD}}<0) \ge p + 0.1,\quad \mathbb{P}(yf_{\mathrm{SAM,SGD}}<0) \le p + 0.05",
    uses=("harmful_overfitting", "sam_benign"),
    worlds=(WORLD,),
    draws=(32, 200),
    controls={
        "SGD in the place of SAM": replace(WORLD, phases=_SGD),
        "signal strong enough for SGD": replace(_STRONG, rival=_STRONG.phases),
    },
)
