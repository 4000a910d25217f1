"""What the two theorems say about a setting, without running anything."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from dynamics import Setting
from dynamics.validation import instance
from theorems import condition
from theorems.beyond.constants import limits
from theorems.overfitting import EPSILON, batch_margin, benign_threshold, harmful_threshold, sam_threshold

Regime = Literal["benign", "harmful", "nothing"]

_USUAL = {"P": 2, "sigma_p": 1.0, "p": 0.05}
_ROOM_ETA, _ROOM_SIGMA_0 = 2.0, 10.0  # how far inside their lines of Condition 3.1 the natural values lie


@dataclass(frozen=True)
class Forecast:
    """What one theorem says about one setting.

    Attributes
    ----------
    theorem : str
    algorithm : str
    regime : {"benign", "harmful", "nothing"}
        What it predicts; "nothing" where a hypothesis is not met.
    by_strength : {"benign", "harmful", "nothing"}
        What it would predict from the signal strength alone, were Condition 3.1 met.
    statement : str or None
        The statement of the catalogue that says so, if the theorem says something.
    reason : str
        One sentence.
    """

    theorem: str
    algorithm: str
    regime: Regime
    by_strength: Regime
    statement: str | None
    reason: str


@dataclass(frozen=True)
class Prediction:
    """The theory's numbers for one setting.

    Attributes
    ----------
    setting : Setting
    delta : float
        Failure probability.
    margins : dict of str to float
        By which factor each line of Condition 3.1 holds, the least first.
    benign_from, harmful_to : float
        Thresholds of Theorem 3.2 with the constants C_1 and C_3 of the suite, in units of `mu_norm`.
    sam_from : float
        Threshold of Theorem 4.1, in units of `mu_norm`.
    t1 : int or None
        Length of the SAM stage in epochs; None if it is infinite.
    tau : float
        Radius of the SAM stage, in units of the weights.
    tau_rule : float
        Radius that start and step need, by the rule of this suite; in the same units.
    sgd, sam : Forecast
        Theorem 3.2 and Theorem 4.1.
    """

    setting: Setting
    delta: float
    margins: dict[str, float]
    benign_from: float
    harmful_to: float
    sam_from: float
    t1: int | None
    tau: float
    tau_rule: float
    sgd: Forecast
    sam: Forecast

    @property
    def broken(self) -> tuple[str, ...]:
        """The lines of Condition 3.1 that do not hold with constant 1, the worst first."""
        return tuple(line for line, margin in self.margins.items() if margin < 1)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; an infinite margin becomes the string "inf"."""
        return {
            "setting": self.setting.model_dump(),
            "delta": self.delta,
            "snr": self.setting.snr,
            "condition": {line: m if math.isfinite(m) else str(m) for line, m in self.margins.items()},
            "condition_holds": not self.broken,
            "thresholds": {"benign_from": self.benign_from, "harmful_to": self.harmful_to, "sam_from": self.sam_from},
            "t1_epochs": self.t1,
            "tau": self.tau,
            "tau_rule": self.tau_rule,
            "theorems": {"3.2": vars(self.sgd), "4.1": vars(self.sam)},
        }


def predict(s: Setting, delta: float = 0.1) -> Prediction:
    """Say which regime each theorem predicts for a setting, and by which factors its hypotheses hold.

    Parameters
    ----------
    s : Setting
    delta : float
        Failure probability, in (0, 1).

    Returns
    -------
    Prediction

    Raises
    ------
    ValueError
        If `delta` is not between 0 and 1, or a formula leaves the range of floating-point numbers.

    Notes
    -----
    Source: Condition 3.1, Theorems 3.2 and 4.1 of the paper, with the constants of `theorems.overfitting`:
    every line of Condition 3.1 with constant 1, `C_1 = 1.5`, `C_3 = 0.3`, and the logarithm `log(1/epsilon)` of the
    accuracy 0.05.

    Examples
    --------
    >>> s = Setting(n=30, d=10**4, m=15, P=2, mu_norm=2.0, sigma_p=1.0, p=0.05, sigma_0=1e-4, B=30, eta=1e-4)
    >>> found = predict(s)
    >>> found.sgd.regime, found.sam.regime, found.t1
    ('harmful', 'nothing', 37500)
    """
    instance("s", s, Setting)
    if isinstance(delta, bool) or not isinstance(delta, int | float) or not 0 < delta < 1:
        raise ValueError(f"delta = {delta!r} is not allowed: it must be a number between 0 and 1")
    try:
        margins = dict(sorted(condition.margins(s, delta).items(), key=lambda line: line[1]))
        t1 = condition.t1_epochs(s) if s.mu_norm > 0 else None
        tau, tau_rule = condition.tau_paper(s), condition.tau_rule(s)
    except (OverflowError, ZeroDivisionError):
        raise ValueError(f"{s!r} is not allowed: Condition 3.1 leaves the range of floating-point numbers") from None
    broken = [line for line, margin in margins.items() if margin < 1]
    return Prediction(
        setting=s,
        delta=delta,
        margins=margins,
        benign_from=benign_threshold(s),
        harmful_to=harmful_threshold(s),
        sam_from=sam_threshold(s),
        t1=t1,
        tau=tau,
        tau_rule=tau_rule,
        sgd=_sgd(s, broken),
        sam=_sam(s, delta, broken),
    )


