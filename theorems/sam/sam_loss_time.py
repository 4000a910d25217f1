"""The SGD stage after SAM reaches a loss of epsilon in a time of order 1/epsilon, if the start outweighs the signal.

Statement
---------
After SAM for `T_1` epochs, SGD takes `O~(mB / (eta epsilon d (P-1)^2 sigma_p^2))` epochs to the training loss epsilon:
exponent -1 in epsilon from 0.1 to 0.003, its logarithms those of `limits.loss_scale`.

Hypotheses
----------
`sigma_0` of the order `1/(P sigma_p sqrt(d))`, as Theorem 4.1 asks: the start of a noise product must outweigh what the
signal adds to it, `gamma (P-1) <mu, xi_i> / ||mu||^2`. With a start inside Condition 3.1's own line all filters of a
class may die on a sample with `y_i <mu, xi_i> < 0` while SAM learns, and the loss stalls at up to `log(2)/n` a dead
sample: below the accuracy 0.05 of `sam_benign`, above smaller ones (notebook 09, part 2).

Proof idea
----------
SAM leaves who is active as it was; from there samples are memorised as under SGD alone (`loss_convergence`).

Source
------
Theorem 4.1 of the paper; that the start is needed found here.
"""

from dynamics import Phase, Setting
from dynamics.units import product_sigma_0
from theorems.beyond.constants import limits
from theorems.condition import threshold_sgd
from theorems.overfitting import at_the_edge
from theorems.sgd import loss_convergence
from theorems.statement import Ladder, World, scaling
from theorems.worlds import sam_stage


def setting(start: float) -> Setting:
    """Return a setting in the gap, with this `(P-1) <w(0), xi>`; 0.2 outweighs the cross terms to the last loss."""
    s = at_the_edge(n=20, d=5 * 10**4, m=10, mu_norm=1.0, B=20, P=4)
    return s.replace(mu_norm=0.55 * threshold_sgd(s), sigma_0=product_sigma_0(s, start))


def world(s: Setting, loss: float) -> World:
    """Return SAM for `T_1` epochs, then SGD to a loss."""
    return World(s, (sam_stage(s), Phase("sgd", epochs=1_000_000)), record_every=10**6, tol=loss)


def along_losses(exponent: float) -> Ladder:
    """Return the ladder in epsilon, its logarithms those of `limits.loss_scale`."""
    s, losses = setting(start=0.2), (0.1, 0.05, 0.02, 0.01, 0.003)
    rungs = tuple((1 / limits.loss_scale(loss), (world(s, loss),)) for loss in losses)
    name = "epochs after SAM against epsilon (1 + o(1))"
    return Ladder(name, rungs, lambda o: loss_convergence.epochs(o) - o[0].world.phases[0].epochs, exponent)


STATEMENT = scaling(
    along_losses(-1.0),
    predicts="epochs of SGD after SAM to loss epsilon ~ 1/epsilon",
    formula=r"T_\varepsilon - T_1=\widetilde O\Bigl(\frac{mB}{\eta\,\varepsilon\,d\,P^2\sigma_p^2}\Bigr)",
    uses=("noise_prevention", "loss_convergence"),
    replicas=(7, 40),
    controls={"1/epsilon^2": along_losses(-2.0)},
)
