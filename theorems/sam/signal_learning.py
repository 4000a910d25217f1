"""SAM learns the signal with every filter.

Statement
---------
Under SAM every `gamma_jr` grows at the rate `Theta(eta ||mu||^2 / m)` a step, whichever sign `<w_jr + eps_jr, mu>`
has. In units of `eta ||mu||^2 / m` a step with the batch b gains at most `max_s clean_{b,s} / B`, and at least
`min_s (clean_{b,s}/4 - flipped_{b,s}) / B` if `clean_{b,s} >= 3 flipped_{b,s}` for both true classes s, else
`-max_s flipped_{b,s} / B`; so `gamma_jr(T_1) = Omega(1)`.

Hypotheses
----------
Those of `deactivation`; the ascent along mu moves `<w, xi>` by less than one step and the start do,
`tau p <= (3/2) step/(P-1) + 2 beta + G`, `p = ||mu|| sqrt(4 B L'/(d (1 - 4B sqrt(L/d))))`; and over the run the lower
rates add up to more than nothing.

Proof idea
----------
The increment is `(eta ||mu||^2 / (Bm)) [sum_{I and S_+} |l'_i| 1(..) - sum_{I and S_-} |l'_i| 1(..)]` with slopes
at `W + eps`; with s the sign of `<w_jr + eps_jr, mu>` the indicators choose the samples of the batch with `y_hat_i
= s`. Always `|l'| <= 1`. At W slopes lie in [1/4, 3/4]; where the clean samples of both classes outweigh three
times the flipped ones, the ascent takes noise and signal away from the class of a clean sample, so its `y f(W +
eps) <= log 3` and `|l'| >= 1/4`. The sign may change from batch to batch, so the smaller class of each batch
counts.

Source
------
Signal learning, paper; constant derived here.
"""

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from dynamics import Sample
from dynamics.arrays import SIGNS, Array
from theorems.condition import over
from theorems.sam import deactivation
from theorems.statement import Inequalities, Margins, Observation, World, bound, worst
from theorems.worlds import early_stage, in_the_gap


def rates(x: Sample, batches: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return the least and the largest gain of the step of each batch, in units of `eta ||mu||^2 / m`.

    Parameters
    ----------
    x : Sample
    batches : ndarray of int, shape (steps, B)

    Returns
    -------
    tuple of ndarray, shape (steps,) each
    """
    of_class = x.y_hat == SIGNS[:, None]
    clean = (of_class & (x.y == x.y_hat))[:, batches].sum(-1)
    flipped = (of_class & (x.y != x.y_hat))[:, batches].sum(-1)
    outweighed = (clean >= 3 * flipped).all(0)
    low = np.where(outweighed, (clean / 4 - flipped).min(0), -flipped.max(0).astype(float))
    return low / batches.shape[1], clean.max(0) / batches.shape[1]


def _rates(o: Observation) -> tuple[Array, Array]:
    """Return the rates of each step of the run; all steps of full batches see all samples, recorded or not."""
    x, path = o.sample, o.trained
    if o.world.setting.B == x.y.size:
        return rates(x, np.broadcast_to(np.arange(x.y.size), (int(path.epoch[-1]), x.y.size)))
    if path.batches is None:
        raise ValueError("signal_learning needs a path that recorded every step, or full batches")
    return rates(x, path.batches)


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the SAM stage, that of the ascent along mu, and that of the lower rates."""
    s, tau, delta = o.world.setting, o.world.phases[0].tau or 0.0, o.world.delta
    L, L1 = np.log(6 * s.n**2 / delta), np.log(6 * s.n / delta)
    along = tau * s.mu_norm * np.sqrt(4 * s.B * L1 / (s.d * max(1 - 4 * s.B * np.sqrt(L / s.d), 1e-9)))
    own = 1.5 * s.eta * (s.P - 1) * s.sigma_p**2 * s.d / (s.B * s.m)
    beta = 2 * np.sqrt(np.log(12 * s.m * s.n / delta)) * s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    through_signal = deactivation.bounds_of(o.world).gamma * s.sigma_p * np.sqrt(2 * L1) / s.mu_norm
    return dict(deactivation.hypotheses(o)) | {
        "one step and the start / ascent along mu": over(own + 2 * beta + through_signal, along),
        "100 x mean lower rate": 100 * float(_rates(o)[0].mean()),
    }


def claim(o: Observation, factor: float = 1.0) -> Inequalities:
    """Compare every gamma after every step with the sums of both rates; `factor` raises the lower one."""
    s, run = o.world.setting, o.trained
    steps = run.step[1:, None, None]
    low, high = (np.cumsum(rate)[steps - 1] for rate in _rates(o))
    gamma = run.gamma[1:] * s.m / (s.eta * s.mu_norm**2)
    return (
        worst("least gamma_jr(t), in eta ||mu||^2/m a step", gamma / steps, ">=", factor * low / steps, scale=1.0),
        worst("largest gamma_jr(t), in eta ||mu||^2/m a step", gamma / steps, "<=", high / steps, scale=1.0),
        worst("gamma_jr(T_1)", run.gamma[-1], ">=", factor * float(low[-1, 0, 0]) * s.eta * s.mu_norm**2 / s.m),
    )


_many, _few, _pure = deactivation.STRONG
# with 30 samples and a tenth of them flipped, most draws have lower rates that add up to less than nothing
_gap = in_the_gap(B=20, step=0.02)
GAP = World(_gap, (early_stage(_gap),), record_every=500)
WORLDS = (_many, replace(_few, setting=_few.setting.replace(p=0.02)), _pure, GAP)

STATEMENT = bound(
    claim,
    hypotheses,
    predicts="gamma_jr grows at Theta(eta ||mu||^2/m) a step; gamma_jr(T_1) = Omega(1)",
    formula=r"\gamma_{j,r}^{(t+1)}-\gamma_{j,r}^{(t)}=\Theta\bigl(\eta\|\mu\|_2^2/m\bigr),\qquad "
    r"\gamma_{j,r}^{(T_1)}=\Omega(1)\ \ \forall j,r",
    worlds=WORLDS,
    draws=(4, 16),
    uses=("deactivation", "coefficient_recursion", "noise_cross", "noise_signal"),
    controls={"lower rate twelve times as large": (partial(claim, factor=12.0), _pure)},
)
