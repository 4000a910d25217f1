"""SGD and SAM on inputs given patch by patch, in the products of filters and patches: the fast way of `train_patches`.

A gradient is a combination of patches, so with patches `p_a` and their Gram matrix `G` the filters stay
`w = w(0) + sum_a c_a p_a`, and `z_b = <w, p_b>` moves by `sum_a (change of c_a) G_ab`. The norm of a gradient with
coefficients `g` is `sqrt(g G g)`. With two batches an epoch, a step of SGD takes half of the multiplications that
forward and backward passes in the span take, and one of SAM three eighths.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from dynamics.arrays import SIGNS, Array
from dynamics.batches import Draws
from dynamics.engines.divergence import too_large
from dynamics.phase import Phase
from dynamics.setting import Setting

Labels = NDArray[np.int64]


def can(phase: Phase) -> bool:
    """Say whether a phase is one of SGD or SAM, without replacement."""
    return phase.rule in ("sgd", "sam") and phase.plain and not phase.replacement


class Products:
    """Products of all filters with all patches, while they are trained.

    Parameters
    ----------
    s : Setting
    X : ndarray, shape (n, K, D)
    y : ndarray of int, shape (n,)
    w0 : ndarray, shape (2, m, D)
    """

    def __init__(self, s: Setting, X: Array, y: Labels, w0: Array) -> None:
        self._s, self._y, self._w0 = s, y, w0
        self._rows = X.reshape(-1, X.shape[2])
        self._gram = self._rows @ self._rows.T
        self._sign = np.repeat(SIGNS, s.m) / s.m
        self._z = w0.reshape(2 * s.m, -1) @ self._rows.T
        self._c = np.zeros_like(self._z)
        self._each = X.shape[1]
        self._patches = np.arange(len(self._rows)).reshape(len(X), self._each)

    def train(self, phases: tuple[Phase, ...], draws: Draws) -> Iterator[int]:
        """Train, and yield the number of each epoch that is done; raises FloatingPointError as `train_patches`."""
        schedule = (phase for phase in phases for _ in range(phase.epochs))
        for epoch, phase in enumerate(schedule, start=1):
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported with its epoch
                for batch in draws.epoch(phase):
                    self._step(batch, phase.tau or 0.0)
            if not np.isfinite(self._z).all():
                raise FloatingPointError(
                    f"training diverged in epoch {epoch} (rule {phase.rule!r}): the weights are not finite; "
                    f"{too_large(self._s, [phase])}"
                )
            yield epoch

    def _step(self, batch: NDArray[np.intp], tau: float) -> None:
        read = self._patches[batch].ravel()
        pull, seen = self._gram.take(read, 0), self._z.take(read, 1)
        gradient = self._gradient(seen, batch)
        if tau:
            ascent = gradient @ pull.take(read, 1)
            square = float((ascent * gradient).sum())
            if square > 0:
                gradient = self._gradient(seen + tau / np.sqrt(square) * ascent, batch)
        self._z -= self._s.eta * (gradient @ pull)
        self._c[:, read] -= self._s.eta * gradient

    def loss(self) -> float:
        """Return the mean logistic loss of all inputs."""
        return float(np.logaddexp(0.0, -self._y * self._output(self._z)).mean())

    def weights(self) -> Array:
        """Return the filters, shape (2, m, D)."""
        return self._w0 + (self._c @ self._rows).reshape(self._w0.shape)

    def _output(self, z: Array) -> Array:
        """Return `f` of each input from the products of all filters with its patches, shape (2m, count K)."""
        return (self._sign @ self._s.phi.value(z)).reshape(-1, self._each).sum(1)

    def _gradient(self, z: Array, batch: NDArray[np.intp]) -> Array:
        """Return the coefficients of the gradient of the mean loss, shape of `z`: `(1/B) l'_i y_i (j/m) phi'(z)`."""
        y = self._y[batch]
        slope = -y * expit(-y * self._output(z)) / len(y)
        return np.outer(self._sign, np.repeat(slope, self._each)) * self._s.phi.slope(z)
