"""Times and ratios of costs that were measured in blocks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

Blocks = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Spread:
    """A median, and how far the values around it spread."""

    median: float
    low: float
    high: float


def cost(blocks: Blocks) -> Spread:
    """Return median and quartiles of all rounds of all blocks."""
    rounds = [t for block in blocks for t in block]
    low, middle, high = np.quantile(rounds, [0.25, 0.5, 0.75])
    return Spread(float(middle), float(low), float(high))


def ratio(over: Blocks, under: Blocks) -> Spread:
    """Return the ratio of two costs: median, least and largest over the blocks of the ratio of their medians."""
    return of_blocks(lambda a, b: a / b, over, under)


def of_blocks(function: Callable[..., float], *costs: Blocks) -> Spread:
    """Return median, least and largest of a function of the blocks' medians."""
    values = [function(*map(median, blocks)) for blocks in zip(*costs, strict=True)]
    return Spread(median(values), min(values), max(values))
