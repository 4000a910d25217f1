"""SAM, then SGD, overfits benignly.

Statement
---------
If `||mu|| >= Omega~(P sigma_p)`, then with probability at least `1 - delta` SAM with radius
`tau = m sqrt(B) / (P sigma_p sqrt(d))` for `T_1 = mB / (eta n ||mu||^2)` epochs, followed by SGD, reaches training
loss at most epsilon with test error at most `p + epsilon`. Checked with epsilon = 0.05.

Hypotheses
----------
Condition 3.1, every line with constant 1, and `||mu|| >= P sigma_p sqrt(log(6n/delta))`.

Proof idea
----------
In the SAM stage noise is not learned (`noise_prevention`) while `gamma` grows to order 1; SGD then memorises what it
must, from there, and a fresh input sees a signal of order 1.

Source
------
Theorem 4.1 of the paper.
"""

from theorems.overfitting import condition_margins, overfits_benignly, sam_margin, sam_world, settings, sgd_world
from theorems.statement import Margins, Observation, probability


def hypotheses(o: Observation) -> Margins:
    """Return Condition 3.1 and the signal strength over its threshold."""
    return condition_margins(o) | {"||mu|| / (P sigma_p sqrt(log(6n/delta)))": sam_margin(o)}


STATEMENT = probability(
    overfits_benignly,
    hypotheses,
    predicts="||mu|| >= P sigma_p sqrt(log(6n/delta)): test error <= p + 0.05 at loss <= 0.05",
    formula=r"\|\mu\|_2 \ge \widetilde\Omega(P\sigma_p) \ \Rightarrow\ "
    r"L_S(W) \le \varepsilon,\quad \mathbb{P}(yf(W,x)<0) \le p + \varepsilon",
    worlds=(sam_world(settings(6.0)[0]), sam_world(settings(8.0)[1])),
    draws=(80, 200),
    uses=("noise_prevention", "signal_learning"),
    controls={"SGD in the place of SAM, at ||mu|| = 6": tuple(sgd_world(s) for s in settings(6.0)[1:])},
)
