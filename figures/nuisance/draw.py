"""Test error against the signal with real noise patches, and where it falls below p + 0.1, against n."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREY, SAM, SGD, WIDTH

_STYLES = {"SGD": {"color": SGD, "marker": "s"}, "SAM, then SGD": {"color": SAM, "marker": "o"}}


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    return data_set(path, "nuisance", ["contour_mean", "contour_lower", "contour_upper", "effective", "exponent_mean"])


def draw(data: xr.Dataset) -> Figure:
    """Draw a panel a kind of noise whose contours are on the grid, with the predicted slope of SGD's."""
    data = data.isel(kind=np.isfinite(data.contour_mean).all(("training", "n")).values)
    figure = Figure(figsize=(WIDTH, 2.9))
    axes = figure.subplots(1, data.sizes["kind"], sharey=True)
    for ax, kind in zip(axes, data.kind.values, strict=True):
        for training, style in _STYLES.items():
            at = data.sel(kind=kind, training=training)
            mean = at.contour_mean.values
            spread = np.abs(np.stack([at.contour_lower.values, at.contour_upper.values]) - mean)
            ax.errorbar(at.n, mean, spread, linestyle="-", markersize=4, linewidth=1.2, **style)
            if kind == data.kind.values[-1]:
                below = mean[0] == data.sel(kind=kind).contour_mean.isel(n=0).min()
                ax.annotate(training, (at.n[0], mean[0]), (0, -14 if below else 10), textcoords="offset points",
                            color=style["color"], fontsize=8)  # fmt: skip
        first = data.sel(kind=kind, training="SGD").contour_mean.values
        line = np.exp(np.log(first).mean()) * (data.n / np.exp(np.log(data.n).mean())) ** -0.25
        ax.plot(data.n, line, color=GREY, linestyle=":", linewidth=1)
        ax.set(xscale="log", yscale="log", xlabel="n")
        ax.set_title(f"{kind}\n$d_{{eff}}$ = {float(data.effective.sel(kind=kind)):.0f}", fontsize=8.5)
        ax.set_xticks(data.n.values, [f"{n:g}" for n in data.n.values])
        ax.minorticks_off()
    axes[0].set_ylabel(r"$||\mu||$ at test error $p + 0.1$")
    axes[0].set_yticks([0.5, 1, 2, 4], ["0.5", "1", "2", "4"])
    axes[0].tick_params(axis="y", labelcolor=BLACK)
    return figure


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured."""
    parts = []
    for kind in data.kind.values:
        at = data.sel(kind=kind)
        told = []
        for training in data.training.values:
            one = at.sel(training=training)
            mean, lower, upper = (float(one[f"exponent_{end}"]) for end in ("mean", "lower", "upper"))
            number = f"{mean:.2f} [{lower:.2f}, {upper:.2f}]" if np.isfinite(mean) else "off the grid"
            told.append(f"{training} {number}")
        parts.append(f"{kind} (effective dimension {float(at.effective):.0f}): {', '.join(told)}")
    return (
        "Predicted: with the length of the noise fixed, SGD's contour is at (tr C²/n)^(1/4): it falls like n^(-1/4) "
        "(dotted), and lies higher where the noise has fewer effective dimensions; SAM's does not move with n. "
        f"Measured exponents in n, mean [95% interval] over {data.sizes['seed']} seeds: {'; '.join(parts)}. The noise "
        f"patches are pieces of two photographs, d = {data.attrs['d']}; each piece is used once, for training or for "
        f"testing. {data.attrs['setting']}."
    )


NUISANCE = Picture(
    "nuisance", "With photographs as noise SAM tests no better than SGD", "nuisance.nc", read, draw, caption
)
