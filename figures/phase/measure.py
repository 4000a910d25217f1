"""Phase diagrams: where a sweep over d and ||mu|| turns from harmful to benign, beside the predicted boundaries.

The measured contour is where the test error of a replica falls through p + 0.1 as the signal grows. A replica that is
benign at every strength has its contour below the grid (0), one that is harmful at the strongest signal has it above
(infinite); medians over replicas, and their intervals from order statistics, need no finite numbers.
"""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import bdtr

from dynamics import Setting
from dynamics.arrays import Array
from figures.dataset import signed
from figures.interval import LEVEL
from theorems.condition import signal_limit, threshold_sam, threshold_sgd
from theorems.ladders import crossing
from theorems.overfitting import C_1, C_3, EPSILON, HARM

NAMES = ("phase_paper", "phase_large", "phase_weak")
_AXES = ("d", "mu_norm", "phases", "replica")


def measure(sweep: xr.Dataset, name: str) -> xr.Dataset:
    """Reduce a sweep over d and mu_norm to its mean test errors, its contours, and the predicted boundaries.

    Parameters
    ----------
    sweep : Dataset
        With `test_error` over d, mu_norm (growing), phases and replica, as `samverify sweep` writes it.
    name : str
        Of the data set, one of `NAMES`.

    Returns
    -------
    Dataset
        `test_error` (phases, d, mu_norm), the mean over replicas; `contour_median`, `contour_lower`,
        `contour_upper` (phases, d), in the units of mu_norm, with 0 for "below the grid" and infinity for "above it",
        read where Condition 3.1 allows the signal;
        `benign_sgd`, `harmful_sgd`, `threshold_sam` (d), the boundaries of Theorems 3.2 and 4.1, with the constants
        C_1, C_3 and 1. If the grid reaches so far, `signal_limit` (d), above which `d` is below its line of Condition
        3.1 and the theorems say nothing, and `harmed_beyond` (phases), the share of runs up there with test error
        above p + 0.1. All but `test_error` and that share are in the units of mu_norm.

    Raises
    ------
    ValueError
        If the sweep has other axes, or signal strengths that do not grow.
    """
    if "test_error" not in sweep or set(sweep.test_error.dims) != set(_AXES):
        raise ValueError(f"sweep is not allowed: its test_error must have the axes {', '.join(_AXES)} and no others")
    error = sweep.test_error.transpose("phases", "d", "replica", "mu_norm")
    strengths = sweep.mu_norm.values.astype(float)
    if not (np.diff(strengths) > 0).all():
        raise ValueError("sweep is not allowed: the values of mu_norm must grow")
    p = _number(sweep, "p")
    settings = [_setting(sweep, int(d)) for d in sweep.d.values]
    limits = np.array([signal_limit(s) for s in settings])
    lower, median, upper = (np.empty(error.shape[:2]) for _ in range(3))
    for a in range(error.sizes["phases"]):
        for b, limit in enumerate(limits):
            inside = strengths <= limit
            found = [contour(strengths[inside], errors[inside], p + HARM) for errors in error.values[a, b]]
            lower[a, b], median[a, b], upper[a, b] = median_interval(found)
    harmed = (error > p + HARM).where(error.mu_norm > xr.DataArray(limits, dims="d"))
    each = ("phases", "d")
    data = xr.Dataset(
        {
            "test_error": error.mean("replica", skipna=False),
            "contour_lower": (each, lower),
            "contour_median": (each, median),
            "contour_upper": (each, upper),
            "benign_sgd": ("d", [C_1 * threshold_sgd(s) for s in settings]),
            "harmful_sgd": ("d", [C_3 * threshold_sgd(s) for s in settings]),
            "threshold_sam": ("d", [threshold_sam(s) for s in settings]),
        },
        coords={"phases": sweep.phases.values, "d": sweep.d.values, "mu_norm": strengths},
    )
    if (limits < strengths[-1]).any():
        data = data.assign(signal_limit=("d", limits), harmed_beyond=harmed.mean(("d", "mu_norm", "replica")))
    data = data.assign_attrs(
        p=p, benign=p + EPSILON, harmful=p + HARM, C_1=C_1, C_3=C_3, level=LEVEL, replicas=error.sizes["replica"]
    )
    data = data.assign_attrs(sweep=str(sweep.attrs.get("fingerprint", "unknown")))
    data = data.assign_attrs({name: _number(sweep, name) for name in ("n", "m", "P", "B", "sigma_p")})
    seeds = [int(seed) for seed in sweep.seed.values]
    return signed(data, name, seeds, "A sweep over d and ||mu||, same seeds in every cell and under every schedule.")


def contour(strengths: Array, errors: Array, level: float) -> float:
    """Return where the test error falls through a level for good: 0 if it is never above, infinite if at the end.

    Parameters
    ----------
    strengths, errors : ndarray, shape (k,)
        Of one replica, the strengths growing. A strength of 0, which has no logarithm, only counts if no other is
        above the level.
    level : float

    Returns
    -------
    float
        In the units of the strengths; NaN if a test error is missing, or all are.
    """
    if not len(errors) or np.isnan(errors).any():
        return math.nan
    if errors[-1] > level:
        return math.inf
    positive = strengths > 0
    if not (errors[positive] > level).any():
        return 0.0
    return crossing(strengths[positive].tolist(), errors[positive].tolist(), level)


def median_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower limit, the median and the upper limit of numbers that may be infinite.

    Parameters
    ----------
    values : sequence of float
        Independent, of one law.

    Returns
    -------
    tuple of float
        The limits are the order statistics r and k + 1 - r with the largest r whose interval covers the median with
        probability `LEVEL` or more, whatever the law; the extremes where k is too small for that. NaN if a value is.

    Notes
    -----
    The interval misses the median with probability `2 P(Binomial(k, 1/2) < r)`.
    """
    ordered, k = np.sort(np.asarray(values, float)), len(values)
    if np.isnan(ordered).any():
        return math.nan, math.nan, math.nan
    r = 1
    while r + 1 <= (k + 1) // 2 and 2 * bdtr(r, k, 0.5) <= 1 - LEVEL:
        r += 1
    low, high = ordered[(k - 1) // 2], ordered[k // 2]
    middle = low if low in (0, high) else (low + high) / 2  # half of what is below the grid says nothing
    return float(ordered[r - 1]), float(middle), float(ordered[k - r])


def _number(sweep: xr.Dataset, name: str) -> float:
    key = f"setting_{name}"
    if key not in sweep.attrs:
        raise ValueError(f"sweep is not allowed: {name} must have one value everywhere, in the attribute {key!r}")
    return float(sweep.attrs[key])


def _setting(sweep: xr.Dataset, d: int) -> Setting:
    """Return the sizes that the thresholds read; the rest of the setting is of no matter to them."""
    n, m, P = (int(_number(sweep, name)) for name in ("n", "m", "P"))
    return Setting(
        n=n, d=d, m=m, P=P, mu_norm=1.0, sigma_p=_number(sweep, "sigma_p"), p=_number(sweep, "p"), sigma_0=0.0, B=n,
        eta=1.0,
    )  # fmt: skip
