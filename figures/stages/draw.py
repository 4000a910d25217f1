"""Loss and test error through SAM, then SGD, beside SGD alone."""

from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, GREY, SAM, SGD, WIDTH

_LOOKS = {"SGD": (SGD, "--"), "SAM then SGD": (SAM, "-")}


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    names = [f"{quantity}{end}" for quantity in ("loss", "test_error") for end in ("", "_mean", "_lower", "_upper")]
    return data_set(path, "stages", names)


def draw(data: xr.Dataset) -> Figure:
    """Draw loss above test error; the first stage on the left, the epochs after the switch on the right."""
    figure = Figure(figsize=(WIDTH, 4.8))
    axes = figure.subplots(2, 2, sharex="col", sharey="row", width_ratios=(5, 4))
    switch = int(data.attrs["T_1"])
    last = int(data.epoch[-1])
    for row, quantity in enumerate(("loss", "test_error")):
        for name in data.training.values:
            colour, line = _LOOKS[str(name)]
            for column, since in enumerate((0, switch)):
                one = data.sel(training=name, epoch=slice(since + 1, switch if since == 0 else None))
                epoch, panel = one.epoch.values - since, axes[row, column]
                panel.plot(epoch, one[quantity].transpose("epoch", "replica"), color=colour, linewidth=0.4, alpha=0.35)
                panel.plot(epoch, one[f"{quantity}_mean"], color=colour, linestyle=line, linewidth=2, label=str(name))
                lower, upper = one[f"{quantity}_lower"], one[f"{quantity}_upper"]
                panel.fill_between(epoch, lower, upper, color=colour, alpha=0.25, linewidth=0)
    for panel in axes[0]:
        panel.axhline(float(data.attrs["epsilon"]), color=BLACK, linestyle=":", linewidth=1)
    for panel in axes[1]:
        panel.axhline(float(data.attrs["p"]), color=BLACK, linestyle=":", linewidth=1)
        panel.axhline(float(data.attrs["harmful"]), color=GREY, linestyle="-.", linewidth=1)
    for panel in axes[:, 1]:
        panel.spines.left.set(visible=True, color=BLACK, linewidth=1.5)
    axes[0, 0].set(
        xscale="log", yscale="log", ylabel="training loss", xlim=(1, switch), title="first stage: SAM, or SGD"
    )
    axes[0, 1].set(xscale="log", xlim=(1, last - switch), title=f"second stage: SGD, from epoch T₁ = {switch:,}")
    axes[1, 0].set(xlabel="epochs", ylabel="test error", ylim=(0, 0.55))
    axes[1, 1].set(xlabel="epochs since the switch")
    axes[0, 0].legend(loc="lower left")
    note = {"textcoords": "offset points", "fontsize": 8.5}
    axes[1, 1].annotate("p + 0.1", (1, data.attrs["harmful"]), xytext=(6, 3), **note)
    axes[1, 1].annotate("label noise p", (1, data.attrs["p"]), xytext=(6, -11), **note)
    axes[0, 1].annotate(f"loss {data.attrs['epsilon']:g}", (1, data.attrs["epsilon"]), xytext=(6, 4), **note)
    return figure


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured at the switch and at the end."""
    switch = int(data.attrs["T_1"])
    end = data.isel(epoch=-1)

    def interval(at: xr.Dataset, quantity: str, name: str) -> str:
        one = at.sel(training=name)
        mean, lower, upper = (float(one[f"{quantity}_{end}"]) for end in ("mean", "lower", "upper"))
        return f"{mean:.4f} [{lower:.4f}, {upper:.4f}]"

    return (
        f"Predicted: SAM for T₁ = mB/(ηn‖μ‖²) = {switch:,} epochs and then SGD fits the data with a test error near "
        f"the label noise p = {data.attrs['p']:g}, while SGD alone, from the same data, start and batches, fits them "
        f"with test error at least p + 0.1. Measured, mean [{data.attrs['level']:.0%} interval] over "
        f"{data.sizes['replica']} replicas (thin lines: each): at epoch {int(end.epoch):,} the test error is "
        f"{interval(end, 'test_error', 'SAM then SGD')} against {interval(end, 'test_error', 'SGD')} of SGD alone, at "
        f"training losses {interval(end, 'loss', 'SAM then SGD')} and {interval(end, 'loss', 'SGD')}; at the switch "
        f"SAM's loss is {interval(data.sel(epoch=switch), 'loss', 'SAM then SGD')}. {data.attrs['test_samples']:,} "
        f"test samples a point. {data.attrs['setting']}; radius {data.attrs['tau']:.3g}."
    )


STAGES = Picture("stages", "SAM first, then SGD: loss and test error", "stages.nc", read, draw, caption)
