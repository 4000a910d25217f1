"""The final test error over radius and length of the SAM stage, in the six settings of the window of radii."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from dynamics import Phase, Setting, draw, test_error, train_ensemble
from dynamics.arrays import Array
from figures.dataset import in_words, signed
from figures.interval import LEVEL, summary
from theorems.beyond.radius.radius_and_length import LENGTH, RADIUS, schedule
from theorems.beyond.radius.tau_rule import SETTINGS
from theorems.condition import tau_paper, tau_rule
from theorems.overfitting import EPSILON

NAME = "radius_length"
SEEDS = tuple(range(20))
FACTORS = (0.1, 1.0, 10.0, 100.0, 1_000.0, 10_000.0)
"""Radii, over `tau_rule`."""
LENGTHS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Epochs of the SAM stage, over `T_1`."""
TEST_SAMPLES = 4_000


def measure(seeds: Sequence[int] = SEEDS) -> xr.Dataset:
    """Train with every radius and length at every setting, from the same data, starts and batches.

    Parameters
    ----------
    seeds : sequence of int
        One replica each, at least two.

    Returns
    -------
    Dataset
        `error`, dimensions setting, factor, length and replica: final test error of SAM, then SGD to loss 0.05, with
        mean and interval; `sgd` that of SGD alone; `behind`: the rule's error less that of the cell that is best in the
        mean, with mean and interval. The attributes `quote_...` are for the page of findings.
    """
    error = np.zeros((len(SETTINGS), len(FACTORS), len(LENGTHS), len(seeds)))
    sgd = np.zeros((len(SETTINGS), len(seeds)))
    for a, s in enumerate(SETTINGS):
        sgd[a] = _errors(s, (Phase("sgd", 20_000),), seeds)
        for f, factor in enumerate(FACTORS):
            for k, length in enumerate(LENGTHS):
                error[a, f, k] = _errors(s, schedule(s, factor, length), seeds)
    data = xr.Dataset(
        {
            "error": (("setting", "factor", "length", "replica"), error),
            "sgd": (("setting", "replica"), sgd),
            "p": ("setting", [s.p for s in SETTINGS]),
            "paper": ("setting", [tau_paper(s) / tau_rule(s) for s in SETTINGS]),
        },
        coords={
            "setting": [_name(s) for s in SETTINGS],
            "factor": list(FACTORS),
            "length": list(LENGTHS),
            "replica": list(seeds),
        },
    )
    best = data.error.stack(cell=("factor", "length")).mean("replica").argmin("cell").values
    flat = error.reshape(len(SETTINGS), -1, len(seeds))
    rule = data.error.sel(factor=RADIUS, length=LENGTH)
    behind = rule - xr.DataArray(flat[np.arange(len(SETTINGS)), best], dims=("setting", "replica"))
    data = data.assign(behind=behind)
    data = data.assign(summary(data.error, "replica", "error") | summary(behind, "replica", "behind"))
    data = data.assign_attrs(_quotes(data), level=LEVEL, radius=RADIUS, rule_length=LENGTH, test_samples=TEST_SAMPLES)
    data = data.assign_attrs(settings="; ".join(in_words(s) for s in SETTINGS))
    return signed(data, NAME, seeds, "SAM with many radii for many lengths, then SGD to loss 0.05.")


def _errors(s: Setting, phases: Sequence[Phase], seeds: Sequence[int]) -> Array:
    """Return the final test error of each replica."""
    samples = [draw(s, seed) for seed in seeds]
    runs = train_ensemble(s, samples, phases, seeds, record_every=10**9, tol=EPSILON)
    each = zip(samples, runs, seeds, strict=True)
    return np.array([test_error(s, x, run.weights(-1), TEST_SAMPLES, seed).value for x, run, seed in each])


def _name(s: Setting) -> str:
    return f"d = {s.d:,}, ‖μ‖ = {s.mu_norm:g}, m = {s.m}, B = {s.B} of {s.n}, P = {s.P}"


def _quotes(data: xr.Dataset) -> dict[str, str]:
    """Return the numbers that the page of findings quotes: excesses over p, means over the settings."""
    cells = {
        "rule": (RADIUS, LENGTH),
        "tau_rule_t1": (1.0, 1.0),
        "tau_rule_long": (1.0, LENGTH),
        "short": (RADIUS, 0.25),
        "hundred": (100.0, LENGTH),
        "far": (FACTORS[-1], LENGTH),
    }
    quotes = {}
    for key, (factor, length) in cells.items():
        excess = (data.error.sel(factor=factor, length=length) - data.p).mean("setting")
        found = summary(excess, "replica", "x")
        mean, low, high = (float(found[f"x_{part}"]) for part in ("mean", "lower", "upper"))
        quotes[f"quote_{key}"] = f"{mean:.4f} [{low:.4f}, {high:.4f}]"
    worst = int(np.argmax(data.behind_mean.values))
    low, mean, high = (float(data[f"behind_{part}"][worst]) for part in ("lower", "mean", "upper"))
    quotes["quote_behind"] = f"{mean:.4f} [{low:.4f}, {high:.4f}]"
    quotes["quote_sgd"] = f"{float((data.sgd - data.p).mean()):.3f}"
    return quotes
