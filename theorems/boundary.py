"""The boundary between harmful and benign: the signal strength at which the test error is p + 0.1."""

from collections.abc import Sequence

from dynamics import Phase, Setting
from dynamics.units import natural, regime
from theorems.condition import threshold_sgd
from theorems.ladders import crossing
from theorems.overfitting import EPSILON, HARM
from theorems.statement import Observation, World
from theorems.worlds import sam_stage

_AT_MOST = 20_000  # epochs; every run ends by its loss, long before

SGD_BASE = regime(n=40, d=10**6, m=20, mu_norm=10.0, B=40)
SAM_BASE = regime(n=30, d=10**5, m=15, mu_norm=2.0, B=30)


def sgd_worlds(s: Setting) -> tuple[World, ...]:
    """Return the worlds around the threshold of Theorem 3.2 in the units of `(P-1) sigma_p`, trained by SGD."""
    centre = threshold_sgd(s) * (s.P - 1) / s.P
    strengths = (0.4, 0.7, 1.0, 1.4, 2.0, 3.0, 6.0)
    return tuple(_world(natural(s, step=0.1).replace(mu_norm=centre * factor)) for factor in strengths)


def sam_worlds(s: Setting) -> tuple[World, ...]:
    """Return the worlds around `1.6 (P-1) sigma_p`, trained by SAM, then SGD.

    A larger step keeps the long first stage short: it is `d / (step n ||mu||^2)` epochs.
    """
    centre = 1.6 * (s.P - 1) * s.sigma_p
    strengths = (0.5, 0.7, 0.9, 1.2, 1.7, 3.0, 6.0)
    settings = [natural(s, step=0.5).replace(mu_norm=centre * factor) for factor in strengths]
    return tuple(_world(t, sam_stage(t)) for t in settings)


def _world(s: Setting, *first: Phase) -> World:
    return World(
        s,
        phases=(*first, Phase("sgd", epochs=_AT_MOST)),
        record_every=1000 * _AT_MOST,
        tol=EPSILON,
        test_samples=4_000,
    )


def contour(observations: Sequence[Observation]) -> float:
    """Return the signal strength at which the test error falls through p + 0.1, from worlds of growing strength."""
    strengths = [o.world.setting.mu_norm for o in observations]
    return crossing(strengths, [o.tested.value for o in observations], observations[0].world.setting.p + HARM)
