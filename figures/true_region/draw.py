"""The true region against the proved one: of each hypothesis, how far outside it a conclusion goes on holding."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import GREY, SAM, SGD, WIDTH

_SAM = ("deactivation", "noise_prevention", "signal_learning")


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    return data_set(path, "true_region", ("held", "asked", "alone", "fails", "least"))


def draw(data: xr.Dataset) -> Figure:
    """Draw a line for each hypothesis from 1 to where the conclusion fails first, or to where it was looked at."""
    figure = Figure(figsize=(WIDTH, 1.2 + 0.17 * data.sizes["pair"]))
    axes = figure.subplots()
    names = []
    for k in range(data.sizes["pair"]):
        one = data.isel(pair=k)
        statement, fails = str(one.statement.values), float(one.fails)
        sam = statement in _SAM
        colour = SAM if sam else SGD
        broken = np.isfinite(fails)
        end = fails if broken else float(one.least)
        apart = one.level.values[(one.alone.values > 0) & (one.asked.values > 0)]
        edge = max(end, float(apart.min())) if apart.size else 1.0
        axes.plot([1, edge], [k, k], color=colour, linestyle="-", linewidth=2.4)
        axes.plot([edge, end], [k, k], color=colour, linestyle=":", linewidth=1.2)
        axes.plot([end], [k], color=colour, marker="x" if broken else "<", markersize=6, markeredgewidth=1.6)
        names.append(f"{'SAM' if sam else 'SGD'}, {statement}: {_short(str(one.hypothesis.values))}")
    axes.axvline(1, color=GREY, linewidth=1)
    axes.set(xscale="log", xlabel="margin of the hypothesis (proved: 1 and more)")
    axes.set(ylim=(data.sizes["pair"] - 0.4, -0.6))
    axes.set_yticks(range(data.sizes["pair"]), names, fontsize=7)
    axes.invert_xaxis()
    axes.plot([], [], "k-", linewidth=2.4, label="all other margins at least 1")
    axes.plot([], [], "k:", label="others fall with it")
    axes.plot([], [], "kx", label="fails here, holds at all larger margins looked at")
    axes.plot([], [], "k<", label="holds as far as it was looked at")
    figure.legend(loc="outside lower left", ncols=2)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= 34 else name[:33] + "…"


def caption(data: xr.Dataset) -> str:
    """Say what the hypotheses ask for, and how far beyond them the conclusions held."""
    broken = data.fails.notnull()
    count, failing = data.sizes["pair"], int(broken.sum())
    levels = ", ".join(f"{level:.2g}" for level in data.level.values)
    return (
        "Predicted: each conclusion holds where all margins of its hypotheses are at least 1. Measured: one margin is "
        f"brought down to {levels}, alone ({int(data.alone.sum())} places) or, where that cannot be, with what follows "
        "it, by the attack's search over settings and moved data, and the statement is asked there on "
        f"{data.attrs['draws']} draws, {int(data.asked.sum()):,} in all, of which "
        f"{int(data.held.sum()):,} held. Of {count} pairs of statement and hypothesis "
        f"{count - failing} hold as far as was looked at, the least margin being {float(data.least.min()):.2g}; "
        f"{failing} fail, the first at a margin of {float(data.fails.max()):.2g}. Bounds are those that the statements "
        "state, which move with the setting, too."
    )


TRUE_REGION = Picture(
    "true_region",
    "Most of SGD's lemmas hold decades outside their hypotheses; noise prevention does not",
    "true_region.nc",
    read,
    draw,
    caption,
)
