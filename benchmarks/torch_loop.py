"""A plain PyTorch loop, as one writes it: a module, autograd, and SAM as two backward passes; float32."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class Matrix(nn.Module):
    """`f = (1/m) sum_{j,r} j sum_patches relu(<w_jr, patch>)`, with one product of patches and filters."""

    def __init__(self, w0: Tensor) -> None:
        super().__init__()
        self.m = w0.shape[1]
        self.filters = nn.Linear(w0.shape[2], 2 * self.m, bias=False)
        with torch.no_grad():
            self.filters.weight.copy_(w0.flatten(0, 1))

    def forward(self, X: Tensor) -> Tensor:
        """Return the outputs, shape (B,), of inputs of shape (B, P, d)."""
        F = torch.relu(self.filters(X)).sum(dim=1).unflatten(1, (2, self.m)).mean(dim=2)
        return F[:, 0] - F[:, 1]


class Convolution(nn.Module):
    """The same network, with a one-dimensional convolution whose stride is the length of a patch."""

    def __init__(self, w0: Tensor) -> None:
        super().__init__()
        self.m, d = w0.shape[1:]
        self.filters = nn.Conv1d(1, 2 * self.m, kernel_size=d, stride=d, bias=False)
        with torch.no_grad():
            self.filters.weight.copy_(w0.flatten(0, 1).unsqueeze(1))

    def forward(self, X: Tensor) -> Tensor:
        """Return the outputs, shape (B,), of inputs of shape (B, P, d)."""
        F = torch.relu(self.filters(X.flatten(1).unsqueeze(1))).sum(dim=2).unflatten(1, (2, self.m)).mean(dim=2)
        return F[:, 0] - F[:, 1]


FORMS: dict[str, Callable[[Tensor], nn.Module]] = {"matrix": Matrix, "convolution": Convolution}


def train(model: nn.Module, X: Tensor, y: Tensor, batches: NDArray[np.intp], eta: float, tau: float) -> None:
    """Train by SAM, one step a batch of the table of shape (steps, B)."""
    optimizer = torch.optim.SGD(model.parameters(), lr=eta)
    weights = list(model.parameters())
    for batch in torch.as_tensor(batches):
        inputs, labels = X[batch], y[batch]

        optimizer.zero_grad()
        nn.functional.softplus(-labels * model(inputs)).mean().backward()
        with torch.no_grad():
            length = torch.cat([w.grad.flatten() for w in weights]).norm()
            ascent = [tau * w.grad / length for w in weights]
            for w, eps in zip(weights, ascent, strict=True):
                w.add_(eps)

        optimizer.zero_grad()
        nn.functional.softplus(-labels * model(inputs)).mean().backward()
        with torch.no_grad():
            for w, eps in zip(weights, ascent, strict=True):
                w.sub_(eps)
        optimizer.step()
