"""Activations persist.

Statement
---------
A pair (filter, sample) with `y_i = j` that is active at the start stays active: with full batches all such pairs; with
mini-batches those with `<w_jr(0), xi_i> > sigma_0 sigma_p sqrt(d) / sqrt(2)`.

Hypotheses
----------
Those of `theorems.sgd.path`: the cross terms are below `1 / (2 e^5)` of the pair's own gain (slopes are balanced
within `e^5`), and with mini-batches their drift over two epochs is below the threshold.

Proof idea
----------
An active pair gains `||xi_i||^2 |l'_i|` (times `eta (P-1) / (Bm)`) when its batch comes, and loses at most `max_k
|l'_k|` times the cross terms over an epoch; the first outweighs the second. With mini-batches the loss may come
first.

Source
------
Persistence of activations, paper.
"""

import numpy as np

from dynamics import Phase
from theorems.concentration.starts import SMALL
from theorems.sgd import path
from theorems.statement import Inequalities, Observation, World, bound, worst


def claim(o: Observation) -> Inequalities:
    """Compare the products of the pairs spoken of, at every record, with 0."""
    s, x = o.world.setting, o.sample
    start = x.w0 @ x.xi.T
    unit = s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    threshold = 0.0 if s.n == s.B else unit / np.sqrt(2)
    pairs = (start > threshold) & x.own
    products = o.trained.noise_products[:, pairs] / unit
    return (worst("min <w,xi> / (sigma_0 sigma_p sqrt(d)) of pairs active at the start", products, ">=", 0.0),)


OVERLAPS = path.world(n=50, B=50, d=100, m=60)
"""The edge in d: the hypothesis asks for order `(8 e^5 n)^2 L`, 10^10 and more here."""
STATEMENT = bound(
    claim,
    path.hypotheses,
    predicts="own-class pairs active at the start stay active",
    formula=r"y_i=j,\ \langle w_{j,r}^{(0)},\xi_i\rangle>0\ \Rightarrow\ "
    r"\langle w_{j,r}^{(t)},\xi_i\rangle>0\ \ \forall t",
    worlds=path.WORLDS,
    draws=(2, 16),
    uses=("coefficient_recursion", "balanced_logits", "noise_cross", "noise_signal"),
    controls={
        "noise that overlaps, d = 100 (300 survives)": OVERLAPS,
        "SAM in the place of SGD": World(
            SMALL.replace(d=20_000, mu_norm=10.0), phases=(Phase("sam", epochs=100, tau=0.03),)
        ),
    },
)
