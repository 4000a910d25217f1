"""Worlds of relu^q, in which signal and noise race: who is first wins all."""

import math
from collections.abc import Callable, Sequence

from scipy.special import ndtri

from dynamics import Phase, Setting
from dynamics.units import regime
from theorems.boundary import contour
from theorems.ladders import ladder
from theorems.overfitting import EPSILON
from theorems.statement import Finite, Ladder, Observations, Quantity, World

Q = 3
START, STEP = 0.15, 0.2
BASE = regime(n=20, d=10**9, m=20, mu_norm=1.0, B=20, p=0.0)
STRENGTHS = (0.5, 1.0, 1.6, 2.5, 4.5, 25.0)
"""Values of `n SNR^q`."""
DUE = 2.0
"""`n SNR^q` at which signal and noise are due at the same time."""


def growth(s: Setting) -> float:
    """Return by which factor the signal has to grow to outweigh what the start makes of fresh noise, for q = 3.

    That has the deviation `z^3 sqrt(2 (15/2 - 2/pi) / m)`, z that of the start, by which one miss in ten is 1.28; the
    signal's is `g^3 / m`, and g starts at SNR times the largest of m normal numbers times z.
    """
    needed = (ndtri(1 - 0.1) * math.sqrt(2 * (7.5 - 2 / math.pi) * s.m)) ** (1 / 3)
    return needed / ((DUE / s.n) ** (1 / 3) * float(ndtri(0.5 ** (1 / s.m))))


def expected(s: Setting) -> float:
    """Return the boundary at finite n up to a constant, `((1 - 1/f) / n)^{1/3} sqrt(d) (P-1) sigma_p`, for q = 3.

    To grow by the factor f, of order 1/SNR, takes `1 - 1/f` of the time in which the signal grows without end.
    """
    return float(((1 - 1 / growth(s)) / s.n) ** (1 / 3) * s.d**0.5 * (s.P - 1) * s.sigma_p)


def over_expected(observations: Observations) -> float:
    """Return the contour over the boundary that is expected at finite n."""
    return contour(observations) / expected(observations[0].world.setting)


def worlds(q: float = Q, strengths: Sequence[float] = STRENGTHS) -> Callable[[Setting], tuple[World, ...]]:
    """Return what makes the worlds of growing `n SNR^q` of a setting, trained by SGD to the accuracy asked for."""

    def made(s: Setting) -> tuple[World, ...]:
        found = []
        for strength in strengths:
            mu_norm = (strength / s.n) ** (1 / q) * s.d**0.5 * (s.P - 1) * s.sigma_p
            t = regime(
                n=s.n, d=s.d, m=s.m, mu_norm=mu_norm, B=s.n, P=s.P, sigma_p=s.sigma_p, p=0.0, step=STEP, start=START
            )
            found.append(
                World(
                    t.replace(activation=f"relu^{q:g}" if q > 1 else "relu"),
                    (Phase("sgd", epochs=20_000),),
                    record_every=10**7,
                    tol=EPSILON,
                    test_samples=1_000,
                )
            )
        return tuple(found)

    return made


def boundary(
    name: str,
    parameter: str,
    values: Sequence[int],
    exponent: float,
    q: float = Q,
    d: int = BASE.d,
    quantity: Quantity = contour,
) -> Ladder:
    """Return the ladder of a contour with this exponent predicted."""
    finite = Finite("16_activations", correction=-0.5) if parameter == "d" else None
    return ladder(name, BASE.replace(d=d), parameter, values, worlds(q), quantity, exponent, finite)
