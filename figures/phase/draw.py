"""Phase diagrams: test error over d and ||mu||, SGD beside SAM then SGD, with measured and predicted boundaries."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, Colormap
from matplotlib.figure import Figure, SubFigure
from matplotlib.patheffects import withStroke

from dynamics.arrays import Array
from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, NOTE, PALE, SAM, SGD, WIDTH

NAMES = ("phase_large", "phase_weak", "phase_paper")
_LINES = ("contour_median", "contour_lower", "contour_upper", "benign_sgd", "harmful_sgd", "threshold_sam")
_SCHEDULES = ("sgd", "sam_then_sgd")
_EDGE = [withStroke(linewidth=2.6, foreground=BLACK)]
_HALO = [withStroke(linewidth=2.4, foreground="white")]
_STEP = 0.05
_WEAKEST = 0.3
"""Where the axis of signal strengths starts."""


def read(folder: Path) -> dict[str, xr.Dataset]:
    """Open the three data sets of a folder of results, by name."""
    return {name: data_set(folder / f"{name}.nc", name, ("test_error", *_LINES)) for name in NAMES}


def draw(found: dict[str, xr.Dataset]) -> Figure:
    """Draw the large grid with the weak signals below it, and under it the paper's own grid."""
    figure = Figure(figsize=(WIDTH, 6.6))
    axes = figure.subplots(2, 2, sharex="row", sharey="row", height_ratios=(5, 3))
    draw_large(axes[0], found["phase_large"], found["phase_weak"])
    own = found["phase_paper"]
    own = own.sel(mu_norm=own.mu_norm > 0)
    for panel, name in zip(axes[1], _SCHEDULES, strict=True):
        _cells(panel, own.sel(phases=name))
        _contour(panel, own.sel(phases=name), own)
        panel.set(title="the paper's own grid", ylim=(_WEAKEST, float(own.mu_norm[-1])), xlim=(500, 20_500))
    axes[1, 0].set_ylabel("‖μ‖")
    for panel in axes[1]:
        panel.set_xlabel("dimension d")
    _bar(figure, list(axes.flat), found["phase_large"])
    return figure


def draw_large_on(figure: Figure | SubFigure, found: dict[str, xr.Dataset]) -> None:
    """Draw the large grid on a part of a figure."""
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    draw_large(axes, found["phase_large"], found["phase_weak"])
    for panel in axes:
        panel.set_xlabel("dimension d")
    _bar(figure, list(axes), found["phase_large"])


def draw_large(panels: Array, large: xr.Dataset, weak: xr.Dataset) -> None:
    """Draw SGD in the first panel and SAM, then SGD in the second, from `_WEAKEST` on."""
    d = large.d.values.astype(float)
    for panel, name, colour in zip(panels, _SCHEDULES, (SGD, SAM), strict=True):
        one = large.sel(phases=name)
        panel.set(facecolor=PALE, xscale="log", yscale="log", xlim=edges(d)[[0, -1]])
        _cells(panel, weak.sel(phases=name))
        _cells(panel, one)
        panel.set_ylim(_WEAKEST, edges(large.mu_norm.values)[-1])
        if name == "sgd":
            _contour(panel, one, large)
            at = len(d) // 3
            for boundary, word, side in ((one.benign_sgd, "benign above", 9), (one.harmful_sgd, "harmful below", -9)):
                panel.plot(d, boundary, color=BLACK, linestyle="--", linewidth=0.8)
                panel.annotate(word, (d[at], float(boundary[at])), xytext=(0, side), rotation=27, ha="center",
                               va="center", color=BLACK, path_effects=_HALO, **NOTE)  # fmt: skip
        else:
            _contour(panel, weak.sel(phases=name), weak)
            panel.plot(d, one.threshold_sam, color=BLACK, linestyle="--", linewidth=0.8)
            panel.annotate("predicted: P σₚ", (d[-1], float(one.threshold_sam[0])), xytext=(-6, 7), ha="right",
                           va="center", color=BLACK, path_effects=_HALO, **NOTE)  # fmt: skip
        panel.annotate("not run: T₁ is\nmillions of epochs", (d[-1], 0.5), xytext=(-6, 0), ha="right", color="#555555",
                       **NOTE)  # fmt: skip
        panel.set_title(_title(name), color=colour, fontweight="bold")
    panels[0].set_ylabel("signal strength ‖μ‖")


def _cells(panel: Axes, one: xr.Dataset) -> None:
    _, colours, norm = _scale(one)
    panel.pcolormesh(
        edges(one.d.values.astype(float)), edges(one.mu_norm.values),
        one.test_error.transpose("mu_norm", "d").values, cmap=colours, norm=norm, edgecolors="face", linewidth=0.4,
    )  # fmt: skip
    panel.grid(visible=False)


def _scale(data: xr.Dataset) -> tuple[list[float], Colormap, BoundaryNorm]:
    """Return one colour for what is benign, then one a step, with a border at p + 0.1."""
    p, benign, harmful = (float(data.attrs[name]) for name in ("p", "benign", "harmful"))
    levels = [2 * p - benign, benign, *np.arange(harmful, 0.5 + _STEP, _STEP).round(6)]
    colours = colormaps["cividis"].resampled(len(levels) - 1)
    return levels, colours, BoundaryNorm(levels, colours.N)


