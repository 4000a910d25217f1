"""Coefficient paths with their bounds and the closed form, under SGD and under SAM."""

from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from dynamics.arrays import Array
from figures.kept import data_set
from figures.picture import Picture
from figures.style import BLACK, ORANGE, SAM, SGD, WIDTH


def read(path: Path) -> xr.Dataset:
    """Open the data set."""
    names = ("memorisation", "closed_lower", "closed_upper", "rho_max", "rho_bound")
    return data_set(path, "paths", (*names, "gamma_min", "gamma_max", "gamma_bound", "margin"))


def draw(data: xr.Dataset) -> Figure:
    """Draw noise coefficients above signal coefficients, a column a run, against epochs; all axes logarithmic."""
    figure = Figure(figsize=(WIDTH, 5.0))
    axes = figure.subplots(2, data.sizes["run"], sharex=True, sharey="row")
    data = data.sel(epoch=data.epoch > 0)
    epoch = data.epoch.values
    for k, run in enumerate(data.run.values):
        one, noise, signal = data.sel(run=run), axes[0, k], axes[1, k]
        colour = SAM if str(run).startswith("SAM") else SGD
        if k == 0:
            lower, upper = one.closed_lower.min("sample"), one.closed_upper.max("sample")
            band = noise.fill_between(epoch, lower, upper, color=ORANGE, alpha=0.45, linewidth=0)
        lines = noise.plot(epoch, _positive(one.memorisation.values), color=colour, linewidth=0.5, alpha=0.8)
        (largest,) = noise.plot(epoch, _positive(one.rho_max.values), color=colour, linestyle=(0, (5, 1.5)))
        bound = noise.axhline(float(one.rho_bound), color=BLACK, linestyle=":")
        noise.set_title(str(run))
        spread = signal.fill_between(epoch, one.gamma_min, one.gamma_max, color=colour, linewidth=0.8, alpha=0.8)
        (limit,) = signal.plot(epoch, one.gamma_bound, color=BLACK, linestyle=":")
        signal.set_xlabel("epochs")
        if k == 0:
            noise.legend(
                [lines[0], band, largest, bound],
                ["mean over r, each sample", "closed form, all samples", "largest", "bound α"],
                loc="lower right",
            )
            signal.legend([spread, limit], ["all filters", "bound 2n SNR² α"], loc="lower right")
        elif colour == SAM:
            noise.legend(
                [lines[0], largest, bound], ["mean over r, each sample", "largest", "bound (P−1)R"], loc="upper left"
            )
            signal.legend([spread, limit], ["all filters", "bound t η‖μ‖²/m"], loc="lower right")
    axes[0, 0].set(xscale="log", yscale="log", xlim=(1, epoch[-1]), ylim=(1e-5, 100), ylabel="noise learned  ρ̄")
    axes[1, 0].set(yscale="log", ylim=(2e-5, 3), ylabel="signal learned  γ")
    return figure


def _positive(values: Array) -> Array:
    """Return the values without those that have no logarithm."""
    return np.where(values > 0, values, np.nan)


def caption(data: xr.Dataset) -> str:
    """Say what is predicted and what was measured at the end of the runs."""
    end = data.isel(epoch=-1)
    sgd, small, sam = (end.isel(run=k) for k in range(3))
    last = int(end.epoch)
    margins = ", ".join(f"{margin:.2f}" for margin in data.margin.values)
    return (
        f"Predicted: under SGD every ρ̄ stays below α = 4 log T\\* = {float(sgd.rho_bound):.1f}, its mean over filters "
        f"runs between two solutions of X + b eˣ = ct + b (orange, the widest over all samples; proved for full "
        f"batches), and 0 ≤ γ ≤ 2n SNR² α = {float(sgd.gamma_bound):.2g}; under SAM ρ̄ ≤ (P−1)R = "
        f"{float(sam.rho_bound):.3g} and γ ≤ t η‖μ‖²/m up to T₁ = {last:,} epochs. Measured at epoch {last:,}: the "
        f"largest ρ̄ is {float(sgd.rho_max):.3g} under SGD ({float(small.rho_max):.3g} with small batches) and "
        f"{float(sam.rho_max):.2g} under SAM; γ is {float(sgd.gamma_min):.2g} to {float(sgd.gamma_max):.2g} under SGD "
        f"and {float(sam.gamma_min):.2g} to {float(sam.gamma_max):.2g} under SAM. One draw (seed "
        f"{data.attrs['seeds']}), the same start for all three; the hypotheses of the bounds ask for margins of at "
        f"least 1, and have {margins}. {data.attrs['setting']}; SAM's radius {data.attrs['tau']:.2g}."
    )


PATHS = Picture("paths", "Coefficient paths, their bounds and the closed form", "paths.nc", read, draw, caption)
