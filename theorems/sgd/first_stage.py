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

import numpy as np

from dynamics import Phase, Setting
from theorems.boundary import SGD_BASE
from theorems.ladders import first_time, ladder
from theorems.statement import Finite, Ladder, Observations, World, scaling


def length(observations: Observations) -> float:
    """Return the epochs until `max rho_bar` is 2."""
    (o,) = observations
    return first_time(o.trained.epoch, o.trained.rho.max((1, 2, 3)), 2.0)


def signal(observations: Observations) -> float:
    """Return the mean of gamma at the end of the stage; NaN if no `rho_bar` is 2 by then."""
    (o,) = observations
    return float(o.trained.gamma[-1].mean()) if o.trained.rho[-1].max() >= 2 else float("nan")


def linearity(observations: Observations) -> float:
    """Return the time to reach 2 over the time to reach 1: 2 for linear growth."""
    (o,) = observations
    growth = o.trained.rho.max((1, 2, 3))
    return first_time(o.trained.epoch, growth, 2.0) / first_time(o.trained.epoch, growth, 1.0)


def world(s: Setting) -> World:
    """Return the world of one rung: SGD for six times as long as `rho_bar` takes to 2 at `l' = -1`."""
    step = s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)
    return World(s, (Phase("sgd", epochs=int(12 / step)),), record_every=max(1, int(0.04 / step)))


def stage(s: Setting) -> World:
    """Return the world of the stage with a length that is prescribed: `6 B m / (eta (P-1)^2 sigma_p^2 d)` epochs.

    Where the stage ends with the fastest of n samples, its length falls a little with n.
    """
    epochs = world(s).phases[0].epochs // 2
    return World(s, (Phase("sgd", epochs=epochs),), record_every=epochs)


BASE = SGD_BASE.replace(d=10**8, mu_norm=30.0, sigma_0=1e-8, eta=0.02 * 40 * 20 / 10**8)
SMALL = BASE.replace(n=20, B=20, eta=4 * BASE.eta)  # for many filters
M = (40, 64, 100, 160, 256)
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
ETA = tuple(BASE.eta * factor for factor in FACTORS)
D = tuple(int(BASE.d * factor) for factor in FACTORS)


def _band(n: int, filters: tuple[int, ...]) -> tuple[float, float]:
    """Return the exponents in m that the fastest of n samples can make of 1.

    `T_1` is that of the sample with the least share q of active filters, `2 + (e^{2q} - 1)/q` in units of an epoch's
    gain; by Hoeffding `1/2 - sqrt(log(n/0.05)/(2m)) <= q`, and `q <= 1/2`.
    """
    m = np.array(filters, float)
    q = 0.5 - np.sqrt(np.log(n / 0.05) / (2 * m))
    x = np.log(m) - np.log(m).mean()
    drift = float(np.log(2 + np.expm1(2 * q) / q) @ x / (x @ x))
    return 1.0, 1.0 + drift


def _in_m(exponent: float) -> Ladder:
    low, high = _band(SMALL.n, M)
    finite = Finite("04_sgd_stage_one", exponent + low - 1, exponent + high - 1)
    return ladder("T_1 against m", SMALL, "m", M, world, length, exponent, finite)


STATEMENT = scaling(
    ladder("T_1 against eta", BASE, "eta", ETA, world, length, -1.0),
    ladder("T_1 against d", BASE, "d", D, world, length, -1.0, Finite("05_sgd_convergence", correction=1.0)),
    _in_m(1.0),
    ladder("T_1 against B", BASE, "B", (5, 8, 10, 20, 40), world, length, 1.0),
    ladder(
        "T_1 against P-1",
        BASE.replace(eta=BASE.eta / 4),
        "P-1",
        (1, 2, 3, 4, 5),
        world,
        length,
        -2.0,
        Finite("05_sgd_convergence", correction=2.0),
    ),
    ladder("gamma against n", BASE.replace(p=0.0, sigma_0=2e-6), "n", (30, 50, 90, 150, 240), stage, signal, 1.0),
    ladder("gamma against ||mu||", BASE, "mu_norm", (5.0, 10.0, 20.0, 40.0, 80.0), stage, signal, 2.0),
    ladder("time to 2 over time to 1, against d", BASE, "d", D, world, linearity, 0.0),
    predicts="T_1 ~ B m / (eta (P-1)^2 sigma_p^2 d) epochs; linear; gamma ~ n SNR^2",
    formula=r"T_1=\Theta\bigl(\tfrac{Bm}{\eta(P-1)^2\sigma_p^2 d}\bigr),\quad "
    r"\max\overline\rho^{(T_1)}\ge 2,\quad \gamma^{(T_1)}=\Theta(n\,\mathrm{SNR}^2)",
    replicas=(14, 60),
    uses=("coefficient_recursion",),
    controls={
        "T_1 without m": _in_m(0.0),
        "gamma ~ SNR": ladder(
            "gamma against ||mu||", BASE, "mu_norm", (5.0, 10.0, 20.0, 40.0, 80.0), stage, signal, 1.0
        ),
    },
)
