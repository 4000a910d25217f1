"""What each step of a recorded run saw: gradient, its norm, and the products at `W + eps`."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from dynamics.arrays import Array
from dynamics.engines.coefficients import BatchView, Labels, outputs
from dynamics.phase import Phase
from dynamics.trajectory import Trajectory


@dataclass(frozen=True)
class Step:
    """One step, as computed again from the record before it.

    Attributes
    ----------
    batch : ndarray of int, shape (B,)
    phase : Phase
    noise, signal : ndarray, shapes (2, m, B) and (2, m)
        `<w_jr, xi_i>` of the batch and `<w_jr, mu>`.
    noise_shift, signal_shift : ndarray, same shapes
        `<eps_jr, xi_i>` and `<eps_jr, mu>`, where `eps = tau grad / ||grad||_F` (0 without a radius).
    gradient_norm : float
        `||grad L_I(W)||_F`, in the units of `sigma_p sqrt(d)`.
    slope : ndarray, shape (B,)
        `l'_i` at `W`.
    """

    batch: NDArray[np.intp]
    phase: Phase
    noise: Array
    signal: Array
    noise_shift: Array
    signal_shift: Array
    gradient_norm: float
    slope: Array


def replay(path: Trajectory) -> Iterator[Step]:
    """Go through the steps of a run that recorded each of them.

    Parameters
    ----------
    path : Trajectory
        Trained with `record_every="step"`.

    Yields
    ------
    Step

    Raises
    ------
    ValueError
        If the run did not record every step.
    """
    if path.batches is None:
        raise ValueError("path is not allowed: it must have been trained with record_every='step'")
    s, x = path.setting, path.sample
    V = np.vstack([x.mu, x.xi])
    K = V @ V.T
    for k, batch in enumerate(path.batches):
        rows = np.concatenate([[0], batch + 1])
        labels = Labels(
            x.y[None, batch].astype(float), x.y_hat[None, batch].astype(float), np.full((1, 1, 1), s.P - 1.0), s.phi
        )
        products = np.concatenate([path.signal_products[k][..., None], path.noise_products[k][..., batch]], axis=-1)
        z = products.reshape(1, 2 * s.m, -1).swapaxes(1, 2)
        view = BatchView(z, K[np.ix_(rows, rows)][None], labels)
        G = view.gradient()
        norm = float(view.norm(G)[0, 0, 0])
        phase = path.phases[path.phase[k]]
        eps = G * ((phase.tau or 0.0) / norm if norm > 0 else 0.0)
        shift = (view.K @ eps)[0].T.reshape(2, s.m, -1)
        yield Step(
            batch=batch,
            phase=phase,
            noise=products[..., 1:],
            signal=products[..., 0],
            noise_shift=shift[..., 1:],
            signal_shift=shift[..., 0],
            gradient_norm=norm,
            slope=-expit(-labels.y[0] * outputs(z, labels)[0]),
        )
