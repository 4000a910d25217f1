"""What too large a radius does.

Statement
---------
*Signal.* A large radius does not slow the signal down: with full batches the least `gamma_jr(T_1)` at ten thousand
times the radius of `tau_rule` is at least 0.9 of that at `tau_rule`. (It grows up to twice as fast: the ascent takes
the margin of clean samples away, so their slopes go from 1/2 to 1.)

*Noise.* What grows is `-rho_under`: with full batches its mean over the pairs of the other class is
`c (P-1) tau sigma_p / sqrt(m)` once that exceeds a step, `c = 1/(2 sqrt(pi)) = 0.28` to leading order. So the radius
at which it is 2 has the exponents 1/2 in m, -1 in sigma_p (and in P-1, by symmetry), and 0 in d.

*Harm.* Below the threshold of SGD the final test error (SAM for `T_1`, then SGD) rises through p + 0.1 again at a
radius that has the exponent 1/2 in d: about `2 sqrt(m d / n) / ((P-1) sigma_p)`, which is `2 d / sqrt(n m B)` times
the paper's radius or more. At large d there is no upper end in practice.

Hypotheses
----------
None is asked for; full batches. (With mini-batches a pair is pushed below the largest of the ascents of many batches,
and c is larger: up to 1.9 in a pilot run.)

Proof idea
----------
After a few steps the only pairs that are active at W are own-class pairs, about `Bm/2` of them. The ascent moves
another product `<w_jr, xi_k>` through cross terms only, by
`tau sum_{i active} <xi_i, xi_k> / (sigma_p sqrt(d) sqrt(Bm/2))`, a centred normal of deviation
`E = tau sigma_p / sqrt(2m)` (B/4 own active samples a filter). A pair of the other class is trained until
`<w + eps, xi_k> < 0`: where its shift is positive it goes down to minus the shift, so the mean of `-rho_under/(P-1)`
is `E / sqrt(2 pi)`, whatever d and B are. An own-class pair goes up only until it is above zero, where the reach stops
it. Then the noise `<w_jr, xi>` of a new input has a part of deviation `E sqrt(n/(4d))`, against `gamma` of order one:
harm from `(P-1) E sqrt(n/d) ~ 1` on, if `T_1` is long enough to get there, `1/(n SNR^2) > sqrt(d/n)`, which is
`||mu|| < d^{1/4} n^{-1/4} (P-1) sigma_p`.

Source
------
This suite.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from dynamics import Phase, Setting
from theorems.boundary import natural
from theorems.condition import t1_epochs, tau_rule
from theorems.overfitting import EPSILON, HARM
from theorems.statement import (
    Control,
    Inequalities,
    Inequality,
    Ladder,
    Observation,
    Observations,
    Quantity,
    Statement,
    World,
)
from theorems.worlds import regime

LEVEL = 2.0
"""Mean of -rho_under that counts as unlearned noise."""
TOO_LARGE = 1e4
"""Times `tau_rule`."""


def unlearned(o: Observation) -> float:
    """Return the mean of `-rho_under` over the pairs of the other class, at the end."""
    other = np.broadcast_to(~o.sample.own, o.trained.rho[-1].shape)
    return float(-o.trained.rho[-1][other].mean())


def _rises(observations: Observations, values: Sequence[float], level: float) -> float:
    """Return the radius from which on the values are above the level; NaN if the grid does not hold it."""
    taus = [o.world.phases[0].tau or 0.0 for o in observations]
    below = [k for k, value in enumerate(values) if value <= level]
    if not below or below[-1] == len(values) - 1:
        return math.nan
    k = below[-1]
    share = (level - values[k]) / (values[k + 1] - values[k])
    return float(taus[k] * (taus[k + 1] / taus[k]) ** share)


def radius_of_unlearning(observations: Observations) -> float:
    """Return the radius at which the mean of `-rho_under` is `LEVEL`."""
    return _rises(observations, [unlearned(o) for o in observations], LEVEL)


def radius_of_harm(observations: Observations) -> float:
    """Return the radius at which the final test error rises through p + 0.1."""
    p = observations[0].world.setting.p
    return _rises(observations, [o.tested.value for o in observations], p + HARM)


def unlearning(s: Setting) -> tuple[World, ...]:
    """Return the worlds around `6 sqrt(m) / ((P-1) sigma_p)`, SAM for `T_1`."""
    centre = 6 * math.sqrt(s.m) / ((s.P - 1) * s.sigma_p)
    return tuple(_world(s, centre * 2.0**k) for k in range(-2, 3))


def harm(s: Setting) -> tuple[World, ...]:
    """Return the worlds around `2 sqrt(m d / n) / ((P-1) sigma_p)`, SAM for `T_1`, then SGD."""
    centre = 2 * math.sqrt(s.m * s.d / s.n) / ((s.P - 1) * s.sigma_p)
    return tuple(_world(s, centre * 2.0**k, Phase("sgd", 20_000)) for k in range(-2, 4))


def _world(s: Setting, tau: float, *after: Phase) -> World:
    tested = 4_000 if after else 0
    phases = (Phase("sam", t1_epochs(s), tau=tau), *after)
    return World(s, phases, record_every=10**9, tol=EPSILON if after else None, test_samples=tested)


def _below(
    share: float, d: int, n: int = 20, m: int = 10, P: int = 2, sigma_p: float = 1.0, step: float = 0.5
) -> Setting:
    """Return a setting with signal at this share of `d^{1/4} n^{-1/4} (P-1) sigma_p`, in natural units."""
    mu_norm = share * (d / n) ** 0.25 * (P - 1) * sigma_p
    return natural(regime(n=n, d=d, m=m, mu_norm=mu_norm, B=n, P=P, sigma_p=sigma_p), step=step)


def _ladder(
    name: str,
    values: Sequence[float],
    worlds: Iterable[tuple[World, ...]],
    quantity: Quantity,
    exponent: float,
    within: float,
) -> Ladder:
    rungs = tuple((float(value), found) for value, found in zip(values, worlds, strict=True))
    return Ladder(name, rungs, quantity, exponent - within, exponent + within, exponent)


_M, _D, _SIGMA = (4, 8, 16, 32, 64), (10_000, 20_000, 40_000, 80_000, 160_000), (0.1, 0.3, 1.0, 3.0, 10.0)
_STRONG = (80_000, 160_000, 320_000, 640_000, 1_280_000)


def in_m(exponent: float) -> Ladder:
    """Return the ladder of unlearning in m with this exponent predicted."""
    settings = [_below(0.5, 10_000, n=40, m=m) for m in _M]
    worlds = map(unlearning, settings)
    return _ladder("radius of unlearning against m", _M, worlds, radius_of_unlearning, exponent, 0.2)


def harm_in_d(exponent: float) -> Ladder:
    """Return the ladder of harm in d with this exponent predicted."""
    worlds = [harm(_below(0.5, d, step=1.0)) for d in _STRONG]
    return _ladder("radius of harm against d", _STRONG, worlds, radius_of_harm, exponent, 0.15)


def claim(o: Observation) -> Inequalities:
    """Compare the least gamma at `T_1` with that at `tau_rule`."""
    least = float(o.rival_trained.gamma[-1].min())
    return (Inequality("least gamma(T_1) over that at tau_rule", float(o.trained.gamma[-1].min()) / least, 0.9, ">="),)


def _signal(s: Setting, *phases: Phase) -> World:
    rule = Phase("sam", t1_epochs(s), tau=tau_rule(s))
    far = Phase("sam", t1_epochs(s), tau=TOO_LARGE * tau_rule(s))
    return World(s, phases or (far,), rival=(rule,), record_every=10**9)


SIGNAL = (_below(0.5, 10**5), _below(0.3, 10**6, n=40, m=20), _below(0.4, 10**5, P=4, sigma_p=0.3))

STATEMENT = Statement(
    kind="scaling",
    formula=r"-\underline\rho \sim (P-1)\,\tau\,\sigma_p/\sqrt m,\qquad \tau_{\mathrm{harm}}\sim d^{1/2}",
    predicts="rho_under ~ (P-1) tau sigma_p / sqrt(m); harm from tau ~ d^(1/2) on; signal is not slowed",
    claim=claim,
    worlds=tuple(_signal(s) for s in SIGNAL),
    draws={"quick": 4, "full": 16},
    ladders=(
        in_m(0.5),
        _ladder(
            "radius of unlearning against sigma_p",
            _SIGMA,
            [unlearning(_below(0.5, 20_000, sigma_p=sigma_p)) for sigma_p in _SIGMA],
            radius_of_unlearning,
            -1.0,
            0.05,
        ),
        _ladder(
            "radius of unlearning against d",
            _D,
            [unlearning(_below(0.35, d)) for d in _D],
            radius_of_unlearning,
            0.0,
            0.1,
        ),
        harm_in_d(0.5),
    ),
    replicas={"quick": 18, "full": 60},
    controls=(
        Control("exponent 1 in m", worlds=(), ladders=(in_m(1.0),)),
        Control("a radius of harm that does not depend on d", worlds=(), ladders=(harm_in_d(0.0),)),
        Control(
            "SGD in the place of SAM: the signal is lost",
            worlds=tuple(_signal(s, Phase("sgd", t1_epochs(s))) for s in SIGNAL[:1]),
            ladders=(),
        ),
    ),
)