def _sgd(s: Setting, broken: list[str]) -> Forecast:
    low, high = harmful_threshold(s), benign_threshold(s)
    by_strength: Regime = "benign" if s.mu_norm >= high else "harmful" if s.mu_norm <= low else "nothing"
    sentences: dict[Regime, str] = {
        "benign": f"||mu|| = {s.mu_norm:.4g} is at least the benign threshold {high:.4g}",
        "harmful": f"||mu|| = {s.mu_norm:.4g} is at most the harmful threshold {low:.4g}",
        "nothing": f"||mu|| = {s.mu_norm:.4g} lies between the harmful threshold {low:.4g} "
        f"and the benign threshold {high:.4g}",
    }
    ids: dict[Regime, str | None] = {
        "benign": "benign_overfitting",
        "harmful": "harmful_overfitting",
        "nothing": None,
    }
    return _forecast("3.2", "SGD", by_strength, sentences[by_strength], ids[by_strength], broken)


def _sam(s: Setting, delta: float, broken: list[str]) -> Forecast:
    least = sam_threshold(s)
    enough = s.mu_norm >= least
    sentence = f"||mu|| = {s.mu_norm:.4g} is {'at least' if enough else 'below'} the threshold {least:.4g} of SAM"
    if enough and (taught := batch_margin(s, delta)) < 1:
        sentence = f"Batches of B = {s.B} teach a small signal {taught:.2g} of what is needed."
        return Forecast("4.1", "SAM then SGD", "nothing", "nothing", None, sentence)
    if enough and (learned := limits.signal_over_noise(s, 1.0, delta, EPSILON)) < 1:
        sentence = f"The signal that SAM learns by T_1 is {learned:.2g} of what hides it after SGD."
        return Forecast("4.1", "SAM then SGD", "nothing", "nothing", None, sentence)
    by_strength: Regime = "benign" if enough else "nothing"
    return _forecast("4.1", "SAM then SGD", by_strength, sentence, "sam_benign" if enough else None, broken)


def _forecast(
    theorem: str, algorithm: str, by_strength: Regime, strength: str, statement: str | None, broken: list[str]
) -> Forecast:
    if not broken:
        return Forecast(theorem, algorithm, by_strength, by_strength, statement, f"{strength}.")
    lines = "a line" if len(broken) == 1 else f"{len(broken)} lines"
    reason = f"Condition 3.1 does not hold ({lines} below 1). {strength}"
    if by_strength != "nothing":
        reason += f": {by_strength}, were the condition met"
    return Forecast(theorem, algorithm, "nothing", by_strength, None, f"{reason}.")


def completed(given: Mapping[str, Any]) -> tuple[Setting, dict[str, float]]:
    """Make a setting of the fields given, and choose the others where a natural value exists.

    Parameters
    ----------
    given : mapping
        Fields of `Setting`; at least `n`, `d`, `m` and `mu_norm`.

    Returns
    -------
    Setting
    dict of str to float
        The fields that were chosen: `P = 2`, `sigma_p = 1`, `p = 0.05`, `B = n` (full batch), `eta` half and
        `sigma_0` a tenth of the largest value that Condition 3.1 allows.

    Raises
    ------
    ValueError
        As for `Setting`, or if the chosen values leave the range of floating-point numbers.
    """
    fields = {**_USUAL, "eta": 1.0, "sigma_0": 1.0, **given}
    n = given.get("n")
    fields.setdefault(
        "B", n if isinstance(n, int | np.integer) and n > 0 else 1
    )  # what is wrong with n is not said of B as well
    s = Setting(**fields)
    try:
        lines = condition.margins(s.replace(eta=1.0, sigma_0=1.0))
    except (OverflowError, ZeroDivisionError):
        raise ValueError(f"{s!r} is not allowed: Condition 3.1 leaves the range of floating-point numbers") from None
    for field, room in (("eta", _ROOM_ETA), ("sigma_0", _ROOM_SIGMA_0)):
        if field not in given:  # its margins fall like 1 / field, and here field = 1
            s = s.replace(**{field: min(lines[line.name] for line in condition.LINES if field in line.powers) / room})
    return s, {field: value for field, value in s.model_dump().items() if field not in given}
