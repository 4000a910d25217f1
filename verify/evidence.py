"""Statistics of the four kinds: from inequalities, counts and ladders to a status with numbers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.special import bdtr, betaincinv, stdtr, stdtrit

from dynamics.arrays import Array
from theorems.statement import Constant, Inequality
from verify.schema import Height, Part, Proportion, Slope, Status

LEVEL = 0.05
"""Error level of a whole run: the chance that it refutes (or confirms) wrongly some probability or scaling."""


def worst_case(draws: Sequence[Sequence[Inequality]]) -> list[Part]:
    """Reduce the inequalities of many draws, label by label, to the tightest.

    Parameters
    ----------
    draws : sequence of sequences of Inequality

    Returns
    -------
    list of Part
        "refuted" where one draw fails, "inconclusive" where one is left open by its uncertainty or
        no draw offered a comparison, else "confirmed".
    """
    by_label: dict[str, list[Inequality]] = {}
    for inequalities in draws:
        for inequality in inequalities:
            by_label.setdefault(inequality.label, []).append(inequality)
    parts = []
    for label, found in by_label.items():
        seen = [i for i in found if i.count]
        tightest = min(seen, key=lambda i: -np.inf if np.isnan(i.slack) else i.slack, default=found[0])
        verdicts = {i.holds for i in seen}
        status: Status = "refuted" if False in verdicts else "confirmed" if verdicts == {True} else "inconclusive"
        parts.append(
            Part(
                label=label,
                sense=tightest.sense,
                measured=tightest.measured,
                bound=tightest.bound,
                mean=float(np.mean([i.measured for i in seen or found])),
                slack=tightest.slack,
                constant=tightest.measured / tightest.bound if tightest.bound else None,
                count=sum(i.count for i in found),
                status=status,
            )
        )
    return parts


def proportion(held: int, unclear: int, draws: int, target: float, level: float) -> Proportion:
    """Judge whether an event has at least the probability claimed.

    Parameters
    ----------
    held, unclear, draws : int
    target : float
        `1 - delta`.
    level : float
        Error level of each of the two limits.

    Returns
    -------
    Proportion
        "confirmed" only if the lower limit (unclear draws counted as failures) reaches the target,
        "refuted" only if the upper limit (unclear draws counted as successes) is below it.

    Notes
    -----
    Source: Clopper and Pearson (1934), exact by the beta quantiles.
    """
    possible = held + unclear
    lower = 0.0 if held == 0 else float(betaincinv(held, draws - held + 1, level))
    upper = 1.0 if possible == draws else float(betaincinv(possible + 1, draws - possible, 1 - level))
    status: Status = "confirmed" if lower >= target else "refuted" if upper < target else "inconclusive"
    return Proportion(
        draws=draws,
        held=held,
        unclear=unclear,
        target=target,
        lower=lower,
        upper=upper,
        p_value=float(bdtr(possible, draws, target)),
        level=level,
        status=status,
    )


def slope(
    name: str,
    values: Sequence[float],
    quantities: Array,
    low: float,
    high: float,
    level: float,
    constant: Constant | None = None,
) -> Slope:
    """Fit an exponent, and a constant where one is claimed, and judge whether they lie in the ranges claimed.

    Parameters
    ----------
    name : str
    values : sequence of float, length L
        The ladder's parameter at each rung.
    quantities : ndarray, shape (k, L)
        The quantity of each replica at each rung; a replica uses one seed along the whole ladder.
    low, high : float
        Range claimed for the exponent.
    level : float
        Of each interval. With a constant two of them are judged.
    constant : Constant, optional
        What is claimed of the geometric mean over the rungs.

    Returns
    -------
    Slope
        "confirmed" if each interval lies in its range, "refuted" if one lies outside, else
        "inconclusive" (also where a quantity is not positive and finite, so that it has no logarithm).

    Notes
    -----
    Replicas share no randomness, but the rungs of one replica do, so the replica is the unit: one
    slope each, and Student's interval of their mean. The mean slope is the least-squares slope of
    the mean logarithms. The logarithm of a constant is the mean of a replica's logarithms over the
    rungs, and has Student's interval of its mean over the replicas, too.
    """
    means = tuple(float(v) for v in np.exp(np.log(np.maximum(quantities, 1e-300)).mean(0)))
    k, rungs = quantities.shape
    if not (np.isfinite(quantities).all() and (quantities > 0).all() and k > 1):
        nan = float("nan")
        open_ends = (nan,) * rungs
        unknown = None if constant is None else Height(nan, nan, nan, constant.low, constant.high, constant.derived)
        return Slope(
            name, nan, nan, nan, low, high, nan, nan, nan, 1.0, k, rungs, level, tuple(values), means, open_ends,
            open_ends, unknown, "inconclusive",
        )  # fmt: skip
    x, y = np.log(np.asarray(values, float)), np.log(quantities)
    slopes = _slopes(x, y)
    half = (rungs + 1) // 2
    drifts = _slopes(x[-half:], y[:, -half:]) - _slopes(x[:half], y[:, :half])
    middle, error = _mean(slopes)
    drift, drift_error = _mean(drifts)
    width = float(stdtrit(k - 1, 1 - level / 2))
    lower, upper = middle - width * error, middle + width * error
    statuses, p_values = [_status(lower, upper, low, high)], [_p_value(middle, error, low, high, k)]
    height = None
    if constant is not None:
        centre, spread = _mean(y.mean(1))
        ends = np.exp(centre + width * spread * np.array([-1.0, 1.0]))
        height = Height(
            float(np.exp(centre)), float(ends[0]), float(ends[1]), constant.low, constant.high, constant.derived
        )
        statuses.append(_status(height.lower, height.upper, height.low, height.high))
        p_values.append(_p_value(centre, spread, np.log(constant.low), np.log(constant.high), k))
    rung_width = width * y.std(0, ddof=1) / np.sqrt(k)
    return Slope(
        name=name,
        exponent=middle,
        lower=lower,
        upper=upper,
        low=low,
        high=high,
        drift=drift,
        drift_lower=drift - width * drift_error,
        drift_upper=drift + width * drift_error,
        p_value=min(p_values),
        replicas=k,
        rungs=rungs,
        level=level,
        values=tuple(values),
        means=means,
        means_lower=tuple(float(v) for v in np.exp(y.mean(0) - rung_width)),
        means_upper=tuple(float(v) for v in np.exp(y.mean(0) + rung_width)),
        constant=height,
        status=combine(statuses),
    )


def _status(lower: float, upper: float, low: float, high: float) -> Status:
    """Compare an interval with the range claimed."""
    if low <= lower and upper <= high:
        return "confirmed"
    return "refuted" if upper < low or lower > high else "inconclusive"


def _p_value(middle: float, error: float, low: float, high: float, k: int) -> float:
    """Return the two-sided p-value of the claim that a mean of k values lies in a range."""
    outside = max(low - middle, middle - high, 0.0)
    return 2 * float(stdtr(k - 1, -outside / error)) if error > 0 else float(outside == 0)


def _slopes(x: Array, y: Array) -> Array:
    centred = x - x.mean()
    return y @ centred / (centred @ centred)


def _mean(values: Array) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def combine(statuses: Sequence[Status]) -> Status:
    """Judge a whole by its parts: one refuted part refutes it, one open part leaves it open."""
    for status in ("refuted", "hypotheses not met", "inconclusive"):
        if status in statuses:
            return status
    return "confirmed" if statuses else "inconclusive"


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Return which hypotheses Holm's step-down procedure rejects at a familywise level.

    Parameters
    ----------
    p_values : sequence of float
    level : float

    Returns
    -------
    list of bool
    """
    rejected = [False] * len(p_values)
    for rank, k in enumerate(np.argsort(p_values, kind="stable")):
        if not p_values[k] <= level / (len(p_values) - rank):  # also for a NaN
            break
        rejected[int(k)] = True
    return rejected


def as_dict(evidence: Part | Proportion | Slope) -> dict[str, Any]:
    """Return evidence as plain data, with its kind named."""
    return {"form": type(evidence).__name__.lower()} | asdict(evidence)
