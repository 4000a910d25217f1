"""The hidden constants in the limit, derived: n, m and d large, a small start, memorised noise that outweighs signal.

Write `q_i` for the share of the filters of its own class that are active on sample i, M for the mean over filters
of `rho_bar` (the margin, the same for all samples up to logarithms), `step = eta (P-1)^2 sigma_p^2 d / (Bm)`.

- Shares. Half of the pairs are active at the start. The others follow the cross terms `sum_k rho_jrk <xi_k, xi_i> /
  ||xi_k||^2`, which outweigh a small start: `sum_k a_rk G_ki` is the sum of a part that all filters share,
  `(1/2) sum_k G_ki`, and one of the same variance that is the filter's own. So `q_i = 1/2 + Phi(v_i)/2` with `v_i`
  standard normal: `q_i` is uniform on [1/2, 1]. Its mean is 3/4, and the mean of `1/q_i` is `2 log 2`.
- Coefficients. An active coefficient is `M/q_i`, and `gamma = (n/2) (1-2p) SNR^2 E[M/q]`.
- Noise at a fresh input. `(P-1) <w_jr, xi>` is `M sqrt(n/(2d)) (u_j + k h_r)`, `u_j` shared by the filters of a
  class, `h_r` the filter's own, both standard normal, and `k^2 = E[1/q] - 1`. The mean of the relus is
  `M sqrt(n/(2d)) psi(u_j)`, `psi(u) = u Phi(u/k) + k phi(u/k)`; so the true label is missed with `P(D > t)`,
  `D = psi(u_+) - psi(u_-)`, at `t = gamma / (M sqrt(n/(2d)))`: M cancels.

The derivations are heuristic: they say what a measured constant should be, and prove no bound. The shares found in runs
are uniform only roughly (notebook `12_constants`); their two means are right within a few percent."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import bdtr, ndtr, ndtri

from dynamics import Setting
from dynamics.arrays import Array

SHARE = 0.75
"""Mean share of active filters of the own class, once cross terms have outweighed the start."""
INVERSE_SHARE = 2 * float(np.log(2.0))
"""Mean over samples of `1/q_i`."""

_OWN = float(np.sqrt(INVERSE_SHARE - 1))
_SHARES = 0.5 + (np.arange(1000) + 0.5) / 2000


def noise_tail(t: float) -> float:
    """Return `P(D > t)`: how often the memorised noise of a fresh input outweighs t units of signal."""
    against = np.linspace(-10.0, 10.0, 2001)
    weights = np.exp(-(against**2) / 2)
    u = np.linspace(-30.0, 60.0, 45_001)
    needed = np.interp(t + _psi(against), _psi(u), u)
    return float(weights @ ndtr(-needed) / weights.sum())


def _psi(u: Array) -> Array:
    """`E relu(u + k h)` with h standard normal."""
    z = u / _OWN
    return u * ndtr(z) + _OWN * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _variance() -> float:
    u = np.linspace(-10.0, 10.0, 2001)
    weights = np.exp(-(u**2) / 2)
    return 2 * float(np.average(_psi(u) ** 2, weights=weights) - np.average(_psi(u), weights=weights) ** 2)


_VARIANCE = _variance()
"""Of D."""


def sgd_boundary(excess: float, p: float) -> float:
    """Return C: SGD's test error is `p + excess` at `||mu|| = C d^{1/4} n^{-1/4} (P-1) sigma_p`.

    `C^2 = sqrt(2) t / ((1-2p) E[1/q])`, where `P(D > t) = excess / (1-2p)`.
    """
    t = brentq(lambda t: noise_tail(t) - excess / (1 - 2 * p), 0.0, 10.0)
    return float(np.sqrt(np.sqrt(2) * t / ((1 - 2 * p) * INVERSE_SHARE)))


def rate(p: float) -> float:
    """Return c: beyond the boundary SGD misses the true label with `exp(-c n ||mu||^4 / ((P-1)^4 sigma_p^4 d))`.

    Up to lower orders `P(D > t) = exp(-t^2/2)`, as one class's noise does all: `c = ((1-2p) log 2)^2`.
    """
    return ((1 - 2 * p) * INVERSE_SHARE / 2) ** 2


def rate_of_bound(p: float) -> float:
    """Return the c of the bound by Gaussian concentration, with `Lambda = (P-1) (1/m) sum ||w_jr||`.

    `||w_jr|| = M sqrt(n E[1/q] / (2d)) / ((P-1) sigma_p)`, twice in Lambda: `c = (1-2p)^2 E[1/q] / 16`.
    """
    return (1 - 2 * p) ** 2 * INVERSE_SHARE / 16


def ratio(p: float) -> float:
    """Return `SNR^2 sum_i rho_bar_jri / gamma` after training: `1 / ((1-2p) E[1/q])`."""
    return 1 / ((1 - 2 * p) * INVERSE_SHARE)


def loss_scale(epsilon: float) -> float:
    """Return `1/(e^epsilon - 1) - 1 - log(e^epsilon - 1)`, the time to `log(1 + e^-M) = epsilon` at `M' = 1/(1 + e^M)`.

    It is `(1/epsilon) (1 + o(1))`. A sample's margin follows `M + e^M - 1 = q step t`, and the losses of the samples
    add, so that SGD reaches training loss epsilon after `E[1/q]` times this, in units of `1/step` epochs.
    """
    z = float(np.expm1(epsilon))
    return 1 / z - 1 - float(np.log(z))


def noise_time() -> float:
    """Return SGD's time until active coefficients are 1 on average, in units of `1/step` epochs.

    `rho' = step / (1 + e^{q rho})`, so the time to 1 is `1 + (e^q - 1)/q`; the mean over q.
    """
    return float(1 + (np.expm1(_SHARES) / _SHARES).mean())


def signal_time(level: float, p: float) -> float:
    """Return SAM's time until gamma is at a level, in units of `level mB / (eta n ||mu||^2)` epochs.

    Half of the samples speak to each gamma, clean ones with slope `1/(1+e^gamma)`, flipped ones with `1/(1+e^-gamma)`
    and against it: `(2/level) int_0^level (1+e^x)/(1-p-p e^x) dx`, which is `4/(1-2p)` for a small level.
    """
    x = level * (np.arange(1000) + 0.5) / 1000
    return float(2 * ((1 + np.exp(x)) / (1 - p - p * np.exp(x))).mean())


def learned(share: float, p: float) -> float:
    """Return gamma after SAM for a share of `mB / (eta n ||mu||^2)` epochs: `gamma signal_time(gamma, p) = share`."""
    most = min(20.0, float(np.log((1 - p) / p)) * (1 - 1e-9)) if p > 0 else 20.0  # beyond it flipped samples outweigh
    if most * signal_time(most, p) <= share:
        return most
    return float(brentq(lambda level: level * signal_time(level, p) - share, 0.0, most))


def signal_over_noise(s: Setting, share: float, delta: float, epsilon: float) -> float:
    """Return the signal at a fresh input, after SAM and then SGD, over what hides it from a share epsilon of them.

    With probability `1 - delta` the smaller class has c samples or more. SAM, for a share of `mB / (eta n ||mu||^2)`
    epochs, learns `g = learned(2 share k/n)` from a class of k, and SGD adds `k (1-2p) SNR^2 E[1/q] (M - g)`, M the
    margin at loss epsilon: `gamma_-` at k = c, `gamma_+` at k = n - c. Against the smaller stand `gamma_+ v`, `v =
    (P-1) <mu, xi> / ||mu||^2`, from filters of the other class, and what SGD memorises, `M sqrt(n/(2d)) D`, both taken
    as normal: `gamma_- / (z sqrt(gamma_+^2 (P-1)^2 sigma_p^2/||mu||^2 + M^2 n Var(D)/(2d)))`, where `Phi(-z) =
    epsilon/(1-2p)`. Derived in `09_theorem_and_gap`.
    """
    if s.p >= 0.5 or epsilon >= (1 - 2 * s.p) / 2 or s.mu_norm == 0:
        return 0.0 if s.mu_norm == 0 else np.inf  # every error is within epsilon of p then
    few = next(c for c in range(s.n + 1) if 2 * bdtr(c, s.n, 0.5) > min(delta, 1.0)) / s.n
    margin = -np.log(np.expm1(epsilon))
    by_sgd = s.n * (1 - 2 * s.p) * s.snr**2 * INVERSE_SHARE
    after_sam = ((k, learned(2 * share * k, s.p)) for k in (few, 1 - few))
    small, large = (g + k * by_sgd * max(margin - g, 0.0) for k, g in after_sam)
    along = large * (s.P - 1) * s.sigma_p / s.mu_norm
    memorised = margin * np.sqrt(s.n * _VARIANCE / (2 * s.d))
    return float(small / (-ndtri(epsilon / (1 - 2 * s.p)) * np.hypot(along, memorised)))


def sam_boundary(excess: float, p: float, k: float = 1.0) -> float:
    """Return C: after SAM the test error is `p + excess` at `||mu|| = C (P-1) sigma_p`, for d to infinity.

    Then `w_jr` is `j gamma_j mu/||mu||^2`, and an input of class j is missed if `v = <mu, xi>/||mu||^2` has the other
    sign and `gamma_j < (P-1) gamma_-j |v|`: `(1/2) [Phi(-kr) + Phi(-r/k)] = excess/(1-2p)` at `r = C`, `k = gamma_+ /
    gamma_-`. Each class's gamma is in proportion to its clean less its flipped samples.
    """
    target = excess / (1 - 2 * p)
    return float(brentq(lambda r: (ndtr(-k * r) + ndtr(-r / k)) / 2 - target, 0.0, 100.0 * max(k, 1 / k)))


def sam_exponent(n: int, d: float, p: float, epsilon: float = 0.05, excess: float = 0.1) -> float:
    """Return the exponent in d of SAM's contour at a finite d, `-(u/2) / (1 - u)` with `u = r*^2 kappa^2 n/d`.

    `r*` is `sam_boundary(excess, p, k)` with the ratio k of two classes that differ by a standard deviation, and
    `kappa = M/gamma`: the margin at loss epsilon, `-log(e^epsilon - 1)`, over
    gamma at `T_1`, where `signal_time(gamma, p) gamma = 1`. Half of the filters are taken as active on a sample
    (`1/q = 2`), the least that they can be on average; more make the exponent smaller in size.
    """
    kappa = -np.log(np.expm1(epsilon)) / brentq(lambda level: signal_time(level, p) * level - 1, 1e-3, 1.0)
    k = (1 - n**-0.5) / (1 + n**-0.5)
    u = float(sam_boundary(excess, p, k) ** 2 * kappa**2 * n / d)
    return -u / 2 / (1 - u) if u < 1 else -np.inf
