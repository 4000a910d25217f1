"""Loss and test error through SAM, then SGD, and through SGD alone: the setting of `headline`, epoch by epoch."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from dynamics import Phase, draw, test_error, train_ensemble
from dynamics.phase import cut, spread
from figures.dataset import in_words, signed
from figures.interval import LEVEL, summary
from theorems.overfitting import EPSILON, HARM
from theorems.sam.headline import SETTING, WORLD

NAME = "stages"
SEEDS = tuple(range(20))
AFTER = 150_000
"""Epochs of SGD after the SAM stage."""
TEST_SAMPLES = 4_000
_RECORDS = 30


def measure(seeds: Sequence[int] = SEEDS, after: int = AFTER) -> xr.Dataset:
    """Train both ways from the same data, initial weights and batches, and test on the way.

    Parameters
    ----------
    seeds : sequence of int
        One replica each.
    after : int
        Epochs of SGD after the SAM stage.

    Returns
    -------
    Dataset
        With dimensions training, replica and epoch: `loss`, `test_error` and its `stderr`, and the means of
        the first two with their intervals over replicas; losses in nats, errors as probabilities. `gamma`, the mean
        over filters, and `rho`, that of `rho_bar` over own pairs of filter and sample, both dimensionless.
    """
    s, stage = SETTING, WORLD.phases[0]
    first = stage.epochs
    last = first + after
    # SGD's second life is short: the epochs after the switch need records of their own
    epochs = sorted({*spread(last, _RECORDS), *(first + extra for extra in spread(after, _RECORDS // 2)), first})
    trainings = {
        "SGD": [Phase("sgd", last)],
        "SAM then SGD": [stage, Phase("sgd", after)],
    }
    samples = [draw(s, seed) for seed in seeds]
    shape = (len(trainings), len(seeds), len(epochs) + 1)
    loss, error, stderr, gamma, rho = (np.zeros(shape) for _ in range(5))
    for a, phases in enumerate(trainings.values()):
        paths = train_ensemble(s, samples, cut(phases, epochs), seeds, record_every=10**9)
        for r, (x, run) in enumerate(zip(samples, paths, strict=True)):
            loss[a, r], gamma[a, r] = run.loss, run.gamma.mean((1, 2))
            rho[a, r] = run.rho[:, np.broadcast_to(x.own, run.rho.shape[1:])].mean(1)
            for k in range(len(run.epoch)):
                tested = test_error(s, x, run.weights(k), TEST_SAMPLES, seeds[r])
                error[a, r, k], stderr[a, r, k] = tested.value, tested.stderr
    each = ("training", "replica", "epoch")
    data = xr.Dataset(
        {
            "loss": (each, loss),
            "test_error": (each, error),
            "stderr": (each, stderr),
            "gamma": (each, gamma),
            "rho": (each, rho),
        },
        coords={"training": list(trainings), "replica": list(seeds), "epoch": [0, *epochs]},
    )
    data = data.assign(summary(data.loss, "replica", "loss") | summary(data.test_error, "replica", "test_error"))
    data = data.assign_attrs(setting=in_words(s), p=s.p, switch=first, tau=stage.tau, test_samples=TEST_SAMPLES)
    data = data.assign_attrs(harmful=s.p + HARM, epsilon=EPSILON, level=LEVEL)
    return signed(data, NAME, seeds, "The headline: SAM, then SGD; and SGD alone, same data, start and batches.")
