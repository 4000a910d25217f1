"""Radius and length of the SAM stage together: the map of the final test error."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREY, WIDTH

_LEAST = 1e-3  # excesses below this are drawn as this


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    return data_set(path, "radius_length", ("error_mean", "sgd", "p"))


def draw(data: xr.Dataset) -> Figure:
    """Draw the excess of the test error over p, a panel a setting: radius to the right, length upward."""
    figure = Figure(figsize=(WIDTH, 6.4))
    panels = figure.subplots(2, 3, sharex=True, sharey=True)
    radius = list(data.factor.values).index(data.attrs["radius"])
    length = list(data.length.values).index(data.attrs["rule_length"])
    for panel, name in zip(panels.flat, data.setting.values, strict=True):
        one = data.sel(setting=name)
        excess = (one.error_mean - one.p).transpose("length", "factor").values
        edges = [np.arange(size + 1) - 0.5 for size in excess.shape]
        image = panel.pcolormesh(
            edges[1], edges[0], np.clip(excess, _LEAST, None), norm=LogNorm(_LEAST, 0.3), cmap="YlGnBu_r"
        )
        for (row, column), value in np.ndenumerate(excess):
            bright = value > 0.02
            panel.annotate(f"{value:.3f}".removeprefix("0"), (column, row), ha="center", va="center", fontsize=7,
                           color=BLACK if bright else "white")  # fmt: skip
        panel.add_patch(_frame(radius, length, "-"))
        panel.add_patch(_frame(list(data.factor.values).index(1.0), list(data.length.values).index(1.0), ":"))
        panel.grid(False)
        first, _, rest = str(name).partition(", m")
        sgd = f"SGD {float((one.sgd - one.p).mean()):.3f}"
        panel.set_title(f"{first}: {sgd}\nm{rest}", fontsize=7.5, weight="normal")
    panels[0, 0].set_xticks(range(data.sizes["factor"]), [f"{f:g}" for f in data.factor.values])
    panels[0, 0].set_yticks(range(data.sizes["length"]), [f"{k:g}" for k in data.length.values])
    for panel in panels[1]:
        panel.set_xlabel("τ / tau_rule")
    for panel in panels[:, 0]:
        panel.set_ylabel("epochs of SAM / T₁")
    figure.colorbar(image, ax=panels, label="final test error − p", shrink=0.6)
    return figure


def _frame(column: int, row: int, line: str) -> Rectangle:
    return Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor=GREY if line == ":" else BLACK,
                     linestyle=line, linewidth=1.8)  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """Say what is predicted of radius and length, and what was measured."""
    quote = {key.removeprefix("quote_"): value for key, value in data.attrs.items() if key.startswith("quote_")}
    rule = data.sel(factor=data.attrs["radius"], length=data.attrs["rule_length"])
    each = "; ".join(
        f"{float(rule.error_mean[k]):.3f} [{float(rule.error_lower[k]):.3f}, {float(rule.error_upper[k]):.3f}] and "
        f"{float(data.sgd[k].mean()):.6f}"
        for k in range(data.sizes["setting"])
    )
    return (
        "Predicted: γ after L T₁ epochs of SAM is (1 − 2p) L/4 until it is near 1, so the signal takes four T₁ to "
        "outweigh what SGD memorises after it; the radius matters little between the lower end of the window (1) and "
        "harm. Measured: excess of the final test error over p, means of "
        f"{data.sizes['replica']} draws. In the mean over the settings: SGD {quote['sgd']}; tau_rule for T₁ (dotted) "
        f"{quote['tau_rule_t1']}; ten times tau_rule for 4 T₁ (frame) {quote['rule']}; for T₁/4 {quote['short']}; a "
        f"hundred times tau_rule for 4 T₁ {quote['hundred']}, ten thousand times {quote['far']}. The framed rule is "
        f"behind the best cell of its setting by at most {quote['behind']}. Test errors of the rule and SGD, setting "
        f"by setting: {each}. {data.attrs['level']:.0%} intervals over "
        "the draws."
    )


RADIUS_LENGTH = Picture(
    "radius_length", "A longer SAM stage, whose radius then hardly matters", "radius_length.nc", read, draw, caption
)
