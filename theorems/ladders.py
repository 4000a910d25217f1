"""Ladders of worlds: one parameter moves, everything else stays, one number is read off each run."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from dynamics import Setting
from theorems.statement import Constant, Finite, Ladder, Quantity, World


def ladder(
    name: str,
    base: Setting,
    parameter: str,
    values: Sequence[float],
    world: Callable[[Setting], World | tuple[World, ...]],
    quantity: Quantity,
    exponent: float,
    finite: Finite | None = None,
) -> Ladder:
    """Return the ladder on which one field of a setting takes several values.

    Parameters
    ----------
    name : str
    base : Setting
        All other fields; the learning rate and the initial scale stay, too.
    parameter : str
        A field of `Setting`, or "P-1"; with "n", full batches stay full.
    values : sequence of float
    world : callable
        The world, or the worlds, of one setting.
    quantity : callable
        Reads a positive number off the observations of one rung.
    exponent : float
        The one predicted.
    finite : Finite, optional
        What is derived of it at the ladder's finite sizes.

    Returns
    -------
    Ladder
    """
    rungs = []
    for value in values:
        changes = {"P": value + 1} if parameter == "P-1" else {parameter: value}
        if parameter == "n" and base.B == base.n:
            changes["B"] = value
        found = world(base.replace(**changes))
        rungs.append((float(value), found if isinstance(found, tuple) else (found,)))
    return Ladder(name, tuple(rungs), quantity, exponent, finite)


def constant(
    name: str,
    base: Setting,
    parameter: str,
    values: Sequence[float],
    world: Callable[[Setting], World | tuple[World, ...]],
    ratio: Quantity,
    derived: float,
    within: float,
) -> Ladder:
    """Return the ladder along which a ratio to its theoretical scale stays at a constant.

    Parameters
    ----------
    name, base, parameter, values, world
        As for `ladder`.
    ratio : callable
        Reads the ratio off the observations of one rung.
    derived : float
        The constant in the limit.
    within : float
        The equivalence margin: the claim is that the constant is the derived one up to a factor of `1 + within`.

    Returns
    -------
    Ladder
        Of exponent 0. A constant inside its margin on every rung may drift a little: by `log(1 + within)` times the
        sum of the sizes of the weights of the least-squares slope (`12_constants`).
    """
    flat = ladder(name, base, parameter, values, world, ratio, 0.0)
    return constant_on(name, flat.rungs, ratio, derived, within)


def constant_on(
    name: str,
    rungs: Sequence[tuple[float, World | tuple[World, ...]]],
    ratio: Quantity,
    derived: float,
    within: float,
) -> Ladder:
    """Return the ladder of `constant` on worlds that differ in more than a field of the setting."""
    made = tuple((value, found if isinstance(found, tuple) else (found,)) for value, found in rungs)
    margin = Constant(derived, derived / (1 + within), derived * (1 + within))
    return Ladder(name, made, ratio, 0.0, drift([value for value, _ in made], within), constant=margin)


def drift(values: Sequence[float], within: float) -> Finite:
    """Return the exponents that a constant may seem to have while it is inside its margin on every rung.

    `log(1 + within)` times the sum of the sizes of the weights of the least-squares slope (`12_constants`).
    """
    x = np.log(np.asarray(values, float))
    weights = (x - x.mean()) / ((x - x.mean()) @ (x - x.mean()))
    most = float(np.log1p(within) * np.abs(weights).sum())
    return Finite("12_constants", -most, most)


def first_time(epochs: ArrayLike, values: ArrayLike, level: float) -> float:
    """Return when a growing quantity first reaches a level, interpolated between records; NaN if never.

    Parameters
    ----------
    epochs, values : array_like, shape (T,)
    level : float

    Returns
    -------
    float
    """
    t, v = np.asarray(epochs, float), np.asarray(values, float)
    reached = np.flatnonzero(v >= level)
    if not reached.size:
        return float("nan")
    k = int(reached[0])
    if k == 0:
        return float(t[0])
    return float(t[k - 1] + (t[k] - t[k - 1]) * (level - v[k - 1]) / (v[k] - v[k - 1]))


def crossing(strengths: Sequence[float], errors: Sequence[float], level: float) -> float:
    """Return the signal strength at which the test error falls through a level; NaN if it does not.

    Parameters
    ----------
    strengths : sequence of float
        Growing.
    errors : sequence of float
    level : float

    Returns
    -------
    float
        Interpolated in the logarithm of the strength, between the last error above the level and the next.
    """
    above = [k for k, error in enumerate(errors) if error > level]
    if not above or above[-1] == len(errors) - 1:
        return float("nan")
    k = above[-1]
    share = (errors[k] - level) / (errors[k] - errors[k + 1])
    return float(strengths[k] * (strengths[k + 1] / strengths[k]) ** share)
