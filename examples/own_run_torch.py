"""A run of PyTorch, with a SAM of one's own, asked by the suite. Needs torch."""

import numpy as np
import torch

from dynamics import Phase, Setting, Trajectory, draw
from dynamics.batches import epochs_of_batches
from dynamics.engines.network import inputs
from verify import check

s = Setting(n=12, d=2000, m=6, P=3, mu_norm=15.0, sigma_p=0.5, p=0.1, sigma_0=1e-3, B=4, eta=2e-3)
x = draw(s, seed=0)
epochs = epochs_of_batches(s, seed=0)
batches = np.stack([next(epochs) for _ in range(20)])  # (epochs, H, B)
X, y, j = torch.tensor(inputs(x, s.P)), torch.tensor(x.y), torch.tensor([1.0, -1.0], dtype=torch.float64)
W = torch.tensor(x.w0, requires_grad=True)  # double; a run in single precision is judged as such
optimiser = torch.optim.SGD([W], lr=s.eta)


def loss(batch):
    pre = torch.einsum("jrd,npd->njrp", W, X[batch])
    f = torch.einsum("j,njrp->n", j, pre.relu()) / s.m
    return torch.nn.functional.softplus(-y[batch] * f).mean()


def sam_step(batch, tau):
    (gradient,) = torch.autograd.grad(loss(batch), W)
    eps = tau * gradient / gradient.norm()
    with torch.no_grad():
        W.add_(eps)
    optimiser.zero_grad()
    loss(batch).backward()
    with torch.no_grad():
        W.sub_(eps)
    optimiser.step()


weights = [W.detach().clone()]
for batch in torch.tensor(batches.reshape(-1, s.B)):
    sam_step(batch, tau=0.05)
    weights.append(W.detach().clone())

run = Trajectory.from_weights(s, x, [Phase("sam", epochs=20, tau=0.05)], weights, batches=batches)
print(f"outside the span of mu and the noise: {run.residual[-1]:.1e} of the way")
for id in ("decomposition", "coefficient_recursion", "monotone_coefficients"):
    verdict = check(id, runs=[run])
    print(f"{id}: {verdict.status} ({verdict.measured})")
