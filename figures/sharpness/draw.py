"""Sharpness along SGD's and SAM's paths, and beside the test error at equal training loss."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREY, SAM, SGD, WIDTH

_LOOKS = {"SGD": (SGD, "--"), "SAM then SGD": (SAM, "-")}
_SHOWN = (0.1, 1.0)  # multiples of the radius of Theorem 4.1
_NOTE: Any = {"textcoords": "offset points", "fontsize": 8}


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    along = ["path_worst_mean", "path_worst_lower", "path_worst_upper", "path_loss_mean"]
    return data_set(path, "sharpness", [*along, "worst", "relative", "error", "right"])


def draw(data: xr.Dataset) -> Figure:
    """Draw the worst rise against epochs and against the loss; below, test errors against sharpness at equal loss."""
    figure = Figure(figsize=(WIDTH, 9.8))
    halves = figure.subfigures(2, 1, height_ratios=(6.4, 3.4), squeeze=False)
    top, bottom = halves[0, 0], halves[1, 0]
    (by_epoch, by_loss), (absolute, relative) = top.subplots(2, 2, sharey="row")
    for name in data.training.values:
        for ratio in _SHOWN:
            _path(by_epoch, by_loss, data.sel(training=name, ratio=ratio), label=str(name) if ratio == 1 else "")
    switch = int(data.attrs["T_1"])
    by_epoch.axvline(switch, color=BLACK, linestyle=":", linewidth=1)
    by_epoch.annotate(
        "T₁: SAM ends", (switch, 0), xycoords=("data", "axes fraction"), xytext=(-4, 4), ha="right", **_NOTE
    )
    by_loss.axvline(float(data.attrs["epsilon"]), color=BLACK, linestyle=":", linewidth=1)
    by_loss.annotate(
        f"loss {data.attrs['epsilon']:g}", (data.attrs["epsilon"], 0), xycoords=("data", "axes fraction"),
        xytext=(4, 4), **_NOTE,
    )  # fmt: skip
    for ratio in _SHOWN:
        first = float(data.path_worst_mean.sel(training="SGD", ratio=ratio)[0])
        word = "radius of Theorem 4.1" if ratio == 1 else f"{ratio:g} of it"
        by_epoch.annotate(word, (1, first), xytext=(0, 7 if ratio == 1 else 8), color=GREY, **_NOTE)
    by_epoch.set(xscale="log", yscale="log", xlabel="epochs", ylabel="worst rise of the loss", title="along the paths",
                 xlim=(1, float(data.epoch[-1])), ylim=(None, 4))  # fmt: skip
    by_loss.set(xscale="log", xlabel="training loss (training goes to the right)", title="at equal loss")
    by_loss.invert_xaxis()
    by_epoch.legend(loc="lower left")
    _scatter(absolute, data, data.worst.sel(ratio=1.0))
    _scatter(relative, data, data.relative)
    absolute.set(xlabel="worst rise within the radius of Theorem 4.1", ylabel="test error", ylim=(0, 0.55),
                 title=f"solutions of loss {data.attrs['epsilon']:g}")  # fmt: skip
    relative.set(xscale="log", xlabel=f"worst rise within {data.attrs['share']:g} ‖W − W(0)‖",
                 title="radius relative to the distance")  # fmt: skip
    relative.set_xticks([0.004, 0.01, 0.02, 0.03], ["0.004", "0.01", "0.02", "0.03"])
    relative.xaxis.set_minor_formatter(NullFormatter())
    absolute.legend(loc="upper right")
    for panel in (absolute, relative):
        panel.axhline(float(data.attrs["p"]), color=BLACK, linestyle=":", linewidth=1)
    absolute.annotate(
        "label noise p", (0, data.attrs["p"]), xycoords=("axes fraction", "data"), xytext=(4, -10), **_NOTE
    )
    _matrix(bottom.subplots(), data)
    return figure


def _matrix(panel: Axes, data: xr.Dataset) -> None:
    """Draw each measure over SGD's as a number, on the share of draws in which it orders the two rightly."""
    share = data.right.transpose("sam", "measure").values
    edges = [np.arange(size + 1) - 0.5 for size in share.shape]
    panel.pcolormesh(edges[1], edges[0], share, cmap="RdBu", vmin=-0.25, vmax=1.25)
    panel.invert_yaxis()
    over = data.over_mean.transpose("sam", "measure").values
    for (row, column), value in np.ndenumerate(over):
        panel.annotate(f"{value:.2f}", (column, row), ha="center", va="center", fontsize=8.5,
                       weight="bold" if share[row, column] >= 0.95 else "normal")  # fmt: skip
    panel.set_xticks(range(over.shape[1]), [_column(str(name)) for name in data.measure.values])
    panel.set_yticks(range(over.shape[0]), [str(name).replace("tau_paper", "τ*") for name in data.sam.values])
    panel.grid(False)
    panel.set_title("each measure over SGD’s (bold, blue: orders the two as the test error does)")


