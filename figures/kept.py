"""Data sets that are kept, read again: what is foreign is refused in one sentence."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr


def data_set(path: Path, name: str, variables: Sequence[str]) -> xr.Dataset:
    """Return the data set of an experiment.

    Parameters
    ----------
    path : Path
        A netCDF file made by `python -m figures.measure`.
    name : str
        The experiment that it must be of, as its attribute `exhibit` says.
    variables : sequence of str
        What it must hold.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If it cannot be read, or holds something else.
    """
    try:
        data = xr.load_dataset(path)
    except Exception as error:  # a foreign file can break a reader anywhere
        raise ValueError(f"{path} is not allowed: it must be a netCDF file") from error
    if data.attrs.get("exhibit") != name:
        raise ValueError(f"{path} is not allowed: its attribute exhibit is {data.attrs.get('exhibit')!r}, not {name!r}")
    missing = [variable for variable in variables if variable not in data]
    if missing:
        raise ValueError(f"{path} is not allowed: it has no variable {missing[0]!r}")
    return data
