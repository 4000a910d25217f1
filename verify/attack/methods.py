"""What searches: minimisers of a function around zero, in coordinates whose unit is a natural step."""

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Objective = Callable[[NDArray[np.float64]], float]
Method = Callable[[Objective, int, int, int, float], None]
"""Of an objective, its dimension, evaluations at most, a seed, and the spread of the first steps; what it finds, the
objective has seen."""


def evolution(f: Objective, dim: int, evaluations: int, seed: int, spread: float) -> None:
    """CMA-ES (`cma`); its first point is the origin itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of one dimension, of flat objectives
        import cma

        f(np.zeros(dim))
        options = {"seed": seed % 2**31 + 1, "verbose": -9, "maxfevals": evaluations, "tolflatfitness": 50}
        search = cma.CMAEvolutionStrategy(np.zeros(dim), spread, options)
        while not search.stop():
            found = search.ask()
            search.tell(found, [f(np.asarray(u)) for u in found])
