"""Independent random streams of one seed: data, batches, test noise, what rules draw, perturbations; none shared."""

import numpy as np

from dynamics.validation import integer

DRAW, BATCHES, TEST, OTHER, FLIPS, REPLACED, PERTURBATION, ERROR = range(8)

SEEDS_PER_BLOCK = 1_000_000
"""Block b of seeds is `b * SEEDS_PER_BLOCK + (0..k-1)`: blocks share no draw."""


def stream(seed: int, purpose: int) -> np.random.Generator:
    """Return the generator of one purpose of one seed.

    Parameters
    ----------
    seed : int
        Non-negative.
    purpose : int
        One of the constants of this module.

    Raises
    ------
    ValueError
        If the seed is not a non-negative integer.
    """
    return np.random.default_rng([purpose, integer("seed", seed, least=0)])
