"""The window of radii: noise learned in the units of both ends, and the final test error from one end to the other."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from dynamics import Phase, Setting, draw, test_error, train_ensemble
from figures.dataset import in_words, signed
from figures.interval import LEVEL, summary
from theorems.beyond.radius.smallest import SHARE, largest_product, natural
from theorems.beyond.radius.tau_rule import SETTINGS, schedule
from theorems.condition import t1_epochs, tau_paper, tau_rule
from theorems.ladders import crossing
from theorems.overfitting import EPSILON, HARM
from theorems.statement import Observation, World

NAME = "tau_window"
SEEDS = tuple(range(20))
CASES = {
    "m = 10, B = 20": natural(m=10),
    "m = 40, B = 20": natural(m=40),
    "m = 160, B = 20": natural(m=160),
    "m = 20, B = 4": natural(n=64, m=20, B=4),
    "m = 20, B = 64": natural(n=64, m=20, B=64),
}
REACHES = tuple(
    float(f"{reach:.4g}")
    for reach in (*np.geomspace(0.25, 0.86, 8), *np.arange(0.9, 1.151, 0.01), *np.geomspace(1.2, 4, 8))
)
"""Radii, over `sqrt(Bm)/(sigma_p sqrt(d))` times the largest own-class product of the draw."""
FACTORS = tuple(float(f"{10**power:.4g}") for power in np.arange(-3, 5.01, 0.5))
"""Radii, over `tau_rule`."""
TEST_SAMPLES = 4_000
_J = np.array([1, -1])[:, None, None]


def exhibit(
    seeds: Sequence[int] = SEEDS, reaches: Sequence[float] = REACHES, factors: Sequence[float] = FACTORS
) -> xr.Dataset:
    """Train with many radii at every setting, from the same data, starts and batches.

    Parameters
    ----------
    seeds : sequence of int
        One replica each.
    reaches, factors : sequence of float
        Radii in the units of the lower end, and of `tau_rule`.

    Returns
    -------
    Dataset
        `learned`, dimensions case, reach and replica: the largest rho_bar at `T_1` over SGD's. `per_paper`: the mean
        radius of a reach over the paper's. `critical`: the reach at which `learned` falls through a tenth.
        `error`, dimensions setting, factor and replica: final test error, SAM for `T_1`, then SGD; `sgd` that of SGD
        alone. `harm_scale`: `sqrt(m d / n) / ((P-1) sigma_p)` over `tau_rule`. The attributes `quote_...` are for the
        page of findings.
    """
    learned, per_paper, critical = _noise(seeds, reaches)
    error, sgd = _errors(seeds, factors)
    per_case, per_setting = ("case", "reach", "replica"), ("setting", "factor", "replica")
    data = xr.Dataset(
        {
            "learned": (per_case, learned),
            "per_paper": (("case", "reach"), per_paper),
            "critical": (("case", "replica"), critical),
            "error": (per_setting, error),
            "sgd": (("setting", "replica"), sgd),
            "p": ("setting", [s.p for s in SETTINGS]),
            "paper": ("setting", [tau_paper(s) / tau_rule(s) for s in SETTINGS]),
            "harm_scale": ("setting", [_harm_scale(s) / tau_rule(s) for s in SETTINGS]),
        },
        coords={
            "case": list(CASES),
            "reach": list(reaches),
            "setting": [_name(s) for s in SETTINGS],
            "factor": list(factors),
            "replica": list(seeds),
        },
    )
    data = data.assign(summary(data.learned, "replica", "learned") | summary(data.error, "replica", "error"))
    data = data.assign_attrs(level=LEVEL, harm=HARM, share=SHARE, test_samples=TEST_SAMPLES)
    data = data.assign_attrs(settings="; ".join(in_words(s) for s in (*CASES.values(), *SETTINGS)))
    return signed(
        data.assign_attrs(_quotes(data)), NAME, seeds, "SAM for T_1 with many radii, then SGD for the errors."
    )


def _noise(seeds: Sequence[int], reaches: Sequence[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return noise learned, mean radius over the paper's, and the critical reach.

    The radius is in the units of each draw's own largest product, so replicas are trained one by one.
    """
    learned = np.zeros((len(CASES), len(reaches), len(seeds)))
    per_paper, critical = np.zeros((len(CASES), len(reaches))), np.zeros((len(CASES), len(seeds)))
    for a, s in enumerate(CASES.values()):
        epochs = t1_epochs(s)
        for r, seed in enumerate(seeds):
            x = draw(s, seed)
            unit = largest_product(Observation(World(s), seed, x)) * math.sqrt(s.B * s.m / s.d) / s.sigma_p
            phases = [Phase("sgd", epochs)] + [Phase("sam", epochs, tau=reach * unit) for reach in reaches]
            own = x.y == _J
            runs = [train_ensemble(s, [x], [phase], [seed], record_every=10**9)[0] for phase in phases]
            largest = np.array([np.where(own, run.rho[-1], 0.0).max() for run in runs])
            learned[a, :, r] = largest[1:] / largest[0]
            critical[a, r] = crossing(reaches, list(learned[a, :, r]), SHARE)
            per_paper[a] += np.array(reaches) * unit / tau_paper(s) / len(seeds)
    return learned, per_paper, critical


def _errors(seeds: Sequence[int], factors: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the final test errors of SAM then SGD at every radius, and of SGD alone."""
    error, sgd = np.zeros((len(SETTINGS), len(factors), len(seeds))), np.zeros((len(SETTINGS), len(seeds)))
    for a, s in enumerate(SETTINGS):
        samples = [draw(s, seed) for seed in seeds]
        schedules = [schedule(s, factor * tau_rule(s)) for factor in factors]
        for k, phases in enumerate([(Phase("sgd", 20_000),), *schedules]):
            runs = train_ensemble(s, samples, phases, seeds, record_every=10**9, tol=EPSILON)
            tested = [
                test_error(s, x, run.weights(-1), TEST_SAMPLES, seed).value
                for x, run, seed in zip(samples, runs, seeds, strict=True)
            ]
            (sgd if k == 0 else error[:, k - 1])[a] = tested
    return error, sgd


def _harm_scale(s: Setting) -> float:
    return math.sqrt(s.m * s.d / s.n) / ((s.P - 1) * s.sigma_p)


def _name(s: Setting) -> str:
    return f"d = {s.d:,}, ‖μ‖ = {s.mu_norm:g}, n = {s.n}, m = {s.m}, B = {s.B}, P = {s.P}"


def _quotes(data: xr.Dataset) -> dict[str, str]:
    """Return the numbers that the page of findings quotes, with their intervals over replicas."""
    reach = data.critical.mean("case")
    rule = data.error.sel(factor=1.0)
    mean = data.error.mean("replica")
    behind = rule - data.error.isel(factor=mean.argmin("factor"))  # the radius that is best in the mean
    worst = behind.isel(setting=int(np.argmax(behind.mean("replica").values)))
    won = data.sgd - rule
    return {
        "quote_constant": _interval(reach.values, "{:.2f}"),
        "quote_behind": _interval(worst.values, "{:.4f}"),
        "quote_behind_mean": _interval(behind.mean("setting").values, "{:.4f}"),
        "quote_won": _interval(won.mean("setting").values, "{:.3f}"),
    }


def _interval(values: np.ndarray, form: str) -> str:
    mean, half = values.mean(), float(stdtrit(len(values) - 1, (1 + LEVEL) / 2)) * values.std(ddof=1)
    half /= math.sqrt(len(values))
    return f"{form.format(mean)} [{form.format(mean - half)}, {form.format(mean + half)}]"
