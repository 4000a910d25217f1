"""How large a start the theorems stand.

Statement
---------
Let the test error be benign at a small start. As `sigma_0` grows it passes `p + 0.1` at `sigma_0* ~ sqrt(n) / ((P-1)
sigma_p d)` under SGD with `||mu||` a fixed multiple of `d^{1/4} n^{-1/4} (P-1) sigma_p`: exponent -1 in d and 1/2 in
n, the line of Condition 3.1. Under SAM, then SGD, with `||mu||` fixed, it does at `sigma_0* ~ 1 / ((P-1) sigma_p
sqrt(d))`: exponent -1/2 in d. So the line `1 / (sigma_0 P sigma_p d / sqrt(n))` is SGD's; SAM needs only that `<w(0),
xi>` is small.

Hypotheses
----------
None is asked for: the learning rate is in natural units, the other sizes are those of the ladders.

Proof idea
----------
On a fresh input the start puts out noise of the order `(P-1) sigma_0 sigma_p sqrt(d/m)`. SGD's signal there is `n
SNR^2` times memorisation, `z^2 sqrt(n/d)` at `||mu|| = z d^{1/4} n^{-1/4} (P-1) sigma_p`; so `sigma_0* ~ z^2 sqrt(nm)
/ ((P-1) sigma_p d)`. SAM's signal is of order one, and the radius of Theorem 4.1 reaches products `<w, xi>` of order
`sqrt(m) / P`; both give `(P-1) sigma_0* sigma_p sqrt(d) = Theta(sqrt(m))`.

Source
------
This suite, notebook 11; the line is in Condition 3.1 of the paper.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from dynamics import Phase, Setting
from dynamics.units import natural, regime
from theorems.beyond.necessity.breaking import breaking_point
from theorems.ladders import ladder
from theorems.overfitting import EPSILON, HARM
from theorems.statement import Finite, Ladder, Observations, World, scaling
from theorems.worlds import sam_stage

_SGD = Phase("sgd", epochs=20_000)  # every run ends by its loss, long before


def _world(s: Setting, *first: Phase) -> World:
    return World(s, (*first, _SGD), record_every=10**6, tol=EPSILON, test_samples=2_000)


def sgd_worlds(s: Setting) -> tuple[World, ...]:
    """Return worlds with growing start, in units of `sqrt(n) / ((P-1) sigma_p d)`, at 1.25 times SGD's boundary."""
    copies = (s.P - 1) * s.sigma_p
    at = natural(s, step=0.1).replace(mu_norm=2.5 * (s.d / s.n) ** 0.25 * copies)
    unit = s.n**0.5 / (copies * s.d)
    return tuple(_world(at.replace(sigma_0=factor * unit)) for factor in (12, 24, 48, 96, 192))


def sam_worlds(s: Setting) -> tuple[World, ...]:
    """Return worlds with growing start, in units of `1 / ((P-1) sigma_p sqrt(d))`, at `||mu|| = 8 (P-1) sigma_p`."""
    copies = (s.P - 1) * s.sigma_p
    at = natural(s, step=0.5).replace(mu_norm=8 * copies)
    settings = [at.replace(sigma_0=factor / (copies * s.d**0.5)) for factor in (0.25, 0.5, 1.0, 2.0, 4.0)]
    return tuple(_world(t, sam_stage(t)) for t in settings)


def largest_start(observations: Observations) -> float:
    """Return the `sigma_0` at which the test error passes p + 0.1."""
    settings = [o.world.setting for o in observations]
    return breaking_point([s.sigma_0 for s in settings], [o.tested.value for o in observations], settings[0].p + HARM)


SGD_BASE = regime(n=40, d=10**8, m=20, mu_norm=1.0, B=40)
SAM_BASE = regime(n=30, d=10**6, m=15, mu_norm=1.0, B=30)
SGD_D = (10**6, 10**7, 10**8, 10**9, 10**10)
SAM_D = (400_000, 600_000, 900_000, 1_350_000, 2_025_000)  # n SNR^2 from 0.005 down: the limit is slow
N = (20, 32, 50, 80, 126)


def _against_d(name: str, base: Setting, values: Sequence[int], worlds: Callable[[Setting], tuple[World, ...]],
               exponent: float, correction: float) -> Ladder:  # fmt: skip
    finite = Finite("11_necessity", correction=correction)
    return ladder(name, base, "d", values, worlds, largest_start, exponent, finite)


STATEMENT = scaling(
    _against_d("SGD, start against d", SGD_BASE, SGD_D, sgd_worlds, -1.0, -0.5),
    replace(
        ladder("SGD, start against n", SGD_BASE, "n", N, sgd_worlds, largest_start, 0.5), neighbours=(1 / 3, 2 / 3)
    ),
    _against_d("SAM, start against d", SAM_BASE, SAM_D, sam_worlds, -0.5, -1.0),
    predicts="largest start ~ d^-1 n^(1/2) under SGD, d^(-1/2) under SAM",
    formula=r"\sigma_0^*\sim\frac{\sqrt n}{(P-1)\sigma_p d}\ \text{(SGD)},\qquad "
    r"\sigma_0^*\sim\frac{1}{(P-1)\sigma_p\sqrt d}\ \text{(SAM)}",
    replicas=(32, 60),
    controls={
        "SAM in the place of SGD": _against_d("SAM, start against d", SAM_BASE, SAM_D, sam_worlds, -1.0, -1.0),
        "SGD in the place of SAM": _against_d("SGD, start against d", SGD_BASE, SGD_D, sgd_worlds, -0.5, -0.5),
    },
)
