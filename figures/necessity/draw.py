"""What needs which line of Condition 3.1: statements against lines, coloured by the margin at which each falls."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREY, PALE, WIDTH

_LINES = {
    "d / (n ||mu||^2 / (P sigma_p)^2)": "d / (n‖μ‖²/(Pσₚ)²)",
    "d / (B ||mu||^2 / (P sigma_p)^2)": "d / (B‖μ‖²/(Pσₚ)²)",
    "d / n^2": "d / n²",
    "m / log(n/delta)": "m / log(n/δ)",
    "n / log(m/delta)": "n / log(m/δ)",
    "||mu|| / (P sigma_p)": "‖μ‖ / (Pσₚ)",
    "1 / p": "1 / p",
    "1 / (sigma_0 P sigma_p d / sqrt(n))": "1 / (σ₀ Pσₚ d/√n)",
    "1 / (sigma_0 ||mu||)": "1 / (σ₀‖μ‖)",
    "1 / (eta P^2 sigma_p^2 d / B)": "1 / (η P²σₚ² d/B)",
    "1 / (eta P^2 sigma_p^2 d^(3/2) / (B m))": "1 / (η P²σₚ² d^1.5/(Bm))",
}
_BOTH = {"d / (B": "both, by ‖μ‖ up", "1 / (sigma_0 ||": "both, by σ₀ up", "1 / (eta": "both, by η up"}
_GROUPS = {
    "SGD, weak signal": "theorems",
    "SGD, strong signal": "theorems",
    "SGD, strong signal: the rate": "theorems",
    "SAM, then SGD": "theorems",
    "both, from the same start": "theorems",
    "the contour of SGD": "contours",
    "the contour of SAM, and the gap": "contours",
    "the SAM stage": "SAM up to T₁",
    "SGD for as long": "SAM up to T₁",
    "the first stage of SGD": "SGD's path",
    "the path of SGD": "SGD's path",
    "the path of SGD, full batches": "SGD's path",
    "the network, step by step": "identities",
    "the start": "the start",
    "the batches": "the start",
}
_THEOREMS = {group for group, heading in _GROUPS.items() if heading in ("theorems", "contours")}
_HEADINGS = ("needed by a theorem", "not needed\nby one", "not alone\nto break")
_MARKS = {"never": ".", "not by it": "x", "open": "$?$"}
_SIZES = {"never": 1.5, "not by it": 5.0, "open": 6.0}
_LOW, _HIGH = -5.0, 2.0
"""Logarithms of margins at the ends of the colours."""


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    return data_set(path, "necessity", ("before", "after", "share", "restored", "least"))


def words(name: str) -> str:
    """Return a line of the condition, or a break of two, in symbols."""
    first, _, second = name.partition(" and ")
    return (
        _LINES.get(first, first) if not second else next(text for key, text in _BOTH.items() if second.startswith(key))
    )


def states(data: xr.Dataset) -> xr.DataArray:
    """Return for each cell "never", "falls", "at the base", "not by it", "open" or "not applicable"."""
    each = ("line", "statement")
    before, after, restored = (data[name].transpose(*each).values for name in ("before", "after", "restored"))
    share = data.share.transpose(*each, "step").values
    end = np.maximum(np.isfinite(share).sum(-1) - 1, 0)
    last = np.take_along_axis(share, end[..., None], -1)[..., 0]
    least = data.least.values[None, :]
    found = np.where(last < least, "open", "never").astype(object)
    found[np.isfinite(after)] = "falls"
    found[np.isfinite(after) & (restored < least)] = "not by it"
    found[np.isinf(before)] = "at the base"
    found[np.isnan(before)] = "not applicable"
    return xr.DataArray(found.astype(str), {name: data[name] for name in each}, each)


def needed(data: xr.Dataset) -> list[str]:
    """Return for each line its one of `_HEADINGS`: whether a theorem or a contour falls when it is broken alone."""
    rows = [str(group) in _THEOREMS for group in data.group.values]
    found = states(data).transpose("line", "statement").values
    return [
        _HEADINGS[0] if "falls" in line[rows] else _HEADINGS[2] if set(line) == {"not applicable"} else _HEADINGS[1]
        for line in found
    ]


def draw(data: xr.Dataset) -> Figure:
    """Draw the matrix, the logarithm of the margin where a statement falls; the lines that a theorem needs first."""
    each = ("statement", "line")
    kinds = needed(data)
    order = sorted(range(len(kinds)), key=lambda k: _HEADINGS.index(kinds[k]))
    data = data.isel(line=order)
    # a row that no line breaks tells nothing that the caption does not
    data = data.isel(statement=np.flatnonzero((states(data).transpose(*each) == "falls").any("line").values))
    state = states(data).transpose(*each).values
    rows, columns = state.shape
    figure = Figure(figsize=(WIDTH, 1.9 + 0.185 * rows))
    axes = figure.subplots()
    middle = np.sqrt(data.before * data.after).transpose(*each).values
    with np.errstate(invalid="ignore"):
        colour = np.where(state == "falls", np.log10(middle), np.nan)
    mesh = axes.pcolormesh(
        np.arange(columns + 1), np.arange(rows + 1), np.ma.masked_invalid(colour), vmin=_LOW, vmax=_HIGH,
        cmap=colormaps["YlOrRd"].resampled(14), edgecolors="white", linewidth=0.8,
    )  # fmt: skip
    for i in range(rows):
        for k in range(columns):
            _fill(axes, i, k, str(state[i, k]), colour[i, k])
    for word, marker in _MARKS.items():
        row, column = np.nonzero(state == word)
        axes.plot(
            column + 0.5, row + 0.52, marker=marker, color=GREY if word == "never" else BLACK,
            markersize=_SIZES[word], linestyle="none",
        )  # fmt: skip
    axes.set_yticks(np.arange(rows) + 0.5, [str(name) for name in data.statement.values])
    axes.set_xticks(
        np.arange(columns) + 0.5, [words(str(name)) for name in data.line.values], rotation=45, ha="left",
        rotation_mode="anchor",
    )  # fmt: skip
    axes.tick_params(length=0, labelsize=8, labeltop=True, labelbottom=False, pad=2)
    axes.set(xlim=(0, columns), ylim=(rows, 0))
    axes.grid(visible=False)
    end = 0
    for word in _HEADINGS:
        start, end = end, end + kinds.count(word)
        axes.text((start + end) / 2, rows + 0.25, word, ha="center", va="top", fontsize=8.5, fontweight="bold")
        if start:
            axes.axvline(start, color=BLACK, linewidth=2.5)
    _headings(axes, [_GROUPS.get(str(group), str(group)) for group in data.group.values])
    _key(axes)
    bar = figure.colorbar(mesh, ax=axes, location="bottom", aspect=50, pad=0.035, fraction=0.02)
    bar.set_label("log₁₀ of the margin at which the statement falls")
    return figure


def _fill(axes: Axes, row: int, column: int, state: str, colour: float) -> None:
    middle = (column + 0.5, row + 0.54)
    if state == "falls":
        text = f"{round(colour, 1) + 0.0:.1f}".replace("-", "−")  # no minus before a zero
        axes.text(*middle, text, ha="center", va="center", fontsize=7, color="white" if colour > -0.8 else BLACK)
    elif state in ("not applicable", "at the base"):
        hatch = "////" if state == "not applicable" else None
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=PALE, hatch=hatch, edgecolor="white", linewidth=0.8))


def _key(axes: Axes) -> None:
    """Say what the marks mean, below the matrix."""
    text = "·  never      ×  not by it      ?  open      grey: in the base      hatched: not alone"
    axes.annotate(text, (0.5, 0), xycoords="axes fraction", xytext=(0, -32), textcoords="offset points",
                  ha="center", va="top", fontsize=8)  # fmt: skip


def _headings(axes: Axes, groups: list[str]) -> None:
    """Name the groups at the right, and draw a line between two."""
    starts = [k for k, group in enumerate(groups) if k == 0 or group != groups[k - 1]]
    right = axes.get_xlim()[1]
    for start, end in zip(starts, [*starts[1:], len(groups)], strict=True):
        axes.text(right + 0.2, (start + end) / 2, groups[start], va="center", fontsize=8.5, fontweight="bold")
        if start:
            axes.plot([0, right], [start, start], color=BLACK, linewidth=1)


def caption(data: xr.Dataset) -> str:
    """Say what was broken and asked, what the marks mean, and which lines the theorems need."""
    found = states(data)
    theorems = [name for name in ("harmful_overfitting", "benign_overfitting", "sam_benign") if name in data.statement]
    told = []
    for name in theorems:
        one = data.sel(statement=name)
        falls = [
            f"{words(str(line))}: {float(cell.before):.2g} to {float(cell.after):.2g}"
            for line, cell in ((line, one.sel(line=line)) for line in data.line.values)
            if found.sel(line=line, statement=name) == "falls"
        ]
        told.append(f"`{name}` ({', '.join(falls) or 'none'})")
    settings = int(np.isfinite(data.share).any("statement").sum())
    return (
        "Predicted: Condition 3.1 asks that every line (a ratio, above) exceeds a constant. Measured: each line is "
        "broken alone, step by step, all others kept at 1 or above, and every statement asked on the same seeds. "
        "Colour and number: log₁₀ of the margin at which the share of draws in which it holds surely falls below 1 − δ "
        "(the three theorems on the test error, the headline, the start) or 1/2. Dot: it never does, down to the "
        "smallest margin tried. ×: it falls just as well with the margin ten times as large by η, or by ‖μ‖, so by "
        "another size than the line. ?: open. Grey: it does not hold at margins of 1 or a little more, as it needs "
        "more filters or samples. Hatched: the line cannot be broken alone, as it follows from others, or not at an "
        "affordable size. Contours are asked to be within a factor of 3 of the paper's unit; `headline` where SGD is "
        "harmful, `sam_benign` where SGD is benign as well. Margins between which the theorems fall: "
        f"{'; '.join(told)}. Statements that no line breaks are left out. "
        f"{settings} pairs of line and step; bases and intervals are in results/necessity.nc."
    )


NECESSITY = Picture(
    "necessity", "No theorem needs a line on the learning rate by itself; nearly all the others are needed",
    "necessity.nc", read, draw, caption,
)  # fmt: skip
