"""Explicit bounds along a run of SGD, and the hypotheses under which they are proved.

With `T*` the epochs of the run, `L = log(6n^2/delta)`, `L' = log(6n/delta)`, on the typical start:

- `alpha = 4 log T*` bounds every `|rho_jri|`; `beta = 2 max(|<w_jr(0), mu>|, (P-1) |<w_jr(0), xi_i>|)`.
- `gamma <= 2 n SNR^2 alpha`: for each sample let r* be a filter that stays active on it; every step adds at most
  `eta ||mu||^2 |l'_i| / (Bm)` a sample to gamma, and exactly `eta (P-1)^2 ||xi_i||^2 |l'_i| / (Bm)` to its
  `rho_bar` at r*, so `gamma <= sum_i ||mu||^2 rho_bar_i / ((P-1)^2 ||xi_i||^2)` with `||xi_i||^2 >= sigma_p^2 d /
  2`.
- `tracking = 4 n sqrt(L/d) alpha + (P-1) gamma sigma_p sqrt(2 L') / ||mu||` bounds `|(P-1) <w_jr - w_jr(0), xi_i> -
  rho_jri|`, the cross terms of the decomposition.
- `kappa` bounds `|y_i f_i - (1/m) sum_r rho_bar_{y_i,r,i}|`: relu is 1-Lipschitz, so the noise parts of both signs
  are off by at most `beta/2 + tracking` each, and the signal parts are at most `gamma + beta/2` plus the cross term
  `2 n alpha ||mu|| sqrt(2 L') / ((P-1) sigma_p d)`.
- `alpha` is never exceeded: once an active coefficient has passed `alpha/2`, with 0.4 m filters active the margin is
  at least `0.4 alpha/2 - kappa`, so the step that passes it and the rest of training add at most
  `(3/2) step (1 + e^kappa T*^{1/5})`, `step = eta (P-1)^2 sigma_p^2 d / (Bm)`.
- Slopes stay within `e^5`: let q be the largest ratio of the speeds at which samples are memorised. A sample whose
  margin leads by `log(q + (q-1) e^kappa)` gains less than the other; the lead is then at most that, plus `4 kappa`
  (from margins to memorisation and back), plus the steps of one epoch.
- A pair that is active beyond the drift of two epochs stays active: its own gain outweighs the cross terms, which
  are below `1 / (2 e^5)` of it.

`|rho_under| <= alpha` is implied: it is at most `beta + tracking + (3/2) step`. The statements on the path are
proved jointly, by induction over epochs."""

from dataclasses import dataclass

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS, Array
from dynamics.trajectory import RecordEvery
from dynamics.units import regime
from theorems.concentration.typical import typical_start
from theorems.statement import Observation, World


@dataclass(frozen=True)
class PathBounds:
    """Bounds along a run of SGD (see the module's docstring); all dimensionless.

    Attributes
    ----------
    alpha, beta : float
        Bounds of the noise coefficients and, doubled, of the start.
    overlap : float
        `10 n sqrt(L/d) alpha`, what the lower bound of `rho_under` allows beyond `beta`.
    gamma : float
        Bound of the signal coefficients.
    tracking : float
        Bound of the cross terms of `(P-1) <w, xi_i>`.
    kappa : float
        Bound of the distance between margin and memorisation.
    step : float
        What one step adds to an active noise coefficient while `l' = -1`.
    """

    alpha: float
    beta: float
    overlap: float
    gamma: float
    tracking: float
    kappa: float
    step: float


def path_bounds(o: Observation) -> PathBounds:
    """Return the bounds for the run of an observation."""
    s, x, delta = o.world.setting, o.sample, o.world.delta
    copies, epochs = s.P - 1, sum(phase.epochs for phase in o.world.phases)
    L, L1 = np.log(6 * s.n**2 / delta), np.log(6 * s.n / delta)
    alpha = 4 * np.log(epochs)
    beta = 2 * max(np.abs(x.w0 @ x.mu).max(), copies * np.abs(x.w0 @ x.xi.T).max())
    gamma = 2 * s.n * s.snr**2 * alpha
    tracking = 4 * s.n * np.sqrt(L / s.d) * alpha + copies * gamma * s.sigma_p * np.sqrt(2 * L1) / s.mu_norm
    through_noise = 2 * s.n * alpha * s.mu_norm * np.sqrt(2 * L1) / (copies * s.sigma_p * s.d)
    return PathBounds(
        alpha=float(alpha),
        beta=float(beta),
        overlap=float(10 * s.n * np.sqrt(L / s.d) * alpha),
        gamma=float(gamma),
        tracking=float(tracking),
        kappa=float(1.5 * beta + 2 * tracking + gamma + through_noise),
        step=s.eta * copies**2 * s.sigma_p**2 * s.d / (s.B * s.m),
    )


