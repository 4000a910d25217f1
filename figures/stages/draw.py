"""Loss and test error through SAM, then SGD, beside SGD alone."""

from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure, SubFigure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREY, NOTE, SAM, SGD

_LOOKS = {"SGD": (SGD, "--"), "SAM then SGD": (SAM, "-")}


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    names = [f"{quantity}{end}" for quantity in ("loss", "test_error") for end in ("", "_mean", "_lower", "_upper")]
    return data_set(path, "stages", names)


def draw(data: xr.Dataset) -> Figure:
    """Draw test error above loss; the first stage on the left, the epochs after the switch on the right."""
    figure = Figure(figsize=(6.4, 4.0))  # narrower than the others: its words must be read on a phone
    draw_on(figure, data)
    return figure


def draw_on(figure: Figure | SubFigure, data: xr.Dataset) -> None:
    """Draw on a figure, or on a part of one."""
    axes = figure.subplots(2, 2, sharex="col", sharey="row", width_ratios=(5, 3), height_ratios=(3, 2))
    switch, last = int(data.attrs["switch"]), int(data.epoch[-1])
    for row, quantity in enumerate(("test_error", "loss")):
        for name in data.training.values:
            colour, line = _LOOKS[str(name)]
            for column, since in enumerate((0, switch)):
                one = data.sel(training=name, epoch=slice(since + 1, switch if since == 0 else None))
                epoch, panel = one.epoch.values - since, axes[row, column]
                panel.plot(epoch, one[quantity].transpose("epoch", "replica"), color=colour, linewidth=0.4, alpha=0.35)
                panel.plot(epoch, one[f"{quantity}_mean"], color=colour, linestyle=line, linewidth=2.2)
                lower, upper = one[f"{quantity}_lower"], one[f"{quantity}_upper"]
                panel.fill_between(epoch, lower, upper, color=colour, alpha=0.25, linewidth=0)
    for panel in axes[0]:
        panel.axhline(float(data.attrs["p"]), color=BLACK, linestyle=":", linewidth=1)
        panel.axhline(float(data.attrs["harmful"]), color=GREY, linestyle="-.", linewidth=1)
    for panel in axes[1]:
        panel.axhline(float(data.attrs["epsilon"]), color=BLACK, linestyle=":", linewidth=1)
    for panel in axes[:, 1]:
        panel.spines.left.set(visible=True, color=BLACK, linewidth=1.5)
    axes[0, 0].set(xscale="log", ylabel="test error", ylim=(0, 0.53), xlim=(1, switch))
    axes[0, 0].set_title(f"first {switch:,} epochs")
    axes[0, 1].set(xscale="log", xlim=(1, last - switch), title="then SGD for both")
    axes[1, 0].set(xlabel="epochs", ylabel="training loss", yscale="log")
    axes[1, 1].set(xlabel="epochs since the switch")
    end = data.isel(epoch=-1)
    middle = (last - switch) ** 0.5
    for name, word in (("SGD", "SGD alone"), ("SAM then SGD", "SAM, then SGD")):
        mean = float(end.test_error_mean.sel(training=name))
        axes[0, 1].annotate(f"{word}: {mean:.2f}", (middle, mean), xytext=(0, 7), ha="center", fontweight="bold",
                            color=_LOOKS[name][0], **NOTE)  # fmt: skip
    for name, word, side in (("SGD", "SGD", -6), ("SAM then SGD", "SAM", 6)):
        path = data.loss_mean.sel(training=name)
        at = path.sel(epoch=switch / 8, method="nearest")
        axes[1, 0].annotate(word, (float(at.epoch), float(at)), xytext=(-8, 2 * side), ha="right", va="center",
                            fontweight="bold", color=_LOOKS[name][0], **NOTE)  # fmt: skip
    axes[0, 0].annotate("harmful: p + 0.1", (1, data.attrs["harmful"]), xytext=(6, 4), color=GREY, **NOTE)
    axes[0, 0].annotate("label noise p", (1, data.attrs["p"]), xytext=(6, 4), color=GREY, **NOTE)
    axes[1, 0].annotate(f"loss {data.attrs['epsilon']:g}", (1, data.attrs["epsilon"]), xytext=(6, 4), color=GREY,
                        **NOTE)  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured at the switch and at the end."""
    switch = int(data.attrs["switch"])
    end = data.isel(epoch=-1)

    def interval(at: xr.Dataset, quantity: str, name: str) -> str:
        one = at.sel(training=name)
        mean, lower, upper = (float(one[f"{quantity}_{end}"]) for end in ("mean", "lower", "upper"))
        return f"{mean:.4f} [{lower:.4f}, {upper:.4f}]"

    return (
        f"Predicted: SAM, here for {switch:,} epochs, and then SGD fits the data with a test error near the label "
        f"noise p = {data.attrs['p']:g}, while SGD alone, from the same data, start and batches, fits them with test "
        f"error at least p + 0.1. Measured, mean [{data.attrs['level']:.0%} interval] over {data.sizes['replica']} "
        f"replicas (thin lines: each): at epoch {int(end.epoch):,} the test error is "
        f"{interval(end, 'test_error', 'SAM then SGD')} against {interval(end, 'test_error', 'SGD')} of SGD alone, at "
        f"training losses {interval(end, 'loss', 'SAM then SGD')} and {interval(end, 'loss', 'SGD')}; at the switch "
        f"SAM's loss is {interval(data.sel(epoch=switch), 'loss', 'SAM then SGD')}. The setting of `headline`, inside "
        f"every line of Condition 3.1: {data.attrs['setting']}; radius {data.attrs['tau']:.3g}. "
        f"{data.attrs['test_samples']:,} test samples a point."
    )


STAGES = Picture(
    "stages", "Both fit the training data; only SAM, then SGD comes down to the label noise", "stages.nc", read, draw,
    caption,
)  # fmt: skip
