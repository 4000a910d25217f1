"""A run of JAX, with optax's SAM, asked by the suite. Needs jax and optax."""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dynamics import Phase, Setting, Trajectory, draw
from dynamics.batches import epochs_of_batches
from dynamics.engines.network import inputs
from verify import check

jax.config.update("jax_enable_x64", True)  # without it the run is one of single precision, and judged as such

s = Setting(n=12, d=2000, m=6, P=3, mu_norm=15.0, sigma_p=0.5, p=0.1, sigma_0=1e-3, B=4, eta=2e-3)
x = draw(s, seed=0)
epochs = epochs_of_batches(s, seed=0)
batches = np.stack([next(epochs) for _ in range(20)])  # (epochs, H, B)
X, y, j = jnp.array(inputs(x, s.P)), jnp.array(x.y), jnp.array([1.0, -1.0])


def loss(W, batch):
    pre = jnp.einsum("jrd,npd->njrp", W, X[batch])
    return jnp.logaddexp(0.0, -y[batch] * jnp.einsum("j,njrp->n", j, jnp.maximum(pre, 0)) / s.m).mean()


tau = 0.05
ascent = optax.chain(optax.contrib.normalize(), optax.sgd(tau))
sam = optax.contrib.sam(optax.sgd(s.eta), ascent, opaque_mode=True)
W, state = jnp.array(x.w0), sam.init(jnp.array(x.w0))
weights = [W]
for batch in batches.reshape(-1, s.B):
    gradient = jax.grad(lambda W, batch=batch: loss(W, batch))
    update, state = sam.update(gradient(W), state, W, grad_fn=lambda W, _, gradient=gradient: gradient(W))
    W = optax.apply_updates(W, update)
    weights.append(W)

run = Trajectory.from_weights(s, x, [Phase("sam", epochs=20, tau=tau)], weights, batches=batches)
print(f"outside the span of mu and the noise: {run.residual[-1]:.1e} of the way")
for id in ("decomposition", "coefficient_recursion", "monotone_coefficients"):
    verdict = check(id, runs=[run])
    print(f"{id}: {verdict.status} ({verdict.measured})")
