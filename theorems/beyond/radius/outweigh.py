"""The signal that SAM learns, against what hides it from SGD's end on; derived in notebook 10, section 5."""

from itertools import islice

import numpy as np

from dynamics.batches import epochs_of_batches
from theorems.overfitting import EPSILON
from theorems.sam import signal_learning
from theorems.statement import Observation


def learned(o: Observation) -> float:
    """Return `g`: the mean of the lower rates of `signal_learning` over the batches of the SAM stage."""
    s, epochs = o.world.setting, min(o.world.phases[0].epochs, 1 if o.world.setting.B == o.world.setting.n else 2_000)
    batches = np.concatenate(list(islice(epochs_of_batches(s, o.seed), max(epochs, 1))))
    return float(signal_learning.rates(o.sample, batches)[0].mean())


def hidden_by(o: Observation, g: float, missed: float) -> float:
    """Return `z sigma_p Lambda`: what a signal of `g` must outweigh so that a share `missed` of inputs is hidden."""
    s, x = o.world.setting, o.sample
    active = x.own & (x.w0 @ x.xi.T > 0)
    share = active.sum((0, 1)) / s.m
    margin = -np.log(np.expm1(EPSILON)) + s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)
    with np.errstate(divide="ignore"):
        each = (margin / share) ** 2 / ((s.P - 1) ** 2 * np.einsum("id,id->i", x.xi, x.xi))
    squares = np.einsum("jrd,jrd->jr", x.w0, x.w0) + (g / s.mu_norm) ** 2 + np.where(active, each, 0.0).sum(2)
    lipschitz = (s.P - 1) / s.m * float(np.sqrt(squares).sum())
    return float((np.sqrt(2 * np.log(1 / missed)) + 1 / np.sqrt(2 * np.pi)) * s.sigma_p * lipschitz)
