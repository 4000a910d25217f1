"""The constant in the time to a small loss.

Statement
---------
SGD reaches training loss epsilon after `c (1/epsilon) (1 + o(1)) mB / (eta (P-1)^2 sigma_p^2 d)` epochs, `c = 2 log 2 =
1.39`; with `1/(e^epsilon - 1) - 1 - log(e^epsilon - 1)` in the place of `1/epsilon` the constant does not drift with
epsilon, n, m, B or d. In steps the product is `mn`.

Hypotheses
----------
`n SNR^2` small, and a start that is small against the cross terms of training, yet not against those of one epoch of
small batches. With a start that outweighs all cross terms c = 2.

Proof idea
----------
A sample's margin follows `M' = q_i step / (1 + e^M)`, so its loss is about `1/(q_i step t)`; the mean of `1/q_i` is
left (`limits`).

Source
------
Theorem 3.2 of the paper, part 1, hides the constant; its value is derived and measured by this suite.
"""

from dataclasses import replace

from dynamics import Phase, Setting
from dynamics.units import natural
from theorems.beyond.constants import limits
from theorems.beyond.constants.active_share import BASE, LARGE_D, large_start
from theorems.beyond.constants.sizes import B, D, M, N
from theorems.ladders import constant, drift
from theorems.overfitting import EPSILON
from theorems.statement import Constant, Ladder, Observations, World, scaling

LOSSES = (0.16, 0.08, 0.04, 0.02, 0.01)
DERIVED = limits.INVERSE_SHARE


def epochs_over(observations: Observations, scale: float) -> float:
    """Return the epochs until the loss was at most the world's, over `scale mB / (eta (P-1)^2 sigma_p^2 d)`."""
    (o,) = observations
    s = o.world.setting
    if o.trained.loss[-1] > (o.world.tol or 0.0):
        return float("nan")
    step = s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)
    return float(o.trained.epoch[-1]) * step / scale


def ratio(observations: Observations) -> float:
    """Return the epochs over their scale, the loss in its exact form."""
    return epochs_over(observations, limits.loss_scale(observations[0].world.tol or 0.0))


def squared(observations: Observations) -> float:
    """Return the epochs over a scale with the square of the loss."""
    return epochs_over(observations, limits.loss_scale(observations[0].world.tol or 0.0) ** 2 / 20)


def world(s: Setting) -> World:
    """Return the world of one setting: SGD at a small step to the accuracy asked for."""
    return World(natural(s, step=0.2), (Phase("sgd", epochs=100_000),), record_every=10**6, tol=EPSILON)


def slowly(s: Setting) -> World:
    """Return the world of a quarter of the step, for small batches.

    A pair that is active at the start is lost if the other batches of the first epoch move its product below zero; at
    the step of the other ladders and B = 5, fewer pairs are active and c is a tenth larger.
    """
    return World(natural(s, step=0.05), (Phase("sgd", epochs=100_000),), record_every=10**6, tol=EPSILON)


def along_losses(quantity: object = ratio) -> Ladder:
    """Return the ladder along the loss asked for."""
    rungs = tuple((tol, (replace(world(BASE), tol=tol),)) for tol in LOSSES)
    stated = Constant(DERIVED, DERIVED / 1.1, DERIVED * 1.1)
    return Ladder("c along epsilon", rungs, quantity, 0.0, drift(LOSSES, 0.1), constant=stated)  # type: ignore[arg-type]


STATEMENT = scaling(
    along_losses(),
    constant("c along n", BASE, "n", N, world, ratio, DERIVED, within=0.1),
    constant("c along m", BASE, "m", M, world, ratio, DERIVED, within=0.1),
    constant("c along B", BASE, "B", B, slowly, ratio, DERIVED, within=0.1),
    constant("c along d", BASE, "d", D, world, ratio, DERIVED, within=0.1),
    constant("c from a large start, along d", BASE, "d", LARGE_D, large_start, ratio, 2.0, within=0.1),
    predicts="epochs to loss epsilon = 2 log 2 (1/epsilon) m B / (eta d (P-1)^2 sigma_p^2) (1 + o(1))",
    formula=r"T_\varepsilon=2\log2\cdot\frac{mB}{\eta\,\varepsilon\,(P-1)^2\sigma_p^2d}\,(1+o(1))",
    replicas=(40, 120),
    uses=("noise_growth_closed_form", "active_share"),
    controls={
        "half of the filters active, c = 2": constant("c along n", BASE, "n", N, world, ratio, 2.0, within=0.1),
        "1/epsilon^2": along_losses(squared),
    },
)
