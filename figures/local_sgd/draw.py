"""Local SGD beside parallel SGD, with label noise and without."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREY, PURPLE, SGD, WIDTH


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    return data_set(path, "local_sgd", ("error_mean", "error_lower", "error_upper", "loss_mean"))


def draw(data: xr.Dataset) -> Figure:
    """Draw the test error of each variant, a panel a learning rate, with the training loss beside the points."""
    figure = Figure(figsize=(WIDTH, 3.4))
    panels = figure.subplots(1, data.sizes["step"], sharey=True, sharex=True)
    rows = np.arange(data.sizes["variant"])[::-1]
    for panel, step in zip(panels, data.step.values, strict=True):
        for flip, colour, marker, label in (
            (0.0, SGD, "o", "no label noise"),
            (float(data.flip[-1]), PURPLE, "s", f"{float(data.flip[-1]):.0%} of labels flipped at each step"),
        ):
            one = data.sel(step=step, flip=flip)
            spread = [(one.error_mean - one.error_lower).clip(0), (one.error_upper - one.error_mean).clip(0)]
            panel.errorbar(
                one.error_mean, rows + (0.12 if flip else -0.12), xerr=spread, fmt=marker, color=colour, label=label
            )
            for x, row, value in zip(one.error_upper.values, rows, one.loss_mean.values, strict=True):
                panel.annotate(f"loss {value:.2f}", (x, row + (0.12 if flip else -0.12)), xytext=(4, -3),
                               textcoords="offset points", fontsize=7.5, color=GREY)  # fmt: skip
        panel.axvline(data.attrs["p"], color=BLACK, linestyle=":", linewidth=1)
        panel.set(xlabel="test error", title=f"step {step:g}", ylim=(-0.6, len(rows) - 0.2), xlim=(0, 0.38))
    panels[0].set_yticks(rows, [str(name) for name in data.variant.values])
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def caption(data: xr.Dataset) -> str:
    """Say what is predicted of local steps, and what was measured."""
    quote = {key.removeprefix("quote_"): value for key, value in data.attrs.items() if key.startswith("quote_")}
    losses = ", ".join(f"{float(value):.6f}" for value in data.loss_mean.values.ravel())
    return (
        "Predicted: a sample's noise is learned by its own worker and the signal by all, so their ratio is that of "
        "parallel SGD whatever the interval of averaging; the Hessian's trace is constant between the switching of "
        "filters, so gradient noise has no drift but by switching, and label noise switches off. Measured, with "
        f"{data.attrs['workers']} workers, at the smaller step: parallel SGD {quote['error_parallel']}, averaged every "
        f"64 epochs {quote['error_64']}; with label noise {quote['error_parallel_noise']} and "
        f"{quote['error_64_noise']}; post-local {quote['error_post_noise']}; averaged once, at the end, "
        f"{quote['error_once_noise']}, at loss {quote['loss_once_noise']} in the place of "
        f"{quote['loss_parallel_noise']}. Bars: {data.attrs['level']:.0%} intervals over {data.sizes['replica']} "
        f"draws; dotted: p. Epochs: {data.attrs['epochs']}. Losses, by variant, noise and step: "
        f"{losses}. {data.attrs['setting']}."
    )


LOCAL_SGD = Picture(
    "local_sgd", "Local SGD is no better than parallel SGD; label noise is", "local_sgd.nc", read, draw, caption
)
