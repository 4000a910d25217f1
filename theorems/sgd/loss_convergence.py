"""Convergence of the training loss.

Statement
---------
SGD reaches training loss epsilon within `O~(m n / (eta epsilon d P^2 sigma_p^2))` epochs (with full batches; `m B`
in the place of `m n` otherwise): exponents 1 in n and m, -1 in eta, d and epsilon, -2 in P-1 and sigma_p, up to
logarithms, which in epsilon are `limits.loss_scale`, and to Euler's error, of the relative order of a step.

Hypotheses
----------
`n SNR^2` small.

Proof idea
----------
Memorisation follows `x + b e^x = c t + b` (`noise_growth_closed_form`), so the loss is about `e^{-x} = O(1/(c t))` with
`c ~ eta (P-1)^2 sigma_p^2 d / (n m)`.

Source
------
Theorem 3.2 of the paper, part 1.
"""

from dataclasses import replace

from dynamics import Phase, Setting
from theorems.beyond.constants import limits
from theorems.boundary import SGD_BASE
from theorems.ladders import ladder
from theorems.overfitting import EPSILON
from theorems.statement import Finite, Ladder, Observations, World, scaling


def epochs(observations: Observations) -> float:
    """Return the epochs until the loss was at most the world's; NaN if it never was."""
    (o,) = observations
    return float(o.trained.epoch[-1]) if o.trained.loss[-1] <= (o.world.tol or 0.0) else float("nan")


def world(s: Setting) -> World:
    """Return the world of one rung."""
    return World(s, (Phase("sgd", epochs=100_000),), record_every=10**6, tol=EPSILON)


def _epsilon_ladder(exponent: float) -> Ladder:
    losses = (0.16, 0.08, 0.04, 0.02, 0.01)
    rungs = tuple((1 / limits.loss_scale(tol), (replace(world(_EVEN), tol=tol),)) for tol in losses)
    return Ladder("epochs against epsilon (1 + o(1))", rungs, epochs, exponent)


BASE = SGD_BASE.replace(d=10**10, mu_norm=300.0, sigma_0=2e-7, eta=0.1 * 40 * 20 / 10**10)
"""With a start that outweighs the cross terms, `sqrt(n/d)` times the margin: who is active stays the same."""
_EULER = "05_sgd_convergence"
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
ETA = tuple(BASE.eta * factor for factor in FACTORS)
D = tuple(int(BASE.d * factor) for factor in FACTORS)
M = (20, 40, 80, 160, 320)
_SLOW = BASE.replace(eta=BASE.eta / 4)
_FEW = BASE.replace(n=20, B=20, eta=BASE.eta / 2)
_EVEN = BASE.replace(m=80, eta=4 * BASE.eta)  # filters enough that samples are memorised alike

STATEMENT = scaling(
    _epsilon_ladder(-1.0),
    ladder("epochs against n", BASE, "n", (30, 50, 90, 150, 240), world, epochs, 1.0),
    ladder("epochs against m", _FEW, "m", M, world, epochs, 1.0),
    ladder("epochs against eta", BASE, "eta", ETA, world, epochs, -1.0, Finite(_EULER, correction=1.0)),
    ladder("epochs against d", BASE, "d", D, world, epochs, -1.0),
    ladder("epochs against B", _SLOW, "B", (5, 8, 10, 20, 40), world, epochs, 1.0, Finite(_EULER, correction=-1.0)),
    ladder(
        "epochs against P-1",
        BASE.replace(eta=BASE.eta / 8),
        "P-1",
        (1, 2, 3, 4, 5),
        world,
        epochs,
        -2.0,
        Finite(_EULER, correction=2.0),
    ),
    predicts="epochs to loss epsilon ~ m n / (eta epsilon d (P-1)^2 sigma_p^2)",
    formula=r"T_\varepsilon=\widetilde O\Bigl(\frac{mn}{\eta\,\varepsilon\,d\,P^2\sigma_p^2}\Bigr)",
    replicas=(14, 48),
    uses=("noise_growth_closed_form",),
    controls={
        "1/epsilon^2": _epsilon_ladder(-2.0),
        "no m": ladder("epochs against m", _FEW, "m", M, world, epochs, 0.0),
    },
)
