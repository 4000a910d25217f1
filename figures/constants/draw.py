"""Hidden constants along their ladders: each rung's ratio to its scale, over the value derived for the limit."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from figures.picture import Picture
from figures.style import BLACK, BLUE, GREY, PALE, VERMILION, WIDTH
from verify.report.results import Record, read_statements

_SLOTS = 12
"""Ladders in a row of the figure."""
_TITLES = {
    "active_share": "active share",
    "constant_c1": "C₁",
    "constant_c3": "C₃",
    "constant_loss_time": "time to a small loss",
    "constant_noise_time": "time to learned noise",
    "constant_rate": "exponent of the rate",
    "constant_sam": "SAM's boundary",
    "constant_shift": "gradient norm and shift",
    "constant_signal_time": "time to learned signal",
}


@dataclass(frozen=True)
class Course:
    """One constant along one ladder; everything but `derived` is over the derived value."""

    statement: str
    name: str
    derived: float
    means: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    constant: tuple[float, float, float]
    allowed: tuple[float, float]
    exponent: float
    replicas: int

    @property
    def inside(self) -> bool:
        """Whether the interval of the constant lies in the range."""
        return self.allowed[0] <= self.constant[1] and self.constant[2] <= self.allowed[1]


def courses(found: Sequence[Record]) -> list[Course]:
    """Return all ladders of constants that have numbers, in the order of the statements."""
    result = []
    for verdict in found:
        for e in verdict.slopes:
            c = e.constant
            if c is None or math.isnan(c.value):
                continue
            unit = c.derived
            result.append(
                Course(
                    verdict.id,
                    e.name,
                    derived=unit,
                    means=tuple(value / unit for value in e.means),
                    lower=tuple(value / unit for value in e.means_lower),
                    upper=tuple(value / unit for value in e.means_upper),
                    constant=(c.value / unit, c.lower / unit, c.upper / unit),
                    allowed=(c.low / unit, c.high / unit),
                    exponent=e.exponent,
                    replicas=e.replicas,
                )
            )
    return result


def rows(drawn: list[Course]) -> list[list[list[Course]]]:
    """Return the ladders by statement, packed into rows of at most twelve: the longest first, each where it fits."""
    groups: dict[str, list[Course]] = {}
    for course in drawn:
        groups.setdefault(course.statement, []).append(course)
    packed: list[list[list[Course]]] = []
    for group in sorted(groups.values(), key=len, reverse=True):
        room = [row for row in packed if sum(map(len, row)) + len(group) <= _SLOTS]
        if room:
            room[0].append(group)
        else:
            packed.append([group])
    return packed


def draw(found: Sequence[Record]) -> Figure:
    """Draw a panel a statement and a slot a ladder: rungs from left to right, their intervals, the range allowed."""
    drawn = courses(found)
    if not drawn:
        figure = Figure(figsize=(WIDTH, 1.0))
        figure.text(0.5, 0.5, "this run holds no ladder of a constant", ha="center", va="center", color=GREY)
        return figure
    packed = rows(drawn)
    figure = Figure(figsize=(WIDTH, 1.75 * len(packed)))
    grid = GridSpec(len(packed), _SLOTS, figure=figure)
    low = min(min(course.lower) for course in drawn)
    high = max(max(course.upper) for course in drawn)
    limits = (min(0.8, low / 1.02), max(1.25, high * 1.02))
    for r, row in enumerate(packed):
        column = 0
        for group in row:
            axes = figure.add_subplot(grid[r, column : column + len(group)])
            for slot, course in enumerate(group):
                _slot(axes, slot, course)
            ticks = [tick for tick in (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.4) if limits[0] <= tick <= limits[1]]
            axes.set(yscale="log", ylim=limits, xlim=(-0.5, len(group) - 0.5), title=_title(group[0].statement))
            axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks] if column == 0 else [""] * len(ticks))
            axes.minorticks_off()
            axes.set_xticks(range(len(group)), [_label(course) for course in group], fontsize=6, parse_math=False)
            axes.tick_params(axis="x", length=0)
            axes.grid(axis="x", visible=False)
            if column == 0:
                axes.set_ylabel("measured / derived", fontsize=8)
            column += len(group)
    return figure


def _slot(axes: Axes, slot: int, course: Course) -> None:
    """Draw one ladder at its place."""
    last = len(course.means) - 1
    xs = [slot + 0.7 * (k / last - 0.5) for k in range(last + 1)]
    colour = BLUE if course.inside else VERMILION
    axes.fill_between([slot - 0.42, slot + 0.42], *course.allowed, color=PALE, alpha=0.6, linewidth=0)
    axes.plot([slot - 0.42, slot + 0.42], [1, 1], color=BLACK, linewidth=0.8)
    below = [mean - end for mean, end in zip(course.means, course.lower, strict=True)]
    above = [end - mean for mean, end in zip(course.means, course.upper, strict=True)]
    axes.errorbar(xs, course.means, (below, above), color=colour, marker="o", markersize=3, linewidth=0.9)


def _title(statement: str) -> str:
    return _TITLES.get(statement, statement)


def _label(course: Course) -> str:
    """Break the ladder's name before what it goes along, and say the value that 1 stands for."""
    what, _, along = course.name.rpartition("along ")
    lines = textwrap.wrap(what.strip(" ,").replace(" from a large start", ", large start"), 12)
    return "\n".join([*lines, f"along {along}", f"1 = {course.derived:.3g}"])


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
        "Predicted: at every rung of a ladder (left to right) the ratio of a quantity to its scale in the theory is "
        "the same constant, and near the value derived for the limit (black line; its value below each ladder); grey: "
        "what the statement allows at finite sizes. Measured, geometric mean and interval at each rung: "
        f"{sum(course.inside for course in drawn)} of {len(drawn)} constants lie in their range with their whole "
        f"interval; the furthest from its derived value is `{off.statement}`, {off.name}: {value:.3g} [{lower:.3g}, "
        f"{upper:.3g}], derived {off.derived:.3g}. The strongest drift along a ladder is that of `{drift.statement}`, "
        f"{drift.name}: exponent {drift.exponent:.3f}. Intervals are Student's over {replicas[0]} to {replicas[-1]} "
        "replicas, at the level at which the whole run errs on one statement with at most 5%."
    )


CONSTANTS = Picture("constants", "Hidden constants, measured over derived", "full.json", read_statements, draw, caption)
