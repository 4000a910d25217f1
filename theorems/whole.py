"""Where a theorem's conclusion can be asked together with the explicit hypotheses of the lemmas that its proof uses.

The theorems' own worlds are inside Condition 3.1, at sizes where the lemmas' explicit bounds say nothing; the lemmas'
worlds are at sizes, starts and signals where no theorem is claimed. In these worlds both can be asked of one draw. What
is given up is a line of Condition 3.1 for SAM, that on the learning rate: inside it the run would be 800 times as long.
"""

from collections.abc import Mapping

from dynamics import Phase, Setting
from theorems.condition import threshold_sgd
from theorems.overfitting import C_1, C_3, EPSILON
from theorems.sgd import path
from theorems.statement import World
from theorems.worlds import early_stage, in_the_gap

_SGD = Phase("sgd", epochs=1_000_000)
_GAP = in_the_gap(B=20, step=0.02)


def _of_sgd(share: float) -> World:
    """Return full-batch SGD at d = 10^12, at this share of its threshold, from a start inside Condition 3.1."""
    s: Setting = path.world(n=200, B=200).setting
    s = s.replace(mu_norm=share * threshold_sgd(s), sigma_0=2e-4 * s.sigma_0)
    # alpha is 4 log T*, so the epochs are those that the loss needs, and not a cap that is never reached
    return World(s, (Phase("sgd", epochs=700),), record_every=10, tol=EPSILON, test_samples=10_000)


WHOLE: Mapping[str, World] = {
    "benign_overfitting": _of_sgd(1.001 * C_1),
    "harmful_overfitting": _of_sgd(0.999 * C_3),
    "sam_benign": World(
        _GAP,
        (early_stage(_GAP), _SGD),
        rival=(Phase("sgd", epochs=2_000),),
        record_every=500,
        tol=EPSILON,
        test_samples=10_000,
    ),
}
