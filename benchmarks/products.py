"""The matrix products of a step, alone: what no program that calls dgemm can do without.

The loops are compiled, and the matrices are gathered before, so that nothing but dgemm is measured: that of SciPy's
OpenBLAS, which the kernels call too.
"""

import numpy as np
from numba import njit

from dynamics.arrays import Array


@njit
def sgd_products(K_I: Array, G: Array, change: Array, steps: int) -> None:
    """`K_.I G`, of shapes (1 + n, 1 + B) and (1 + B, 2m), so many times."""
    for _ in range(steps):
        np.dot(K_I, G, change)


@njit
def sam_products(K_II: Array, K_I: Array, G: Array, moved: Array, change: Array, steps: int) -> None:
    """`K_II G` for the ascent, of shapes (1 + B, 1 + B) and (1 + B, 2m), and `K_.I G`, so many times."""
    for _ in range(steps):
        np.dot(K_II, G, moved)
        np.dot(K_I, G, change)
