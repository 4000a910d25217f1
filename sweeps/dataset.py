"""The end of a sweep: all cells in one labelled file, `sweep.nc`."""

import json
import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import netcdf_file

from dynamics.arrays import Array
from sweeps.cell import QUANTITIES
from sweeps.plan import Plan
from sweeps.store import Store

UNITS = {
    "n": "samples",
    "d": "coordinates",
    "m": "filters a sign",
    "P": "patches",
    "mu_norm": "length of an input patch, as sigma_p sqrt(d)",
    "sigma_p": "length of an input patch",
    "p": "1",
    "sigma_0": "1 / length of an input patch",
    "B": "samples",
    "eta": "1 / (length of an input patch)^2",
    "epochs": "epochs",
    "loss": "nats",
}
"""Units of parameters and quantities; everything else is a pure number, "1"."""

_CONVENTION = "a run whose training diverged is nan in every quantity"


def write(target: Path, plan: Plan, store: Store, manifest: Mapping[str, Any]) -> None:
    """Assemble all cells into one netCDF file, whole or not at all.

    Parameters
    ----------
    target : Path
    plan : Plan
    store : Store
    manifest : mapping
        Its provenance becomes attributes.

    Raises
    ------
    OSError
        If the disk is full or cannot be written, or if a cell is missing.

    Notes
    -----
    The format is netCDF-3 with 64-bit offsets, which `xarray.open_dataset` opens with what this package
    installs. It has no integers beyond 2^31: axes that need them are doubles, exact up to 2^53. Cells
    pass through a file of scratch, so that memory holds one quantity at a time, not all of them.
    """
    scratch, draft = target.with_name(f"{target.name}.scratch.part"), target.with_name(f"{target.name}.part")
    try:
        quantities, resolved = _collected(scratch, plan, store)
        with closing(netcdf_file(draft, "w", mmap=False, version=2)) as file:
            _axes(file, plan)
            axes = (*plan.config.grid, "phases", "replica")
            for name, meaning in QUANTITIES.items():
                values = quantities[list(QUANTITIES).index(name)]
                _variable(file, name, axes, values.reshape([file.dimensions[axis] for axis in axes]), meaning)
            for name, values in resolved.items():
                _variable(file, name, axes[:-2], values.reshape(plan.shape), "given by a formula in CONFIG")
            for name, value in _attributes(plan, manifest).items():
                setattr(file, name, _attribute(value))
            del values, quantities
        os.replace(draft, target)
    finally:
        for left in (scratch, draft):
            left.unlink(missing_ok=True)


def _collected(scratch: Path, plan: Plan, store: Store) -> tuple[NDArray[Any], dict[str, Array]]:
    """Return all quantities, (quantity, cell, schedule, replica), and what formulas gave, (cell,) each."""
    kinds, *rest = store.shape
    quantities = np.memmap(scratch, dtype=">f8", mode="w+", shape=(kinds, plan.size, *rest))
    resolved = {name: np.empty(plan.size) for name in plan.by_formula}
    missing = 0
    for cell in plan.cells():
        values = store.load(cell.number)
        if values is None:
            missing += 1
        else:
            quantities[:, cell.number] = values
        for name in resolved:
            resolved[name][cell.number] = getattr(cell.setting, name)
    if missing:
        raise OSError(f"{missing:,} cells were made but are not in the folder (do all workers write to this disk?)")
    return quantities, resolved


def _axes(file: netcdf_file, plan: Plan) -> None:
    config = plan.config
    for name, values in config.grid.items():
        file.createDimension(name, len(values))
        _variable(file, name, (name,), _exact(np.array(values)), "grid")
    names = np.array([name.encode() for name in config.phases])
    file.createDimension("phases", len(names))
    file.createDimension("letter", names.dtype.itemsize)
    letters = names.view("S1").reshape(len(names), -1)
    _variable(file, "phases", ("phases", "letter"), letters, "schedule, by its name in CONFIG", _Encoding="utf-8")
    file.createDimension("replica", config.replicas)
    replica = np.arange(config.replicas)
    _variable(file, "replica", ("replica",), _exact(replica), "runs that differ in their seed only")
    _variable(file, "seed", ("replica",), _exact(replica + plan.job.first_seed), "of data, weights, batches, test")


def _variable(
    file: netcdf_file, name: str, axes: tuple[str, ...], values: NDArray[Any], meaning: str, **attributes: str
) -> None:
    variable = file.createVariable(name, values.dtype.newbyteorder("="), axes)
    # in place of the array in memory that was made for it; plain assignment would make an attribute of it as well
    vars(variable)["data"] = values.astype(values.dtype.newbyteorder(">"), copy=False)
    for key, value in {"units": UNITS.get(name, "1"), "long_name": meaning, **attributes}.items():
        setattr(variable, key, value.encode())


def _exact(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers in a type that the format has: 32-bit integers if they fit, else doubles."""
    fits = values.dtype.kind == "i" and np.abs(values).max() < 2**31
    return values.astype(np.int32 if fits else np.float64)


def _attributes(plan: Plan, manifest: Mapping[str, Any]) -> dict[str, Any]:
    config = plan.config
    fixed = {f"setting_{name}": value for name, value in config.setting.items() if name not in plan.by_formula}
    return {
        "title": "samverify sweep",
        "config": json.dumps(manifest["config"]),
        "fingerprint": manifest["fingerprint"],
        "seeds": f"replica k: {plan.job.first_seed} + k",
        "convention": _CONVENTION,
        "coordinates": " ".join(("seed", *plan.by_formula)),
        **fixed,
        **manifest["versions"],
        **{name: value for name, value in manifest["provenance"].items() if value is not None},
    }


def _attribute(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else _exact(np.atleast_1d(value))
