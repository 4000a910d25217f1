"""Class counts.

Statement
---------
With probability at least `1 - delta`, the sizes of `S_+`, of `{y = 1}`, and of `S_+` and `S_-` within each observed
class are within `sqrt((n/2) log(12/delta))` of their means `(1-p) n`, `n/2`, `(1-p) n/2`, `p n/2`.

Hypotheses
----------
None.

Proof idea
----------
Each is a binomial count; Hoeffding gives `2 exp(-2 t^2 / n) = delta / 6` for each of the six.

Source
------
Concentration at the start, paper; constants derived again here.
"""

from functools import partial

import numpy as np

from dynamics.arrays import SIGNS
from theorems.concentration.starts import STARTS
from theorems.statement import Inequalities, Observation, probability, worst


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare the deviations of six counts with `factor` times the Hoeffding radius."""
    s, x = o.world.setting, o.sample
    clean = x.y == x.y_hat
    counts = [clean.sum(), (x.y == 1).sum()]
    means = [(1 - s.p) * s.n, s.n / 2]
    for j in SIGNS:
        counts += [(clean & (x.y == j)).sum(), (~clean & (x.y == j)).sum()]
        means += [(1 - s.p) * s.n / 2, s.p * s.n / 2]
    radius = np.sqrt(s.n / 2 * np.log(12 / o.world.delta))
    return (worst("|count - mean|", np.abs(np.subtract(counts, means)), "<=", factor * radius),)


STATEMENT = probability(
    claim,
    predicts="class counts within sqrt(n/2 log(12/delta)) of their means",
    formula=r"\bigl||S_\pm| - \mathbb{E}|S_\pm|\bigr|,\ \bigl||S_\pm\cap\{y=j\}| - \mathbb{E}\bigr| \le "
    r"\sqrt{\tfrac n2\log\tfrac{12}{\delta}}",
    worlds=STARTS,
    controls={"radius times 0.3": partial(claim, factor=0.3)},
)
