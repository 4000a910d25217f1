"""Memorisation follows Lambert's W.

Statement
---------
With full batches, `x_i = (1/m) sum_r rho_bar_{y_i,r,i}` lies for all t in `[X(t; c_i, e^kappa), X(t; C_i, e^-kappa)
+ C_i / (1 + e^-kappa)]`, where `X + b e^X = c t + b`, `c_i = eta (P-1)^2 ||xi_i||^2 |S_i| / (n m^2)` with `S_i` the
filters active on the sample at the start, and `C_i` likewise with the filters that cross terms could make active.
The sandwich is at most `2 kappa + log q_i + (1 - 1/q_i) e^{-1-kappa} + C_i/(1 + e^-kappa)` wide, `q_i = C_i / c_i`.

Hypotheses
----------
Those of `theorems.sgd.path`, and `C_i <= 4`, so that one step is monotone in x.

Proof idea
----------
The increment is `c_i |l'_i|` with `|l'_i| = 1/(1 + e^{y_i f_i})` and `y_i f_i` within kappa of x
(`margin_is_memorisation`); activations persist. Compare with `x_{t+1} = x_t + c/(1 + b e^{x_t})`, which is
sandwiched by its continuous companion: `X(t) <= x_t <= X(t) + c/(1+b)`.

Source
------
Closed form of noise memorisation, paper; in the form of Lambert's W, `dynamics.closed_form`.
"""

import numpy as np

from dynamics.arrays import Array
from dynamics.closed_form import memorisation
from theorems.sgd import path
from theorems.statement import Inequalities, Margins, Observation, bound, worst


def hypotheses(o: Observation) -> Margins:
    """Return the margins of the path, full batches, and monotone steps."""
    s = o.world.setting
    return path.hypotheses(o) | {"B / n": s.B / s.n, "4 / C_i": 4 / float(path.speeds(o)[1].max())}


def sandwich(o: Observation, slow: Array, fast: Array, b: float) -> tuple[Array, Array]:
    """Return both closed forms at each record, `X(t; c_i, b)` and `X(t; C_i, 1/b) + C_i / (1 + 1/b)`.

    Parameters
    ----------
    o : Observation
        Of a run with full batches.
    slow, fast : ndarray, shape (n,)
        `c_i` and `C_i`, dimensionless; a sample with 0 is not memorised.
    b : float
        `e^kappa`.

    Returns
    -------
    below, above : ndarray, shape (T, n)
    """
    t = o.trained.epoch[:, None].astype(float)
    return _solution(slow, b, t), _solution(fast, 1 / b, t) + fast / (1 + 1 / b)


def _solution(c: Array, b: float, t: Array) -> Array:
    some = c > 0
    return np.where(some, memorisation(np.where(some, c, 1.0), b, t), 0.0)


def claim(o: Observation, kappa_factor: float = 1.0) -> Inequalities:
    """Compare the memorisation of every sample at every record with both closed forms."""
    run, x = o.trained, path.memorisation_of(o)
    slow, fast = path.speeds(o)
    b = float(np.exp(kappa_factor * path.path_bounds(o).kappa))
    below, above = sandwich(o, slow, fast, b)
    kappa, q = np.log(b), fast / slow
    width = 2 * abs(kappa) + np.log(q) + (1 - 1 / q) * np.exp(-1 - kappa) + fast / (1 + 1 / b)
    later = run.epoch > 0  # at the start both sides are 0
    return (
        worst("x - lower closed form", (x - below)[later], ">=", 0.0),
        worst("upper closed form - x", (above - x)[later], ">=", 0.0),
        worst("width of the sandwich", above - below, "<=", width),
    )


STATEMENT = bound(
    claim,
    hypotheses,
    predicts="mean rho_bar between two solutions of X + b e^X = c t + b",
    formula=r"X(t;c_i,e^{\kappa})\le\tfrac1m\textstyle\sum_r\overline\rho_{y_i,r,i}^{(t)}\le X(t;C_i,e^{-\kappa})"
    r"+\tfrac{C_i}{1+e^{-\kappa}},\quad X+be^X=ct+b",
    worlds=path.WORLDS[:2],
    draws=(2, 16),
    uses=("margin_is_memorisation", "activation_persistence"),
    controls={"kappa forgotten, and the sign of its log": (lambda o: claim(o, kappa_factor=-1.0), path.WORLDS[0])},
)
