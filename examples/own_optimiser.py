"""An optimiser of one's own, asked what it does: `samverify conform examples/own_optimiser.py`."""

import numpy as np


def step(W, gradient, eta, tau, memory=0.0, state=None):
    """One step of SAM with heavy-ball momentum; `gradient` is a function of the weights."""
    g = gradient(W)
    norm = np.linalg.norm(g)
    direction = gradient(W + tau * g / norm) if norm > 0 else g
    state["M"] = memory * state.get("M", 0.0) + direction
    return W - eta * state["M"]


def accumulate(W, gradients, eta, tau):
    """One step from micro-batches, each through the optimiser as a loop over them would have it."""
    return np.mean([step(W, gradient, eta, tau, state={}) for gradient in gradients], axis=0)
