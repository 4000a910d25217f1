"""A batch of one class: the ascent switches off the signal too.

Statement
---------
With one sample a batch (B = 1), no flips, and `reach = tau ||mu||^2 / ((P-1) sigma_p sqrt(N d))`, N the number of
filters that are active on a sample: SAM moves no filter whose signal product lies between 0 and its reach. At every
step `j <w_jr, mu> <= max(j <w_jr(0), mu>, climb) + eta ||mu||^2/m + drift` for all filters that start below the least
reach, less those two: what is learned is at most what brings `j <w_jr, mu>` to zero, and gamma stalls there for as
long as the stage lasts.

Hypotheses
----------
Typical start; `B = 1` and `p = 0`; `||mu|| >= 2 (P-1) sigma_p sqrt(2 log(6n/delta))`, so that the ascent along mu
outweighs what the noise of the sample moves; and a least reach above `climb + eta ||mu||^2/m + drift`.

Proof idea
----------
The gradient of a sample of class y is `|l'|/m` times a sum over its active filters, so the slope drops out of `eps`:
its norm is at most `(|l'|/m) D`, `D^2 = N ((P-1) ||xi|| + ||mu||)^2`. Let `0 < j <w_jr, mu>`. A sample of class j
moves it by at most `-tau (||mu||^2 - (P-1) |<xi, mu>|) / D`: less than zero, if it was below that reach, and then the
filter does not see the sample. A sample of the other class does not see the filter either, unless its noise lifts the
product over zero, by at most `climb = tau (P-1) |<xi, mu>| / D_0`, `D_0` the least norm: so gamma may grow up to
there, and not beyond. `drift` is what the noise coefficients add to `<w_jr, mu>`.

Source
------
This suite. The reach, with the gain of larger batches, is derived in notebook 09.
"""

from dataclasses import replace

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS, Array
from dynamics.replay import replay
from dynamics.units import regime
from theorems.concentration.typical import typical_start
from theorems.condition import over
from theorems.statement import Inequalities, Margins, Observation, World, bound, worst


def reaches(o: Observation) -> tuple[float, float]:
    """Return the least reach along mu and `climb`, with the counts of active filters along the run."""
    s, x, tau = o.world.setting, o.sample, o.world.phases[0].tau or 0.0
    copies, signal = s.P - 1, float(np.linalg.norm(x.mu))
    lengths, along = np.linalg.norm(x.xi, axis=1), np.abs(x.xi @ x.mu)
    active = [((step.noise > 0).sum((0, 1))[0], int(step.batch[0])) for step in replay(o.trained)]
    most, least = max(n for n, _ in active), min(n for n, _ in active)
    longest = np.sqrt(most) * copies * lengths + np.sqrt(2 * s.m) * signal
    shortest = np.sqrt(max(least, 1)) * copies * lengths - np.sqrt(2 * s.m) * signal
    return (
        float((tau * (signal**2 - copies * along) / longest).min()),
        float((tau * copies * along / np.maximum(shortest, 1e-300)).max()),
    )


def _products(o: Observation) -> tuple[Array, float]:
    """Return `j <w_jr, mu>` at each record, and how far noise coefficients have moved it at most."""
    x, run = o.sample, o.trained
    products = SIGNS[:, None] * run.signal_products
    drift = np.abs(products - SIGNS[:, None] * (x.w0 @ x.mu) - run.gamma).max()
    return products, float(2 * drift)


def _allowed(o: Observation) -> float:
    s, (_, climb) = o.world.setting, reaches(o)
    return climb + s.eta * s.mu_norm**2 / s.m + _products(o)[1]


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the hypotheses."""
    s = o.world.setting
    L1 = np.log(6 * s.n / o.world.delta)
    return {
        "typical start": typical_start(o),
        "one sample a batch, no flips": float(s.B == 1 and s.p == 0),
        "||mu|| / (2 (P-1) sigma_p sqrt(2 L'))": s.mu_norm / (2 * (s.P - 1) * s.sigma_p * np.sqrt(2 * L1)),
        "reach along mu / (climb + a step + drift)": over(reaches(o)[0], _allowed(o)),
    }


def claim(o: Observation, share: float = 1.0) -> Inequalities:
    """Compare `j <w_jr, mu>` of filters that start below a share of the reach, at every step, with where it stalls."""
    s, x = o.world.setting, o.sample
    (reach, climb), (products, drift) = reaches(o), _products(o)
    start = SIGNS[:, None] * (x.w0 @ x.mu)
    spoken_of = start < share * reach - s.eta * s.mu_norm**2 / s.m - drift
    stall = np.maximum(start, climb)[spoken_of] + s.eta * s.mu_norm**2 / s.m + drift
    return (
        worst("j <w, mu> of filters below the reach, over where it stalls", products[:, spoken_of] / stall, "<=", 1.0),
    )


def _world(s: Setting, times: float) -> World:
    """Return the world with a radius of so many reaches of a standard deviation of the start."""
    unit = s.sigma_0 * (s.P - 1) * s.sigma_p * np.sqrt(s.m * s.d) / s.mu_norm
    return World(s, (Phase("sam", epochs=60, tau=float(times * unit)),), record_every="step")


_FIRST = regime(n=20, d=10**8, m=20, mu_norm=100.0, B=1, p=0.0, step=0.05, start=0.005)
WORLDS = (
    _world(_FIRST, 0.7),
    _world(regime(n=30, d=10**9, m=40, mu_norm=40.0, B=1, P=3, sigma_p=0.5, p=0.0, step=0.02, start=0.01), 4.0),
)

STATEMENT = bound(
    claim,
    hypotheses,
    predicts="B = 1: filters with j <w, mu> < tau ||mu||^2 / ((P-1) sigma_p sqrt(N d)) learn no signal",
    formula=r"0<j\langle w_{jr},\mu\rangle<\frac{\tau\|\mu\|_2^2}{(P-1)\sigma_p\sqrt{Nd}}\ \Rightarrow\ "
    r"\gamma_{jr}\ \text{stalls}",
    worlds=WORLDS,
    draws=(2, 16),
    uses=("coefficient_recursion", "noise_norms", "noise_signal"),
    controls={
        "filters up to three times the reach": (lambda o: claim(o, share=3.0), WORLDS[0]),
        "two samples a batch": replace(WORLDS[0], setting=_FIRST.replace(B=2)),
    },
)
