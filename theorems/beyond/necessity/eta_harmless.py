"""A large learning rate changes neither SGD's end nor SAM's.

Statement
---------
At 10^4 times the strictest line on eta of Condition 3.1, or 100 times with mini-batches, SGD is harmful and benign
where it was. SAM is still benign, where SGD is harmful, at 1,000 times the line.

Hypotheses
----------
None is asked for; the start is in natural units.

Proof idea
----------
A fresh input sees the direction of W only, up to the start: large steps scale the weights, which moves no test error.
SAM's radius does not scale with them, and its theorem falls in the end (`eta_necessity`).

Source
------
This suite, notebook 11; the line is in Condition 3.1 of the paper.
"""

from dynamics import Setting
from dynamics.units import regime
from theorems.overfitting import benign_threshold, overfits_benignly, overfits_harmfully, sam_world, sgd_world
from theorems.statement import Inequalities, Observation, bound


def claim(o: Observation) -> Inequalities:
    """Ask what the theorem says of the setting: harmful for SGD below the benign threshold, else benign."""
    weak = o.world.phases[0].rule == "sgd" and o.world.setting.mu_norm < benign_threshold(o.world.setting)
    return overfits_harmfully(o) if weak else overfits_benignly(o)


# no draw has a class of a few samples; the learning rate is that of the strictest line; SGD is harmful on FOR_SAM
FAIR = regime(n=60, d=10_000, m=30, mu_norm=16.0, B=60, step=0.0025)
WEAK, STRONG = FAIR.replace(mu_norm=2.0), FAIR
FOR_SAM = regime(n=60, d=10**6, m=30, mu_norm=8.0, B=60, step=0.00025)


def _faster(s: Setting, factor: float, B: int) -> Setting:
    return s.replace(B=B, eta=factor * s.eta * B / s.B)


WORLDS = (
    *(sgd_world(_faster(s, factor, B)) for factor, B in ((1e4, 60), (100.0, 15)) for s in (WEAK, STRONG)),
    *(world(_faster(FOR_SAM, 1_000.0, 60)) for world in (sgd_world, sam_world)),
)

STATEMENT = bound(
    claim,
    predicts="SGD is harmful and benign where it was, at 10^4 times the strictest line of eta; SAM benign, at 10^3",
    formula=r"\mathbb{P}(yf(W_{\eta},x)<0)\text{ as at small }\eta",
    worlds=WORLDS,
    draws=(10, 60),
    uses=("harmful_overfitting", "benign_overfitting", "sam_benign"),
    controls={
        "SAM at 4e5 times the line": sam_world(_faster(FOR_SAM, 4e5, 60)),
        "benign where the theorem says harmful": (overfits_benignly, WORLDS[0]),
    },
)
