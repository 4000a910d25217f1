"""SAM survives flipped labels while clean samples outnumber them in each class.

Statement
---------
Let `c_j` and `f_j` count the clean and the flipped samples of true label j. After `4 T_1` epochs of SAM, then SGD, with
probability at least `1 - delta`: at most a tenth of the true labels are missed if `c_j > f_j` in both classes, and at
least a fifth if `c_j < f_j` in one, at p = 0.4 and 0.45, where SGD misses more than a third. Only chance in the
counts makes SAM fail on flips, once `(1-2p) sqrt(n/2)` is of order 1.

Hypotheses
----------
None is asked for: `||mu||` is well above `P sigma_p`, and `T_1` long against SGD.

Proof idea
----------
Under SAM a sample adds to gamma only, by `(1-2p)/4` in `T_1` epochs in the mean: `c_j - f_j` decides the sign for class
j, and noise is not memorised to hide it. Where a class has the other sign its inputs are missed: half of all.

Source
------
This suite. Condition 3.1 has a line `1/p`, and the paper takes p as a small constant.
"""

from dataclasses import replace

import numpy as np

from dynamics import Phase
from dynamics.units import natural, regime
from theorems.condition import t1_epochs, tau_paper
from theorems.overfitting import EPSILON
from theorems.statement import Inequalities, Inequality, Observation, World, probability

FEW, MANY = 0.1, 0.2


def majorities(o: Observation) -> tuple[int, int]:
    """Return `c_j - f_j` of true label +1, and of -1."""
    signs = o.sample.y * o.sample.y_hat
    return int(signs[o.sample.y_hat == 1].sum()), int(signs[o.sample.y_hat == -1].sum())


def claim(o: Observation, least: int | None = None) -> Inequalities:
    """Compare how often the true label is missed with what the smaller majority, or the one given, says."""
    s = o.world.setting
    least = min(majorities(o)) if least is None else least
    missed, unknown = (o.tested.value - s.p) / (1 - 2 * s.p), 3 * o.tested.stderr / (1 - 2 * s.p)
    if least == 0:
        return (Inequality("true label missed", missed, 1.0, "<="),)
    if least > 0:
        return (Inequality("missed, both majorities clean", missed, FEW, "<=", uncertainty=unknown),)
    return (Inequality("missed, one majority flipped", missed, MANY, ">=", uncertainty=unknown),)


def in_all(o: Observation) -> Inequalities:
    """Claim the same of the majority over both classes together."""
    return claim(o, int(np.sum(majorities(o))))


def _world(n: int, p: float, sam: bool = True) -> World:
    s = natural(regime(n=n, d=25_000 * n, m=20, mu_norm=8.0, B=n, p=p), step=0.5)
    first = (Phase("sam", 4 * t1_epochs(s), tau_paper(s)),) if sam else ()
    phases = (*first, Phase("sgd", 3_000))
    return World(s, phases, delta=0.1, record_every=10**7, tol=EPSILON, test_samples=4_000)


WORLDS = (_world(40, 0.4), _world(40, 0.45))

STATEMENT = probability(
    claim,
    predicts="SAM misses at most 1/10 of the true labels if clean outnumber flipped in each class, else 1/5 or more",
    formula=r"\min_j(c_j-f_j)>0\ \Rightarrow\ \mathbb{P}(\hat yf<0)\le\tfrac1{10},\quad"
    r"\min_j(c_j-f_j)<0\ \Rightarrow\ \mathbb{P}(\hat yf<0)\ge\tfrac15",
    worlds=WORLDS,
    draws=(200, 400),
    uses=("signal_learning", "noise_prevention"),
    controls={
        "SGD": _world(40, 0.4, sam=False),
        "clean outnumber flipped in all": (in_all, replace(WORLDS[1], delta=0.05)),
    },
)
