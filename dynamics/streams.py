"""Independent random streams of one seed: data, batches, test noise and perturbations never share numbers."""

import numpy as np

from dynamics.validation import integer

DRAW, BATCHES, TEST = 0, 1, 2
PERTURBATION = 3


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
