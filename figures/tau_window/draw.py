"""The window of radii: noise learned in two units of the radius, and the test error from one end to the other."""

from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import PercentFormatter

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREEN, GREY, NOTE, ORANGE, PURPLE, SAM, SGD, SKY, WIDTH

_LOOKS = (
    (BLACK, "o", "-"),
    (GREEN, "s", "--"),
    (PURPLE, "^", "-."),
    (ORANGE, "v", (0, (4, 1, 1, 1))),
    (SKY, "D", ":"),
)
"""Of settings, all under SAM: none is a colour of SGD or SAM."""


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    numbers = ("learned_mean", "per_paper", "critical", "error_mean", "error_lower", "error_upper", "sgd")
    return data_set(path, "tau_window", (*numbers, "p", "harm_scale"))


def draw(data: xr.Dataset) -> Figure:
    """Draw noise learned against the radius in the paper's unit and in that of the lower end, then the errors."""
    figure = Figure(figsize=(WIDTH, 7.0))
    halves = figure.subfigures(2, 1, height_ratios=(1, 1.5), squeeze=False)
    top, bottom = halves[0, 0], halves[1, 0]
    left, right = top.subplots(1, 2, sharey=True)
    for name, (colour, marker, line) in zip(data.case.values, _LOOKS, strict=False):
        one = data.sel(case=name)
        for axes, x in ((left, one.per_paper), (right, one.reach)):
            axes.plot(x, one.learned_mean, color=colour, marker=marker, linestyle=line, markersize=4, markevery=3,
                      label=str(name))  # fmt: skip
    left.set(xscale="log", xlabel="τ / [m √B / (P σₚ √d)]", ylabel="largest ρ̄ at T₁ over SGD's",
             title="in the unit of Theorem 4.1", xlim=(None, 8))  # fmt: skip
    right.set(xscale="log", xlabel="τ / [max⟨w, ξ⟩ √(Bm) / (σₚ √d)]", title="in the derived unit")
    right.set_xticks([0.25, 0.5, 1, 2, 4], ["0.25", "0.5", "1", "2", "4"])
    right.set_xticks([], minor=True)
    right.axvline(1, color=BLACK, linestyle=":", linewidth=1)
    left.yaxis.set_major_formatter(PercentFormatter(1.0))
    left.legend(loc="upper right", fontsize=7.5)
    _errors(bottom, data)
    return figure


def _errors(figure: SubFigure, data: xr.Dataset) -> None:
    """Draw a panel a setting: the error against the radius, SGD's as a line across."""
    columns = 3
    axes = figure.subplots(-(-data.sizes["setting"] // columns), columns, sharex=True, sharey=True, squeeze=False)
    for panel, name in zip(axes.flat, data.setting.values, strict=False):
        one = data.sel(setting=name)
        spread = [(one.error_mean - one.error_lower).clip(0), (one.error_upper - one.error_mean).clip(0)]
        excess = one.error_mean - one.p
        panel.errorbar(one.factor, excess, yerr=spread, color=SAM, marker="o", markersize=3, elinewidth=0.8)
        panel.axhline(float((one.sgd - one.p).mean()), color=SGD, linestyle="--", linewidth=1.4)
        panel.axhline(data.attrs["harm"], color=GREY, linewidth=0.8)
        panel.axvline(1, color=BLACK, linestyle=":", linewidth=1)
        panel.plot(one.harm_scale, data.attrs["harm"], marker="|", color=BLACK, markersize=14, markeredgewidth=2)
        first, _, rest = str(name).partition(", n")
        panel.set_title(f"{first}\nn{rest}", fontsize=8)
        panel.set(xscale="log", ylim=(-0.01, 0.34))
    for panel in axes[-1]:
        panel.set_xlabel("τ / rule")
    for row in axes:
        row[0].set_ylabel("final test error − p")
    one = data.isel(setting=0)
    notes = (
        ("the rule", 1.0, 0.32, 4, 0, BLACK, "left"),
        ("p + 0.1", float(data.factor[-1]), float(data.attrs["harm"]), 0, 3, GREY, "right"),
        ("SGD", float(data.factor[-1]), float((one.sgd - one.p).mean()), 0, 4, SGD, "right"),
        ("SAM, then SGD", float(data.factor[-1]), float((one.error_mean - one.p)[-1]), 0, -12, SAM, "right"),
    )
    for word, x, y, right, up, colour, side in notes:
        axes[0, 0].annotate(word, (x, y), xytext=(right, up), color=colour, ha=side, **NOTE)


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
        "sum of what start and one step put for the product; harm comes back at √(md/n)/((P−1)σₚ) (ticks), "
        "if ‖μ‖ is below SGD's threshold. Measured: the fall through "
        f"{data.attrs['share']:.0%} at {critical.min():.2f} to {critical.max():.2f} (means of {data.sizes['replica']} "
        "draws). Below the end the largest coefficient is above SGD's: few filters learn what all would. Final test "
        "error of the rule, against that of the radius that is best in the mean over the grid, and of SGD (dashed): "
        f"{told}. Bars: "
        f"{data.attrs['level']:.0%} intervals over {data.sizes['replica']} replicas."
    )


TAU_WINDOW = Picture(
    "tau_window", "Noise learning stops at one radius, with √m where the paper's has m",
    "tau_window.nc", read, draw, caption,
)  # fmt: skip
