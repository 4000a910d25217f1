"""Local SGD beside parallel SGD, long after the loss is small, with label noise and without."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from dynamics import Phase, draw, test_error, train_ensemble
from dynamics.units import natural
from figures.dataset import in_words, signed
from figures.interval import LEVEL, summary
from theorems.beyond.variants.workers import EPOCHS, FLIP, SETTING, WORKERS, local

NAME = "local_sgd"
SEEDS = tuple(range(10))
STEPS = {0.2: 5 * EPOCHS, 0.05: 4 * EPOCHS}
"""Learning rates in natural units, and epochs."""
INTERVALS = {"parallel": 1, "local, every 16 epochs": 16, "local, every 64 epochs": 64}
POST, ONCE = "post-local, every 64 epochs", "averaged once, at the end"
TEST_SAMPLES = 4_000


def measure(seeds: Sequence[int] = SEEDS) -> xr.Dataset:
    """Train workers that are averaged more or less often, from the same data, starts and batches.

    Parameters
    ----------
    seeds : sequence of int
        One replica each, at least two.

    Returns
    -------
    Dataset
        With dimensions variant, flip, step and replica: the final test `error`, training `loss`, mean `signal`
        coefficient and `noise` (mean of the own-class rho), each with mean and interval, and `gain`, the error of
        parallel SGD less that of the variant. The attributes `quote_...` are for the page of findings.
    """
    variants = [*INTERVALS, POST, ONCE]
    found = np.zeros((4, len(variants), 2, len(STEPS), len(seeds)))
    for c, (step, epochs) in enumerate(STEPS.items()):
        s = natural(SETTING, step)
        samples = [draw(s, seed) for seed in seeds]
        for b, flip in enumerate((None, FLIP)):
            for a, name in enumerate(variants):
                runs = train_ensemble(s, samples, _schedule(name, epochs, flip), seeds, record_every=10**9)
                for r, (x, run, seed) in enumerate(zip(samples, runs, seeds, strict=True)):
                    error = test_error(s, x, run.weights(-1), TEST_SAMPLES, seed).value
                    noise = run.rho[-1][np.broadcast_to(x.own, run.rho[-1].shape)].mean()
                    found[:, a, b, c, r] = error, run.loss[-1], run.gamma[-1].mean(), noise
    names = ("error", "loss", "signal", "noise")
    dims = ("variant", "flip", "step", "replica")
    data = xr.Dataset(
        {name: (dims, values) for name, values in zip(names, found, strict=True)},
        coords={"variant": variants, "flip": [0.0, FLIP], "step": list(STEPS), "replica": list(seeds)},
    )
    data = data.assign(gain=data.error.sel(variant="parallel", drop=True) - data.error)
    for name in (*names, "gain"):
        data = data.assign(summary(data[name], "replica", name))
    data = data.assign_attrs(_quotes(data), p=SETTING.p, level=LEVEL, workers=WORKERS, setting=in_words(SETTING))
    data = data.assign_attrs(epochs=", ".join(f"{e} at step {step:g}" for step, e in STEPS.items()))
    return signed(data, NAME, seeds, "Workers averaged more or less often, with a fifth of the labels flipped or none.")


def _schedule(name: str, epochs: int, flip: float | None) -> tuple[Phase, ...]:
    if name == POST:
        return local(1, epochs // 2, flip), local(64, epochs // 2, flip)
    return (local(INTERVALS.get(name, epochs), epochs, flip),)


def _quotes(data: xr.Dataset) -> dict[str, str]:
    """Return the numbers that the page of findings quotes, of the smaller step."""
    quotes = {}
    cells = {"parallel": "parallel", "16": "local, every 16 epochs", "64": "local, every 64 epochs", "post": POST}
    for key, variant in (cells | {"once": ONCE}).items():
        for noise, flip in (("", 0.0), ("_noise", FLIP)):
            for what in ("error", "gain", "loss"):
                one = data.sel(variant=variant, flip=flip, step=min(STEPS))
                mean, low, high = (float(one[f"{what}_{part}"]) for part in ("mean", "lower", "upper"))
                quotes[f"quote_{what}_{key}{noise}"] = f"{mean:.3f} [{low:.3f}, {high:.3f}]"
    return quotes
