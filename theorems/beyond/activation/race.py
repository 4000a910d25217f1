"""Worlds of relu^q, in which signal and noise race: who is first wins all."""

from collections.abc import Callable, Sequence

from dynamics import Phase, Setting
from dynamics.units import regime
from theorems.boundary import contour
from theorems.ladders import ladder
from theorems.overfitting import EPSILON
from theorems.statement import Finite, Ladder, World

Q = 3
START, STEP = 0.15, 0.2
BASE = regime(n=20, d=10**9, m=20, mu_norm=1.0, B=20, p=0.0)
STRENGTHS = (0.7, 1.2, 1.8, 2.7, 4.0, 9.0)
"""Values of `n SNR^q`; at 40 the first steps of the signal diverge."""


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
    name: str, parameter: str, values: Sequence[float], exponent: float, q: float = Q, d: int = BASE.d
) -> Ladder:
    """Return the ladder of a contour with this exponent predicted."""
    finite = Finite("16_activations", correction=-0.5) if parameter == "d" else None
    return ladder(name, BASE.replace(d=d), parameter, values, worlds(q), contour, exponent, finite)
