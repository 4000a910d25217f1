"""What the stories of the page tell: each run by both optimisers from the same data, start and order of samples."""

from typing import Any

import numpy as np
import xarray as xr

from dynamics import Trajectory, draw, test_error, train
from figures.dataset import signed
from figures.explore.stories import SGD_AT_MOST, STORIES, Story
from theorems.overfitting import C_1, C_3, DELTA, EPSILON, HARM

NAME = "explore"
SEEDS = range(5)
_RECORDS, _DRAWS = 160, 4_000
_SERIES = ("epoch", "signal", "noise", "loss", "error")
_AXES = ("story", "optimiser", "seed")


def measure() -> xr.Dataset:
    """Run the stories.

    Returns
    -------
    Dataset
        Over story, optimiser and record, of the first seed, with NaN after the end: `epoch`, `signal` (mean of gamma),
        `noise` (mean over own-class pairs of rho_bar), `loss`, `error` (test error). Over story, optimiser and seed:
        the same at the end, `final_...`, and when the SAM stage ends, `switch_...` (for SGD, the end).
        Attributes: the constants of the theorems.
    """
    runs = {
        (a, name, k): _run(story, name, k) for a, story in enumerate(STORIES) for name in ("sgd", "sam") for k in SEEDS
    }
    shape = (len(STORIES), 2, len(SEEDS))
    data: dict[str, Any] = {}
    for q, series in enumerate(_SERIES):
        path = np.full((*shape[:2], _RECORDS), np.nan)
        final, switch = np.empty(shape), np.empty(shape)
        for (a, name, k), (numbers, at) in runs.items():
            b = ("sgd", "sam").index(name)
            final[a, b, k], switch[a, b, k] = numbers[q, -1], numbers[q, at]
            if k == SEEDS[0]:
                path[a, b, : numbers.shape[1]] = numbers[q]
        data |= {series: (("story", "optimiser", "record"), path), f"final_{series}": (_AXES, final)}
        data |= {f"switch_{series}": (_AXES, switch)}
    found = xr.Dataset(
        data, coords={"story": [s.name for s in STORIES], "optimiser": ["sgd", "sam"], "seed": list(SEEDS)}
    )
    constants = {"C_1": C_1, "C_3": C_3, "delta": DELTA, "epsilon": EPSILON, "harm": HARM, "at_most": SGD_AT_MOST}
    about = "The stories of the explorable: SGD, and SAM then SGD, from the same data, start and order of samples."
    return signed(found.assign_attrs(constants), NAME, SEEDS, about)


def _run(story: Story, optimiser: str, seed: int) -> tuple[np.ndarray[Any, Any], int]:
    """Return the series of one run, shape (5, T), and the record at which its SAM stage ended."""
    s, x, phases = story.setting, draw(story.setting, seed), story.schedules[optimiser]
    total = sum(phase.epochs for phase in phases)
    every = -(-total // (_RECORDS - 4)) if seed == SEEDS[0] else total
    path = train(s, x, phases, seed=seed, record_every=every, tol=EPSILON)
    at = int(np.searchsorted(path.epoch, story.sam)) if optimiser == "sam" else len(path.epoch) - 1
    return _series(path), min(at, len(path.epoch) - 1)


def _series(path: Trajectory) -> np.ndarray[Any, Any]:
    s, x, records = path.setting, path.sample, range(len(path.epoch))
    errors = [test_error(s, x, path.weights(k), _DRAWS).value for k in records]
    noise = 2 * np.where(x.own, path.rho, 0.0).mean((1, 2, 3))  # half of the pairs are own
    return np.array([path.epoch, path.gamma.mean((1, 2)), noise, path.loss, errors])
