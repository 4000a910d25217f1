"""Deactivation: the share of noise-aligned filters that stays active at W + eps, against the radius."""

from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREEN, GREY, ORANGE, PURPLE, SAM, WIDTH

_LOOKS = ((ORANGE, "o", "-"), (SAM, "s", "--"), (GREEN, "^", "-."), (PURPLE, "D", (0, (4, 1, 1, 1, 1, 1))))


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    return data_set(
        path, "deactivation", ("share_mean", "share_lower", "share_upper", "reach_mean", "triples", "margin")
    )


def draw(data: xr.Dataset) -> Figure:
    """Draw the share against the radius in the units of the paper, and in those of the products at the start."""
    figure = Figure(figsize=(WIDTH, 3.6))
    left, right = figure.subplots(1, 2, sharey=True)
    curves = []
    for k, name in enumerate(data.setting.values):
        one = data.sel(setting=name)
        colour, marker, line = _LOOKS[k % len(_LOOKS)]
        for axes, x in ((left, one.ratio), (right, one.reach_mean)):
            below = (one.share_mean - one.share_lower).clip(0)
            above = (one.share_upper - one.share_mean).clip(0)
            drawn = axes.errorbar(
                x, one.share_mean, yerr=[below, above], color=colour, marker=marker, linestyle=line, markersize=4,
                elinewidth=0.8,
            )  # fmt: skip
        curves.append(drawn)
    for axes, word in ((left, "radius of Theorem 4.1"), (right, "reach = largest product")):
        axes.axvline(1, color=BLACK, linestyle=":", linewidth=1)
        axes.annotate(word, (1, 1.0), xytext=(-3, 0), textcoords="offset points", rotation=90, ha="right", va="top",
                      fontsize=8, color=GREY)  # fmt: skip
        axes.set(xscale="log", ylim=(-0.02, 1.02))
    left.set(xlabel="τ / [m √B / (P σₚ √d)]", ylabel="noise-aligned triples still active")
    left.yaxis.set_major_formatter(PercentFormatter(1.0))
    right.set(xlabel="reach  τ σₚ √(d/(Bm)) / max ⟨w(0), ξ⟩", xlim=(1e-3, 1e4))
    right.legend(
        curves, [str(name).replace(": ", ":\n") for name in data.setting.values], loc="upper right", fontsize=7
    )
    return figure


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured at the radius of the paper and where the reach passes 1."""
    at_one = data.sel(ratio=1.0)
    shares = "; ".join(f"{name}: {_told(at_one.sel(setting=name))}" for name in data.setting.values)
    margins = ", ".join(f"{margin:.2g}" for margin in data.margin.values)
    return (
        "Predicted: a filter of the sample's own class that is active on its noise, ⟨w, ξ⟩ > 0, is inactive at W + ε, "
        "if the radius is large enough: as −⟨ε, ξ⟩ is of the order τ σₚ √(d/(Bm)), once this reach exceeds ⟨w, ξ⟩ "
        "(1 on the right; the radius of Theorem 4.1 is 1 on the left). Measured: the share of such triples (filter, "
        f"sample, step) that stays active in the first {data.attrs['steps']} steps of SAM. At the radius of Theorem "
        f"4.1: {shares}. Mean and {data.attrs['level']:.0%} interval over {data.sizes['seed']} seeds; "
        f"{int(data.triples.sum()):,} triples at all radii. Smallest margin of the hypotheses of the lemma at the "
        f"radius of Theorem 4.1, in the order of the legend: {margins} (they hold from 1 on)."
    )


def _told(one: xr.Dataset) -> str:
    triples = f"of {int(one.triples.sum()):,}"
    if not one.share_upper > 0:
        return f"none {triples}"
    return f"{float(one.share_mean):.2%} [{float(one.share_lower):.2%}, {float(one.share_upper):.2%}] {triples}"


DEACTIVATION = Picture(
    "deactivation",
    "From one reach of the ascent on, hardly a filter stays active on the noise",
    "deactivation.nc",
    read,
    draw,
    caption,
)
