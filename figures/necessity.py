"""What needs which line of Condition 3.1: lines against statements, coloured by the margin at which each falls."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from figures.picture import Picture
from figures.results import exhibit
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
    "SAM, then SGD": "theorems",
    "the SAM stage": "SAM up to T₁",
    "SGD for as long": "SAM up to T₁",
    "the path of SGD": "SGD's path",
    "the start": "the start",
}
_MARKS = {"never": ".", "not by it": "x", "open": "$?$"}
_SIZES = {"never": 1.5, "not by it": 5.0, "open": 6.0}
_LOW, _HIGH = -5.0, 2.0
"""Logarithms of margins at the ends of the colours."""


def read(path: Path) -> xr.Dataset:
    """Open the exhibit."""
    return exhibit(path, "necessity", ("before", "after", "share", "restored", "least"))


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


def draw(data: xr.Dataset) -> Figure:
    """Draw the matrix, the logarithm of the margin in each cell where a statement falls."""
    figure = Figure(figsize=(WIDTH * 1.25, 5.6))
    axes = figure.subplots()
    state = states(data).values
    after = data.after.transpose("line", "statement").values
    before = data.before.transpose("line", "statement").values
    middle = np.sqrt(before * after)
    with np.errstate(invalid="ignore"):
        colour = np.where(state == "falls", np.log10(middle), np.nan)
    rows, columns = colour.shape
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
    names = [str(name) for name in data.statement.values]
    axes.set_xticks(
        np.arange(columns) + 0.5, [name.replace("coefficient_scale", "scale") for name in names], rotation=90
    )
    axes.set_yticks(np.arange(rows) + 0.5, [words(str(name)) for name in data.line.values])
    axes.tick_params(length=0, labelsize=8)
    axes.set(xlim=(0, columns), ylim=(rows, 0))
    axes.grid(visible=False)
    _headings(axes, [_GROUPS.get(str(group), str(group)) for group in data.group.values])
    _key(axes)
    bar = figure.colorbar(mesh, ax=axes, location="right", aspect=40, pad=0.01, fraction=0.03)
    bar.set_label("log₁₀ of the margin at which the statement falls")
    return figure


def _fill(axes: Axes, row: int, column: int, state: str, colour: float) -> None:
    middle = (column + 0.5, row + 0.52)
    if state == "falls":
        text = f"{round(colour, 1) + 0.0:.1f}".replace("-", "−")  # no minus before a zero
        axes.text(*middle, text, ha="center", va="center", fontsize=6.3, color="white" if colour > -0.8 else BLACK)
    elif state in ("not applicable", "at the base"):
        hatch = "////" if state == "not applicable" else None
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=PALE, hatch=hatch, edgecolor="white", linewidth=0.8))


def _key(axes: Axes) -> None:
    """Say what the marks mean, below the names of the lines."""
    lines = ("·   never", "×   not by it", "?   open", "grey: in the base", "hatched: not alone")
    text = "\n".join(lines)
    axes.annotate(text, (0, 0), xycoords="axes fraction", xytext=(-118, -14), textcoords="offset points",
                  va="top", fontsize=8)  # fmt: skip


def _headings(axes: Axes, groups: list[str]) -> None:
    starts = [k for k, group in enumerate(groups) if k == 0 or group != groups[k - 1]]
    for start, end in zip(starts, [*starts[1:], len(groups)], strict=True):
        axes.text((start + end) / 2, -0.25, groups[start], ha="center", va="bottom", fontsize=8.5, fontweight="bold")
        if start:
            axes.plot([start, start], [0, axes.get_ylim()[0]], color=BLACK, linewidth=1)


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
        "Predicted: Condition 3.1 asks that every line (a ratio, left) exceeds a constant. Measured: each line is "
        "broken alone, step by step, all others kept at 1 or above, and every statement asked on the same seeds. "
        "Colour and number: log₁₀ of the margin at which the share of draws in which it holds surely falls below 1 − δ "
        "(theorems, start) or 1/2. Dot: it never does, down to the smallest margin tried. ×: it falls just as well at "
        "a tenth of η, so by another size than the line. ?: open. Grey: it does not hold at margins of 1 or a little "
        "more, as it needs more filters or samples. Hatched: the line cannot be broken alone, as it follows from "
        "others, or not at an affordable size. Margins between which the theorems fall: "
        f"{'; '.join(told)}. {settings} pairs of line and step; bases and intervals are in results/necessity.nc."
    )


NECESSITY = Picture("necessity", "Which line of Condition 3.1 is needed by what", "necessity.nc", read, draw, caption)
