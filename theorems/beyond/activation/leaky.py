"""SAM and SGD with leaky_relu(a) in the limit, derived: n, m and d large, a small start, memorised noise above signal.

The ascent takes `reach` from `(P-1) <w_jr, xi_i>` of own pairs (j = y_i), whose slope is then a, and gives `a reach` to
the pairs of the other class. So, with `g = n SNR^2`, `z^4 = n ||mu||^4 / ((P-1)^4 sigma_p^4 d)` and slopes `|l'|`:

- Under SAM an own coefficient c grows by `a step |l'|`, and all own pairs become active, as its own sample pushes each
  up. Pairs of the other class, to which the ascent gives `a reach`, fall by `step |l'|` until it leaves them inactive,
  at `-a reach`, and then by `a step |l'|`, too: they are at `-b`, `b = min(c/a, c + a (1-a) reach)`.
- A filter sees the signal of one class with slope 1 and of the other with slope a, whichever sign the ascent gives to
  `<w, mu>`: gamma grows by `(1+a) (1-2p) g step |l'| / 2`, so `gamma = (1+a) (1-2p) g c / (2a)`.
- Under SGD an own coefficient grows by `step |l'|`, so `gamma = (1+a) (1-2p) g c / 2`, `b = a c`.
- A margin is `c + a b`, up to the signal's part. At a fresh input the products are `c u_j - b u_-j`, in units of
  `sqrt(n/(2d))`, with `u_+, u_-` standard normal and the same for all filters; the signal is `(1+a) gamma (1 + v)`, v
  its own noise along mu, of deviation `1/r`, `r = ||mu|| / ((P-1) sigma_p)`.

Heuristics, as `theorems.beyond.constants.limits`. Derived and measured in `16_activations`."""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from dynamics import Setting
from theorems.overfitting import EPSILON

MARGIN = -math.log(math.expm1(EPSILON))
"""A sample's margin at the loss at which training ends."""

_GIVEN = np.linspace(-6.0, 6.0, 81)  # u_-
_WEIGHTS = np.exp(-(_GIVEN**2) / 2) / np.exp(-(_GIVEN**2) / 2).sum()
_U = np.linspace(-40.0, 40.0, 401)  # u_+, at which the output is linear beyond the ends
_ALONG, _SHARES = np.polynomial.hermite_e.hermegauss(7)


def reach(s: Setting, tau: float, a: float) -> float:
    """Return what the ascent takes from `(P-1) <w, xi_i>` of an own pair, all of them active, the others with slope a.

    `(P-1) tau sigma_p sqrt(d) / sqrt(B m (1 + a^2))`.
    """
    return (s.P - 1) * tau * s.sigma_p * math.sqrt(s.d / (s.B * s.m * (1 + a * a)))


def sam_error(s: Setting, a: float, tau: float) -> float:
    """Return the test error after SAM with leaky_relu(a), for `a > 0` and a reach beyond all that is memorised."""
    more = a * (1 - a) * reach(s, tau, a)
    c = max((MARGIN - a * more) / (1 + a), min(MARGIN / 2, a * a * reach(s, tau, a)))  # of `c + a b = MARGIN`
    return _error(s, a, c, min(c / a, c + more), (1 + a) / (2 * a))


def sgd_error(s: Setting, a: float) -> float:
    """Return the test error after SGD with leaky_relu(a), a above `sqrt(n/d)`, so that all own pairs become active."""
    c = MARGIN / (1 + a * a)
    return _error(s, a, c, a * c, (1 + a) / 2)


def _error(s: Setting, a: float, own: float, other: float, gain: float) -> float:
    """Return `p + (1-2p) P(signal + noise < 0)`; `gain` is gamma over `(1-2p) n SNR^2 own`."""
    signal = (1 + a) * gain * (1 - 2 * s.p) * own * s.n * s.snr**2 / math.sqrt(s.n / (2 * s.d))
    right, wrong = own * _U - other * _GIVEN[:, None], own * _GIVEN[:, None] - other * _U
    noise = np.maximum(right, a * right) - np.maximum(wrong, a * wrong)  # grows with u_+
    wanted = -signal * (1 + _ALONG * (s.P - 1) * s.sigma_p / s.mu_norm)
    missed = np.array([ndtr(np.interp(wanted, row, _U)) for row in noise])
    return float(s.p + (1 - 2 * s.p) * (_WEIGHTS @ missed @ _SHARES / _SHARES.sum()))


def sam_boundary(s: Setting, a: float, tau: float, excess: float) -> float:
    """Return the `||mu||` at which SAM's test error is `p + excess`, all else as in the setting."""

    def over(log_strength: float) -> float:
        return sam_error(s.replace(mu_norm=math.exp(log_strength)), a, tau) - s.p - excess

    floor = math.log((s.P - 1) * s.sigma_p)
    return math.exp(brentq(over, floor - 5, floor + math.log(s.d) / 2, xtol=1e-4))


def memorisation_time(s: Setting, a: float, tau: float) -> float:
    """Return how many epochs SAM takes until own coefficients are 1 in the mean.

    Slopes are those of the margins at `W + eps`, which stay near zero: `c (a + 1/a) - 2a reach` while `c < a^2 reach`,
    and the pairs of the other class fall, then `a (2c - (1 + a^2) reach)`. The time is the integral of `(1 + e^margin)
    / (a step)` over c from 0 to 1.
    """
    step, R = s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.n * s.m), reach(s, tau, a)
    turn = min(a * a * R, 1.0)
    falling = math.exp(-2 * a * R) * math.expm1((a + 1 / a) * turn) / (a + 1 / a)
    after = math.exp(-a * (1 + a * a) * R) * (math.exp(2 * a) - math.exp(2 * a * turn)) / (2 * a)
    return (1 + falling + after) / (a * step)
