"""Means with their intervals over replicas."""

import numpy as np
import xarray as xr
from scipy.special import stdtrit

LEVEL = 0.95


def summary(values: xr.DataArray, over: str, name: str) -> dict[str, xr.DataArray]:
    """Return mean and Student's two-sided interval over one dimension, as `NAME_mean`, `NAME_lower`, `NAME_upper`.

    Parameters
    ----------
    values : DataArray
    over : str
        The dimension of the replicas, at least two.
    name : str

    Returns
    -------
    dict of str to DataArray
        NaN where a replica has no value.
    """
    count = values.sizes[over]
    if count < 2:
        raise ValueError(f"{count} replicas are not allowed: an interval needs at least 2")
    mean = values.mean(over, skipna=False)
    half = float(stdtrit(count - 1, (1 + LEVEL) / 2)) * values.std(over, ddof=1, skipna=False) / np.sqrt(count)
    return {f"{name}_mean": mean, f"{name}_lower": mean - half, f"{name}_upper": mean + half}


def told(at: xr.Dataset, name: str, digits: int = 3) -> str:
    """Return `mean [lower, upper]` of a quantity of `summary`, at one place of the data set."""
    mean, lower, upper = (float(at[f"{name}_{end}"]) for end in ("mean", "lower", "upper"))
    return f"{mean:.{digits}f} [{lower:.{digits}f}, {upper:.{digits}f}]"
