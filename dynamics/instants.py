"""Records at chosen epochs: a phase that is cut in two is the same training, and is recorded at the cut."""

from collections.abc import Sequence

import numpy as np

from dynamics import Phase


def spread(last: int, count: int) -> list[int]:
    """Return up to so many epochs from 1 to `last`, evenly spread in their logarithm."""
    return [int(epoch) for epoch in np.unique(np.geomspace(1, last, count).round().astype(int))]


def cut(phases: Sequence[Phase], epochs: Sequence[int]) -> list[Phase]:
    """Return the same training in shorter phases, one of which ends at each of the epochs.

    Parameters
    ----------
    phases : sequence of Phase
        Of rules without memory: a phase of heavy-ball momentum starts at rest.
    epochs : sequence of int
        Within the training.

    Returns
    -------
    list of Phase
    """
    pieces: list[Phase] = []
    done = 0
    for phase in phases:
        end = done + phase.epochs
        stops = sorted({epoch for epoch in epochs if done < epoch < end} | {end})
        for stop in stops:
            pieces.append(phase.model_copy(update={"epochs": stop - done}))
            done = stop
    return pieces
