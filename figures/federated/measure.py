"""What clients with skewed labels reach with local, global and estimated ascents; how much error a global one bears."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from dynamics import Setting, draw, test_error, train_ensemble
from dynamics.arrays import Array
from dynamics.units import natural
from figures.dataset import in_words, signed
from figures.interval import LEVEL, summary, told
from theorems.beyond.federated.clients import MANY, SMALL, gain_under_skew, schedule
from theorems.beyond.federated.federated_estimate import bearable_error
from theorems.ladders import crossing, first_time
from theorems.overfitting import HARM

NAME = "federated"
SEEDS = tuple(range(6))
TEST_SAMPLES = 4_000
CLIENTS, FEW = 8, 2
SKEWS = (0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
TIMES = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Shares of error, over the one that is derived."""
RULES = ("local_sgd", "local_sam", "global_sam", "estimated_sam")
D = 30_000


def measure(seeds: Sequence[int] = SEEDS, skews: Sequence[float] = SKEWS, times: Sequence[float] = TIMES) -> xr.Dataset:
    """Train every rule at every skew, and sorted clients at every share of error.

    Parameters
    ----------
    seeds : sequence of int
    skews : sequence of float
        As for `dynamics.Phase`.
    times : sequence of float
        Shares of error, over the one that is derived.

    Returns
    -------
    Dataset
        `test_error` with dimensions rule, skew and replica, of eight clients; `error_of` with dimensions share and
        replica, of two sorted clients with a global ascent of which that share is an error. Each also as mean with
        interval. `gain`, with dimension skew, is what local ascents teach, derived.
    """
    s, few = (natural(base.replace(d=D), step=0.5) for base in (MANY, SMALL))
    bearable = bearable_error(few)
    by_skew = [[_errors(s, rule, CLIENTS, skew, None, seeds) for skew in skews] for rule in RULES]
    shares = [min(1.0, bearable * factor) for factor in times]
    by_share = [_errors(few, "global_sam", FEW, 1.0, share, seeds) for share in shares]
    gains = [gain_under_skew(s.B, s.p, skew) for skew in skews]
    data = xr.Dataset(
        {
            "test_error": (("rule", "skew", "replica"), np.array(by_skew)),
            "error_of": (("share", "replica"), np.array(by_share)),
            "gain": ("skew", gains),
        },
        coords={"rule": list(RULES), "skew": list(skews), "share": shares, "replica": list(seeds)},
    )
    data = data.assign(summary(data.test_error, "replica", "test_error"))
    data = data.assign(summary(data.error_of, "replica", "error_of"))
    fine = np.linspace(0.5, 1.0, 501).tolist()
    threshold = crossing(fine, [gain_under_skew(s.B, s.p, skew) for skew in fine], 0.0)
    borne = first_time(shares, data.error_of_mean.values, few.p + HARM)
    quotes = {
        f"quote_{rule}_{name}": told(data.sel(rule=rule, skew=skew), "test_error")
        for rule in RULES
        for name, skew in (("iid", min(skews)), ("sorted", max(skews)))
    }
    quotes |= {
        "quote_threshold": f"{threshold:.2f}",
        "quote_bearable": f"{bearable:.2f}",
        "quote_borne": f"{borne:.2f}",
    }
    data = data.assign_attrs(
        p=s.p, p_few=few.p, level=LEVEL, threshold=threshold, bearable=bearable, test_samples=TEST_SAMPLES,
        setting_skew=in_words(s), setting_share=in_words(few), clients=CLIENTS, few=FEW, **quotes,
    )  # fmt: skip
    return signed(
        data, NAME, seeds, "Local SGD, and SAM with three ascents, then local SGD, on clients with skewed labels."
    )


def _errors(s: Setting, rule: str, workers: int, skew: float, error: float | None, seeds: Sequence[int]) -> Array:
    """Return the test error of each replica."""
    samples = [draw(s, seed) for seed in seeds]
    phases = schedule(s, rule, workers, skew, error)
    paths = train_ensemble(s, samples, phases, seeds, record_every=10**9, tol=0.05)
    runs = zip(samples, paths, seeds, strict=True)
    return np.array([test_error(s, x, path.weights(-1), TEST_SAMPLES, seed).value for x, path, seed in runs])
