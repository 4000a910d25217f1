"""Deactivation works while the signal is weak against the noise patch.

Statement
---------
Half of the noise-aligned pairs survive SAM's ascent, at a start `<w, xi>` of fixed size, at `||mu||* ~ sqrt(m d / B)
sigma_p`: the line `d / (B ||mu||^2 / (P sigma_p)^2)` of Condition 3.1, which follows from that of `signal_necessity` as
`B <= n`, and m, which it lacks.

Hypotheses
----------
None is asked for.

Proof idea
----------
A gradient whose norm is that of its signal, `||grad||_F ~ ||mu|| / (4 sqrt(m))`, moves the product of an active pair by
`tau sigma_p^2 d / (2 B m) / ||grad||_F`; with `tau = m sqrt(B) / (P sigma_p sqrt(d))` and P = 2 this is `sqrt(md/B)
sigma_p / ||mu||`.

Source
------
This suite, notebook 11; the lines are in Condition 3.1 of the paper.
"""

from collections.abc import Sequence
from dataclasses import replace

from dynamics import Phase, Setting
from dynamics.replay import replay
from dynamics.units import regime
from theorems.beyond.necessity.breaking import breaking_point
from theorems.condition import tau_paper
from theorems.ladders import ladder
from theorems.statement import Ladder, Observation, Observations, World, scaling

START = 0.1
"""Standard deviation of `(P-1) <w(0), xi>` where the ascent is looked at."""


def sam_worlds(s: Setting) -> tuple[World, ...]:
    """Return one epoch of SAM, at signal strengths around `sqrt(md/B) sigma_p / START`."""
    at = s.replace(sigma_0=START / ((s.P - 1) * s.sigma_p * s.d**0.5), eta=0.1 * s.B * s.m / s.d)
    unit = (s.m * s.d / s.B) ** 0.5 * s.sigma_p / START
    settings = [at.replace(mu_norm=factor * unit) for factor in (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)]
    return tuple(World(t, (Phase("sam", epochs=1, tau=tau_paper(t)),), record_every="step") for t in settings)


def end_of_deactivation(observations: Observations) -> float:
    """Return the signal strength at which half of the active own pairs stay active at `W + eps`, in the first step."""
    return breaking_point([o.world.setting.mu_norm for o in observations], [_share(o) for o in observations], 0.5)


def _share(o: Observation) -> float:
    step = next(iter(replay(o.trained)))
    pairs = (step.noise > 0) & o.sample.own[..., step.batch]
    return float((step.noise + step.noise_shift > 0)[pairs].mean())


BASE = regime(n=80, d=10**8, m=20, mu_norm=1.0, B=80)
D = (10**6, 10**7, 10**8, 10**9, 10**10)
N = (20, 40, 80, 160, 320)
M = (10, 20, 40, 80, 160)
B = (10, 16, 20, 40, 80)


def against(parameter: str, values: Sequence[int], exponent: float, base: Setting = BASE) -> Ladder:
    """Return a ladder of the end of deactivation."""
    name = f"end of deactivation against {parameter}"
    made = ladder(name, base, parameter, values, sam_worlds, end_of_deactivation, exponent)
    return replace(made, neighbours=(exponent - 1 / 6, exponent + 1 / 6)) if parameter == "B" else made


STATEMENT = scaling(
    against("d", D, 0.5),
    against("m", M, 0.5),
    against("B", B, -0.5),
    predicts="deactivation works up to ||mu|| ~ sqrt(m d/B)",
    formula=r"\|\mu\|^*_{\rm SAM}\sim\sqrt{md/B}\,\sigma_p",
    uses=("deactivation",),
    replicas=(30, 100),
    controls={"n in the place of B": against("n", N, -0.5, BASE.replace(B=10)), "no m": against("m", M, 0.0)},
)
