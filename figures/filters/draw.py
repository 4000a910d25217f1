"""Filters switching off: which filters are active on which noise, from the first epoch to the end of SAM's stage."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure, SubFigure

from dynamics.arrays import Array
from figures.kept import data_set
from figures.picture import Picture
from figures.style import GREY, NOTE, PALE, SAM, SGD, WIDTH

_ROWS = (
    ("SGD", "product", "SGD\nat W, where its\ngradient is taken", SGD),
    ("SAM", "product", "SAM\nat W", SAM),
    ("SAM", "shifted", "SAM\nat W + ε, where its\ngradient is taken", SAM),
)
_LEAST, _MOST = -4.0, 1.0
"""Logarithms of rho_bar at the ends of the colours."""


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    return data_set(path, "filters", ("product", "shifted", "rho", "label"))


def draw(data: xr.Dataset) -> Figure:
    """Draw a row a place where the gradient could be taken, a column an epoch."""
    figure = Figure(figsize=(WIDTH, 3.9))
    draw_on(figure, data)
    return figure


def draw_on(figure: Figure | SubFigure, data: xr.Dataset) -> None:
    """Draw on a figure, or on a part of one."""
    axes = figure.subplots(len(_ROWS), data.sizes["epoch"], sharex=True, sharey=True)
    for row, (optimiser, at, words, colour) in zip(axes, _ROWS, strict=True):
        for panel, epoch in zip(row, data.epoch.values, strict=True):
            one = data.sel(optimiser=optimiser, epoch=epoch)
            active = (one[at] > 0).transpose("filter", "sample").values
            _matrix(panel, active, one.rho.transpose("filter", "sample").values, colour)
            panel.axvline(float(data.label.sum() + data.sizes["sample"]) / 2, color="white", linewidth=1.5)
            panel.annotate(f"{active.mean():.0%} active", (1, 0), xycoords="axes fraction", xytext=(0, -3), ha="right",
                           va="top", color=colour, **NOTE)  # fmt: skip
        row[0].annotate(words, (0, 0.5), xycoords="axes fraction", xytext=(-14, 0), ha="right", va="center",
                        color=colour, fontweight="bold", **NOTE)  # fmt: skip
    last = int(data.epoch[-1])
    for panel, epoch in zip(axes[0], data.epoch.values, strict=True):
        panel.set_title(f"{'SAM ends: ' if epoch == last else ''}epoch {epoch:,}")
    axes[-1, 0].annotate("rows: filters,\ncolumns: samples", (0, 0), xycoords="axes fraction", xytext=(-14, -3),
                         ha="right", va="top", color=GREY, textcoords="offset points", fontsize=7)  # fmt: skip


def _matrix(panel: Axes, active: Array, rho: Array, colour: str) -> None:
    """Fill the active pairs, the darker the more of the noise has been learned."""
    shades = [_mixed(colour, 0.35), _mixed(colour, 1), _mixed(colour, 1, dark=0.25)]
    scale = LinearSegmentedColormap.from_list("", shades)
    with np.errstate(divide="ignore", invalid="ignore"):
        learned = np.log10(rho).clip(_LEAST, _MOST)
    learned = np.where(np.isfinite(learned), learned, _LEAST)
    panel.pcolormesh(np.where(active, 1.0, np.nan) * learned, cmap=scale, vmin=_LEAST, vmax=_MOST, edgecolors="white",
                     linewidth=0.5)  # fmt: skip
    panel.set(xticks=[], yticks=[], facecolor=_mixed(PALE, 0.5))
    panel.invert_yaxis()
    panel.grid(visible=False)
    for side in panel.spines.values():
        side.set_visible(False)


def _mixed(colour: str, share: float, dark: float = 0.0) -> tuple[float, float, float]:
    """Return a colour mixed with white, or with a share of black."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    red, green, blue = ((1 - share + share * part) * (1 - dark) for part in parts)
    return red, green, blue


def caption(data: xr.Dataset) -> str:
    """Say what is predicted, and how many pairs are active where the gradient is taken, and what is learned."""

    def share(optimiser: str, at: str, epoch: int) -> str:
        return f"{float((data[at].sel(optimiser=optimiser, epoch=epoch) > 0).mean()):.0%}"

    first, last = int(data.epoch[0]), int(data.epoch[-1])
    most = data.rho.sel(epoch=last).max(("filter", "sample"))
    return (
        "Predicted: the ascent takes ⟨w + ε, ξ⟩ below zero wherever ⟨w, ξ⟩ ≥ 0, for the filters of a sample's own "
        "class; ReLU switches them off, and the step does not learn the sample's noise. Measured on one draw: a filled "
        "cell is a filter that is active on the noise of a sample of its class, the darker the larger ρ̄ (from "
        f"10^{_LEAST:g} to 10^{_MOST:g}). Where SAM takes its gradient {share('SAM', 'shifted', first)} are active at "
        f"epoch {first} and {share('SAM', 'shifted', last)} at epoch {last:,}; under SGD "
        f"{share('SGD', 'product', first)} and {share('SGD', 'product', last)}. The largest ρ̄ at the end is "
        f"{float(most.sel(optimiser='SGD')):.2g} under SGD and {float(most.sel(optimiser='SAM')):.2g} under SAM. Seed "
        f"{data.attrs['seeds']}; {data.attrs['setting']}; radius {data.attrs['tau']:.3g}."
    )


FILTERS = Picture(
    "filters", "SAM switches off the filters that align with noise, exactly where it takes its gradient",
    "filters.nc", read, draw, caption,
)  # fmt: skip
