"""Hidden constants: measured over the value derived for the limit, a line a constant."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from figures.picture import Picture
from figures.style import BLACK, BLUE, GREY, NOTE, PALE, VERMILION, WIDTH
from verify.report.results import Record, read_statements
from verify.report.wording import symbols

_TITLES = {
    "constant_c1": "C₁: SGD benign from here",
    "constant_c3": "C₃: SGD harmful up to here",
    "constant_loss_time": "time to a small loss",
    "constant_noise_time": "time to learned noise",
    "constant_rate": "rate of benign overfitting",
    "constant_sam": "SAM's boundary",
    "constant_signal_time": "time to learned signal",
}
_TICKS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4)
_WORDS = {"c": "", "C": "", "C_1": "", "C_3": ""}


@dataclass(frozen=True)
class Course:
    """One constant along one ladder; everything but `derived` is over the derived value."""

    statement: str
    name: str
    derived: float
    constant: tuple[float, float, float]
    rungs: tuple[float, float]
    allowed: tuple[float, float]
    exponent: float
    replicas: int

    @property
    def inside(self) -> bool:
        """Whether the interval of the constant lies in the range."""
        return self.allowed[0] <= self.constant[1] and self.constant[2] <= self.allowed[1]


def courses(found: Sequence[Record]) -> list[Course]:
    """Return all ladders of constants that have numbers, in the order of the statements."""
    return [
        Course(
            verdict.id,
            e.name,
            derived=c.derived,
            constant=(c.value / c.derived, c.lower / c.derived, c.upper / c.derived),
            rungs=(min(e.means) / c.derived, max(e.means) / c.derived),
            allowed=(c.low / c.derived, c.high / c.derived),
            exponent=e.exponent,
            replicas=e.replicas,
        )
        for verdict in found
        for e in verdict.slopes
        if (c := e.constant) is not None and not math.isnan(c.value)
    ]


def lines(drawn: Sequence[Course]) -> dict[tuple[str, str, float], list[Course]]:
    """Return the ladders of each constant: of one statement, one quantity and one derived value."""
    found: dict[tuple[str, str, float], list[Course]] = {}
    for course in drawn:
        what = course.name.rpartition("along ")[0].strip(" ,")
        found.setdefault((course.statement, what, course.derived), []).append(course)
    return found


def draw(found: Sequence[Record]) -> Figure:
    """Draw a line a constant: what is allowed as a bar, all rungs as a thin line, a marker and interval a ladder."""
    rows = lines(courses(found))
    figure = Figure(figsize=(WIDTH, 0.27 * len(rows) + 1.0))
    axes = figure.subplots()
    axes.axvline(1, color=BLACK, linewidth=0.8)
    for place, ((_, _, derived), ladders) in enumerate(rows.items()):
        low, high = (pick(end) for pick, end in zip((max, min), zip(*(c.allowed for c in ladders), strict=True),
                                                    strict=True))  # fmt: skip
        axes.barh(place, high - low, left=low, height=0.72, color=PALE, alpha=0.6)
        for k, course in enumerate(ladders):
            height = place + 0.5 * ((k + 0.5) / len(ladders) - 0.5)
            colour, marker = (BLUE, "o") if course.inside else (VERMILION, "X")
            axes.plot(course.rungs, [height, height], color=colour, linewidth=0.5, alpha=0.7)
            axes.plot(course.constant[1:], [height, height], color=colour, linewidth=1.6)
            axes.plot(course.constant[0], height, marker, color=colour, markersize=3)
        axes.annotate(f"{derived:.3g}", (1, place), xycoords=axes.get_yaxis_transform(), xytext=(6, 0), va="center",
                      **NOTE)  # fmt: skip
    axes.annotate("derived", (1, -0.9), xycoords=axes.get_yaxis_transform(), xytext=(6, 0), va="center", color=GREY,
                  **NOTE)  # fmt: skip
    axes.set_yticks(range(len(rows)), [_words(statement, what) for statement, what, _ in rows], parse_math=False)
    axes.set(
        xscale="log", ylim=(len(rows) - 0.4, -0.8), xlabel="measured over derived (grey: what the statement allows)"
    )
    axes.set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
    axes.minorticks_off()
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    return figure


def _words(statement: str, what: str) -> str:
    known = _TITLES.get(statement, statement.removeprefix("constant_").replace("_", " "))
    more = symbols(_WORDS.get(what, what))
    return f"{known}: {more}" if more else known


def caption(found: Sequence[Record]) -> str:
    """Say how many constants lie in their range, which is furthest from its derived value, and which drifts most."""
    drawn = courses(found)
    if not drawn:
        return "Predicted: each constant is its derived value. Measured: 0 ladders of a constant in this run."
    off = max(drawn, key=lambda course: abs(math.log(course.constant[0])))
    drift = max(drawn, key=lambda course: abs(course.exponent))
    replicas = sorted({course.replicas for course in drawn})
    value, lower, upper = (end * off.derived for end in off.constant)
    return (
        "Predicted: along each ladder of sizes the ratio of a quantity to its scale in the theory is the same "
        "constant, and near the value derived for the limit (1; the value is at the right); grey: allowed at "
        "finite sizes. Measured, a marker and interval a ladder, thin: from its lowest rung to its highest: "
        f"{sum(course.inside for course in drawn)} of {len(drawn)} constants lie in their range with their whole "
        f"interval; the furthest from its derived value is `{off.statement}`, {off.name}: {value:.3g} [{lower:.3g}, "
        f"{upper:.3g}], derived {off.derived:.3g}. The strongest drift along a ladder is that of `{drift.statement}`, "
        f"{drift.name}: exponent {drift.exponent:.3f}. Intervals are Student's over {replicas[0]} to {replicas[-1]} "
        "replicas, at the level at which the whole run errs on one statement with at most 5%."
    )


CONSTANTS = Picture(
    "constants", "The hidden constants are the derived ones, to some per cent", "full.json", read_statements, draw,
    caption,
)  # fmt: skip
