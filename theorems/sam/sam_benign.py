"""Theorem 4.1: SAM, then SGD, overfits benignly whatever the dimension.

Statement
---------
If `||mu|| >= Omega~(P sigma_p)`, then with probability at least `1 - delta` SAM with radius
`tau = m sqrt(B) / (P sigma_p sqrt(d))` for `T_1 = Theta(mB / (eta n ||mu||^2))` epochs, followed by SGD, reaches
training loss at most epsilon with test error at most `p + epsilon`. Checked with epsilon = 0.05 at d = 10^4, 10^5 and
10^6, in worlds in which SGD, from the same data, start and batches, ends at `p + 0.1` or above.

Hypotheses
----------
Condition 3.1, every line with constant 1; `||mu|| >= P sigma_p sqrt(log(1/epsilon))`; and one that the theorem as it
was rebuilt lacks, on the batches: `g >= (1 - 2p)/8`. A filter whose `<w_jr, mu>` is within the reach of the ascent is
turned round by a batch that holds its class, and learns from the other: g a sample, in units of `eta ||mu||^2 |l'|/m`,
which is `(1-2p)/2` for large B, less for small B and large p, and not positive at B = 1 (`single_class_ascent`,
`mixed_batch_gain`): there SAM learns no signal. A third says what constant 1 in the lines of n and d leaves out
(`limits.signal_over_noise`, found by an attack): the signal that the stage learns from the smaller class must outweigh,
at a fresh input, what SGD memorises after it and what the larger class makes of the noise along mu. It asks for d of
order `n log^2(1/epsilon)`, for n at which classes are alike, and for `||mu||` in units of `(P-1) sigma_p`.

Proof idea
----------
In the SAM stage noise is not learned (`noise_prevention`) while `gamma` grows to order 1; SGD then memorises what it
must, from there, and a fresh input sees a signal of order 1.

Source
------
Theorem 4.1 of the paper; the hypotheses on B and on what is learned found here.
"""

from theorems.overfitting import (
    at_the_edge,
    batch_margin,
    benign,
    condition_margins,
    gap_worlds,
    learned_margin,
    rival_harmful,
    sam_margin,
    sam_world,
    sgd_world,
    trained_to_accuracy,
)
from theorems.statement import Inequalities, Margins, Observation, probability


def hypotheses(o: Observation) -> Margins:
    """Return Condition 3.1, the signal strength over its threshold, what batches teach, and what SAM learns."""
    return condition_margins(o) | {
        "||mu|| / (P sigma_p sqrt(log(1/epsilon)))": sam_margin(o),
        "taught while the signal is small / a quarter of what full batches teach": batch_margin(
            o.world.setting, o.world.delta
        ),
        "signal learned by SAM / what hides it": learned_margin(o),
    }


def claim(o: Observation) -> Inequalities:
    """Compare training loss and test error with what is asked for; and that of SGD, where the world has it."""
    found = (trained_to_accuracy(o), benign(o))
    return found if o.rival_error is None else (*found, rival_harmful(o))


WORLDS = gap_worlds()
_SINGLE = at_the_edge(n=20, d=10**4, m=10, mu_norm=4.5, B=1)

STATEMENT = probability(
    claim,
    hypotheses,
    predicts="||mu|| >= P sigma_p sqrt(log(1/0.05)): test error <= p + 0.05 at loss <= 0.05, where SGD's is >= p + 0.1",
    formula=r"\|\mu\|_2 \ge \widetilde\Omega(P\sigma_p) \ \Rightarrow\ "
    r"L_S(W) \le \varepsilon,\quad \mathbb{P}(yf(W,x)<0) \le p + \varepsilon",
    uses=("noise_prevention", "signal_learning", "loss_convergence", "benign_bound"),
    worlds=WORLDS,
    draws=(32, 200),
    controls={
        "SGD in the place of SAM": sgd_world(WORLDS[0].setting),
        "one sample a batch, B = 1": sam_world(_SINGLE),
    },
)
