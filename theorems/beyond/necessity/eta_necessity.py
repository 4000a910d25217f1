"""What needs a small learning rate.

Statement
---------
As eta grows, the bound `rho_under >= -beta - 10 sqrt(log(6n^2/delta)/d) n alpha` falls at `eta* ~ B m / ((P-1)^2
sigma_p^2 d^{3/2})`, the strictest line of Condition 3.1 (exponent -3/2 in d). The bound `rho_bar <= alpha`, the `o(1)`
of SAM's noise, and Theorem 4.1 itself where SGD is harmful, fall at `eta* ~ B m / ((P-1)^2 sigma_p^2 d)` (exponent -1).
SGD's theorem does not fall: at 10^4 times the strictest line, or 100 times with mini-batches, SGD is harmful and benign
where it was. SAM is still benign, where SGD is harmful, at 1,000 times the strictest line.

Hypotheses
----------
None is asked for; the start is in natural units.

Proof idea
----------
A pair of the wrong class (`j = -y_i`) that is active at the start moves by one step, `|l'_i| = 1/2`, and is inactive
then: `rho_under = -step/2`, with `step = eta (P-1)^2 sigma_p^2 d / (Bm)`. Its bound shrinks like `d^{-1/2}`; hence
`step* = 2 (beta + 10 sqrt(L/d) n alpha)`. `rho_bar` moves by `step/2` too, against alpha and against 1/2, which do
not know of d. A fresh input sees the direction of W only, up to the start: steps that are too large scale the
weights, so SGD's test error does not move. SAM's radius does not scale with them: the ascent takes about `sqrt(m)/P`
from an active product `<w, xi>`, whatever d is, and a pair that one step has moved by more stays active.

Source
------
This suite, notebook 11; the line is in Condition 3.1 of the paper. SAM's theorem counts within 0.1, as contours of the
test error do in `start_necessity`; within 0.05, tried first, runs at affordable replicas were inconclusive.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dynamics import Phase, Setting
from theorems.beyond.necessity.breaking import breaking_point
from theorems.boundary import natural
from theorems.ladders import ladder
from theorems.overfitting import HARM, benign, benign_threshold, harmful, sam_world, sgd_world, trained_to_accuracy
from theorems.sgd import path
from theorems.statement import Control, Inequalities, Ladder, Observation, Observations, Quantity, Statement, World
from theorems.worlds import regime, sam_stage

EPOCHS = 50
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)


def worlds_of_the_lower_bound(s: Setting) -> tuple[World, ...]:
    """Return SGD with learning rates around the one at which the bound of `rho_under` is derived to fall."""
    L, alpha = np.log(6 * s.n**2 / 0.05), 4 * np.log(EPOCHS)
    step = 20 * s.n * np.sqrt(L / s.d) * alpha
    return tuple(_short(natural(s, step=step * factor)) for factor in FACTORS)


def worlds_of_the_upper_bound(s: Setting) -> tuple[World, ...]:
    """Return SGD with learning rates around the one at which a step exceeds `2 alpha`."""
    return tuple(_short(natural(s, step=8 * np.log(EPOCHS) * factor)) for factor in (0.1, 0.3, 0.6, 1.2, 2.4))


def worlds_of_sam(s: Setting) -> tuple[World, ...]:
    """Return the SAM stage with learning rates around a step of 0.6, at `n SNR^2 = 0.08`."""
    at = s.replace(mu_norm=(0.08 * s.d / s.n) ** 0.5 * (s.P - 1) * s.sigma_p)
    settings = [natural(at, step=0.6 * factor) for factor in FACTORS]
    return tuple(World(t, (sam_stage(t),), record_every=10**6) for t in settings)


def worlds_of_sam_theorem(s: Setting) -> tuple[World, ...]:
    """Return SAM, then SGD, with learning rates around a step of 8; `s` is harmful for SGD."""
    worlds = (sam_world(natural(s, step=8.0 * factor)) for factor in (*FACTORS, 16.0))
    return tuple(replace(world, test_samples=1_000) for world in worlds)


def _short(s: Setting) -> World:
    return World(s, (Phase("sgd", epochs=EPOCHS),), record_every=EPOCHS)


def _lower(o: Observation) -> float:
    bounds = path.path_bounds(o)
    return float(-np.where(o.sample.own, 0.0, o.trained.rho[-1]).min() / (bounds.beta + bounds.overlap))


def _upper(o: Observation) -> float:
    return float(np.where(o.sample.own, o.trained.rho[-1], 0.0).max())


def _above_noise(o: Observation) -> float:
    return o.tested.value - o.world.setting.p


def largest_rate(read: Callable[[Observation], float], level: float) -> Quantity:
    """Return the quantity "the eta at which what is read off the end of a run reaches a level"."""

    def quantity(observations: Observations) -> float:
        rates = [o.world.setting.eta for o in observations]
        return breaking_point(rates, [read(o) for o in observations], level)

    return quantity


BASE = regime(n=20, d=10**8, m=10, mu_norm=10.0, B=20)
D = (10**6, 10**7, 10**8, 10**9, 10**10)


def under(exponent: float) -> Ladder:
    """Return the ladder of the bound of `rho_under`."""
    return ladder("rho_under's bound, eta against d", BASE, "d", D, worlds_of_the_lower_bound, largest_rate(_lower,
    1.0), exponent, within=0.05)  # fmt: skip


def over(exponent: float) -> Ladder:
    """Return the ladder of the bound of `rho_bar`, with filters enough that each sample has some."""
    quantity = largest_rate(_upper, 4 * np.log(EPOCHS))
    return ladder(
        "rho_bar's bound, eta against d",
        BASE.replace(m=60),
        "d",
        D,
        worlds_of_the_upper_bound,
        quantity,
        exponent,
        within=0.05,
    )


def sam(exponent: float) -> Ladder:
    """Return the ladder of the noise that SAM learns."""
    name = "SAM's noise at 1/2, eta against d"
    return ladder(name, BASE, "d", D, worlds_of_sam, largest_rate(_upper, 0.5), exponent, within=0.05)


def sam_theorem(exponent: float) -> Ladder:
    """Return the ladder of SAM's test error, with samples and filters enough that draws are alike."""
    base, d = BASE.replace(n=60, m=40, B=60, mu_norm=5.0), (10**5, 316_228, 10**6, 3_162_278, 10**7)
    quantity = largest_rate(_above_noise, HARM)
    return ladder("SAM's theorem, eta against d", base, "d", d, worlds_of_sam_theorem, quantity, exponent, within=0.1)


