"""Test error of SGD, SAM and their variants, from the same data and start."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREY, PALE, SAM, SGD, WIDTH

_HARM = 0.1
_LABELS = {
    "SAM": "SAM, then SGD",
    "SAM, ascent on another batch": "SAM, ascent on another batch",
    "m-SAM, single samples, radius over sqrt(B)": "m-SAM, single samples, radius / √B",
}


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    parts = ("mean", "lower", "upper")
    return data_set(path, "robustness", [f"{name}_{part}" for name in ("test_error", "deactivated") for part in parts])


def draw(data: xr.Dataset) -> Figure:
    """Draw a row a variant, ordered by its error at the first setting, and a column a setting."""
    first = data.test_error_mean.isel(setting=-1).values
    data = data.isel(variant=np.argsort(first)[::-1])
    figure = Figure(figsize=(WIDTH, 0.27 * data.sizes["variant"] + 1.0))
    axes = figure.subplots(1, data.sizes["setting"], sharey=True)
    places = np.arange(data.sizes["variant"])
    for ax, setting in zip(axes, data.setting.values, strict=True):
        one = data.sel(setting=setting)
        ax.axvspan(data.attrs["p"] + _HARM, 0.5, color=PALE, alpha=0.6, linewidth=0)
        ax.axvline(data.attrs["p"], color=BLACK, linestyle=":", linewidth=1)
        for place, variant in zip(places, data.variant.values, strict=True):
            row = one.sel(variant=variant)
            mean, lower, upper = (float(row[f"test_error_{part}"]) for part in ("mean", "lower", "upper"))
            if np.isnan(mean):
                continue
            ahead = "SAM" in str(variant)
            style = {"color": SAM, "marker": "o"} if ahead else {"color": SGD, "marker": "s"}
            ax.plot([max(lower, 0), upper], [place, place], color=style["color"], linewidth=1.2)
            ax.plot([mean], [place], linestyle="", markersize=5, **style)
        ax.set(title=str(setting), xlim=(0, 0.5), xticks=(0, 0.1, 0.2, 0.3, 0.4), xlabel="test error")
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="y", visible=False)
    names = [str(v) for v in data.variant.values]
    axes[0].set_yticks(places, [_LABELS.get(v, v.replace("2 workers", "two workers")) for v in names])
    axes[-1].text(0.27, -0.45, "harmful", color=GREY, ha="center", va="bottom", fontsize=8)
    return figure


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured."""

    def said(variant: str, setting: str, name: str = "test_error") -> str:
        one = data.sel(variant=variant, setting=setting)
        mean, lower, upper = (float(one[f"{name}_{part}"]) for part in ("mean", "lower", "upper"))
        return f"{mean:.3f} [{lower:.3f}, {upper:.3f}]"

    first, second, third = (str(s) for s in data.setting.values)
    other = "SAM, ascent on another batch"
    words = "; ".join(f"{s}: {data.attrs[f'setting_{k}']}" for k, s in enumerate(data.setting.values))
    return (
        "Predicted: what ascends along each sample's own noise keeps the filters that align with it switched off, and "
        "does as SAM does; what does not, does as SGD does. Measured, mean [95% interval] over "
        f"{data.sizes['replica']} replicas, at {first} and {second}: SGD {said('SGD', first)} and "
        f"{said('SGD', second)}; SAM then SGD {said('SAM', first)} and {said('SAM', second)}; with the ascent on "
        f"another batch {said(other, first)} and {said(other, second)}, where {said(other, first, 'deactivated')} of "
        "the pairs (filter, sample of its class, active) are switched off, against "
        f"{said('SAM', first, 'deactivated')} under SAM; label noise for T₁ epochs, then SGD, "
        f"{said('label noise, then SGD', first)} and {said('label noise, then SGD', second)}. Independent noise in "
        f"the P−1 patches, at {third}: SGD {said('SGD, independent patches', third)}, SAM then SGD "
        f"{said('SAM, independent patches', third)}. Dotted: the label noise p = {data.attrs['p']:g}, the least "
        f"possible; grey: at least p + 0.1. Squares: no ascent; circles: ascent. {words}."
    )


ROBUSTNESS = Picture(
    "robustness", "The gap survives most variants of SAM, but not an ascent on other data, or on single samples",
    "robustness.nc", read, draw, caption,
)  # fmt: skip
