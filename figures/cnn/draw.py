"""What SAM gains on a convolutional network, by how its ascent is done, and which units the ascent switches off."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREY, SAM, SGD, WIDTH


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    return data_set(path, "cnn", [f"{name}_{end}" for name in ("gain", "off") for end in ("mean", "lower", "upper")])


def draw(data: xr.Dataset) -> Figure:
    """Draw the gains at every radius, and the shares of units that the ascent switches off."""
    figure = Figure(figsize=(WIDTH, 3.2))
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    shades = np.linspace(0.35, 1.0, data.sizes["radius"])
    places = np.arange(data.sizes["comparison"])[::-1]
    for k, (radius, shade) in enumerate(zip(data.radius.values, shades, strict=True)):
        at = data.sel(radius=radius)
        place = places + 0.22 * (k - (data.sizes["radius"] - 1) / 2)
        mean = at.gain_mean.values
        spread = np.abs(np.stack([at.gain_lower.values, at.gain_upper.values]) - mean)
        left.errorbar(mean, place, xerr=spread, fmt="o", color=SAM, alpha=shade, markersize=4, linewidth=1.2)
        left.annotate(f"{radius:g}", (mean[0], place[0]), (0, 4), textcoords="offset points", ha="center",
                      fontsize=7, color=GREY)  # fmt: skip
    left.axvline(0, color=BLACK, linestyle=":", linewidth=1)
    left.set_yticks(places, [str(name) for name in data.comparison.values])
    left.set(xlabel="test error minus SGD's, same start")
    left.grid(axis="y", visible=False)
    at = data.isel(radius=len(data.radius) // 2)
    colours = {"own, flipped": SAM, "own, clean": SAM, "other, flipped": SGD, "other, clean": SGD}
    for pair in data.pair.values:
        one = at.sel(pair=pair)
        flipped = str(pair).endswith("flipped")
        style = {"color": colours[str(pair)], "linestyle": "-" if flipped else "--", "marker": "o" if flipped else "s"}
        right.plot(data.epoch, one.off_mean, **style)
        right.annotate(str(pair), (data.epoch[-1], one.off_mean[-1]), (-4, 5), textcoords="offset points", ha="right",
                       fontsize=8, color=colours[str(pair)])  # fmt: skip
    right.set(xscale="log", xlabel="epoch", ylabel="share of units switched off", ylim=(0, None))
    right.set_xticks(data.epoch.values, [f"{epoch:g}" for epoch in data.epoch.values])
    right.minorticks_off()
    return figure


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured."""
    said = {key: data.attrs[f"quote_{key}"] for key in (k.removeprefix("quote_") for k in data.attrs if "quote_" in k)}
    return (
        "Predicted: SAM gains; not with the ascent on another batch, not on batches of one class; first is as good as "
        "always, last is not. Measured at radius "
        f"{said['radius']}, mean [95% interval] over {data.sizes['seed']} seeds: test error {said['error_sgd']} under "
        f"SGD, {said['error_sam']} under SAM; gains: SAM {said['gain_SAM']}, ascent on another batch "
        f"{said['gain_ascent_on_another_batch']}, SAM first {said['gain_SAM_first']}, SAM last "
        f"{said['gain_SAM_last']}, one class a batch {said['gain_one_class_a_batch']}. Right: of the active pairs "
        "(hidden unit, sample), the share that the ascent switches off, on its own batch and on another. n = "
        f"{data.attrs['n']:g}, p = {data.attrs['p']:g}, B = {data.attrs['B']:g}, learning rate {data.attrs['eta']:g}, "
        f"{data.attrs['epochs']:g} epochs."
    )


CNN = Picture("cnn", "SAM on a convolutional network: what the theory predicts", "cnn.nc", read, draw, caption)