def _bar(figure: Figure | SubFigure, axes: list[Axes], data: xr.Dataset) -> None:
    levels, colours, norm = _scale(data)
    bar = figure.colorbar(ScalarMappable(norm, colours), ax=axes, aspect=36, pad=0.01, ticks=levels)
    bar.set_label("test error")


def edges(values: Array) -> Array:
    """Return the borders of cells around growing values, halfway between them; evenly spread logarithms are halved."""
    scaled = np.log(values) if _geometric(values) else values
    half = np.diff(scaled) / 2
    found = np.concatenate([[scaled[0] - half[0]], scaled[:-1] + half, [scaled[-1] + half[-1]]])
    return np.exp(found) if _geometric(values) else found


def caption(found: dict[str, xr.Dataset]) -> str:
    """Say what is predicted, and where each schedule turns from harmful to benign at both ends of d."""
    large, weak, own = (found[name] for name in NAMES)
    a = large.attrs
    measured = "; ".join(
        f"{_title(name)} {_ends(large, name)}"
        + (f", and with weak signals {_ends(weak, name)}" if name != "sgd" else "")
        for name in _SCHEDULES
    )
    of_the_paper = "; ".join(f"{_title(name)} {_ends(own, name)}" for name in _SCHEDULES)
    return (
        f"Predicted: SGD is harmful (test error ≥ p + 0.1) below {a['C_3']:g} P σₚ (d/n)^¼ and benign above "
        f"{a['C_1']:g} P σₚ (d/n)^¼ (Theorem 3.2; it says that such constants exist, these are those at which it "
        f"was checked), while SAM is benign above P σₚ = {float(large.threshold_sam[0]):g}, up to logarithms, "
        "whatever d is (Theorem 4.1). Measured: colour, mean test error; white line, the strength at which the test "
        f"error falls through p + 0.1 = {a['harmful']:g}, median over replicas, band: its {a['level']:.0%} interval "
        f"from order statistics. Above, {measured}; {a['replicas']:g} replicas, n = {a['n']:g}, m = {a['m']:g}, P = "
        f"{a['P']:g}, B = {a['B']:g}, sigma_p = {a['sigma_p']:g}, p = {a['p']:g}. Below, {of_the_paper}; "
        f"{own.attrs['replicas']:g} replicas, B = {own.attrs['B']:g}, the paper's fixed step, start and 100 epochs. "
        "Contours are read where d ≥ n ‖μ‖²/(P σₚ)², which Condition 3.1 asks for."
    )


def _ends(data: xr.Dataset, name: str) -> str:
    """Return the contours at the smallest and the largest dimension in words."""
    told = [_told(data.isel(d=k).sel(phases=name), data.mu_norm.values) for k in (0, -1)]
    return " and ".join(f"{word} at d = {d:,.0f}" for word, d in zip(told, data.d.values[[0, -1]], strict=True))


def _title(name: object) -> str:
    """Return the name of a schedule as it is written in text, `sam_then_sgd` as "SAM, then SGD"."""
    return " ".join(word.upper() if word in ("sgd", "sam") else word for word in str(name).split("_")).replace(
        "SAM then", "SAM, then"
    )


def _told(one: xr.Dataset, strengths: Array) -> str:
    """Return a median with its interval in words."""
    limits = [float(one[f"contour_{name}"]) for name in ("median", "lower", "upper")]
    words = [
        f"below {strengths[strengths > 0][0]:.3g}" if value == 0 else
        f"above {strengths[-1]:.3g}" if np.isinf(value) else f"{value:.3g}"
        for value in limits
    ]  # fmt: skip
    return words[0] if len(set(words)) == 1 else f"{words[0]} [{words[1]}, {words[2]}]"


def _contour(panel: Axes, one: xr.Dataset, grid: xr.Dataset) -> None:
    """Draw the measured contour where it is inside the grid, and its interval as far as that is."""
    d, borders = grid.d.values.astype(float), edges(grid.mu_norm.values)
    median, lower, upper = (one[f"contour_{name}"].values for name in ("median", "lower", "upper"))
    inside = np.isfinite(median) & (median > 0)
    panel.fill_between(d, lower.clip(borders[0]), upper.clip(max=borders[-1]), where=upper > 0, color="white",
                       alpha=0.35, linewidth=0)  # fmt: skip
    panel.plot(d, np.where(inside, median, np.nan), color="white", linewidth=1.3, path_effects=_EDGE)


def _geometric(values: Array) -> bool:
    """Whether values are evenly spread in their logarithm."""
    if not (values > 0).all() or len(values) < 3:
        return False
    steps = np.diff(np.log(values))
    return bool(np.allclose(steps, steps[0], rtol=0.05))


PHASE = Picture(
    "phase", "The signal that SGD needs grows with the dimension; the signal that SAM needs does not", ".", read, draw,
    caption,
)  # fmt: skip
