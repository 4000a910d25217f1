"""Where something breaks as one parameter grows, read off worlds with growing values of it."""

from collections.abc import Sequence

import numpy as np

from theorems.ladders import first_time


def breaking_point(values: Sequence[float], measured: Sequence[float], level: float) -> float:
    """Return the value of the parameter at which what is measured first reaches a level; NaN if it never does.

    Parameters
    ----------
    values : sequence of float
        Positive and growing.
    measured : sequence of float
    level : float

    Returns
    -------
    float
        Interpolated in the logarithm of the parameter. NaN too if the level is reached at the first value: the worlds
        do not bracket it.
    """
    point = float(np.exp(first_time(np.log(values), measured, level)))
    return point if point > values[0] else float("nan")
