"""Tightness: measured over bound, for every inequality of every statement."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.picture import Picture
from figures.style import BLACK, GREEN, ORANGE, PALE, PURPLE, WIDTH
from verify.report.results import Record, read_statements
from verify.report.schema import Part
from verify.report.wording import symbols

_KINDS = {
    "identity": ("identities: error over rounding budget", GREEN),
    "bound": ("explicit bounds: every step of every run", PURPLE),
    "probability": ("with probability ≥ 1 − δ: worst of all draws", ORANGE),
}


@dataclass(frozen=True)
class Row:
    """One inequality: the share of its bound that was used, in the loosest and the tightest setting."""

    kind: str
    statement: str
    label: str
    from_below: bool
    loosest: float
    tightest: float


def used(part: Part) -> float:
    """Return which share of a bound was used: above 1 it is broken; NaN for a bound of 0 or infinity.

    For an upper bound measured / bound, for a lower bound bound / measured, for bounds below zero the other way
    round.
    """
    measured, bound = part.measured, part.bound
    if not (math.isfinite(bound) and math.isfinite(measured)) or bound == 0 or measured == 0:
        return math.nan
    return measured / bound if (part.sense == "<=") == (bound > 0) else bound / measured


def rows(found: Sequence[Record]) -> tuple[list[Row], list[str]]:
    """Return the inequalities by kind, the loosest first, and the names of those whose bound is zero."""
    drawn, left_out = [], []
    for verdict in found:
        kind = "bound" if verdict.kind == "scaling" else verdict.kind  # its inequalities are judged as bounds are
        by_label: dict[str, list[Part]] = {}
        for part in verdict.parts:
            by_label.setdefault(part.label, []).append(part)
        for label, parts in by_label.items():
            shares = [share for share in map(used, parts) if share > 0]
            if shares:
                below = parts[0].sense == ">="
                drawn.append(Row(kind, verdict.id, label, below, min(shares), max(shares)))
            else:
                left_out.append(f"`{verdict.id}` (`{label}`)")
    order = list(_KINDS)
    return sorted(drawn, key=lambda row: (order.index(row.kind), row.tightest)), left_out


def draw(found: Sequence[Record]) -> Figure:
    """Draw a line a row, from its loosest to its tightest setting, with a marker on the tightest."""
    drawn, _ = rows(found)
    heights: list[float] = []
    y = 0.0
    for k, row in enumerate(drawn):
        y += 2.2 if k == 0 or row.kind != drawn[k - 1].kind else 1.0
        heights.append(y)
    figure = Figure(figsize=(WIDTH, 0.158 * y + 0.9))
    axes = figure.subplots()
    axes.axvspan(1, 10, color=PALE, linewidth=0, zorder=0)
    axes.axvline(1, color=BLACK, linewidth=1)
    for k, (row, height) in enumerate(zip(drawn, heights, strict=True)):
        heading, colour = _KINDS[row.kind]
        if k == 0 or row.kind != drawn[k - 1].kind:
            axes.annotate(heading, (0, height - 1.05), xycoords=axes.get_yaxis_transform(), xytext=(4, 0),
                          textcoords="offset points", va="center", fontweight="bold", fontsize=8.5)  # fmt: skip
        axes.plot([row.loosest, row.tightest], [height, height], color=colour, linewidth=1)
        marker, face = ("<", "white") if row.from_below else ("o", colour)
        axes.plot([row.tightest], [height], marker=marker, color=colour, markerfacecolor=face, linestyle="none")
    names = [f"{row.statement}:  {symbols(row.label.replace('$', ''))}" for row in drawn]
    axes.set_yticks(heights, names, fontsize=7.5, parse_math=False)
    axes.set(xscale="log", xlim=(min(row.loosest for row in drawn) / 3, 4), ylim=(y + 1, 0.3))
    axes.set_xlabel("share of the bound that was used (1: tight; grey: beyond it)")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    looks = (("o", BLACK, "upper bound: measured / bound"), ("<", "white", "lower bound: bound / measured"))
    keys = [
        Line2D([], [], color=BLACK, marker=marker, markerfacecolor=face, linewidth=1, label=label)
        for marker, face, label in looks
    ]
    figure.legend(handles=keys, loc="outside lower right", ncols=2)
    return figure


def caption(found: Sequence[Record]) -> str:
    """Say what is drawn, how tight and how loose it is, and what is left out."""
    drawn, left_out = rows(found)
    bounds = [row for row in drawn if row.kind == "bound"]
    chance = [row for row in drawn if row.kind == "probability"]
    broken = [row for row in bounds if row.tightest > 1]
    draws = sum(v.draws for v in found)
    loosest, tightest = bounds[0], bounds[-1]
    passed = sum(row.tightest > 1 for row in chance)
    return (
        "Predicted: no identity and no explicit bound passes 1, in any step of any run; a claim with probability "
        f"≥ 1 − δ may, on rare draws. Measured: of {len(bounds)} explicit inequalities {len(broken)} passed 1; the "
        f"tightest is `{tightest.statement}` (`{tightest.label}`, {tightest.tightest:.2f} of its bound), the loosest "
        f"`{loosest.statement}` (`{loosest.label}`, {loosest.tightest:.2g}). Of {len(chance)} inequalities that hold "
        f"with probability, {passed} were passed by the worst draw; how often is in the table of verdicts. Training "
        "stops at the loss that is asked for, so those rows stand at 1 by design. Markers: the tightest setting; "
        f"lines: the range over settings. {draws:,} draws in all. Bounds of zero have no ratio and are not drawn: "
        f"{'; '.join(left_out)}."
    )


TIGHTNESS = Picture(
    "tightness", "No explicit bound is passed, and some are nearly reached", "full.json", read_statements, draw, caption
)
