"""The time in which SAM learns the signal is T_1.

Statement
---------
Under SAM the time until the mean of `gamma_jr` is 0.05 scales as `T_1 = m B / (eta n ||mu||^2)` epochs: exponents -1
in eta, -2 in `||mu||`, 1 in m and B.

Hypotheses
----------
The SAM stage with the radius of Theorem 4.1, at a small `n SNR^2` and without flips.

Proof idea
----------
Every `gamma_jr` grows at the rate `Theta(eta ||mu||^2 / m)` a step (`signal_learning`).
*Finite sizes.* The ascent's reach along mu lengthens the time by terms that grow with m (`theorems.sam.reach`): 0.04 in
the exponent at `n SNR^2 = 0.008`. The ladder in m has a fourth of that, and its times are read without them. (A fit of
`1 + c sqrt(m)`, tried on blocks 0 and 3, left 0.003; what is stated was tested on blocks 6 and 7.)

Source
------
Signal learning, paper.
"""

from dynamics import Phase, Setting
from dynamics.units import regime
from theorems.condition import t1_epochs, tau_paper
from theorems.ladders import ladder
from theorems.sam.reach import time_to_signal, time_without_reach
from theorems.statement import Finite, World, scaling


def rung(s: Setting) -> World:
    """Return the world of one rung: SAM for `T_1`; half is too short where one class has four samples of twenty."""
    epochs = t1_epochs(s)
    return World(s, (Phase("sam", epochs=epochs, tau=tau_paper(s)),), record_every=max(1, epochs // 200))


BASE = regime(n=20, d=10**10, m=20, mu_norm=2000.0, B=20, p=0.0, step=0.1, start=0.001)
ETA = tuple(BASE.eta * factor for factor in (0.25, 0.5, 1.0, 2.0, 4.0))
MU = tuple(BASE.mu_norm * factor for factor in (0.125, 0.18, 0.25, 0.35, 0.5))
_WEAK = BASE.replace(mu_norm=BASE.mu_norm / 2, eta=4 * BASE.eta)

_EULER = Finite("05_sgd_convergence", correction=1.0)

STATEMENT = scaling(
    ladder("time to signal against eta", BASE, "eta", ETA, rung, time_to_signal, -1.0, _EULER),
    ladder("time to signal against ||mu||", BASE, "mu_norm", MU, rung, time_to_signal, -2.0),
    ladder("time to signal against m", _WEAK, "m", (10, 20, 40, 80, 160), rung, time_without_reach, 1.0),
    ladder("time to signal against B", BASE, "B", (2, 4, 5, 10, 20), rung, time_to_signal, 1.0),
    predicts="time to mean gamma_jr = 0.05 ~ m B / (eta ||mu||^2)",
    formula=r"T(\gamma\ge0.05)=\Theta\bigl(mB/(\eta\,n\|\mu\|_2^2)\bigr)",
    uses=("signal_learning",),
    replicas=(24, 60),
    controls={"1 / ||mu||": ladder("against ||mu||", BASE, "mu_norm", MU, rung, time_to_signal, -1.0)},
)
