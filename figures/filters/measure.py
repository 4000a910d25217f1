"""Filters switching off: one draw of the headline, every filter on the noise of every sample of its class.

A step learns the noise of a sample by the filters that are active where its gradient is taken: at `W` under SGD, at
`W + eps` under SAM.
"""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from dynamics import Phase, Sample, Setting, draw, train
from dynamics.arrays import Array
from dynamics.engines.network import inputs, loss_gradient
from dynamics.phase import cut
from figures.dataset import in_words, signed
from theorems.sam.headline import SETTING, WORLD

NAME = "filters"
EPOCHS = (1, 10, 100)
"""Looked at before the end of SAM's stage."""


def measure(seed: int = 0, s: Setting = SETTING, stage: Phase = WORLD.phases[0]) -> xr.Dataset:
    """Train by SGD and by SAM for the same number of epochs, on full batches, and look at the products.

    Parameters
    ----------
    seed : int
    s : Setting
        With full batches, so that the batch of a step is known.
    stage : Phase
        Of SAM.

    Returns
    -------
    Dataset
        With dimensions optimiser, epoch, filter and sample, the samples in the order of their labels, the filters
        those of the sample's label. `product` is `<w, xi>` and `shifted` is `<w + eps, xi>`, both over
        `sigma_0 sigma_p sqrt(d)`, with `eps` the ascent of SAM's radius on the whole batch; `rho` the noise learned.
    """
    x = draw(s, seed)
    epochs = [*(epoch for epoch in EPOCHS if epoch < stage.epochs), stage.epochs]
    runs = [train(s, x, cut([phase], epochs), seed, record_every=10**9)
            for phase in (Phase("sgd", stage.epochs), stage)]  # fmt: skip
    order = np.argsort(-x.y, kind="stable")
    own = (1 - x.y[order]) // 2
    unit = s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    found: dict[str, list[Array]] = {"product": [], "shifted": [], "rho": []}
    for run in runs:
        at = range(1, len(epochs) + 1)
        weights = [run.weights(k) for k in at]
        found["product"].append(np.stack([_own(w @ x.xi.T, own, order) / unit for w in weights]))
        shifted = [w + _ascent(s, x, w, float(stage.tau or 0.0)) for w in weights]
        found["shifted"].append(np.stack([_own(w @ x.xi.T, own, order) / unit for w in shifted]))
        found["rho"].append(np.stack([_own(run.rho[k], own, order) for k in at]))
    each = ("optimiser", "epoch", "filter", "sample")
    data = xr.Dataset(
        {name: (each, np.stack(values)) for name, values in found.items()} | {"label": ("sample", x.y[order])},
        coords={"optimiser": ["SGD", "SAM"], "epoch": epochs, "filter": range(s.m), "sample": order},
    )
    data = data.assign_attrs(setting=in_words(s), tau=stage.tau)
    return signed(data, NAME, [seed], "One draw of the headline, SGD and SAM for the length of SAM's stage.")


def _own(values: Array, own: NDArray[np.int64], order: NDArray[np.intp]) -> Array:
    """Return of values of shape (2, m, n) those of the filters of each sample's label, shape (m, n)."""
    return np.stack([values[j, :, i] for j, i in zip(own, order, strict=True)], axis=1)


def _ascent(s: Setting, x: Sample, weights: Array, tau: float) -> Array:
    """Return `tau grad / ||grad||_F` at some weights, of the whole sample."""
    gradient = loss_gradient(weights, inputs(x, s.P), x.y, s.phi)
    return tau * gradient / np.linalg.norm(gradient)
