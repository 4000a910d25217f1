"""SGD's test error against the distance from its boundary, and the law of the active shares, beside what is derived."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREEN, GREY, ORANGE, PURPLE, SAM, SGD, SKY, WIDTH

_LOOKS = [(SGD, "s"), (SAM, "o"), (GREEN, "^"), (ORANGE, "D"), (PURPLE, "v"), (SKY, "P"), (BLACK, "x")]


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    names = ("excess_mean", "excess_lower", "excess_upper", "derived_mean", "limit", "shares", "law")
    return data_set(path, "error_curve", names)


def draw(data: xr.Dataset) -> Figure:
    """Draw all settings on the curve on the left, the distribution function of the shares on the right."""
    figure = Figure(figsize=(WIDTH, 4.2))
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    first = data.limit.isel(p=0)
    left.plot(data.fine, first, color=GREY, linewidth=2.5, alpha=0.5, label=f"n to infinity, p = {float(first.p):g}")
    for (colour, marker), name in zip(_LOOKS, data.setting.values, strict=True):
        one = data.sel(setting=name)
        left.plot(one.z, one.derived_mean, color=colour, linewidth=0.9)
        ends = np.abs([one.excess_mean - one.excess_lower, one.excess_upper - one.excess_mean])
        look = {"color": colour, "marker": marker, "linestyle": "", "markersize": 4}
        left.errorbar(one.z, one.excess_mean, ends, label=str(name), elinewidth=1, **look)
    left.set(xlabel="z = ‖μ‖ (n/d)^¼ / ((P−1) σₚ)", ylabel="true label missed", xlim=(0.3, 2.0), ylim=(0, 0.5))
    left.set_title("SGD: one curve for all sizes (lines: derived)")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=7.5)
    right.plot(data.law, data["quantile"], color=BLACK, linestyle="--", label="mean-field path")
    right.plot(data.shares, data["quantile"], color=SGD, label="measured, n = 100")
    right.plot([0.5, 1], [0, 1], color=GREY, linestyle=":", label="uniform on [½, 1]")
    right.set(xlabel="share of filters that memorise a sample", ylabel="samples below", xlim=(0.3, 1), ylim=(0, 1))
    right.set_title("The law of the shares")
    right.legend(loc="upper left")
    return figure


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured."""
    told = data.attrs
    return (
        "Predicted: how often SGD misses the true label is one function of z, whatever n, d, P and σₚ are; at finite n "
        "the counts of the draws stand in it (lines). Where the noise has unequal variances v, d is the effective "
        "dimension (Σv)²/Σv². Measured, mean and "
        f"{told['level']:.0%} interval over {data.sizes['replica']} draws: the largest distance from the derived mean "
        f"is {told['quote_off_isotropic']} for equal variances and p up to 0.2, {told['quote_off_flips']} at p = 0.4, "
        f"and {told['quote_off_unequal']} for unequal variances (n = 20, d = 20,000). Right: the share of its filters "
        f"that memorises a sample has mean {told['quote_mean_share']} and deviation {told['quote_spread_share']} "
        f"(mean-field path: {told['quote_mean_law']} and {told['quote_spread_law']}); {told['quote_full_share']} of "
        f"the samples are above 0.95 ({told['quote_full_law']}). {told['test_samples']:,} test samples a point."
    )


ERROR_CURVE = Picture("error_curve", "One curve for SGD's test error, derived", "error_curve.nc", read, draw, caption)
