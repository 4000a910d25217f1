"""A large radius does not slow the signal down.

Statement
---------
With full batches the least `gamma_jr(T_1)` at ten thousand times the radius of `tau_rule` is at least 0.9 of that at
`tau_rule`. (It grows up to twice as fast.)

Hypotheses
----------
None is asked for; full batches.

Proof idea
----------
The ascent takes the margin of clean samples away, so their slopes go from 1/2 to 1.

Source
------
This suite.
"""

from dynamics import Phase, Setting
from theorems.beyond.radius.largest import below
from theorems.condition import t1_epochs, tau_rule
from theorems.statement import Inequalities, Inequality, Observation, World, bound

TOO_LARGE = 1e4
"""Times `tau_rule`."""


def claim(o: Observation) -> Inequalities:
    """Compare the least gamma at `T_1` with that at `tau_rule`."""
    least = float(o.rival_trained.gamma[-1].min())
    return (Inequality("least gamma(T_1) over that at tau_rule", float(o.trained.gamma[-1].min()) / least, 0.9, ">="),)


def _world(s: Setting, *phases: Phase) -> World:
    rule = Phase("sam", t1_epochs(s), tau=tau_rule(s))
    far = Phase("sam", t1_epochs(s), tau=TOO_LARGE * tau_rule(s))
    return World(s, phases or (far,), rival=(rule,), record_every=10**9)


SETTINGS = (below(0.5, 10**5), below(0.3, 10**6, n=40, m=20), below(0.4, 10**5, P=4, sigma_p=0.3))

STATEMENT = bound(
    claim,
    predicts="least gamma(T_1) at 10^4 tau_rule >= 0.9 times that at tau_rule",
    formula=r"\min_{j,r}\gamma_{j,r}^{(T_1)}(10^4\,\tau)\ge0.9\,\min_{j,r}\gamma_{j,r}^{(T_1)}(\tau)",
    worlds=tuple(_world(s) for s in SETTINGS),
    draws=(4, 16),
    controls={"SGD in the place of SAM: the signal is lost": _world(SETTINGS[0], Phase("sgd", t1_epochs(SETTINGS[0])))},
)