def _cross(s: Setting, delta: float) -> float:
    """Cross terms of an epoch, relative to a pair's own gain at equal slopes."""
    L, L1 = np.log(6 * s.n**2 / delta), np.log(6 * s.n / delta)
    through_signal = 2 * s.n * s.mu_norm * np.sqrt(2 * L1) / ((s.P - 1) * s.sigma_p * s.d)
    return float(4 * s.n * np.sqrt(L / s.d) + through_signal)


def _drift(o: Observation) -> float:
    """Return what `(P-1) <w, xi>` can lose before its batch comes: two epochs' cross terms, 0 with full batches."""
    s = o.world.setting
    return 0.0 if s.n == s.B else 3 * path_bounds(o).step * _cross(s, o.world.delta)


def speeds(o: Observation) -> tuple[Array, Array]:
    """Return what an epoch adds to mean `rho_bar` at `l' = -1`: `eta (P-1)^2 ||xi_i||^2 |S_i| / (B m^2)`, shape (n,).

    First with the filters that stay active, then with all that cross terms could make active.
    """
    s, x = o.world.setting, o.sample
    start = np.where(o.sample.own, (s.P - 1) * (x.w0 @ x.xi.T), -np.inf)
    unit = s.eta * (s.P - 1) ** 2 * np.einsum("id,id->i", x.xi, x.xi) / (s.B * s.m**2)
    bounds = path_bounds(o)
    return unit * (start > _drift(o)).sum((0, 1)), unit * (start > -bounds.tracking).sum((0, 1))


def hypotheses(o: Observation) -> dict[str, float]:
    """Return the margins under which all bounds above, and the statements on the path, are proved, jointly."""
    s, x, bounds = o.world.setting, o.sample, path_bounds(o)
    epochs = sum(phase.epochs for phase in o.world.phases)
    persistent = (np.where(o.sample.own, (s.P - 1) * (x.w0 @ x.xi.T), -np.inf) > _drift(o)).sum((0, 1))
    rest = 1.5 * bounds.step * (1 + np.exp(bounds.kappa) * epochs**0.2)
    slow, fast = speeds(o)
    q = float(fast.max() / slow.min()) if slow.min() > 0 else np.inf
    lead = np.log(q + (q - 1) * np.exp(bounds.kappa)) + 4 * bounds.kappa + 3 * bounds.step
    margins = {
        "typical start": typical_start(o),
        "persistent filters / 0.4 m": float(persistent.min()) / (0.4 * s.m),
        "1 / (2 e^5 cross terms)": 1 / (2 * np.exp(5) * _cross(s, o.world.delta)),
        "alpha/2 / growth beyond it": bounds.alpha / 2 / rest,
        "5 / largest lead of a margin": 5 / float(lead),
    }
    if s.B < s.n:
        threshold = (s.P - 1) * s.sigma_0 * s.sigma_p * np.sqrt(s.d / 2)
        margins["threshold / drift of two epochs"] = float(threshold / _drift(o))
    return margins


def world(*, d: int = 10**12, m: int = 400, epochs: int = 500, record_every: RecordEvery = 2, **sizes: float) -> World:
    """Return a world with `n SNR^2 = 0.001`; at d = 10^12 the bounds are not vacuous."""
    n, P, sigma_p = int(sizes["n"]), int(sizes.get("P", 2)), sizes.get("sigma_p", 1.0)
    mu_norm = float(np.sqrt(0.001 * d / n) * (P - 1) * sigma_p)
    s = regime(d=d, m=m, mu_norm=mu_norm, step=0.05, start=0.02, **sizes)  # type: ignore[arg-type]
    return World(s, phases=(Phase("sgd", epochs=epochs),), record_every=record_every)


FULL = world(n=50, B=50)
MANY = world(n=40, B=40, P=4, sigma_p=0.2, p=0.1)
BATCHES = world(n=40, B=10, P=3, sigma_p=5.0, p=0.0)
STEPS = world(n=40, B=10, P=3, sigma_p=5.0, p=0.1, epochs=100, record_every="step")
"""Mini-batches and flips, looked at inside the epochs too."""
WORLDS = (FULL, MANY, BATCHES, STEPS)


def memorisation_of(o: Observation) -> Array:
    """Return `(1/m) sum_r rho_bar_{y_i,r,i}` at each record, shape (T, n)."""
    return np.where(o.sample.own, o.trained.rho, 0.0).sum((1, 2)) / o.world.setting.m


def margins_of(o: Observation) -> Array:
    """Return `y_i f(W, x_i)` at each record, shape (T, n)."""
    s, x, path = o.world.setting, o.sample, o.trained
    signal = np.maximum(path.signal_products[..., None] * x.y_hat, 0)
    parts = signal + (s.P - 1) * np.maximum(path.noise_products, 0)
    return x.y * (SIGNS[:, None, None] * parts).sum((1, 2)) / s.m
