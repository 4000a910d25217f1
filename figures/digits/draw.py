"""Real digits: test error over the noise, all pairs of digits, and the instant of the switch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREEN, GREY, NOTE, ORANGE, SAM, SGD, WIDTH

_LOOKS: dict[str, dict[str, Any]] = {
    "SGD": {"color": SGD, "linestyle": "--", "marker": "s"},
    "SAM": {"color": SAM, "linestyle": "-", "marker": "o"},
    "SAM for T_1, then SGD": {"color": GREEN, "linestyle": "-.", "marker": "^"},
    "SAM for 4 T_1, then SGD": {"color": ORANGE, "linestyle": (0, (4, 1)), "marker": "v"},
}
_ORDERS: dict[str, dict[str, Any]] = {
    "SAM first": {"color": SAM, "linestyle": "-", "marker": "o"},
    "SGD first": {"color": SGD, "linestyle": "--", "marker": "s"},
}


_ENDS = ("mean", "lower", "upper")


def reader(name: str) -> Callable[[Path], xr.Dataset]:
    """Return the function that opens the data set, which must hold this quantity with its interval."""
    return lambda path: data_set(path, "digits", [f"{name}_{end}" for end in _ENDS])


def draw_noise(data: xr.Dataset) -> Figure:
    """Draw one row of error curves for each pair of the grid, a column a number of samples."""
    rows = data.sizes["pair"]
    figure = Figure(figsize=(WIDTH, 2.1 * rows + 0.4))
    curves = figure.subplots(rows, data.sizes["n"], sharex=True, sharey=True, squeeze=False)
    for row, word in zip(curves, data.pair.values, strict=True):
        for panel, n in zip(row, data.n.values, strict=True):
            _curves(panel, data.sel(pair=word, n=n), data.attrs)
            panel.set_title(f"{_or(word)}, n = {n}", fontsize=8.5)
        row[0].set_ylabel("test error")
    for panel in curves[-1]:
        panel.set_xlabel("noise σₚ")
    figure.legend(*curves[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(_LOOKS))
    return figure


def draw_pairs(data: xr.Dataset) -> Figure:
    """Draw the test error minus SGD's for all pairs of digits."""
    figure = Figure(figsize=(WIDTH, 3.4))
    _pairs(figure.subplots(), data)
    return figure


def draw_switch(data: xr.Dataset) -> Figure:
    """Draw the test error against the instant of the switch, from SAM to SGD and from SGD to SAM."""
    figure = Figure(figsize=(WIDTH, 3.2))
    axes = figure.subplots(1, data.sizes["switch_n"], sharey=True, squeeze=False)
    for panel, n in zip(axes[0], data.switch_n.values, strict=True):
        _switch(panel, data.sel(switch_n=n))
        panel.set_title(f"{_or(data.attrs['switch_pair'])}, n = {n}, σₚ = {data.attrs['at_sigma_p']:g}")
    axes[0, 0].set_ylabel("test error")
    return figure


def _band(panel: Axes, x: Any, data: xr.Dataset, name: str, look: dict[str, Any], label: str) -> None:
    panel.plot(x, data[f"{name}_mean"], label=label, markersize=3, linewidth=1.2, **look)
    panel.fill_between(x, data[f"{name}_lower"], data[f"{name}_upper"], color=look["color"], alpha=0.2, linewidth=0)


def _curves(panel: Axes, data: xr.Dataset, attributes: dict[str, Any]) -> None:
    for name, look in _LOOKS.items():
        _band(panel, data.sigma_p.values, data.sel(training=name), "test_error", look, _short(name))
    for level, line in ((attributes["p"], ":"), (attributes["harmful"], "-.")):
        panel.axhline(level, color=BLACK if line == ":" else GREY, linestyle=line, linewidth=0.8)
    panel.set(xscale="log", ylim=(0.05, 0.52), xticks=[0.05, 0.2, 0.8], xticklabels=["0.05", "0.2", "0.8"])
    panel.minorticks_off()


