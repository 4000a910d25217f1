"""Statistics of the four kinds: from inequalities, counts and ladders to a status with numbers."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv, stdtr, stdtrit

from dynamics.arrays import Array
from theorems.statement import Constant, Finite, Inequality
from verify.report.schema import Height, Part, Proportion, Slope, Status

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


NEIGHBOUR = 1 / 12
"""How far the exponents are that a ladder must tell from the predicted one: 1/3 is a neighbour of 1/4."""
ROUNDING = 1e-9
"""Exponents are known to this at best: logarithms of numbers that long runs in double precision have made."""


def slope(
    name: str,
    values: Sequence[float],
    quantities: Array,
    predicted: float,
    level: float,
    finite: Finite | None = None,
    constant: Constant | None = None,
    neighbours: Sequence[float] = (),
) -> Slope:
    """Fit an exponent, and a constant where one is claimed, and judge them.

    Parameters
    ----------
    name : str
    values : sequence of float, length L
        The ladder's parameter at each rung.
    quantities : ndarray, shape (k, L)
        The quantity of each replica at each rung; a replica uses one seed along the whole ladder.
    predicted : float
        The exponent of the theory.
    level : float
        Of each interval. With a constant two of them are judged.
    finite : Finite, optional
        What is derived of ladders of finite size.
    constant : Constant, optional
        What is claimed of the geometric mean over the rungs.
    neighbours : sequence of float
        Exponents that must come out refuted in the place of the predicted one; without any, those a twelfth away.

    Returns
    -------
    Slope
        "confirmed" if the interval holds the predicted exponent, or lies in the derived band, and its neighbours
        would come out refuted; "refuted" if it lies outside the band (with the predicted exponent), else
        "inconclusive" (also where a quantity is not positive and finite, so that it has no logarithm). The interval of
        a constant must lie in its margin, too; one outside refutes.

    Notes
    -----
    Replicas share no randomness, but the rungs of one replica do, so the replica is the unit: one
    slope each, and Student's interval of their mean. The mean slope is the least-squares slope of
    the mean logarithms. With a correction the fit has a third term, `x^correction`, and stays linear in the logarithms
    of the quantities, so the same interval holds. The logarithm of a constant is the mean of a replica's logarithms
    over the rungs, and has Student's interval of its mean over the replicas, too.
    """
    finite = finite or Finite("")
    band = float(np.fmin(finite.low, predicted)), float(np.fmax(finite.high, predicted))
    k, rungs = quantities.shape
    lost = ~(np.isfinite(quantities) & (quantities > 0))
    gone = [f"{int(n)} of {k} draws at {value:g}" for n, value in zip(lost.sum(0), values, strict=True) if n]
    if gone or k < 2:
        nan = float("nan")
        ends = (nan,) * rungs
        unknown = Height(nan, nan, nan, constant.low, constant.high, constant.derived, False, nan) if constant else None
        return Slope(
            name, predicted, nan, nan, nan, *_ends(predicted, neighbours), *band, finite.source, finite.correction,
            (nan, nan, nan), False, (), False, nan, nan, nan, 1.0, k, rungs, level, tuple(values),
            _geometric(quantities, lost), ends, ends, unknown, f"off the grid on {', '.join(gone)}" if gone else "",
            "inconclusive",
        )  # fmt: skip
    x, y = np.log(np.asarray(values, float)), np.log(quantities)
    width = float(stdtrit(k - 1, 1 - level / 2))
    half = (rungs + 1) // 2
    low_half, high_half = _slopes(x[:half], y[:, :half]), _slopes(x[-half:], y[:, -half:])
    drift, drift_error = _mean(high_half - low_half)
    plain = _interval(_slopes(x, y), width)
    middle, lower, upper = plain if finite.correction is None else _interval(_slopes(x, y, finite.correction), width)
    slopes = _slopes(x, y, finite.correction)
    error = _mean(slopes)[1] + ROUNDING / width
    statuses, p_values = [_status(lower, upper, predicted, band)], [_p_value(middle, error, *band, k)]
    near = tuple(
        (p, _status(lower, upper, p, (p, p))) for p in neighbours or (predicted - NEIGHBOUR, predicted + NEIGHBOUR)
    )
    if statuses == ["confirmed"] and any(status != "refuted" for _, status in near):
        statuses = ["inconclusive"]
    height = None
    if constant is not None:
        centre, spread = _mean(y.mean(1))
        ends = np.exp(centre + width * spread * np.array([-1.0, 1.0]))
        value, least, most = float(np.exp(centre)), float(ends[0]), float(ends[1])
        off = max(most / constant.derived, constant.derived / least) - 1
        equal = least <= constant.derived <= most
        height = Height(value, least, most, constant.low, constant.high, constant.derived, equal, off)
        statuses.append(_inside(least, most, constant.low, constant.high))
        p_values.append(_p_value(centre, spread, np.log(constant.low), np.log(constant.high), k))
    rung_width = width * y.std(0, ddof=1) / np.sqrt(k)
    exact = (y - y[:, :1]) - predicted * (x - x[0])
    return Slope(
        name=name,
        predicted=predicted,
        exponent=middle,
        lower=lower,
        upper=upper,
        low=_ends(predicted, neighbours)[0],
        high=_ends(predicted, neighbours)[1],
        band_low=band[0],
        band_high=band[1],
        band_source=finite.source,
        correction=finite.correction,
        plain=plain,
        exact=bool(np.abs(exact).max() <= ROUNDING),
        neighbours=near,
        trend=abs(float(high_half.mean()) - predicted) <= abs(float(low_half.mean()) - predicted) + ROUNDING,
        drift=drift,
        drift_lower=drift - width * drift_error,
        drift_upper=drift + width * drift_error,
        p_value=min(p_values),
        replicas=k,
        rungs=rungs,
        level=level,
        values=tuple(values),
        means=_geometric(quantities, lost),
        means_lower=tuple(float(v) for v in np.exp(y.mean(0) - rung_width)),
        means_upper=tuple(float(v) for v in np.exp(y.mean(0) + rung_width)),
        constant=height,
        missing="",
        status=combine(statuses),
    )


def _ends(predicted: float, neighbours: Sequence[float]) -> tuple[float, float]:
    """Return the nearest neighbour below and above; where there is none on one side, as far away as on the other."""
    near = min((abs(p - predicted) for p in neighbours), default=NEIGHBOUR)
    return predicted - near, predicted + near


def _geometric(quantities: Array, lost: NDArray[np.bool_]) -> tuple[float, ...]:
    """Return the geometric mean of each rung over the replicas that have a logarithm; NaN where none has."""
    columns = zip(quantities.T, lost.T, strict=True)
    return tuple(float(np.exp(np.log(q[~off]).mean())) if not off.all() else float("nan") for q, off in columns)


def _interval(slopes: Array, width: float) -> tuple[float, float, float]:
    middle, error = _mean(slopes)
    return middle, middle - width * error - ROUNDING, middle + width * error + ROUNDING


def _inside(lower: float, upper: float, low: float, high: float) -> Status:
    """Compare an interval with a range that it must lie in."""
    if low <= lower and upper <= high:
        return "confirmed"
    return "refuted" if upper < low or lower > high else "inconclusive"


def _status(lower: float, upper: float, predicted: float, band: tuple[float, float]) -> Status:
    """Compare an interval with the predicted exponent and the band around it."""
    return "confirmed" if lower <= predicted <= upper else _inside(lower, upper, *band)


def _p_value(middle: float, error: float, low: float, high: float, k: int) -> float:
    """Return the two-sided p-value of the claim that a mean of k values lies in a range."""
    outside = max(low - middle, middle - high, 0.0)
    return 2 * float(stdtr(k - 1, -outside / error)) if error > 0 else float(outside == 0)


def _slopes(x: Array, y: Array, correction: float | None = None) -> Array:
    """Return each replica's exponent, by least squares; with a correction the logarithm has a term `x^correction`."""
    centred = x - x.mean()
    if correction is not None:  # what of the parameter's logarithm the correction cannot take over
        bend = np.exp(correction * centred)
        bend -= bend.mean()
        centred = centred - (centred @ bend) / (bend @ bend) * bend
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
