"""The same steps in coefficient space as JAX runs them: compiled (`jit`), over replicas (`vmap`) and steps (`scan`)."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from dynamics import Sample, Setting
from dynamics.engines.coefficients import signs

Products = NDArray[np.float64]


def sam(s: Setting, samples: Sequence[Sample], batches: NDArray[np.intp], tau: float) -> Callable[[], Products]:
    """Return the call that trains all replicas by SAM, in float64, and returns their inner products, (R, 1 + n, 2m).

    Parameters
    ----------
    s : Setting
    samples : sequence of Sample
        One a replica.
    batches : ndarray of int, shape (R, steps, B)
    tau : float
    """
    j = jnp.asarray(signs(s.m))

    def gradient(z: jax.Array, y: jax.Array, y_hat: jax.Array) -> jax.Array:
        signal = jnp.where(y_hat > 0, jax.nn.relu(z[0]) @ j, jax.nn.relu(-z[0]) @ j)
        f = (signal + (s.P - 1) * (jax.nn.relu(z[1:]) @ j)) / s.m
        c = -jax.nn.sigmoid(-y * f) * y / (s.B * s.m)
        seen, unseen = jnp.where(y_hat > 0, c, 0).sum(), jnp.where(y_hat > 0, 0, c).sum()
        mu = j * jnp.where(z[0] > 0, seen, jnp.where(z[0] < 0, -unseen, 0))
        return jnp.concatenate([mu[None], (s.P - 1) * c[:, None] * j * (z[1:] > 0)])

    def run(z: jax.Array, K: jax.Array, y: jax.Array, y_hat: jax.Array, table: jax.Array) -> jax.Array:
        def step(z: jax.Array, batch: jax.Array) -> tuple[jax.Array, None]:
            rows = jnp.concatenate([jnp.zeros(1, batch.dtype), 1 + batch])
            seen, inner = z[rows], K[rows][:, rows]
            G = gradient(seen, y[batch], y_hat[batch])
            moved = inner @ G
            G = gradient(seen + tau / jnp.sqrt((G * moved).sum()) * moved, y[batch], y_hat[batch])
            return z - s.eta * K[:, rows] @ G, None

        return jax.lax.scan(step, z, table)[0]

    with jax.enable_x64(True):
        V = [np.vstack([x.mu, x.xi]) for x in samples]
        z = jnp.stack([v @ x.w0.reshape(-1, v.shape[1]).T for v, x in zip(V, samples, strict=True)])
        K = jnp.stack([v @ v.T for v in V])
        y, y_hat = (jnp.asarray([getattr(x, name) for x in samples], float) for name in ("y", "y_hat"))
        given = z, K, y, y_hat, jnp.asarray(batches)
        compiled = jax.jit(jax.vmap(run)).lower(*given).compile()
    return lambda: np.asarray(compiled(*given))
