"""Reading results files: what is missing or foreign is refused in one sentence."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xarray as xr

Verdict = dict[str, Any]


def exhibit(path: Path, name: str, variables: Sequence[str]) -> xr.Dataset:
    """Return an exhibit.

    Parameters
    ----------
    path : Path
        A netCDF file made by `python -m figures`.
    name : str
        The exhibit that it must be.
    variables : sequence of str
        What it must hold.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there is no such file, it cannot be read, or it holds something else.
    """
    _exists(path, "python -m figures")
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


def verdicts(path: Path) -> list[Verdict]:
    """Return the verdicts on statements (not on controls) of a run.

    Parameters
    ----------
    path : Path
        As written by `pytest verify/ --json`.

    Returns
    -------
    list of dict

    Raises
    ------
    ValueError
        If there is no such file, or it is not a run's results.
    """
    _exists(path, "make results")
    try:
        found = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not allowed: it must be JSON") from error
    run = found.get("verdicts") if isinstance(found, dict) else None
    needed = {"id", "control", "kind", "evidence"}
    if not isinstance(run, list) or not all(isinstance(v, dict) and needed <= set(v) for v in run):
        raise ValueError(f"{path} is not allowed: it must be written by `pytest verify/ --json`")
    return [v for v in run if v["control"] is None]


def _exists(path: Path, command: str) -> None:
    if not path.is_file():
        raise ValueError(f"{path} is not there: make it with `{command}`")
