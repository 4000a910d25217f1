"""Does a convolutional network on flipped digits do under SAM what this theory alone predicts?

Asked before any run, with what the theory says of its own network in brackets: SAM's gain on a share of flipped labels
(it memorises less noise, so it tests better); the gain lost where the ascent is on another batch (it must switch off
the filters of the very samples that descend); the gain lost where each batch holds one class (the ascent switches off
the signal too); SAM first, then SGD, as good as SAM throughout, and better than SGD first (what is memorised stays);
more units switched off on a batch's own samples than on others, and on flipped ones no less than on clean ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from dynamics.arrays import Array
from figures.dataset import signed
from figures.interval import LEVEL, summary, told

NAME = "cnn"
SGD = "SGD"
SCHEDULES: dict[str, dict[str, object]] = {
    SGD: {"sam": (0.0, 0.0)},
    "SAM": {},
    "SAM, ascent on another batch": {"ascent": "other"},
    "SAM, then SGD": {"sam": (0.0, 0.5)},
    "SGD, then SAM": {"sam": (0.5, 1.0)},
    "SGD, one class a batch": {"sam": (0.0, 0.0), "batches": "one class"},
    "SAM, one class a batch": {"batches": "one class"},
}
"""Of `figures.cnn.network.Schedule`."""
GAINS = {
    "SAM": ("SAM", SGD),
    "ascent on another batch": ("SAM, ascent on another batch", SGD),
    "SAM first": ("SAM, then SGD", SGD),
    "SAM last": ("SGD, then SAM", SGD),
    "one class a batch": ("SAM, one class a batch", "SGD, one class a batch"),
}
"""What is compared: test error of the first minus that of the second, from the same start and images."""
PAIRS = ("own, flipped", "own, clean", "other, flipped", "other, clean")
"""Of pairs (hidden unit, sample) active at W: the share switched off at W + eps, on the ascent's batch or another."""


@dataclass(frozen=True)
class Plan:
    """What is run; the default is the whole study, some ten minutes of one core."""

    radii: tuple[float, ...] = (0.3, 1.0)  # from a pilot on seed 900: SAM gains at 0.3, and no longer fits at 1
    seeds: tuple[int, ...] = tuple(range(3))
    looked: tuple[int, ...] = (1, 5, 20)  # epochs at which units are counted
    task: dict[str, float] = field(default_factory=dict)  # fields of `Task` that differ from its defaults


def measure(plan: Plan | None = None) -> xr.Dataset:
    """Train every schedule at every radius.

    Parameters
    ----------
    plan : Plan, optional

    Returns
    -------
    Dataset
        Dimensions schedule, radius and seed: `test_error` at the end, `fitted` (share of flipped training samples whose
        observed, wrong, label the network gives), `loss` on the training data. Dimensions pair, radius, seed and epoch:
        `off`, the shares of `PAIRS`, along SGD's path. `gain`: of `GAINS`. Each with mean and interval over seeds.

    Raises
    ------
    ValueError
        If PyTorch or the images are missing.
    """
    plan = plan or Plan()
    shape = (len(SCHEDULES), len(plan.radii), len(plan.seeds))
    found = np.full((3, *shape), np.nan)
    off = np.full((len(PAIRS), *shape[1:], len(plan.looked)), np.nan)
    for s, seed in enumerate(plan.seeds):
        for a, name in enumerate(SCHEDULES):
            if name.startswith(SGD) and "SAM" not in name:
                at_end, counted = _run(plan, name, plan.radii, seed)
                found[:, a, :, s] = at_end[:, None]
                if name == SGD:
                    off[:, :, s] = counted
                continue
            for b, tau in enumerate(plan.radii):
                found[:, a, b, s], _ = _run(plan, name, (tau,), seed)
    dims = ("schedule", "radius", "seed")
    data = xr.Dataset(
        {name: (dims, values) for name, values in zip(("test_error", "fitted", "loss"), found, strict=True)}
        | {"off": (("pair", "radius", "seed", "epoch"), off)},
        coords={
            "schedule": list(SCHEDULES), "radius": list(plan.radii), "seed": list(plan.seeds), "pair": list(PAIRS),
            "epoch": list(plan.looked),
        },
    )  # fmt: skip
    error = data.test_error
    gains = [error.sel(schedule=a, drop=True) - error.sel(schedule=b, drop=True) for a, b in GAINS.values()]
    data["gain"] = xr.concat(gains, xr.Variable("comparison", list(GAINS)))
    for name in ("test_error", "fitted", "off", "gain"):
        data = data.assign(summary(data[name], "seed", name))
    data = data.assign_attrs(_about(plan), level=LEVEL, **_quotes(data))
    return signed(data, NAME, plan.seeds, "A convolutional network on MNIST digits with flipped labels, in PyTorch.")