def _pairs(panel: Axes, data: xr.Dataset) -> None:
    order = np.argsort(data.pair_gain_mean.sel(training="SAM").values, kind="stable")
    place = np.arange(len(order))
    for name in list(_LOOKS)[:0:-1]:
        one, look = data.sel(training=name).isel(both=order), _LOOKS[name]
        panel.vlines(place, one.pair_gain_lower, one.pair_gain_upper, color=look["color"], linewidth=0.8, alpha=0.6)
        panel.plot(place, one.pair_gain_mean, look["marker"], color=look["color"], markersize=3.5)
        panel.annotate(_short(name), (place[-1], float(one.pair_gain_mean[-1])), xytext=(8, 0), va="center",
                       color=look["color"], fontweight="bold", annotation_clip=False, **NOTE)  # fmt: skip
    panel.axhline(0, color=SGD, linestyle="--", linewidth=1)
    panel.annotate("SGD", (0, 0), xycoords=("axes fraction", "data"), xytext=(4, 5), ha="left", color=SGD,
                   fontweight="bold", **NOTE)  # fmt: skip
    words = [str(word).replace("-", "") for word in data.both.values[order]]
    panel.set_xticks(place, words, rotation=90, fontsize=7)
    panel.set(ylabel="test error minus SGD's", xlabel="pair of digits", xlim=(-1, len(order)))
    panel.set_title(f"all pairs, n = {data.attrs['at_n']}, σₚ = {data.attrs['at_sigma_p']:g}")
    panel.grid(axis="x", visible=False)


def _switch(panel: Axes, data: xr.Dataset) -> None:
    for name, look in _ORDERS.items():
        one = data.sel(order=name)
        _band(panel, 100 * data.share.values, one, "switch_error", look, name)
        middle = len(data.share) // 2
        panel.annotate(name, (float(100 * data.share[middle]), float(one.switch_error_mean[middle])), xytext=(0, 7),
                       color=look["color"], fontweight="bold", **NOTE)  # fmt: skip
    panel.set(xlabel="% of training before the switch")


def _short(name: str) -> str:
    return name.replace("T_1", "T₁")


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured, with the numbers that the data set quotes."""
    told = data.attrs
    first, last = (str(word) for word in data.pair.values[[0, -1]])
    size = data.switch_n.values[0]
    return (
        f"Predicted: if the theory carries over to images, the noise at which the test error is p + 0.1 grows like "
        f"n^(1/4) under SGD and like n^0 under SAM; SAM for T₁ epochs and then SGD beats SGD; and SAM must come first. "
        f"Measured on {_or(first)}: exponents {told[f'quote_exponent_{first}_sgd']} (SGD), "
        f"{told[f'quote_exponent_{first}_sam']} (SAM), {told[f'quote_exponent_{first}_t1']} (SAM for T₁, then SGD) and "
        f"{told[f'quote_exponent_{first}_4t1']} (SAM for 4 T₁, then SGD). Over all pairs of digits at n = "
        f"{told['at_n']}, σₚ = {told['at_sigma_p']:g}, the test error is below SGD's under SAM in "
        f"{told['quote_pairs_gain_sam']} (mean difference {told['quote_pairs_mean_gain_sam']}); under SAM for T₁ "
        f"epochs, then SGD in {told['quote_pairs_gain_t1']}, with a tenth of the radius in "
        f"{told['quote_pairs_gain_t1_01']}; for 4 T₁ epochs in {told['quote_pairs_gain_4t1']}. At the end of the T₁ "
        f"epochs, before the SGD stage, it is below that of SGD's best record in {told['quote_pairs_stage_gain_t1']}. "
        f"Of the pairs (filter, sample) that the lemma speaks of, {told['quote_stays']} stay active at W + ε after T₁. "
        f"Test errors of {_or(last)} with 0, 10, 50, 100% of training before the switch, n = {size}: SAM first "
        f"{told[f'quote_switch_{size}_SAM']}; SGD first {told[f'quote_switch_{size}_SGD']}. σₚ in units of the root "
        f"mean square norm of the centred images; dotted: label noise p = {told['p']:g}, dash-dotted: p + 0.1; bands "
        f"and lines: {told['level']:.0%} intervals over {data.sizes['seed']} seeds (all pairs: "
        f"{data.sizes['pair_seed']}), the same start and batches for all trainings. P = {told['P']}, d = {told['d']}, "
        f"m = {told['m']}."
    )


def _or(word: str) -> str:
    return word.replace("-", " or ")


DIGITS_NOISE, DIGITS_PAIRS, DIGITS_SWITCH = (
    Picture(name, title, "digits.nc", reader(quantity), draw, caption)
    for name, quantity, title, draw in (
        ("digits_noise", "test_error", "On real digits SAM bears more noise than SGD", draw_noise),
        ("digits_pairs", "pair_gain", "SAM beats SGD on every pair of digits", draw_pairs),
        ("digits_switch", "switch_error", "SAM must come first, and stay for long", draw_switch),
    )
)
