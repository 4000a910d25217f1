"""Balance of the batches.

Statement
---------
With probability at least `1 - delta`, at least half of the batches of an epoch hold between `B/4` and `3B/4` clean
samples of each observed class.

Hypotheses
----------
`2 q <= delta`, where `q` is the probability that one batch is out of balance,
`q <= 2 P(Bin(B, (1-p)/2) outside [B/4, 3B/4])`.

Proof idea
----------
Over data and permutation, the samples of one batch are independent, and each is clean and of class j with
probability `(1-p)/2`. The expected share of unbalanced batches is `q`; Markov bounds the probability that it
exceeds one half by `2 q`. (The hidden constant of the paper is measured: see the share.)

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np
from scipy.special import bdtr, bdtrc

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS
from theorems.concentration.starts import LARGE, SMALL, margin
from theorems.statement import Inequalities, Margins, Observation, World, probability, worst


def hypotheses(o: Observation) -> Margins:
    """Return delta over twice the exact probability that a batch is out of balance."""
    s = o.world.setting
    q = (1 - s.p) / 2
    outside = float(bdtr(np.ceil(s.B / 4) - 1, s.B, q) + bdtrc(np.floor(3 * s.B / 4), s.B, q))
    return {"delta / (2 P(unbalanced))": margin(o.world.delta, 4 * outside)}


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the share of balanced batches with 1/2; `factor` narrows the window around the middle."""
    s, x, path = o.world.setting, o.sample, o.trained
    if path.batches is None:
        raise ValueError("batch_balance needs a path that recorded every step")
    half = factor * s.B / 4
    counts = np.stack([((x.y == x.y_hat) & (x.y == j))[path.batches].sum(1) for j in SIGNS])
    balanced = (np.abs(counts - s.B / 2) <= half).all(0)
    return (worst("share of balanced batches", balanced.reshape(-1, s.H).mean(1), ">=", 0.5),)


def _world(s: Setting) -> World:
    return World(s, phases=(Phase("sgd", epochs=1),), record_every="step")


STATEMENT = probability(
    claim,
    hypotheses,
    predicts="at least half of the batches hold B/4 to 3B/4 clean samples of each class",
    formula=r"\frac{1}{H}\Bigl|\bigl\{b : \tfrac B4 \le |I_b\cap S_+\cap\{y=j\}| \le \tfrac{3B}4\ \forall "
    r"j\bigr\}\Bigr| \ge \tfrac12",
    worlds=(_world(SMALL.replace(n=320, B=40)), _world(LARGE.replace(n=360, B=60))),
    controls={
        "window narrowed to B/2 -+ B/40": partial(claim, factor=0.1),
        "strong label noise, p = 0.45": _world(SMALL.replace(n=320, B=40, p=0.45)),
    },
)
