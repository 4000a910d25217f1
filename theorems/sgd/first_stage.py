"""The first stage.

Statement
---------
There is `T_1 = Theta(B m / (eta (P-1)^2 sigma_p^2 d))` epochs by which `max rho_bar >= 2`, growing linearly on the
way, and at which `gamma = Theta(n SNR^2)`.

Hypotheses
----------
`n SNR^2` small.

Proof idea
----------
While `rho_bar <= 2` margins are of order one, so slopes are too, and an active coefficient gains `Theta(eta (P-1)^2
sigma_p^2 d / (Bm))` an epoch; gamma gains `Theta(eta n ||mu||^2 / (Bm))`.

Source
------
First stage, paper.
"""

from dynamics import Phase, Setting
from theorems.boundary import SGD_BASE
from theorems.ladders import first_time, ladder
from theorems.statement import Observations, World, scaling


def length(observations: Observations) -> float:
    """Return the epochs until `max rho_bar` is 2."""
    (o,) = observations
    return first_time(o.trained.epoch, o.trained.rho.max((1, 2, 3)), 2.0)


def signal(observations: Observations) -> float:
    """Return the mean of gamma at the end of the stage."""
    (o,) = observations
    reached = o.trained.rho.max((1, 2, 3)) >= 2
    return float(o.trained.gamma[reached.argmax()].mean()) if reached.any() else float("nan")


def linearity(observations: Observations) -> float:
    """Return the time to reach 2 over the time to reach 1: 2 for linear growth."""
    (o,) = observations
    growth = o.trained.rho.max((1, 2, 3))
    return first_time(o.trained.epoch, growth, 2.0) / first_time(o.trained.epoch, growth, 1.0)


def world(s: Setting) -> World:
    """Return the world of one rung: SGD for six times as long as `rho_bar` takes to 2 at `l' = -1`."""
    step = s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)
    return World(s, (Phase("sgd", epochs=int(12 / step)),), record_every=max(1, int(0.04 / step)))


BASE = SGD_BASE.replace(d=10**8, mu_norm=30.0, sigma_0=1e-8, eta=0.02 * 40 * 20 / 10**8)
SMALL = BASE.replace(n=20, B=20, eta=4 * BASE.eta)  # for many filters
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
ETA = tuple(BASE.eta * factor for factor in FACTORS)
D = tuple(int(BASE.d * factor) for factor in FACTORS)

STATEMENT = scaling(
    ladder("T_1 against eta", BASE, "eta", ETA, world, length, -1.0, within=0.05),
    ladder("T_1 against d", BASE, "d", D, world, length, -1.0, within=0.05),
    ladder("T_1 against m", SMALL, "m", (40, 64, 100, 160, 256), world, length, 1.0, within=0.1),
    ladder("T_1 against B", BASE, "B", (5, 8, 10, 20, 40), world, length, 1.0, within=0.1),
    ladder("T_1 against P-1", BASE.replace(eta=BASE.eta / 4), "P-1", (1, 2, 3, 4, 5), world, length, -2.0, within=0.1),
    ladder("gamma against n", BASE.replace(p=0.0), "n", (30, 50, 90, 150, 240), world, signal, 1.0, within=0.1),
    ladder("gamma against ||mu||", BASE, "mu_norm", (5.0, 10.0, 20.0, 40.0, 80.0), world, signal, 2.0, within=0.05),
    ladder("time to 2 over time to 1, against d", BASE, "d", D, world, linearity, 0.0, within=0.05),
    predicts="T_1 ~ B m / (eta (P-1)^2 sigma_p^2 d) epochs; linear; gamma ~ n SNR^2",
    formula=r"T_1=\Theta\bigl(\tfrac{Bm}{\eta(P-1)^2\sigma_p^2 d}\bigr),\quad "
    r"\max\overline\rho^{(T_1)}\ge 2,\quad \gamma^{(T_1)}=\Theta(n\,\mathrm{SNR}^2)",
    replicas=(14, 60),
    uses=("coefficient_recursion",),
    controls={
        "T_1 without m": ladder("T_1 against m", SMALL, "m", (40, 64, 100, 160, 256), world, length, 0.0, within=0.05),
        "gamma ~ SNR": ladder(
            "gamma against ||mu||", BASE, "mu_norm", (5.0, 10.0, 20.0, 40.0, 80.0), world, signal, 1.0, within=0.05
        ),
    },
)
