"""A rule for the radius.

Statement
---------
With `tau_rule = sqrt(Bm)/(sigma_p sqrt(d)) [sqrt(2 log(mn)) sigma_0 sigma_p sqrt(d) + eta (P-1) sigma_p^2 d/(Bm)]`,
SAM for `T_1` epochs and then SGD to loss 0.05 has a test error that no radius of a grid over six decades around it
beats by more than 0.05, for any draw of the data that meets the hypotheses. (Outside them it can be far behind: see
the attack. How far, in the mean over all draws, on the paper's own synthetic settings: `results/tau_window.nc`.)

Hypotheses
----------
No test error is below p, so the rule is behind by at most 0.05 where its own is at most `p + 0.05`. That is so where
the signal that it learns outweighs the noise that SGD memorises after it: with `g` the mean lower rate of
`signal_learning` over the batches of the SAM stage (a hypothesis on B, on flips and on the classes: a batch of one
class adds nothing), `b = sqrt(2 log(12m/delta)) sigma_0 ||mu||` and `z = sqrt(2 log 20) + 1/sqrt(2 pi)`,
`g - b >= z sigma_p Lambda`, where `Lambda = ((P-1)/m) sum_jr ||w_jr||` at the end, to leading order: `||w_jr||^2 =
||w_jr(0)||^2 + g^2/||mu||^2 + sum_i ((M + s) m/|S_i|)^2 / ((P-1)^2 ||xi_i||^2)` over the samples of its class on which
it is active, `|S_i|` such filters, `M = -log(e^0.05 - 1)` the margin at loss 0.05, `s = eta (P-1)^2 sigma_p^2 d/(Bm)`
one step. Besides: the typical start, `4 n sqrt(L/d) <= 1`, and 0.4 m active filters a sample.

Proof idea
----------
The bracket bounds the largest product that noise prevention leaves (`theorems.beyond.radius.tau_window`), with the
slope 1 in the place of 1/2 and as many active pairs as at the start: a factor of two or so above the lower end of the
window. So noise is prevented, outputs are small, and every gamma grows to `g` by `T_1`. SGD then gives each sample the
margin M, by the filters that are active on it. The test error is that of `benign_bound`, whose mean of the noise's part
is at most `sigma_p Lambda / sqrt(2 pi)`.

Source
------
This suite.
"""

import numpy as np

from dynamics import Phase, Setting
from dynamics.units import natural, regime
from theorems.beyond.radius.outweigh import hidden_by, learned
from theorems.concentration.starts import SMALL
from theorems.concentration.typical import typical_start
from theorems.condition import t1_epochs, tau_rule
from theorems.overfitting import EPSILON
from theorems.statement import Inequalities, Inequality, Margins, Observation, World, bound

BEHIND = 0.05
"""How far the rule may be behind the best radius in one draw, in test error."""
FACTORS = (1e-3, 0.1, 10.0, 1e3)
"""Other radii, over that of the rule; the attack looks between them."""
SETTINGS = (
    SMALL.replace(d=1_000),
    SMALL,
    SMALL.replace(d=20_000),
    natural(regime(n=20, d=10**5, m=10, mu_norm=4.0, B=20), step=0.5),
    natural(regime(n=40, d=10**5, m=20, mu_norm=5.0, B=10), step=0.5),
    natural(regime(n=20, d=10**5, m=20, mu_norm=12.0, B=20, P=4), step=0.5),
)
"""Where the figure of the window looks: the paper's own synthetic settings, and others; outside the hypotheses."""
INSIDE = (
    regime(n=16, d=4 * 10**6, m=280, mu_norm=10.0, B=16, p=0.0, step=0.5, start=0.001),
    regime(n=32, d=10**7, m=280, mu_norm=12.0, B=16, p=0.02, step=0.5, start=0.001),
    regime(n=16, d=4 * 10**6, m=280, mu_norm=15.0, B=16, P=4, sigma_p=0.5, p=0.0, step=0.5, start=0.001),
)
"""Inside the hypotheses, where SGD is far from its best."""


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the typical start, of the cross terms, of active filters, and of the signal learned."""
    s, x, delta = o.world.setting, o.sample, o.world.delta
    g = learned(o)
    b = np.sqrt(2 * np.log(12 * s.m / delta)) * s.sigma_0 * s.mu_norm
    active = (x.own & (x.w0 @ x.xi.T > 0)).sum((0, 1)).min()
    return {
        "typical start": typical_start(o),
        "1 / (4 n sqrt(log(6n^2/delta) / d))": 1 / (4 * s.n * np.sqrt(np.log(6 * s.n**2 / delta) / s.d)),
        "active filters / 0.4 m": float(active) / (0.4 * s.m),
        "signal learned / what hides it": float(g - b) / hidden_by(o, max(g, 0.0), BEHIND),
    }


def claim(o: Observation) -> Inequalities:
    """Compare the test error with that of another radius, from the same data, start, batches and test noise."""
    if o.rival_error is None:
        raise ValueError("tau_rule needs a rival that was tested")
    behind = o.tested.value - o.rival_error.value
    spread = 3 * max(o.tested.stderr, o.rival_error.stderr)
    return (Inequality("test error of the rule - that of another radius", behind, BEHIND, "<=", uncertainty=spread),)


def schedule(s: Setting, tau: float) -> tuple[Phase, ...]:
    """Return SAM with this radius for `T_1` epochs, then SGD."""
    return (Phase("sam", t1_epochs(s), tau=tau), Phase("sgd", 20_000))


def world(s: Setting, factor: float, rival: float) -> World:
    """Return the world in which `factor` times the rule meets `rival` times the rule."""
    rule = tau_rule(s)
    return World(
        s,
        schedule(s, factor * rule),
        rival=schedule(s, rival * rule),
        record_every=10**9,
        tol=EPSILON,
        test_samples=4_000,
    )


STATEMENT = bound(
    claim,
    hypotheses,
    predicts="no radius beats the rule by more than 0.05 in test error",
    formula=r"\tau=\frac{\sqrt{Bm}}{\sigma_p\sqrt d}\Bigl[\sqrt{2\log(mn)}\,\sigma_0\sigma_p\sqrt d"
    r"+\frac{\eta(P-1)\sigma_p^2d}{Bm}\Bigr]",
    worlds=tuple(world(s, 1.0, factor) for s in INSIDE for factor in FACTORS),
    draws=(2, 16),
    uses=("tau_window", "signal_learning", "benign_bound", "noise_norms", "noise_cross"),
    controls={
        "a fifth of the rule": world(INSIDE[0].replace(mu_norm=7.0), 0.2, 1.0),
        "ten million times the rule": world(INSIDE[0], 1e7, 1.0),
    },
)
