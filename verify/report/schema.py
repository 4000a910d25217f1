"""The form of what a check finds, in memory and in files: evidence of three kinds, and the verdict on them."""

import math
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from theorems.statement import Kind, Scale

Status = Literal["confirmed", "refuted", "inconclusive", "hypotheses not met"]

_WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def _number(value: Any) -> Any:
    """Turn the words that stand for the numbers that JSON lacks into those numbers."""
    return _WORDS.get(value, value) if isinstance(value, str) else value


Number = Annotated[float, BeforeValidator(_number)]
"""A float; in a file also "inf", "-inf" and "nan"."""


@dataclass(frozen=True)
class Part:
    """One inequality of a claim over many draws.

    Attributes
    ----------
    label, sense : str
    measured, bound : float
        At the tightest place of all draws.
    mean : float
        Of the measured over the draws.
    slack : float
        How far inside the bound, in units of the bound.
    constant : float or None
        The multiple of the stated bound that the data would still have allowed: `measured / bound`.
    count : int
        Comparisons behind it.
    status : str
    setting : dict
        Of the draws; empty until the check that drew them says it.
    """

    label: str
    sense: Literal["<=", ">="]
    measured: Number
    bound: Number
    mean: Number
    slack: Number
    constant: Number | None
    count: int
    status: Status
    setting: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Proportion:
    """A frequency with its exact one-sided limits.

    Attributes
    ----------
    draws, held, unclear : int
        Draws in all, draws on which the event held, and draws whose uncertainty left it open.
    target : float
        The probability that is claimed, `1 - delta`.
    lower, upper : float
        One-sided Clopper-Pearson limits, each at the level.
    p_value : float
        Of the claim: probability of so few successes, or fewer, if it were true.
    level : float
    status : str
    setting : dict
        As for `Part`.
    """

    draws: Annotated[int, Field(gt=0)]
    held: int
    unclear: int
    target: Number
    lower: Number
    upper: Number
    p_value: Number
    level: Number
    status: Status
    setting: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Height:
    """A constant measured along a ladder: the geometric mean of the quantity over its rungs.

    Attributes
    ----------
    value : float
    lower, upper : float
        Two-sided interval over the replicas at the level of the slope.
    low, high : float
        The equivalence margin: the claim is that the constant is the derived one up to this.
    derived : float
        The value of the theory.
    equal : bool
        The equality test, reported beside the margin: whether the interval holds the derived value.
    off : float
        How far from the derived value, as a share of it, the interval reaches: "right to 3 %" is 0.03.
    """

    value: Number
    lower: Number
    upper: Number
    low: Number
    high: Number
    derived: Number
    equal: bool
    off: Number


@dataclass(frozen=True)
class Slope:
    """An exponent fitted along a ladder.

    Attributes
    ----------
    name : str
    predicted : float
    exponent : float
        Of the logarithm of the quantity in the logarithm of the parameter; with a correction to scaling, the exponent
        of `x^e (1 + c x^correction)`.
    lower, upper : float
        Two-sided interval over the replicas at the level.
    low, high : float
        The nearest exponents that the interval must not hold: neighbours of the predicted one.
    band_low, band_high : float
        The exponents that the theory derives for ladders of these sizes; the predicted one, where it derives none.
    band_source : str
        The notebook that derives band and correction, or "".
    correction : float or None
        Power of the correction to scaling in the fit.
    plain : tuple of float
        Exponent, lower and upper limit without the correction.
    exact : bool
        Whether every replica follows the predicted power to `ROUNDING`: an exact symmetry, an identity and no
        measurement.
    neighbours : tuple of (float, str)
        Neighbouring exponents, and what their verdict would be in the place of the predicted one.
    trend : bool
        Whether the upper half of the ladder is nearer to the prediction than the lower half.
    drift, drift_lower, drift_upper : float
        Slope of the upper half of the ladder minus that of the lower half, with its interval.
    p_value : float
        Of the claim, two-sided; of exponent and constant the smaller one.
    replicas, rungs : int
    level : float
    values, means : tuple of float
        The ladder, and the geometric mean of the quantity at each rung.
    means_lower, means_upper : tuple of float
        Interval of each mean over the replicas, at the level.
    constant : Height or None
        Where the ladder is one of a constant.
    missing : str
        Where the quantity could not be read off, and on how many draws; "" if it was everywhere.
    status : str
    """

    name: str
    predicted: Number
    exponent: Number
    lower: Number
    upper: Number
    low: Number
    high: Number
    band_low: Number
    band_high: Number
    band_source: str
    correction: Number | None
    plain: tuple[Number, Number, Number]
    exact: bool
    neighbours: tuple[tuple[Number, Status], ...]
    trend: bool
    drift: Number
    drift_lower: Number
    drift_upper: Number
    p_value: Number
    replicas: int
    rungs: int
    level: Number
    values: tuple[Number, ...]
    means: tuple[Number, ...]
    means_lower: tuple[Number, ...]
    means_upper: tuple[Number, ...]
    constant: Height | None
    missing: str
    status: Status


@dataclass(frozen=True)
class Verdict:
    """The result of one check.

    Attributes
    ----------
    id : str
        The statement.
    control : str or None
        What was broken, if this is the check of a control; then "refuted" is the right answer.
    kind, title, predicts : str
        Copied from the statement.
    status : {"confirmed", "refuted", "inconclusive", "hypotheses not met"}
    measured : str
        The decisive number with its interval, in one line.
    evidence : tuple of dict
        All numbers: a dict a part, proportion or slope, as `as_dict` returns it.
    margins : dict
        The smallest margin of each hypothesis over the draws that were used; at least 1 when met.
    draws : int
        Draws that the verdict rests on.
    unmet : int
        Draws set aside because a hypothesis did not hold on them.
    p_value : float
        Of the claim; 1 for identities and bounds, where a failure is a counterexample.
    scale : {"quick", "full"}
    seed : int
        The block of seeds.
    seconds : float
    unsettled : str
        What the statement declares open, and why; empty for a control.
    """

    id: str
    control: str | None
    kind: Kind
    title: str
    predicts: str
    status: Status
    measured: str
    evidence: tuple[Any, ...]
    margins: dict[str, Number]
    draws: int
    unmet: int
    p_value: Number
    scale: Scale
    seed: int
    seconds: Number
    unsettled: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether a statement was confirmed, or not while it is declared open; or a control refuted."""
        if self.control is not None:
            return self.status == "refuted"
        return self.status in ("refuted", "inconclusive") if self.unsettled else self.status == "confirmed"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; numbers that JSON lacks become strings ("inf", "nan")."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value