def _about(plan: Plan) -> dict[str, float]:
    task = _network().Task(**plan.task)
    return {"n": task.n, "p": task.p, "B": task.B, "eta": task.eta, "epochs": task.epochs}


def _network() -> ModuleType:  # late: PyTorch is not needed for anything else
    try:
        import torch

        from figures.cnn import network
    except ModuleNotFoundError:
        raise ValueError("PyTorch is not installed: pip install 'samverify[torch]'") from None
    torch.set_num_threads(1)
    return network


def _run(plan: Plan, name: str, radii: Sequence[float], seed: int) -> tuple[Array, Array]:
    """Return error, share of flipped samples fitted and loss at the end, and units counted, (pairs, radii, looks)."""
    import torch

    net = _network()
    task = net.Task(**plan.task)
    data = net.Digits(task, seed)
    rng = np.random.default_rng([seed])
    order = torch.tensor(rng.permutation(task.n))
    counted, at_end = [], np.empty(3)

    def look(epoch: int, w: Any) -> None:
        if name == SGD and epoch in plan.looked:
            counted.append([_off(net, task, data, w, order, tau) for tau in radii])
        if epoch < task.epochs:
            return
        with torch.no_grad():
            given = net.logits(w, data.x)
            at_end[0] = (net.logits(w, data.test_x).argmax(1) != data.test_y).double().mean()
            at_end[1] = (given.argmax(1) == data.y)[data.flipped].double().mean()
            at_end[2] = torch.nn.functional.cross_entropy(given, data.y)

    net.train(task, net.Schedule(**SCHEDULES[name]), data, radii[0], seed, look)
    return at_end, np.transpose(np.asarray(counted), (2, 1, 0)) if counted else np.empty(0)


def _off(net: ModuleType, task: Any, data: Any, w: Any, order: Any, tau: float) -> list[float]:
    """Return the shares of `PAIRS`, over the batches of one epoch."""
    sums = np.zeros((4, 2))
    batches = order.reshape(-1, task.B)
    for k, batch in enumerate(batches):
        up = net.ascended(w, data.x[batch], data.y[batch], tau)
        for o, of in enumerate((batch, batches[(k + 1) % len(batches)])):
            before, after = (net.hidden(at, data.x[of]).detach().numpy() > 0 for at in (w, up))
            for f, chosen in enumerate((data.flipped[of], ~data.flipped[of])):
                sums[2 * o + f] += (before & ~after)[chosen].sum(), before[chosen].sum()
    return list(sums[:, 0] / sums[:, 1])


def _quotes(data: xr.Dataset) -> dict[str, str]:
    """Return the numbers that the findings quote, at the radius at which SAM tests best."""
    best = data.test_error_mean.sel(schedule="SAM").idxmin("radius").item()
    at = data.sel(radius=best)
    found = {"radius": f"{best:g}"}
    words = {"sgd": at.sel(schedule=SGD), "sam": at.sel(schedule="SAM")}
    found |= {f"error_{key}": told(one, "test_error") for key, one in words.items()}
    found |= {f"fitted_{key}": told(one, "fitted", 2) for key, one in words.items()}
    found |= {f"gain_{name.replace(' ', '_')}": told(at.sel(comparison=name), "gain") for name in GAINS}
    last = at.isel(epoch=1)
    found |= {f"off_{name.replace(', ', '_')}": told(last.sel(pair=name), "off", 2) for name in PAIRS}
    return {f"quote_{key}": value for key, value in found.items()}
