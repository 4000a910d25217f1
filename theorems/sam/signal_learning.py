"""SAM learns the signal at full speed, with every filter.

Statement
---------
Under SAM every `gamma_jr` grows at the rate `Theta(eta ||mu||^2 / m)` a step, whichever sign `<w_jr + eps_jr, mu>`
has: over t steps it gains at least `(t - H) low` and at most `t high` times `eta ||mu||^2 / m`, with `low = min_j
[|S_+ and {y_hat = j}| / 4 - |S_- and {y_hat = j}|] / n` and `high = max_j |S_+ and {y_hat = j}| / n`. So
`gamma_jr(T_1) = Omega(1)`. In the limit form: the time to `gamma >= 0.05` for all filters scales as `T_1 = m B /
(eta n ||mu||^2)` epochs.

Hypotheses
----------
Those of `deactivation`, and more clean than four times the flipped samples in each true class.

Proof idea
----------
The increment is `(eta ||mu||^2 / (Bm)) [sum_{I and S_+} |l'_i| 1(..) - sum_{I and S_-} |l'_i| 1(..)]` with slopes
at `W + eps`; with s the sign of `<w_jr + eps_jr, mu>` the indicators choose the samples with `y_hat_i = s`. Of a
clean sample `y f(W + eps) <= log 3`, since the ascent takes noise and signal away from its own class, so `|l'| >=
1/4`; always `|l'| <= 1`. Over an epoch each sample comes once. Coefficients change sign of the product at most
once, and that epoch is not counted.

Source
------
Signal learning, paper; constant derived here.
"""

from collections.abc import Sequence

from dynamics import Phase, Setting
from theorems.condition import over, t1_epochs, tau_paper
from theorems.ladders import first_time, ladder
from theorems.regimes import regime
from theorems.sam import deactivation
from theorems.statement import Control, Inequality, Margins, Observation, Statement, World, worst


def _counts(o: Observation) -> list[tuple[int, int]]:
    """Return the clean and the flipped samples of each true class."""
    x = o.sample
    clean = x.y == x.y_hat
    return [(int((clean & (x.y_hat == j)).sum()), int((~clean & (x.y_hat == j)).sum())) for j in (1, -1)]


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the SAM stage, and that of the clean samples over four times the flipped ones."""
    majority = min(over(clean, 4 * flipped) for clean, flipped in _counts(o))
    return dict(deactivation.hypotheses(o)) | {"clean / 4 flipped": majority}


def claim(o: Observation, factor: float = 1.0) -> Sequence[Inequality]:
    """Compare every gamma, at every record, with both rates times the steps (one epoch less for the lower)."""
    s, run = o.world.setting, o.trained
    low = min(clean / 4 - flipped for clean, flipped in _counts(o)) / s.n
    high = max(clean for clean, _ in _counts(o)) / s.n
    unit = s.eta * s.mu_norm**2 / s.m
    steps = run.step[1:, None, None]
    gamma = run.gamma[1:] / unit
    return (
        worst("gamma_jr(t) / (steps eta ||mu||^2/m), lower", gamma / steps, ">=", factor * low * (1 - s.H / steps)),
        worst("gamma_jr(t) / (steps eta ||mu||^2/m), upper", gamma / steps, "<=", high),
        worst("gamma_jr(T_1)", run.gamma[-1], ">=", factor * low * unit * (run.step[-1] - s.H)),
    )


def time_to_signal(observations: Sequence[Observation]) -> float:
    """Return the epochs until every `gamma_jr` is 0.05."""
    (o,) = observations
    return first_time(o.trained.epoch, o.trained.gamma.min((1, 2)), 0.05)


def rung(s: Setting) -> World:
    """Return the world of one rung: SAM for half of `T_1`, recorded a hundred times."""
    epochs = t1_epochs(s) // 2
    return World(s, (Phase("sam", epochs=epochs, tau=tau_paper(s)),), record_every=max(1, epochs // 100))


BASE = regime(n=20, d=10**10, m=20, mu_norm=2000.0, B=20, p=0.0, step=0.1, start=0.001)
FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
ETA = tuple(BASE.eta * factor for factor in FACTORS)
MU = tuple(BASE.mu_norm * factor for factor in (0.5, 0.7, 1.0, 1.4, 2.0))
WORLDS = tuple(World(w.setting, w.phases, record_every=5) for w in deactivation.WORLDS)

STATEMENT = Statement(
    id="signal_learning",
    kind="bound",
    title="SAM learns the signal with every filter",
    formula=r"\gamma_{j,r}^{(t+1)}-\gamma_{j,r}^{(t)}=\Theta\bigl(\eta\|\mu\|_2^2/m\bigr),\qquad "
    r"\gamma_{j,r}^{(T_1)}=\Omega(1)\ \ \forall j,r",
    predicts="gamma_jr grows at Theta(eta ||mu||^2/m) a step; gamma_jr(T_1) = Omega(1); T_1 ~ m B / (eta n ||mu||^2)",
    source="paper, signal learning; constant derived here",
    hypotheses=hypotheses,
    claim=claim,
    worlds=WORLDS,
    draws={"quick": 2, "full": 16},
    ladders=(
        ladder("time to signal against eta", BASE, "eta", ETA, rung, time_to_signal, -1.0, within=0.1),
        ladder("time to signal against ||mu||", BASE, "mu_norm", MU, rung, time_to_signal, -2.0, within=0.1),
        ladder("time to signal against m", BASE, "m", (10, 20, 40, 80, 160), rung, time_to_signal, 1.0, within=0.2),
        ladder("time to signal against B", BASE, "B", (2, 4, 5, 10, 20), rung, time_to_signal, 1.0, within=0.1),
    ),
    replicas={"quick": 12, "full": 60},
    controls=(
        Control("slope 1 in the place of 1/4", worlds=WORLDS[1:2], claim=lambda o: claim(o, factor=4.0), ladders=()),
        Control(
            "time to signal ~ 1 / ||mu||",
            worlds=(),
            ladders=(
                ladder("time to signal against ||mu||", BASE, "mu_norm", MU, rung, time_to_signal, -1.0, within=0.1),
            ),
        ),
    ),
)
