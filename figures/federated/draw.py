"""Test error of clients against the skew of their labels, and against the error of a global ascent."""

from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREEN, GREY, ORANGE, SAM, SGD, WIDTH

_HARM = 0.1
_STYLES = {
    "local_sgd": ("local SGD", SGD, "s", "--"),
    "local_sam": ("SAM, local ascent", SAM, "o", "-"),
    "global_sam": ("SAM, global ascent", GREEN, "^", "-."),
    "estimated_sam": ("SAM, last round's change", ORANGE, "D", ":"),
}


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    parts = ("mean", "lower", "upper")
    names = [f"{name}_{part}" for name in ("test_error", "error_of") for part in parts]
    return data_set(path, "federated", names)


def draw(data: xr.Dataset) -> Figure:
    """Draw the skew on the left, the share of error on the right."""
    figure = Figure(figsize=(WIDTH, 3.3))
    left, right = figure.subplots(1, 2)
    for rule, (label, color, marker, line) in _STYLES.items():
        one = data.sel(rule=rule)
        left.fill_between(one.skew, one.test_error_lower, one.test_error_upper, color=color, alpha=0.15, linewidth=0)
        left.plot(one.skew, one.test_error_mean, color=color, marker=marker, linestyle=line, label=label)
    threshold, bearable = float(data.attrs["threshold"]), float(data.attrs["bearable"])
    left.axvline(threshold, color=BLACK, linestyle=":", linewidth=1)
    left.text(threshold - 0.01, 0.02, "derived", color=GREY, ha="right", va="bottom", fontsize=8)
    left.set(xlabel="share s of a client's own label", ylabel="test error", ylim=(0, 0.5))
    left.set_title("eight clients")
    left.legend(loc="upper left", fontsize=7.5)
    right.fill_between(data.share, data.error_of_lower, data.error_of_upper, color=GREEN, alpha=0.15, linewidth=0)
    right.plot(data.share, data.error_of_mean, color=GREEN, marker="^", linestyle="-.")
    right.axhline(float(data.attrs["p_few"]) + _HARM, color=GREY, linestyle="--", linewidth=1)
    right.axvline(bearable, color=BLACK, linestyle=":", linewidth=1)
    right.text(bearable + 0.01, 0.02, "derived", color=GREY, ha="left", va="bottom", fontsize=8)
    right.set(xlabel="share of error in the global ascent", ylabel="test error", ylim=(0, 0.5))
    right.set_title("two sorted clients")
    return figure


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured."""
    said = data.attrs
    at = "; ".join(
        f"{label}: {said[f'quote_{rule}_iid']} and {said[f'quote_{rule}_sorted']}"
        for rule, (label, *_) in _STYLES.items()
    )
    return (
        f"Predicted: the ascent of a batch of one class switches off the signal, so local SAM teaches it only if the "
        f"share of a client's own label is below {said['quote_threshold']}; a global ascent does not know of the skew, "
        f"and bears a share of error of {said['quote_bearable']} in its squared length; the change of the last round "
        f"leaves each sample's noise out in every second round. Measured, mean [95% interval] over "
        f"{data.sizes['replica']} replicas of {said['clients']} clients, i.i.d. and sorted: {at}. The error passes "
        f"p + 0.1 (dashed, {said['few']} sorted clients) at a share of {said['quote_borne']}. "
        f"Left: {said['setting_skew']}. Right: {said['setting_share']}."
    )


FEDERATED = Picture(
    "federated", "Clients with sorted labels lose the gap under local ascents, and keep it under a global one",
    "federated.nc", read, draw, caption,
)  # fmt: skip
