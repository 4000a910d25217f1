"""SGD fails where SAM does not, from the same start.

Statement
---------
At n = 40, d = 10^6, ||mu|| = 8, P = 2, sigma_p = 1, p = 0.05, with probability at least `1 - delta` and at training
loss at most 0.05 for both: SGD's test error is at least `p + 0.1`, and that of SAM-then-SGD, from the same data,
initial weights and batches, is at most `p + 0.01`.

Hypotheses
----------
None: this is one setting. (Its learning rate is above the strictest line of Condition 3.1, which asks for 400 times
as many epochs; see its margins.)

Proof idea
----------
`||mu||` is below the threshold `d^{1/4} n^{-1/4} P sigma_p = 25` of Theorem 3.2 and above `P sigma_p = 2`, the one of
Theorem 4.1.

Source
------
Theorems 3.2 and 4.1 of the paper.
"""

from dynamics import Phase
from dynamics.units import regime
from theorems.statement import Inequalities, Inequality, Observation, World, probability
from theorems.worlds import sam_stage

SETTING = regime(n=40, d=10**6, m=20, mu_norm=8.0, B=40)
_SGD = Phase("sgd", epochs=20_000)


def claim(o: Observation) -> Inequalities:
    """Compare both runs with what is asked of them."""
    p = o.world.setting.p
    if o.rival_error is None:
        raise ValueError("headline needs a rival that was tested")
    return (
        Inequality("SGD: test error - p", o.rival_error.value - p, 0.1, ">=", uncertainty=3 * o.rival_error.stderr),
        Inequality("SAM then SGD: test error - p", o.tested.value - p, 0.01, "<=", uncertainty=3 * o.tested.stderr),
        Inequality("SGD: training loss", float(o.rival_trained.loss[-1]), 0.05, "<="),
        Inequality("SAM then SGD: training loss", float(o.trained.loss[-1]), 0.05, "<="),
    )


def _world(*phases: Phase, mu_norm: float = 8.0) -> World:
    s = SETTING.replace(mu_norm=mu_norm)
    return World(s, phases, (_SGD,), delta=0.1, record_every=50_000, tol=0.05, test_samples=10_000)


STATEMENT = probability(
    claim,
    predicts="at d = 10^6, ||mu|| = 8: SGD >= p + 0.1, SAM then SGD <= p + 0.01, both at loss <= 0.05",
    formula=r"\mathbb{P}(yf_{\mathrm{SGD}}<0) \ge p + 0.1,\quad \mathbb{P}(yf_{\mathrm{SAM,SGD}}<0) \le p + 0.01",
    worlds=(_world(sam_stage(SETTING), _SGD),),
    draws=(80, 200),
    uses=("harmful_overfitting", "sam_benign"),
    controls={"SGD in the place of SAM": _world(_SGD), "signal strong enough for SGD": _world(_SGD, mu_norm=64.0)},
)
