"""The constant C_1: benign from here.

Statement
---------
SGD's test error is `p + 0.01` at `||mu|| = C_1 d^{1/4} n^{-1/4} (P-1) sigma_p`, and at p = 0.05 a heuristic
derivation gives
1.52: `C_1^2 = sqrt(2) t / ((1-2p) 2 log 2)`, `P(D > t) = 0.01/(1-2p)` (`limits`). It is right to a fifth, and not
equal:
at the sizes of the ladders the constant is 1.55 to 1.7, with intervals that exclude 1.52. It is 1.5 times C_3
(`constant_c3`): the strip that Theorem 3.2 leaves open is that narrow.

Hypotheses
----------
Those of `constant_c3`.

Proof idea
----------
That of `constant_c3`. At finite n and m one class may have more samples, or some filters fewer; rare errors feel it
more than frequent ones, and the constant is up to a tenth larger.

Source
------
Theorem 3.2 of the paper says that C_1 exists; its value is derived and measured by this suite.
"""

from theorems.beyond.constants import limits
from theorems.beyond.constants.constant_c3 import BASE, D, N, around, unit
from theorems.beyond.constants.sizes import COPIES
from theorems.ladders import constant, crossing
from theorems.statement import Observations, scaling

BENIGN = 0.01
"""Benign: test error within this of p."""
DERIVED = limits.sgd_boundary(BENIGN, BASE.p)

worlds = around(DERIVED, (0.6, 0.85, 1.0, 1.15, 1.4, 2.5), test_samples=3_000)


def ratio(observations: Observations) -> float:
    """Return the strength at test error `p + 0.01`, in units of `d^{1/4} n^{-1/4} (P-1) sigma_p`."""
    s = observations[0].world.setting
    strengths = [o.world.setting.mu_norm / unit(s) for o in observations]
    return crossing(strengths, [o.tested.value for o in observations], s.p + BENIGN)


STATEMENT = scaling(
    constant("C_1 along d", BASE, "d", D, worlds, ratio, DERIVED, within=0.2),
    constant("C_1 along n", BASE, "n", N, worlds, ratio, DERIVED, within=0.2),
    constant("C_1 along P-1", BASE, "P-1", COPIES, worlds, ratio, DERIVED, within=0.2),
    predicts=f"||mu|| at test error p + 0.01 is {DERIVED:.2f} d^(1/4) n^(-1/4) (P-1) sigma_p to a fifth, at p = 0.05",
    formula=r"C_1=\sqrt{\frac{\sqrt2\,t}{(1-2p)\,2\log2}},\quad \mathbb{P}(D>t)=\frac{0.01}{1-2p}",
    replicas=(26, 120),
    uses=("active_share",),
    controls={
        "half of the filters active, C_1 = 1.23": constant(
            "C_1 along n", BASE, "n", N, worlds, ratio, 1.234, within=0.1
        )
    },
)
