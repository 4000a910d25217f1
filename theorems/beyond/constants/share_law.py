"""The law of the active share is that of the mean-field path.

Statement
---------
The shares of a class's filters that memorise a sample have the mean 0.78 and the standard deviation 0.18 at the end of
SGD from a small start: those of the mean-field path (`mean_field`), mean to a twentieth and deviation to a tenth, along
n and d. Not those of the uniform law on [1/2, 1], the first approximation (`active_share`), whose deviation is 0.15.

Hypotheses
----------
Those of `active_share`, with its start and learning rate.

Proof idea
----------
A pair that is switched on stays, and what it adds moves the inactive ones of its filter: samples that are aligned with
the others' sum gain more and more filters (a quarter ends above 0.95), and some against it stay below one half. In the
limit a sample sees the others as a normal process of the covariance that its own law has.

Source
------
This suite.
"""

from theorems.beyond.constants import active_share
from theorems.beyond.constants.sizes import D, N
from theorems.beyond.constants.spread import BASE, mean, spread, spread_uniform
from theorems.ladders import constant
from theorems.statement import scaling

_WORLD = active_share.world

STATEMENT = scaling(
    constant("mean share over mean-field, along n", BASE, "n", N, _WORLD, mean, 1.0, within=0.05),
    constant("deviation over mean-field, along n", BASE, "n", N, _WORLD, spread, 1.0, within=0.1),
    constant("deviation over mean-field, along d", BASE, "d", D, _WORLD, spread, 1.0, within=0.1),
    predicts="mean 0.78 and deviation 0.18 of the active shares: those of the mean-field path, not of a uniform law",
    formula=r"q\sim\frac1m\sum_r\mathbb{1}\bigl(\exists t:\ \langle w_{jr}(t),\xi\rangle>0\bigr),\quad"
    r"\langle w_{jr},\xi\rangle\ \text{normal given the law of }q",
    replicas=(40, 120),
    uses=("active_share",),
    controls={
        "uniform on [1/2, 1]": constant("over uniform, along n", BASE, "n", N, _WORLD, spread_uniform, 1.0, within=0.1)
    },
)
