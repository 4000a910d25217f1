"""A small convolutional network on MNIST digits with flipped labels, trained by SGD and by SAM in PyTorch.

Two convolutions (8 and 16 filters of 3 x 3, ReLU, pooling by 2) and two dense layers (64 hidden units, ReLU; 10
logits), cross-entropy, no momentum, no decay: nothing but the two rules differs between runs of one seed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from dynamics.digits.images import digits
from dynamics.streams import BATCHES, DRAW, OTHER, stream

Indices = NDArray[np.int64]

CLASSES, SIDE = 10, 28


@dataclass(frozen=True)
class Task:
    """Data and training of one seed.

    Attributes
    ----------
    n : int
        Training images; all other images are held out.
    p : float
        Share of training labels that are replaced by one of the nine others.
    B : int
        Batch size, a divisor of n.
    eta : float
        Learning rate.
    epochs : int
    """

    n: int = 500
    p: float = 0.2
    B: int = 25
    eta: float = 0.1
    epochs: int = 60


@dataclass(frozen=True)
class Schedule:
    """How one run is trained.

    Attributes
    ----------
    sam : tuple of float
        Share of the epochs at which the ascent begins and ends; (0, 0) is SGD.
    ascent : str
        "same": on the batch of the descent, as SAM does; "other": on another batch of the epoch.
    batches : str
        "mixed": permuted anew each epoch; "one class": each batch of one observed label.
    """

    sam: tuple[float, float] = (0.0, 1.0)
    ascent: str = "same"
    batches: str = "mixed"


class Digits:
    """Training images with observed and true labels, and held-out images, of one seed."""

    def __init__(self, task: Task, seed: int) -> None:
        images, labels = digits()
        rng = stream(seed, DRAW)
        order = rng.permutation(len(labels))
        train, held_out = order[: task.n], order[task.n :]
        self.flipped = rng.random(task.n) < task.p
        other = rng.integers(1, CLASSES, task.n)
        observed = np.where(self.flipped, (labels[train] + other) % CLASSES, labels[train])
        scaled = torch.tensor(images, dtype=torch.float32).reshape(-1, 1, SIDE, SIDE) / 255
        self.x, self.test_x = scaled[train], scaled[held_out]
        self.y = torch.tensor(observed)
        self.test_y = torch.tensor(labels[held_out])


def start(seed: int) -> list[Tensor]:
    """Return the weights of the network at the start, by He's rule; weight before bias, layer after layer."""
    generator = torch.Generator().manual_seed(int(stream(seed, OTHER).integers(2**31)))
    shapes = [(8, 1, 3, 3), (16, 8, 3, 3), (64, 16 * (SIDE // 4) ** 2), (CLASSES, 64)]
    found = []
    for shape in shapes:
        fan_in = int(np.prod(shape[1:]))
        found.append(torch.randn(shape, generator=generator) * (2 / fan_in) ** 0.5)
        found.append(torch.zeros(shape[0]))
    return [w.requires_grad_() for w in found]


def hidden(w: list[Tensor], x: Tensor) -> Tensor:
    """Return the 64 hidden units before their ReLU, shape (images, 64)."""
    for k in (0, 2):
        x = functional.max_pool2d(functional.conv2d(x, w[k], w[k + 1], padding=1).relu(), 2)
    return functional.linear(x.flatten(1), w[4], w[5])


def logits(w: list[Tensor], x: Tensor) -> Tensor:
    """Return the logits, shape (images, 10)."""
    return functional.linear(hidden(w, x).relu(), w[6], w[7])


def gradient(w: list[Tensor], x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
    """Return the gradient of the mean cross-entropy."""
    return torch.autograd.grad(functional.cross_entropy(logits(w, x), y), w)


def ascended(w: list[Tensor], x: Tensor, y: Tensor, tau: float) -> list[Tensor]:
    """Return `W + tau grad / ||grad||`, the norm over all parameters together; `W` where the gradient is zero."""
    g = gradient(w, x, y)
    norm = torch.sqrt(sum(((part**2).sum() for part in g), torch.zeros(())))
    scale = tau / norm if norm > 0 else norm
    return [(a + scale * b).detach().requires_grad_() for a, b in zip(w, g, strict=True)]


def epochs_of(task: Task, y: Tensor, seed: int, batches: str) -> Iterator[Indices]:
    """Yield for each epoch its batches, shape (n / B, B): all samples once, or whole batches of one observed label."""
    rng = stream(seed, BATCHES)
    labels = y.numpy()
    while True:
        if batches == "mixed":
            yield rng.permutation(task.n).reshape(-1, task.B)
        else:  # what is left of a class after its whole batches is filled up from the same class
            rows = []
            for label in range(CLASSES):
                own = rng.permutation(np.flatnonzero(labels == label))
                rows.append(np.resize(own, (max(1, round(len(own) / task.B)), task.B)))
            found = np.concatenate(rows)
            yield found[rng.permutation(len(found))]


def train(
    task: Task, schedule: Schedule, data: Digits, tau: float, seed: int, look: Callable[[int, list[Tensor]], None]
) -> None:
    """Train from the seed's start; `look` sees the weights after each epoch, and before the first.

    Parameters
    ----------
    task, schedule, data
    tau : float
        Radius of the ascent, in units of the weights' norm over all parameters together.
    seed : int
    look : callable
        Of the number of epochs done and the weights.
    """
    w = start(seed)
    first, last = (round(share * task.epochs) for share in schedule.sam)
    epochs = epochs_of(task, data.y, seed, schedule.batches)
    look(0, w)
    for epoch in range(task.epochs):
        batches = next(epochs)
        for k, batch in enumerate(batches):
            x, y = data.x[batch], data.y[batch]
            at = w
            if first <= epoch < last:
                of = batch if schedule.ascent == "same" else batches[(k + 1) % len(batches)]
                at = ascended(w, data.x[of], data.y[of], tau)
            g = gradient(at, x, y)
            with torch.no_grad():
                for a, b in zip(w, g, strict=True):
                    a -= task.eta * b
        look(epoch + 1, w)
