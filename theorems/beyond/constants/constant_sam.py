"""The constant in SAM's boundary.

Statement
---------
After SAM for `T_1` epochs, then SGD, the test error is `p + 0.1` at `||mu|| = C (P-1) sigma_p`. For d to infinity and
balanced classes `C = -Phi^{-1}(0.1/(1-2p))`, 1.22 at p = 0.05, without a logarithm; the measured C falls to it along d
and is within a tenth of it from d = 10^5 on, at n = 60. (A draw's C is divided by
what its own classes, k samples of one to one of the other, make of the limit.)

Hypotheses
----------
None is asked for: start and learning rate are in natural units, and a step adds at most 1/2 to a noise coefficient;
at ten times that step SAM no longer prevents noise.

Proof idea
----------
The filters are along mu, and an input is missed where its noise along mu outweighs the signal in `P-1` patches: that is
no longer a matter of d (`limits.sam_boundary`).

Source
------
Theorem 4.1 of the paper, `||mu|| >= Omega~(P sigma_p)`; its constant is derived and measured by this suite.
"""

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS
from dynamics.units import natural
from theorems.beyond.constants import limits
from theorems.beyond.constants.constant_c3 import worlds as sgd_worlds
from theorems.beyond.constants.sizes import COPIES
from theorems.boundary import SAM_BASE, contour
from theorems.ladders import constant
from theorems.overfitting import EPSILON, HARM
from theorems.statement import Observation, Observations, World, scaling
from theorems.worlds import sam_stage

BASE = SAM_BASE.replace(n=60, B=60, m=8, d=40_000)  # few samples are seldom balanced
DERIVED = limits.sam_boundary(HARM, BASE.p)
D = (40_000, 80_000, 160_000, 320_000, 640_000)


def worlds(s: Setting) -> tuple[World, ...]:
    """Return the worlds of strengths around the derived one, trained by SAM, then SGD."""
    settings = [
        natural(s, step=0.5).replace(mu_norm=DERIVED * factor * (s.P - 1) * s.sigma_p)
        for factor in (0.85, 1.0, 1.15, 1.35, 1.8, 4.0)
    ]
    after = Phase("sgd", epochs=20_000)
    return tuple(World(t, (sam_stage(t), after), record_every=10**8, tol=EPSILON, test_samples=4_000) for t in settings)


def balance(o: Observation) -> float:
    """Return the clean less the flipped samples of one class, over those of the other."""
    clean = o.sample.y == o.sample.y_hat
    positive, negative = (
        int((clean & (o.sample.y_hat == c)).sum()) - int((~clean & (o.sample.y_hat == c)).sum()) for c in SIGNS
    )
    return positive / negative if positive > 0 and negative > 0 else float("nan")


def ratio(observations: Observations) -> float:
    """Return the strength at test error `p + 0.1` in units of `(P-1) sigma_p`, brought to balanced classes."""
    s = observations[0].world.setting
    limit = limits.sam_boundary(HARM, s.p, balance(observations[0]))
    return contour(observations) / ((s.P - 1) * s.sigma_p) * DERIVED / limit


STATEMENT = scaling(
    constant("C along d", BASE, "d", D, worlds, ratio, DERIVED, within=0.15),
    constant("C along P-1", BASE, "P-1", COPIES, worlds, ratio, DERIVED, within=0.25),
    predicts=f"||mu|| at test error p + 0.1 after SAM falls to {DERIVED:.2f} (P-1) sigma_p, at p = 0.05",
    formula=r"\|\mu\|_2^*=-\Phi^{-1}\Bigl(\frac{0.1}{1-2p}\Bigr)(P-1)\,\sigma_p\qquad(d\to\infty)",
    replicas=(12, 60),
    uses=("noise_prevention", "signal_learning"),
    controls={"SGD in the place of SAM": constant("C along d", BASE, "d", D, sgd_worlds, ratio, DERIVED, within=0.15)},
)
