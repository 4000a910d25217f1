"""The race: signal learned against noise memorised, one path an optimiser, coloured by the test error."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import GREY, NOTE, SAM, SGD, WIDTH

_COLOURS = {"SGD": SGD, "SAM then SGD": SAM}
_MARKS = (100, 10_000)
"""Epochs that are marked, before the switch."""


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    return data_set(path, "stages", ("gamma", "rho", "test_error_mean", "test_error"))


def draw(data: xr.Dataset) -> Figure:
    """Draw the plane of both coefficients, axes logarithmic: means over filters and pairs, then over replicas."""
    figure = Figure(figsize=(WIDTH, 4.6))
    axes = figure.subplots()
    switch = int(data.attrs["switch"])
    data = data.sel(epoch=data.epoch > 0)
    for name in data.training.values:
        one = data.sel(training=name)
        colour = _COLOURS[str(name)]
        axis = one.gamma.dims.index("replica")
        gamma, rho = (np.exp(np.log(one[quantity].values).mean(axis)) for quantity in ("gamma", "rho"))
        axes.plot(one.rho.transpose("epoch", "replica"), one.gamma.transpose("epoch", "replica"), color=colour,
                  linewidth=0.3, alpha=0.25)  # fmt: skip
        axes.plot(rho, gamma, color=colour, linewidth=8, solid_capstyle="round")
        points = np.stack([rho, gamma], axis=1)
        path = LineCollection(list(np.stack([points[:-1], points[1:]], axis=1)), cmap="cividis", linewidth=3.5,
                              capstyle="round", zorder=3)  # fmt: skip
        path.set_array(one.test_error_mean.values[1:])
        path.set_clim(float(data.attrs["p"]), 0.5)
        axes.add_collection(path)
        ending = float(one.test_error.isel(epoch=-1).mean())
        word = f"SGD\nends at test error {ending:.2f}" if name == "SGD" else f"SAM, then SGD\nends at {ending:.2f}"
        below = name == "SGD"
        axes.annotate(word, (rho[-1], gamma[-1]), xytext=(0, -26 if below else 14), ha="center",
                      va="top" if below else "bottom", color=colour, fontweight="bold", **NOTE)  # fmt: skip
        for epoch in (*_MARKS, switch):
            k = int(np.abs(one.epoch.values - epoch).argmin())
            axes.plot(rho[k], gamma[k], "o", color="white", markeredgecolor=colour, markersize=6, zorder=4)
            last = epoch == switch
            word = ("switch to SGD" if name != "SGD" else "") if last else f"epoch {one.epoch.values[k]:,}"
            axes.annotate(word, (rho[k], gamma[k]), xytext=(-8, 7), color=GREY,
                          ha="right", zorder=5, **NOTE)  # fmt: skip
    axes.axvline(1, color=GREY, linestyle=":", linewidth=1)
    axes.annotate("memorised: a margin of 1", (1, 0), xycoords=("data", "axes fraction"), xytext=(-4, 6), rotation=90,
                  ha="right", color=GREY, **NOTE)  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="noise memorised: mean ρ̄", ylabel="signal learned: mean γ",
             xlim=(float(data.rho.min()) / 2, 30), ylim=(1e-7, 0.4))  # fmt: skip
    bar = figure.colorbar(path, ax=axes, aspect=30, pad=0.01)
    bar.set_label("test error")
    return figure


def caption(data: xr.Dataset) -> str:
    """Say what is predicted, and both coefficients at the switch and at the end."""
    switch = int(data.attrs["switch"])

    def told(name: str, epoch: int) -> str:
        one = data.sel(training=name, epoch=epoch).mean("replica")
        return f"γ = {float(one.gamma):.2g} and ρ̄ = {float(one.rho):.2g}"

    last = int(data.epoch[-1])
    return (
        "Predicted: under SGD signal and noise are learned in a ratio that n SNR² fixes, here too small; under SAM the "
        "noise stays unlearned while the signal grows at the same rate, and SGD then starts with the signal ahead. "
        f"Measured, means over filters (γ), over pairs of filter and sample of its class (ρ̄), and over "
        f"{data.sizes['replica']} replicas: at epoch {switch:,} {told('SGD', switch)} under SGD, "
        f"{told('SAM then SGD', switch)} under SAM; at epoch {last:,}, after SGD for both, {told('SGD', last)}, and "
        f"{told('SAM then SGD', last)}. Edge of a path: the optimiser; its middle: the test error; thin lines: each "
        f"replica. {data.attrs['setting']}."
    )


RACE = Picture(
    "race", "Training is a race of signal against noise, and SAM holds the noise back at the start",
    "stages.nc", read, draw, caption,
)  # fmt: skip
