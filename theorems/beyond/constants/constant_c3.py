"""The constant C_3: harmful up to here.

Statement
---------
SGD's test error is `p + 0.1` at `||mu|| = C_3 d^{1/4} n^{-1/4} (P-1) sigma_p`, where at p = 0.05 the constant is 1.02
in the limit: `C_3^2 = sqrt(2) t / ((1-2p) 2 log 2)`, `P(D > t) = 0.1/(1-2p)` (`limits`). Along d, n and P-1 it
does not drift.

Hypotheses
----------
None is asked for: start and learning rate are in natural units (`theorems.boundary.natural`), so the start is small
against the cross terms of training.

Proof idea
----------
Noise at a fresh input is a sum of `n/2` memorised coefficients a class, `M sqrt(n/(2d)) psi(u_j)`; the signal is
`gamma = (n/2) (1-2p) SNR^2 E[M/q]`. Their ratio does not depend on M, that is on when training ends.

Source
------
Theorem 3.2 of the paper says that C_3 exists; its value is derived and measured by this suite.
"""

from collections.abc import Callable, Sequence

from dynamics import Phase, Setting
from dynamics.units import natural
from theorems.beyond.constants import limits
from theorems.beyond.constants.sizes import COPIES
from theorems.boundary import SGD_BASE, contour
from theorems.condition import threshold_sgd
from theorems.ladders import constant
from theorems.overfitting import EPSILON, HARM
from theorems.statement import Observations, World, scaling

BASE = SGD_BASE.replace(n=80, B=80)
DERIVED = limits.sgd_boundary(HARM, BASE.p)
D = (10**4, 10**5, 10**6, 10**7, 10**8)
N = (60, 85, 120, 170, 240)


def unit(s: Setting) -> float:
    """Return `d^{1/4} n^{-1/4} (P-1) sigma_p`."""
    return threshold_sgd(s) * (s.P - 1) / s.P


def around(centre: float, factors: Sequence[float], test_samples: int) -> Callable[[Setting], tuple[World, ...]]:
    """Return the worlds of signal strengths around a multiple of the unit; training takes about 100 epochs."""

    def worlds(s: Setting) -> tuple[World, ...]:
        settings = [natural(s, step=0.3).replace(mu_norm=centre * factor * unit(s)) for factor in factors]
        phases = (Phase("sgd", epochs=20_000),)
        return tuple(World(t, phases, record_every=10**7, tol=EPSILON, test_samples=test_samples) for t in settings)

    return worlds


worlds = around(DERIVED, (0.4, 0.75, 0.9, 1.05, 1.2, 1.4, 2.2), test_samples=1_500)


def ratio(observations: Observations) -> float:
    """Return the strength at test error `p + 0.1`, in units of `d^{1/4} n^{-1/4} (P-1) sigma_p`."""
    return contour(observations) / unit(observations[0].world.setting)


def half_of_p(observations: Observations) -> float:
    """Return the same in units of `d^{1/4} n^{-1/4} P sigma_p / 2`, which agree at P = 2."""
    s = observations[0].world.setting
    return ratio(observations) * 2 * (s.P - 1) / s.P


STATEMENT = scaling(
    constant("C_3 along d", BASE, "d", D, worlds, ratio, DERIVED, within=0.15),
    constant("C_3 along n", BASE, "n", N, worlds, ratio, DERIVED, within=0.15),
    constant("C_3 along P-1", BASE, "P-1", COPIES, worlds, ratio, DERIVED, within=0.15),
    predicts=f"||mu|| at test error p + 0.1 is {DERIVED:.2f} d^(1/4) n^(-1/4) (P-1) sigma_p, at p = 0.05",
    formula=r"C_3=\sqrt{\frac{\sqrt2\,t}{(1-2p)\,2\log2}},\quad \mathbb{P}(D>t)=\frac{0.1}{1-2p}",
    replicas=(24, 120),
    uses=("active_share",),
    controls={
        "half of the filters active, C_3 = 0.83": constant(
            "C_3 along n", BASE, "n", N, worlds, ratio, 0.831, within=0.1
        ),
        "P in the place of P - 1": constant(
            "C_3 along P-1", BASE, "P-1", COPIES, worlds, half_of_p, DERIVED, within=0.15
        ),
    },
)
