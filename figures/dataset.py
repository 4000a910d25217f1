"""The form of what an experiment finds: a labelled data set that says what made it, written whole or not at all."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from dynamics import Setting
from verify.verdict import provenance

_MADE_BY = ("commit", "samverify", "python", "numpy", "scipy")


def signed(data: xr.Dataset, name: str, seeds: Sequence[int], about: str) -> xr.Dataset:
    """Return the data set with its name, seeds and provenance as attributes.

    Parameters
    ----------
    data : Dataset
    name : str
        By which a figure recognises it.
    seeds : sequence of int
    about : str
        One sentence on what was run.

    Returns
    -------
    Dataset
        Without a date: the same code gives the same file on one machine, and the same to rounding on another.
    """
    made = provenance("full", 0)
    source = {key: str(made[key]) for key in _MADE_BY}
    return data.assign_attrs(exhibit=name, about=about, seeds=" ".join(map(str, seeds)), **source)


def in_words(s: Setting) -> str:
    """Return a setting as one line, `n = 40, d = 1e+06, ...`, in the order of its fields."""
    return ", ".join(f"{name} = {value:.4g}" for name, value in s.model_dump().items())


def write(data: xr.Dataset, target: Path) -> None:
    """Write a data set as netCDF, whole or not at all."""
    draft = target.with_name(target.name + ".part")
    data.to_netcdf(draft, engine="scipy")  # netCDF 3: fixed bytes, and no HDF5 library is needed
    draft.replace(target)
