"""Phase diagrams: test error over d and ||mu||, the measured contour, and the boundaries of the theorems."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from dynamics.arrays import Array
from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, WIDTH

_LINES = ("contour_median", "contour_lower", "contour_upper", "benign_sgd", "harmful_sgd", "threshold_sam")
_BEYOND = ("signal_limit", "harmed_beyond")
_EDGE = [withStroke(linewidth=3.6, foreground=BLACK)]
_STEP = 0.05


def reader(name: str, *more: str) -> Callable[[Path], xr.Dataset]:
    """Return the function that opens this data set, which must hold some variables more."""
    return lambda path: data_set(path, name, ("test_error", *_LINES, *more))


def draw(data: xr.Dataset) -> Figure:
    """Draw a panel a schedule: mean test error as colour, the measured contour, and the predicted boundaries."""
    panels = data.sizes["phases"]
    figure = Figure(figsize=(WIDTH, 4.0))
    axes = np.atleast_1d(figure.subplots(1, panels, sharex=True, sharey=True))
    d, strengths = data.d.values.astype(float), data.mu_norm.values
    x, y = edges(d), edges(strengths)
    beyond = "signal_limit" in data
    # one colour for what is benign, then one a step, with a border at p + 0.1
    p, benign, harmful = (float(data.attrs[name]) for name in ("p", "benign", "harmful"))
    levels = [2 * p - benign, benign, *np.arange(harmful, 0.5 + _STEP, _STEP).round(6)]
    colours = colormaps["cividis"].resampled(len(levels) - 1)
    norm = BoundaryNorm(levels, colours.N)
    for panel, name in zip(axes, data.phases.values, strict=True):
        one = data.sel(phases=name)
        cells = panel.pcolormesh(x, y, one.test_error.transpose("mu_norm", "d").values, cmap=colours, norm=norm,
                                 edgecolors="face", linewidth=0.4)  # fmt: skip
        _boundary(panel, d, one, y)
        if beyond:
            top = np.full_like(d, y[-1])
            panel.fill_between(d, one.signal_limit, top, where=one.signal_limit < top, interpolate=True,
                               facecolor="none", edgecolor="white", hatch="////", linewidth=0, alpha=0.6)  # fmt: skip
        if str(name).lower().startswith("sgd"):
            panel.plot(d, one.harmful_sgd, color=BLACK, linestyle="--", linewidth=1.2)
            panel.plot(d, one.benign_sgd, color=BLACK, linestyle="-.", linewidth=1.2)
        else:
            panel.plot(d, one.threshold_sam, color=BLACK, linestyle=":", linewidth=1.6)
        panel.set(title=_title(name), xlabel="dimension d", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
        panel.grid(visible=False)
        if _geometric(d):
            panel.set_xscale("log")
        if _geometric(strengths):
            panel.set_yscale("log")
    axes[0].set_ylabel("signal strength ‖μ‖")
    bar = figure.colorbar(cells, ax=list(axes), location="right", aspect=28, pad=0.01, ticks=levels)
    bar.set_label("test error")
    low, high = data.attrs["C_3"], data.attrs["C_1"]
    keys: list[Line2D | Patch] = [
        Line2D([], [], color=BLACK, linestyle="--", label=f"predicted: SGD harmful below {low:g} P σₚ (d/n)^¼"),
        Line2D([], [], color=BLACK, linestyle="-.", label=f"predicted: SGD benign above {high:g} P σₚ (d/n)^¼"),
        Line2D([], [], color=BLACK, linestyle=":", label="predicted: SAM benign above about P σₚ"),
        Line2D(
            [], [], color="white", linewidth=2, path_effects=_EDGE, label="measured: test error p + 0.1, with interval"
        ),
    ]
    if beyond:
        keys.append(
            Patch(facecolor="0.6", edgecolor="white", hatch="////", label="d < n ‖μ‖²/(P σₚ)²: Condition 3.1 fails")
        )
    figure.legend(handles=keys, loc="outside upper left", ncols=2, handlelength=3)
    return figure


def edges(values: Array) -> Array:
    """Return the borders of cells around growing values, halfway between them; evenly spread logarithms are halved."""
    scaled = np.log(values) if _geometric(values) else values
    half = np.diff(scaled) / 2
    found = np.concatenate([[scaled[0] - half[0]], scaled[:-1] + half, [scaled[-1] + half[-1]]])
    return np.exp(found) if _geometric(values) else found


def caption(data: xr.Dataset) -> str:
    """Say what is predicted, and where each schedule turns from harmful to benign at both ends of d."""
    a = data.attrs
    ends = data.isel(d=[0, -1])
    measured = "; ".join(
        f"{_title(name)}: {' and '.join(_told(ends.isel(d=k).sel(phases=name), data.mu_norm.values) for k in (0, 1))}"
        for name in data.phases.values
    )
    first, last = (f"{d:g}" for d in data.d.values[[0, -1]])
    return (
        f"Predicted: SGD is harmful (test error ≥ p + 0.1) below {a['C_3']:g} P σₚ (d/n)^¼ and benign above "
        f"{a['C_1']:g} P σₚ (d/n)^¼ (Theorem 3.2; it says that such constants exist, these are those at which it "
        f"was checked), while SAM is benign above P σₚ = {float(data.threshold_sam[0]):g}, up to logarithms, "
        "whatever d is (Theorem 4.1). Measured: colour, mean test error; white line, the strength at which the test "
        f"error falls through p + 0.1 = {a['harmful']:g}, median over {a['replicas']:g} replicas, band: its "
        f"{a['level']:.0%} interval from order statistics. {_hatched(data)}At d = {first} and "
        f"d = {last}: {measured}. n = {a['n']:g}, m = {a['m']:g}, "
        f"P = {a['P']:g}, B = {a['B']:g}, sigma_p = {a['sigma_p']:g}, p = {a['p']:g}; "
        f"{data.sizes['d']} x {data.sizes['mu_norm']} cells."
    )


def _hatched(data: xr.Dataset) -> str:
    """Say what is hatched, if anything is, and what was measured there."""
    if "signal_limit" not in data:
        return ""
    shares = ", ".join(
        f"{_title(name)} {float(data.harmed_beyond.sel(phases=name)):.1%}" for name in data.phases.values
    )
    return (
        "Hatched: d < n ‖μ‖²/(P σₚ)², where Condition 3.1 fails and the theorems say nothing; contours are read below. "
        f"Share of runs in there with test error above p + 0.1: {shares}. "
    )


def _title(name: object) -> str:
    """Return the name of a schedule as it is written in text, `sam_then_sgd` as "SAM then SGD"."""
    words = str(name).split("_")
    return " ".join(word.upper() if word in ("sgd", "sam") else word for word in words)


def _told(one: xr.Dataset, strengths: Array) -> str:
    """Return a median with its interval in words."""
    limits = [float(one[f"contour_{name}"]) for name in ("median", "lower", "upper")]
    words = [
        f"below {strengths[strengths > 0][0]:.3g}" if value == 0 else
        f"above {strengths[-1]:.3g}" if np.isinf(value) else f"{value:.3g}"
        for value in limits
    ]  # fmt: skip
    return words[0] if len(set(words)) == 1 else f"{words[0]} [{words[1]}, {words[2]}]"


def _boundary(panel: Axes, d: Array, one: xr.Dataset, borders: Array) -> None:
    """Draw the measured contour where it is inside the grid, and its interval as far as that is."""
    median, lower, upper = (one[f"contour_{name}"].values for name in ("median", "lower", "upper"))
    inside = np.isfinite(median) & (median > 0)
    panel.fill_between(d, lower.clip(borders[0]), upper.clip(max=borders[-1]), where=upper > 0, color="white",
                       alpha=0.45, linewidth=0)  # fmt: skip
    panel.plot(d, np.where(inside, median, np.nan), color="white", linewidth=2, path_effects=_EDGE)


def _geometric(values: Array) -> bool:
    """Whether values are evenly spread in their logarithm."""
    if not (values > 0).all() or len(values) < 3:
        return False
    steps = np.diff(np.log(values))
    return bool(np.allclose(steps, steps[0], rtol=0.05))


PHASE_PAPER = Picture(
    "phase_paper", "Test error on the paper's own grid", "phase_paper.nc", reader("phase_paper"), draw, caption
)
PHASE_LARGE = Picture(
    "phase_large", "Test error up to d = 10^9", "phase_large.nc", reader("phase_large", *_BEYOND), draw, caption
)