def claim(o: Observation) -> Inequalities:
    """Ask what the theorem says of the setting: harmful for SGD below the benign threshold, else benign."""
    weak = o.world.phases[0].rule == "sgd" and o.world.setting.mu_norm < benign_threshold(o.world.setting)
    return (trained_to_accuracy(o), harmful(o) if weak else benign(o))


def benign_all_the_same(o: Observation) -> Inequalities:
    """Ask for a benign end, whatever the theorem says."""
    return (trained_to_accuracy(o), benign(o))


# sizes at which no draw has a class of a few samples; the learning rate is that of the strictest line
FAIR = regime(n=60, d=10_000, m=30, mu_norm=16.0, B=60, step=0.0025)
WEAK, STRONG = FAIR.replace(mu_norm=2.0), FAIR
FOR_SAM = regime(n=60, d=10**6, m=30, mu_norm=8.0, B=60, step=0.00025)
"""Harmful for SGD: `||mu||` is 0.35 times the threshold of Theorem 3.2."""


def faster(s: Setting, factor: float, B: int) -> Setting:
    """Return the setting at so many times the learning rate of the strictest line, with batches of B."""
    return s.replace(B=B, eta=factor * s.eta * B / s.B)


WORLDS = (
    *(
        world(faster(s, factor, B))
        for factor, B in ((1e4, 60), (100.0, 15))
        for world, s in ((sgd_world, WEAK), (sgd_world, STRONG))
    ),
    *(world(faster(FOR_SAM, 1_000.0, 60)) for world in (sgd_world, sam_world)),
)

STATEMENT = Statement(
    kind="scaling",
    formula=r"\eta^*_{\underline\rho}\sim\frac{Bm}{(P-1)^2\sigma_p^2 d^{3/2}},\qquad "
    r"\eta^*_{\overline\rho},\ \eta^*_{\rm SAM}\sim\frac{Bm}{(P-1)^2\sigma_p^2 d}",
    predicts="rho_under's bound falls at eta ~ d^(-3/2); rho_bar's, SAM's o(1) and SAM's theorem at d^-1; SGD's never",
    claim=claim,
    worlds=WORLDS,
    draws={"quick": 10, "full": 60},
    ladders=(under(-1.5), over(-1.0), sam(-1.0), sam_theorem(-1.0)),
    replicas={"quick": 40, "full": 80},
    controls=(
        Control("rho_under's bound as rho_bar's", worlds=(), ladders=(under(-1.0),)),
        Control("rho_bar's bound as rho_under's", worlds=(), ladders=(over(-1.5),)),
        Control("SAM's noise as rho_under's bound", worlds=(), ladders=(sam(-1.5),)),
        Control("SAM's theorem as rho_under's bound", worlds=(), ladders=(sam_theorem(-1.5),)),
        Control("SAM at 4e5 times the line", worlds=(sam_world(faster(FOR_SAM, 4e5, 60)),), ladders=()),
        Control("benign where the theorem says harmful", worlds=WORLDS[:1], ladders=(), claim=benign_all_the_same),
    ),
)
