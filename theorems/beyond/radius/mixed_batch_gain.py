"""What larger batches teach a filter that the ascent turns away from its class.

Statement
---------
While `j <w_jr, mu>` is positive and below the reach of the ascent, batches of B samples without flips teach gamma
`g(B) = (1/2) (1 - 2^{1-B})` a sample, in units of `eta ||mu||^2 |l'|/m`: nothing at B = 1, half of what a full batch
does at B = 2. The measured gain over `g(B)/2` (slopes of 1/2), with the class counts of the draw, is 1 along B.

Hypotheses
----------
A radius that turns nearly every filter round, and moves margins little: slopes are 1/2.

Proof idea
----------
A filter that is turned round learns from the samples of the other class, `B/2` on average, but for batches without a
sample of its own class, which do not turn it (`condition.small_signal_gain`).

Source
------
This suite; derived in notebook 09.
"""

from dynamics.units import regime
from theorems.beyond.radius.single_class import taught, taught_by_all, turned
from theorems.ladders import constant
from theorems.statement import Ladder, Quantity, scaling

BASE = regime(n=20, d=10**8, m=80, mu_norm=1000.0, B=2, p=0.0, step=0.0005, start=0.005)


def along_batches(quantity: Quantity) -> Ladder:
    """Return the ladder along B."""
    return constant("gain along B", BASE, "B", (2, 4, 5, 10, 20), turned, quantity, 1.0, 0.1)


STATEMENT = scaling(
    along_batches(taught),
    predicts="gain of gamma a sample, while the signal is small ~ 1 - 2^(1-B)",
    formula=r"g(B)=\tfrac12(1-2^{1-B})",
    uses=("single_class_ascent",),
    replicas=(12, 60),
    controls={"the gain of a full batch for every B": along_batches(taught_by_all)},
)
