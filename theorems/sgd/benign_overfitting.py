"""SGD overfits benignly where the signal is strong.

Statement
---------
If `||mu|| >= C_1 d^{1/4} n^{-1/4} P sigma_p`, then with probability at least `1 - delta` SGD reaches training
loss at most epsilon with test error at most `p + epsilon`. Checked with epsilon = 0.05 and `C_1 = 1.5`
at d = 10^4, 10^5 and 10^6.

Hypotheses
----------
Condition 3.1, every line with constant 1, and the signal strength.

Proof idea
----------
At the end of training `gamma` is of order `n SNR^2` times the memorisation `rho_bar = Theta(1)`, so a fresh input
sees the signal with `gamma` and the noise with standard deviation of order `sqrt(n / d)/P`-many `rho_bar`; their
ratio squared is of order `n ||mu||^4 / (P^4 sigma_p^4 d)`.

Source
------
Theorem 3.2 of the paper, part 2.
"""

from theorems.overfitting import (
    C_1,
    C_3,
    benign_threshold,
    condition_margins,
    over_dimensions,
    overfits_benignly,
    sgd_world,
)
from theorems.statement import Margins, Observation, probability


def hypotheses(o: Observation) -> Margins:
    """Return Condition 3.1 and the signal strength over its threshold."""
    s = o.world.setting
    return condition_margins(o) | {"||mu|| / (C_1 d^(1/4) n^(-1/4) P sigma_p)": s.mu_norm / benign_threshold(s)}


STATEMENT = probability(
    overfits_benignly,
    hypotheses,
    predicts="||mu|| >= 1.5 d^(1/4) n^(-1/4) P sigma_p: test error <= p + 0.05 at loss <= 0.05",
    formula=r"\|\mu\|_2 \ge C_1 d^{1/4} n^{-1/4} P\sigma_p \ \Rightarrow\ "
    r"L_S(W) \le \varepsilon,\quad \mathbb{P}(yf(W,x)<0) \le p + \varepsilon",
    uses=("signal_noise_ratio", "loss_convergence", "benign_rate"),
    worlds=tuple(sgd_world(s) for s in over_dimensions(1.001 * C_1)),
    draws=(32, 200),
    controls={"signal below the harmful threshold": sgd_world(over_dimensions(C_3)[0])},
)
