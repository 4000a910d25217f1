"""Natural units: a learning rate and a start that do the same to the coefficients at every size of an experiment."""

import math

from dynamics.setting import Setting


def natural_eta(s: Setting, step: float = 1) -> float:
    """Return `step B m / ((P-1)^2 sigma_p^2 d)`: a step adds `step` to an active noise coefficient while `l' = -1`."""
    return step * s.B * s.m / ((s.P - 1) ** 2 * s.sigma_p**2 * s.d)


def stable_eta(s: Setting, signal: float | None = None) -> float:
    """Return `B m / ((P-1)^2 sigma_p^2 d + n ||mu||^2)`: natural for weak signals, and stable for strong ones.

    A step then adds at most 1 to a noise coefficient, and at most `B/n` to a signal coefficient. `signal` is the length
    of a signal patch where it is not `mu_norm`.
    """
    length = s.mu_norm if signal is None else signal
    return s.B * s.m / ((s.P - 1) ** 2 * s.sigma_p**2 * s.d + s.n * length**2)


def natural_sigma_0(s: Setting, start: float = 1) -> float:
    """Return `start sqrt(n) / ((P-1) sigma_p d)`, in the units of its line of Condition 3.1."""
    return start * math.sqrt(s.n) / ((s.P - 1) * s.sigma_p * s.d)


def product_sigma_0(s: Setting, start: float = 1) -> float:
    """Return `start / ((P-1) sigma_p sqrt(d))`, at which `(P-1) <w(0), xi>` has standard deviation `start`."""
    return start / ((s.P - 1) * s.sigma_p * math.sqrt(s.d))


def natural(s: Setting, step: float, start: float = 0.1) -> Setting:
    """Return the setting with learning rate `natural_eta` and start `natural_sigma_0`, whatever its sizes.

    A step then adds the same to an active noise coefficient on every rung of a ladder. The start is inside its line of
    Condition 3.1; one of fixed `sigma_0 sigma_p sqrt(d)` outweighs the signal at d = 10^8, and moves the boundary.
    """
    noise = (s.P - 1) * s.sigma_p  # squared as a whole, which rounds otherwise than in `natural_eta`: runs are kept
    return s.replace(eta=step * s.B * s.m / (noise**2 * s.d), sigma_0=natural_sigma_0(s, start))


def regime(
    *,
    n: int,
    d: int,
    m: int,
    mu_norm: float,
    B: int,
    P: int = 2,
    sigma_p: float = 1.0,
    p: float = 0.05,
    step: float = 0.1,
    start: float = 0.01,
) -> Setting:
    """Return a setting whose learning rate and initial scale are given in natural units.

    Parameters
    ----------
    n, d, m, mu_norm, B, P, sigma_p, p
        As for `Setting`.
    step : float
        As for `natural_eta`.
    start : float
        As for `product_sigma_0`.

    Returns
    -------
    Setting
    """
    s = Setting(n=n, d=d, m=m, P=P, mu_norm=mu_norm, sigma_p=sigma_p, p=p, sigma_0=0.0, B=B, eta=1.0)
    return s.replace(eta=natural_eta(s, step), sigma_0=product_sigma_0(s, start))
