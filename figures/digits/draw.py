"""Real digits: test error over the noise, all pairs of digits, and the instant of the switch."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREEN, GREY, ORANGE, SAM, SGD, WIDTH

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


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    names = [f"{name}_{end}" for name in ("test_error", "pair_gain", "switch_error") for end in _ENDS]
    return data_set(path, "digits", names)


_ENDS = ("mean", "lower", "upper")


def draw(data: xr.Dataset) -> Figure:
    """Draw one row of error curves for each pair of the grid, then all pairs beside the switch."""
    rows = data.sizes["pair"]
    figure = Figure(figsize=(WIDTH, 2.1 * rows + 3.4))
    grid = figure.add_gridspec(2, 1, height_ratios=(2.1 * rows, 3.4))
    curves = grid[0].subgridspec(rows, data.sizes["n"]).subplots(sharex=True, sharey=True, squeeze=False)
    for row, word in zip(curves, data.pair.values, strict=True):
        for panel, n in zip(row, data.n.values, strict=True):
            _curves(panel, data.sel(pair=word, n=n), data.attrs)
            panel.set_title(f"{_or(word)}, n = {n}", fontsize=8.5)
        row[0].set_ylabel("test error")
    for panel in curves[-1]:
        panel.set_xlabel("noise σₚ")
    figure.legend(*curves[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=len(_LOOKS))
    below = grid[1].subgridspec(1, 2, width_ratios=(3, 2)).subplots(squeeze=False)
    _pairs(below[0, 0], data)
    _switch(below[0, 1], data)
    _fix_layout(figure)
    return figure


def _fix_layout(figure: Figure) -> None:
    """Place all axes where the layout puts them, up to 1e-4 of the figure.

    With so many axes the last digits of the solver's result differ from run to run, and with them the file's bytes.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for panel in figure.axes:
        left, bottom, width, height = (round(float(number), 4) for number in panel.get_position().bounds)
        panel.set_position((left, bottom, width, height))


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
        panel.plot(place, one.pair_gain_mean, look["marker"], color=look["color"], markersize=3.5, label=_short(name))
    panel.axhline(0, color=SGD, linestyle="--", linewidth=1)
    words = [str(word).replace("-", "") for word in data.both.values[order]]
    panel.set_xticks(place, words, rotation=90, fontsize=6)
    panel.set(ylabel="test error minus SGD's", xlabel="pair of digits", xlim=(-1, len(order)))
    panel.set_title(f"All pairs, n = {data.attrs['at_n']}, σₚ = {data.attrs['at_sigma_p']:g}")
    panel.grid(axis="x", visible=False)
    _legend_above(panel)


def _switch(panel: Axes, data: xr.Dataset) -> None:
    for k, n in enumerate(data.switch_n.values):
        for name, look in _ORDERS.items():
            one = data.sel(switch_n=n, order=name)
            hollow = look | ({"markerfacecolor": "white"} if k else {})
            _band(panel, 100 * data.share.values, one, "switch_error", hollow, f"{name}, n = {n}")
    panel.set(xlabel="% of training before the switch", ylabel="test error")
    panel.set_title(f"When to switch: {_or(data.attrs['switch_pair'])}, σₚ = {data.attrs['at_sigma_p']:g}")
    _legend_above(panel)


def _legend_above(panel: Axes) -> None:
    """Put the legend above all that is drawn."""
    low, high = panel.get_ylim()
    panel.set_ylim(low, high + 0.2 * (high - low))
    panel.legend(loc="upper center", ncols=2, fontsize=7)


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


DIGITS = Picture("digits", "Real digits: noise, all pairs, and when to switch", "digits.nc", read, draw, caption)
