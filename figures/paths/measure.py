"""Coefficient paths: one start, trained by SGD on full and on small batches, and by SAM, up to T_1.

All three runs meet the hypotheses of the statements whose bounds they are shown with (`margin`). The setting has
d = 10^12 and `n SNR^2 = 0.01`, where both the bounds of SGD's path and those of the SAM stage are not vacuous.
"""

import math
from dataclasses import replace

import numpy as np
import xarray as xr

from dynamics import Phase, Setting
from dynamics.arrays import Array
from dynamics.closed_form import memorisation
from dynamics.phase import cut, spread
from dynamics.units import regime
from figures.dataset import in_words, signed
from theorems.condition import t1_epochs
from theorems.sam import deactivation
from theorems.sgd import noise_growth_closed_form, path
from theorems.statement import Observation, World
from theorems.worlds import sam_stage
from verify.observe import observe

NAME = "paths"
_RECORDS = 48
_NEVER = 10**9  # records come from the cuts


def setting(B: int) -> Setting:
    """Return the setting of all runs with this batch size."""
    n, d = 40, 10**12
    return regime(n=n, d=d, m=240, mu_norm=math.sqrt(0.01 * d / n), B=B, step=0.015, start=0.001)


def measure(seed: int = 0) -> xr.Dataset:
    """Train the three runs from one start and return their coefficients with the bounds of the theory.

    Returns
    -------
    Dataset
        With dimensions run, epoch and sample; all variables are dimensionless. `memorisation` is
        `(1/m) sum_r rho_bar_{y_i,r,i}`, `closed_lower` and `closed_upper` its closed forms (SGD on full
        batches); `rho_max` and `rho_bound` the largest `rho_bar_jri` and its bound (alpha for SGD, `(P-1) R` for
        SAM); `gamma_min`, `gamma_max` and `gamma_bound` likewise; `margin` the smallest margin of the hypotheses.
    """
    full, small = setting(B=40), setting(B=10)
    sgd = (Phase("sgd", t1_epochs(full)),)
    runs = {
        "SGD, full batches": _run(full, sgd, seed),
        f"SGD, B = {small.B}": _run(small, sgd, seed),
        "SAM, full batches": _run(full, (sam_stage(full),), seed),
    }
    first = next(iter(runs.values()))
    epoch = first.trained.epoch
    slow, fast = path.speeds(first)
    b = math.exp(path.path_bounds(first).kappa)
    t = epoch[:, None]
    each = ("run", "epoch")
    data = xr.Dataset(
        {
            "memorisation": (("run", "epoch", "sample"), np.stack([path.memorisation_of(o) for o in runs.values()])),
            "closed_lower": (("epoch", "sample"), memorisation(slow, b, t)),
            "closed_upper": (("epoch", "sample"), memorisation(fast, 1 / b, t) + fast / (1 + 1 / b)),
            "rho_max": (each, np.stack([_noise(o).max((1, 2, 3)) for o in runs.values()])),
            "rho_bound": ("run", [_rho_bound(o) for o in runs.values()]),
            "gamma_min": (each, np.stack([o.trained.gamma.min((1, 2)) for o in runs.values()])),
            "gamma_max": (each, np.stack([o.trained.gamma.max((1, 2)) for o in runs.values()])),
            "gamma_bound": (each, np.stack([_gamma_bound(o) for o in runs.values()])),
            "margin": ("run", [_margin(o) for o in runs.values()]),
        },
        coords={"run": list(runs), "epoch": epoch, "sample": np.arange(full.n)},
    )
    data = data.assign_attrs(setting=in_words(full), tau=sam_stage(full).tau, delta=first.world.delta)
    return signed(data, NAME, [seed], "One draw, trained for T_1 epochs by SGD (B = n and B = n/4) and by SAM.")


def _run(s: Setting, phases: tuple[Phase, ...], seed: int) -> Observation:
    """Return the observation of a run that is recorded at epochs spread in their logarithm."""
    world = World(s, phases=phases, record_every=_NEVER)
    recorded = replace(world, phases=tuple(cut(phases, spread(phases[0].epochs, _RECORDS))))
    return replace(next(iter(observe(recorded, [seed]))), world=world)


def _noise(o: Observation) -> Array:
    return np.where(o.sample.own, o.trained.rho, 0.0)


def _is_sam(o: Observation) -> bool:
    return o.world.phases[0].rule == "sam"


def _rho_bound(o: Observation) -> float:
    return deactivation.bounds_of(o.world).coefficient if _is_sam(o) else path.path_bounds(o).alpha


def _gamma_bound(o: Observation) -> Array:
    """SGD: one bound for the whole run; SAM: what so many steps can add at most, `(steps) eta ||mu||^2 / m`."""
    if not _is_sam(o):
        return np.full(len(o.trained.step), path.path_bounds(o).gamma)
    s = o.world.setting
    result: Array = o.trained.step * s.eta * s.mu_norm**2 / s.m
    return result


def _margin(o: Observation) -> float:
    if _is_sam(o):
        return min(deactivation.hypotheses(o).values())
    s = o.world.setting
    found = noise_growth_closed_form.hypotheses(o) if s.B == s.n else path.hypotheses(o)
    return min(found.values())
