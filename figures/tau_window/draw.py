"""The window of radii: noise learned in two units of the radius, and the test error from one end to the other."""

from pathlib import Path

import xarray as xr
from matplotlib.artist import Artist
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import PercentFormatter

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, WIDTH

_LOOKS = (
    (VERMILION, "o", "-"),
    (BLUE, "s", "--"),
    (GREEN, "^", "-."),
    (PURPLE, "D", ":"),
    (ORANGE, "v", (0, (4, 1, 1, 1))),
    (SKY, "x", (0, (1, 1))),
)
_LEFT = 4e-4  # where SGD's errors are shown, left of every radius


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    numbers = ("learned_mean", "per_paper", "critical", "error_mean", "error_lower", "error_upper", "sgd")
    return data_set(path, "tau_window", (*numbers, "p", "harm_scale"))


def draw(data: xr.Dataset) -> Figure:
    """Draw noise learned against the radius in the paper's unit and in that of the lower end, then the error."""
    figure = Figure(figsize=(WIDTH, 6.2))
    halves = figure.subfigures(2, 1, height_ratios=(1, 1.15), squeeze=False)
    top, bottom = halves[0, 0], halves[1, 0]
    left, right = top.subplots(1, 2, sharey=True)
    curves = []
    for name, (colour, marker, line) in zip(data.case.values, _LOOKS, strict=False):
        one = data.sel(case=name)
        for axes, x in ((left, one.per_paper), (right, one.reach)):
            (drawn,) = axes.plot(
                x, one.learned_mean, color=colour, marker=marker, linestyle=line, markersize=4, markevery=3
            )
        curves.append(drawn)
    left.set(xscale="log", xlabel="τ / [m √B / (P σₚ √d)], the paper's radius", ylabel="largest ρ̄ at T₁ over SGD's")
    right.set(xscale="log", xlabel="τ / [max⟨w, ξ⟩ √(Bm) / (σₚ √d)], the lower end")
    right.set_xticks([0.25, 0.5, 1, 2, 4], ["0.25", "0.5", "1", "2", "4"])
    right.set_xticks([], minor=True)
    right.axvline(1, color=BLACK, linestyle=":", linewidth=1)
    left.yaxis.set_major_formatter(PercentFormatter(1.0))
    top.legend(curves, [str(name) for name in data.case.values], loc="outside upper left", ncols=5)
    _errors(bottom, data)
    return figure


def _errors(figure: SubFigure, data: xr.Dataset) -> None:
    axes = figure.subplots()
    curves: list[Artist] = []
    for name, (colour, marker, line) in zip(data.setting.values, _LOOKS, strict=True):
        one = data.sel(setting=name)
        spread = [(one.error_mean - one.error_lower).clip(0), (one.error_upper - one.error_mean).clip(0)]
        excess = one.error_mean - one.p
        drawn = axes.errorbar(
            one.factor, excess, yerr=spread, color=colour, marker=marker, linestyle=line, markersize=4, elinewidth=0.8
        )
        curves.append(drawn[0])
        axes.plot(_LEFT, (one.sgd - one.p).mean(), marker="<", color=colour, markersize=6, clip_on=False)
        axes.plot(one.harm_scale, data.attrs["harm"], marker="|", color=colour, markersize=14, markeredgewidth=2)
    axes.axvline(1, color=BLACK, linestyle=":", linewidth=1)
    axes.axhline(data.attrs["harm"], color=GREY, linewidth=0.8)
    axes.annotate(
        "the rule", (1, 1), xycoords=("data", "axes fraction"), xytext=(4, -2), textcoords="offset points",
        va="top", fontsize=8, color=GREY,
    )  # fmt: skip
    axes.annotate(
        "p + 0.1", (0, data.attrs["harm"]), xycoords=("axes fraction", "data"), xytext=(3, 2),
        textcoords="offset points", fontsize=8, color=GREY,
    )  # fmt: skip
    axes.annotate(
        "SGD", (_LEFT, 0), xycoords=("data", "axes fraction"), xytext=(0, 4), textcoords="offset points", ha="center",
        fontsize=8, color=GREY,
    )  # fmt: skip
    axes.set(xscale="log", xlabel="τ / rule", ylabel="final test error − p", ylim=(-0.01, None))
    figure.legend(curves, [str(name) for name in data.setting.values], loc="outside upper left", ncols=2)


def caption(data: xr.Dataset) -> str:
    """Say what is predicted for both ends and for the rule, and what was measured."""
    critical = data.critical.mean("replica").values
    rule = data.error.sel(factor=1.0).mean("replica")
    best = data.error.mean("replica").min("factor")
    told = "; ".join(
        f"{name}: {float(rule.sel(setting=name)):.4f} against {float(best.sel(setting=name)):.4f} and "
        f"{float(data.sgd.sel(setting=name).mean()):.3f}"
        for name in data.setting.values
    )
    return (
        "Predicted: noise learned by T₁ falls from SGD's to nothing at τ = max⟨w, ξ⟩ √(Bm)/(σₚ √d), the maximum over "
        "filters and samples of one class (1, top right), so the curves fall together there, and not in the unit of "
        "Theorem 4.1 (top left), which has m in the place of √m. Bottom: the rule (1) lies above that end, with the "
        "sum of what start and one step put for the product; harm comes back at √(md/n)/((P−1)σₚ) (ticks, in the "
        "colours of the curves), if ‖μ‖ is below SGD's threshold. Measured: the fall through "
        f"{data.attrs['share']:.0%} at {critical.min():.2f} to {critical.max():.2f} (means of {data.sizes['replica']} "
        "draws). Below the end the largest coefficient is above SGD's: few filters learn what all would. Final test "
        "error of the rule, against that of the radius that is best in the mean over the grid, and of SGD (triangles): "
        f"{told}. Bars: "
        f"{data.attrs['level']:.0%} intervals over {data.sizes['replica']} replicas."
    )


TAU_WINDOW = Picture("tau_window", "The window of radii and its ends", "tau_window.nc", read, draw, caption)
