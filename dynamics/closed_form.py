"""The scalar recursion of noise memorisation and its closed form by Lambert's W."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import wrightomega

from dynamics.arrays import Array
from dynamics.validation import array_of


def iterate_memorisation(c: float, b: float, steps: int) -> Array:
    """Iterate `x_{t+1} = x_t + c / (1 + b e^{x_t})` from `x_0 = 0`.

    Parameters
    ----------
    c, b : float
        Step and offset, both positive and dimensionless.
    steps : int

    Returns
    -------
    ndarray, shape (steps + 1,)

    Raises
    ------
    ValueError
        If `c` or `b` is not positive and finite, or `steps` is negative.
    """
    _positive("c", c)
    log_b = np.log(_positive("b", b))
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 0:
        raise ValueError(f"steps = {steps!r} is not allowed: it must be an integer >= 0")
    x = np.zeros(steps + 1)
    for t in range(steps):
        x[t + 1] = x[t] + c * np.exp(-np.logaddexp(0.0, x[t] + log_b))
    return x


def memorisation(c: ArrayLike, b: ArrayLike, t: ArrayLike) -> Array:
    """Solve `X + b e^X = c t + b`, the continuous companion of `iterate_memorisation`.

    Parameters
    ----------
    c, b : array_like
        Positive; they broadcast with `t`.
    t : array_like
        Number of steps, not negative.

    Returns
    -------
    ndarray
        `X(t)`, with `X(t) <= x_t <= X(t) + c / (1 + b)`.

    Raises
    ------
    ValueError
        If `c` or `b` is not positive and finite, or `t` negative or not finite.

    Notes
    -----
    Derivation: `X' = c / (1 + b e^X)`, `X(0) = 0` integrates to `X + b e^X = c t + b`. With
    `w = b e^X`, `w e^w = b e^{ct+b}`, so `X = ct + b - W(b e^{ct+b}) = log(w / b)`, `W` Lambert's.
    Nothing overflows because `W(e^u)` is Wright's omega of `u = ct + b + log b`. Digits that
    `log(w / b)` loses near `X = 0` are won back by Newton steps on `X + b (e^X - 1) = c t`.
    """
    times = array_of("iuf", "t", t, "finite and not negative").astype(float)
    c, b, t = np.broadcast_arrays(_positive("c", c), _positive("b", b), times)
    if not (np.isfinite(t) & (t >= 0)).all():
        raise ValueError(f"t = {t!r} is not allowed: it must be finite and not negative")
    ct, log_b = c * t, np.log(b)
    w = wrightomega(ct + b + log_b)
    x = np.minimum(np.log(w) - log_b, ct)
    for _ in range(3):
        # g = X + b (e^X - 1) - ct, divided by g' = 1 + b e^X; both scaled by e^{-X} so that nothing overflows
        shrink = np.exp(-x)
        x = x - ((x - ct) * shrink - b * np.expm1(-x)) / (shrink + b)
    return np.maximum(x, 0.0)


def _positive(name: str, value: ArrayLike) -> Array:
    array = array_of("iuf", name, value, "positive and finite").astype(float)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(f"{name} = {value!r} is not allowed: it must be positive and finite")
    return array