def _column(name: str) -> str:
    """Return the heading of a measure: its name, and the radius below."""
    name, _, ratio = name.partition(" ")
    if name == "largest":
        return "largest\neigenvalue"
    unit = "√d τ*" if name == "average" else "τ*"
    words = "ascent\nof each" if name == "each" else name
    return f"{words}\n{ratio} {unit}" if ratio else words


def _path(by_epoch: Axes, by_loss: Axes, one: xr.Dataset, label: str) -> None:
    colour, line = _LOOKS[str(one.training.values)]
    for panel, x in ((by_epoch, one.epoch.values[1:]), (by_loss, one.path_loss_mean[1:])):
        panel.plot(x, one.path_worst_mean[1:], color=colour, linestyle=line, linewidth=1.8, label=label or None)
        panel.fill_between(x, one.path_worst_lower[1:], one.path_worst_upper[1:], color=colour, alpha=0.25, linewidth=0)


def _scatter(panel: Axes, data: xr.Dataset, sharpness: xr.DataArray) -> None:
    names = [str(name) for name in data.solution.values]
    for family, colour, marker, label in (("SGD", SGD, "o", "SGD"), ("SAM", SAM, "^", "SAM then SGD")):
        members = [k for k, name in enumerate(names) if name.startswith(family)]
        for k in members:
            x, y = sharpness[k].values, data.error[k].values
            panel.plot(x, y, marker, color=colour, markersize=3, alpha=0.35, markeredgewidth=0,
                       label=label if k == members[0] else None)  # fmt: skip
            if family == "SGD":
                below = k == members[-1]  # the strongest signal: its errors lie on the line of the label noise
                word = names[k].removeprefix("SGD, ").replace("||mu||", "‖μ‖")
                panel.annotate(word, (x.max(), y.mean()), xytext=(5, -10 if below else -2), color=colour, **_NOTE)


def caption(data: xr.Dataset) -> str:
    """Say what was asked and what was measured."""
    quote = {key.removeprefix("quote_"): value for key, value in data.attrs.items() if key.startswith("quote_")}
    return (
        "Predicted: at one training loss the worst rise of the loss within a radius depends on how the training data "
        "are fitted, not by what, so it does not rank solutions as the test error does; relative to the distance from "
        "the start, SGD's solution is the flatter one (both derived by this suite). Measured: the worst rise within a "
        f"radius of the weights, by ascent (at most {quote['bracket']} times as much is possible). Above: along both "
        f"paths, geometric mean [{data.attrs['level']:.0%} interval] over {data.sizes['follower']} replicas. Below: "
        f"{data.sizes['solution']} trainings to loss {data.attrs['epsilon']:g}, {data.sizes['replica']} replicas each: "
        "SGD at five signal strengths, and SAM then SGD at radii and ‖μ‖ = 8; at the bottom, trace and largest "
        "eigenvalue of the Hessian, the rise along the gradient, along each sample's own, the average and the worst, "
        "at a tenth of τ* and at τ*, the radius of Theorem 4.1. One-sample SAM (B = 1) has "
        f"{quote['trace_single_over_sgd']} of SGD's trace, full-batch SAM {quote['largest_sam_over_sgd']} of its "
        f"largest eigenvalue. The average rise at √d τ* orders SGD and each of SAM's solutions rightly in "
        f"{quote['right_average_1']} draws, the trace in {quote['right_trace']}, the largest eigenvalue in "
        f"{quote['right_largest_eigenvalue']}, the worst rise within τ* in {quote['right_worst_1']}. "
        "At ‖μ‖ = 8 SGD's worst rise over "
        f"that of SAM with the radius of Theorem 4.1 is {quote['worst_ratio_1']} within that radius and "
        f"{quote['worst_ratio_0.1']} within a tenth of it, at test errors {quote['error_sgd']} and "
        f"{quote['error_sam']}. Kendall's τ of worst rise and test error (1: the sharper errs more; -1: the flatter "
        f"does), mean over replicas: between these two {quote['rank_optimisers_worst_1']}, relative to the distance "
        f"moved {quote['rank_optimisers_relative']}; over SGD's signal strengths {quote['rank_strengths_worst_1']}; "
        f"over SAM's radii and SGD {quote['rank_radii_worst_1']}; over the draws of SGD {quote['rank_seeds']}. "
        f"{data.attrs['setting']}; radius of Theorem 4.1 {data.attrs['tau']:.3g}; {data.attrs['test_samples']:,} test "
        "samples a point."
    )


SHARPNESS = Picture(
    "sharpness",
    "Of all measures of sharpness only the average rise ranks the solutions",
    "sharpness.nc",
    read,
    draw,
    caption,
)
