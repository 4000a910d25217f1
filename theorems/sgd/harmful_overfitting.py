"""SGD overfits harmfully where the signal is weak.

Statement
---------
If `||mu|| <= C_3 d^{1/4} n^{-1/4} P sigma_p`, then with probability at least `1 - delta` SGD reaches training loss at
most epsilon, yet its test error is at least `p + 0.1`. Checked with epsilon = 0.05 and `C_3 = 0.3` at d = 10^4,
10^5 and 10^6.

Hypotheses
----------
Condition 3.1, every line with constant 1, and the signal strength.

Proof idea
----------
The ratio of signal to noise at a fresh input, squared, is of order `n ||mu||^4 / (P^4 sigma_p^4 d)`; where it is small
the noise decides the sign of the output with constant probability.

Source
------
Theorem 3.2 of the paper, part 3.
"""

from theorems.condition import over
from theorems.overfitting import (
    C_1,
    C_3,
    condition_margins,
    harmful_threshold,
    over_dimensions,
    overfits_harmfully,
    sgd_world,
)
from theorems.statement import Margins, Observation, probability


def hypotheses(o: Observation) -> Margins:
    """Return Condition 3.1 and the threshold over the signal strength."""
    s = o.world.setting
    return condition_margins(o) | {"C_3 d^(1/4) n^(-1/4) P sigma_p / ||mu||": over(harmful_threshold(s), s.mu_norm)}


STATEMENT = probability(
    overfits_harmfully,
    hypotheses,
    predicts="||mu|| <= 0.3 d^(1/4) n^(-1/4) P sigma_p: test error >= p + 0.1 at loss <= 0.05",
    formula=r"\|\mu\|_2 \le C_3 d^{1/4} n^{-1/4} P\sigma_p \ \Rightarrow\ "
    r"L_S(W) \le \varepsilon,\quad \mathbb{P}(yf(W,x)<0) \ge p + 0.1",
    uses=("signal_noise_ratio", "loss_convergence"),
    worlds=tuple(sgd_world(s) for s in over_dimensions(0.999 * C_3)),
    draws=(32, 200),
    controls={"signal above the benign threshold": sgd_world(over_dimensions(C_1)[0])},
)
