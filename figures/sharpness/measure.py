"""Sharpness along SGD's and SAM's paths, and at equal loss beside the test error.

Radii are multiples of that of Theorem 4.1; those of average rises are multiples of `sqrt(d)` times it, as most of a
random direction is one that training does not see (`dynamics.sharpness`).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from dynamics import Phase, Setting, draw, test_error, train_ensemble
from dynamics.arrays import Array
from dynamics.phase import cut, spread
from dynamics.sharpness import ascent_rise, average_rise, hessian, rise_limit, worst_rise
from dynamics.units import regime
from figures.dataset import in_words, signed
from figures.interval import LEVEL, summary
from theorems.beyond.sharpness.solutions import distance
from theorems.condition import t1_epochs, tau_paper
from theorems.overfitting import EPSILON
from theorems.worlds import sam_stage

NAME = "sharpness"
SETTING = regime(n=40, d=10**6, m=20, mu_norm=8.0, B=40)
"""In the gap; the learning rate is above the strictest line of Condition 3.1, so that a training takes a second."""
SEEDS = tuple(range(20))
PATHS = 10
"""Replicas whose whole paths are looked at."""
RATIOS = (0.1, 0.3, 1.0)
AFTER = 4_000
"""Epochs of SGD after the SAM stage."""
STRENGTHS = (2.0, 4.0, 8.0, 16.0, 32.0)
RADII = (0.01, 0.03, 0.1, 0.3, 1.0)
SINGLE = (0.03, 0.1, 0.3)
"""Radii of SAM and of one-sample SAM (B = 1), over that of Theorem 4.1 for their batch."""
SHARE = 0.02
"""Of the distance moved, for the relative radius."""
TEST_SAMPLES = 4_000
_RECORDS = 18
_PAIRS = 100  # of opposite directions
_AT_MOST = 20_000  # epochs of SGD; every run ends by its loss, long before
_DOUBTFUL = 3.0  # standard errors: errors that are nearer are not told apart


def measure(seeds: Sequence[int] = SEEDS, paths: int = PATHS, after: int = AFTER) -> xr.Dataset:
    """Follow both trainings, and compare solutions of equal loss.

    Parameters
    ----------
    seeds : sequence of int
        One replica each, at least three.
    paths : int
        Of the first of them the whole paths are followed.
    after : int
        Epochs of SGD after the SAM stage.

    Returns
    -------
    Dataset
        Along the paths, with dimensions training, follower (a replica), ratio and epoch: `path_worst` (found by
        ascent), `path_limit` (never exceeded), `path_average`, `path_loss`, `path_error`. At loss 0.05, with
        dimensions solution, replica and ratio: `worst`, `limit`, `average`, `relative` (worst rise, radius a share of
        the distance moved), `error`, `stderr`, `trace` and `largest` eigenvalue of the Hessian, `ascent` (the rise
        along the gradient) and `each` (the mean of each sample's along its own, at a radius shorter by `sqrt(n)`), and
        the family of the solution: SGD by signal strength, SAM then SGD by radius, or one-sample SAM then SGD by radius
        (SGD at the same strength belongs to all). Rises and losses in nats. Geometric means along the paths have their
        intervals. The matrix, with dimensions solution and measure: `over`, each measure over SGD's, and `right`, the
        share of replicas in which it orders the two as the test error does. Rank agreements are attributes.
    """
    data = xr.merge([_along(seeds[:paths], after), _at_equal_loss(seeds)], combine_attrs="no_conflicts")
    for name in ("path_worst", "path_loss"):  # of the logarithms: few replicas with a much larger rise make the mean
        logarithms = summary(xr.apply_ufunc(np.log, data[name]), "follower", name)
        data = data.assign({key: np.exp(value) for key, value in logarithms.items()})
    data = data.assign(_matrix(data))
    data = data.assign_attrs(setting=in_words(SETTING), p=SETTING.p, T_1=t1_epochs(SETTING), tau=tau_paper(SETTING))
    data = data.assign_attrs(epsilon=EPSILON, level=LEVEL, test_samples=TEST_SAMPLES, share=SHARE, **_quotes(data))
    return signed(data, NAME, seeds, "SGD, and SAM then SGD: rises of the loss along the paths, and at loss 0.05.")


def _along(seeds: Sequence[int], after: int) -> xr.Dataset:
    s, first = SETTING, t1_epochs(SETTING)
    epochs = sorted({*spread(first + after, _RECORDS), *(first + e for e in spread(after, _RECORDS // 2)), first})
    trainings = {"SGD": [Phase("sgd", first + after)], "SAM then SGD": [sam_stage(s), Phase("sgd", after)]}
    samples = [draw(s, seed) for seed in seeds]
    tau = tau_paper(s) * np.array(RATIOS)[:, None]
    shape = (len(trainings), len(seeds), len(RATIOS), len(epochs) + 1)
    worst, limit, average = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    loss, error = np.zeros((*shape[:2], shape[3])), np.zeros((*shape[:2], shape[3]))
    for a, phases in enumerate(trainings.values()):
        runs = train_ensemble(s, samples, cut(phases, epochs), seeds, record_every=10**9)
        for r, (x, run) in enumerate(zip(samples, runs, strict=True)):
            W = np.stack([run.weights(k) for k in range(len(run.epoch))])
            worst[a, r] = worst_rise(s, x, W, tau)
            limit[a, r] = rise_limit(s, x, W, tau)
            average[a, r] = average_rise(s, x, W, np.sqrt(s.d) * tau, _PAIRS, seeds[r]).value
            loss[a, r] = run.loss
            error[a, r] = [test_error(s, x, w, TEST_SAMPLES, seeds[r]).value for w in W]
    every, each = ("training", "follower", "ratio", "epoch"), ("training", "follower", "epoch")
    return xr.Dataset(
        {
            "path_worst": (every, worst),
            "path_limit": (every, limit),
            "path_average": (every, average),
            "path_loss": (each, loss),
            "path_error": (each, error),
        },
        coords={"training": list(trainings), "follower": list(seeds), "ratio": list(RATIOS), "epoch": [0, *epochs]},
    )


def _solutions() -> dict[str, tuple[Setting, list[Phase]]]:
    """Return by name the setting and the training of each solution."""
    last, s = Phase("sgd", _AT_MOST), SETTING
    by_strength = {f"SGD, ||mu|| = {mu:g}": (s.replace(mu_norm=mu), [last]) for mu in STRENGTHS}
    tau = tau_paper(s)
    by_radius = {f"SAM at {f:g} tau_paper": (s, [Phase("sam", t1_epochs(s), tau=f * tau), last]) for f in RADII}
    one = s.replace(B=1, eta=s.eta / s.B)
    by_single = {
        f"one-sample SAM at {f:g} tau_paper": (one, [Phase("sam", t1_epochs(one), tau=f * tau_paper(one)), last])
        for f in SINGLE
    }
    return by_strength | by_radius | by_single


def _at_equal_loss(seeds: Sequence[int]) -> xr.Dataset:
    solutions = _solutions()
    shape = (len(solutions), len(seeds), len(RATIOS))
    worst, limit, average = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    ascent, each_own = np.zeros(shape), np.zeros(shape)
    error, stderr, relative, loss, trace, largest = (np.zeros(shape[:2]) for _ in range(6))
    for a, (s, phases) in enumerate(solutions.values()):
        samples = [draw(s, seed) for seed in seeds]
        tau = tau_paper(SETTING) * np.array(RATIOS)
        runs = train_ensemble(s, samples, phases, seeds, record_every=10**9, tol=EPSILON)
        for r, (x, run) in enumerate(zip(samples, runs, strict=True)):
            W = run.weights(-1)
            tested = test_error(s, x, W, TEST_SAMPLES, seeds[r])
            error[a, r], stderr[a, r], loss[a, r] = tested.value, tested.stderr, run.loss[-1]
            worst[a, r], limit[a, r] = worst_rise(s, x, W, tau), rise_limit(s, x, W, tau)
            average[a, r] = average_rise(s, x, W, np.sqrt(s.d) * tau, _PAIRS, seeds[r]).value
            relative[a, r] = worst_rise(s, x, W, SHARE * distance(run))
            curvature = hessian(s, x, W)
            trace[a, r], largest[a, r] = curvature.trace, curvature.largest
            ascent[a, r] = ascent_rise(s, x, W, tau)
            each_own[a, r] = ascent_rise(s, x, W, tau / np.sqrt(s.n), single=True)
    every, each = ("solution", "replica", "ratio"), ("solution", "replica")
    return xr.Dataset(
        {
            "worst": (every, worst),
            "limit": (every, limit),
            "average": (every, average),
            "ascent": (every, ascent),
            "each": (every, each_own),
            "relative": (each, relative),
            "trace": (each, trace),
            "largest": (each, largest),
            "error": (each, error),
            "stderr": (each, stderr),
            "loss": (each, loss),
            "by_radius": ("solution", [name.startswith("SAM") for name in solutions]),
            "value": ("solution", [*STRENGTHS, *RADII, *SINGLE]),
        },
        coords={"solution": list(solutions), "replica": list(seeds), "ratio": list(RATIOS)},
    )


def _matrix(data: xr.Dataset) -> dict[str, xr.DataArray]:
    """Return each measure of each SAM solution over SGD's, and how often it orders the two rightly."""
    same = f"SGD, ||mu|| = {SETTING.mu_norm:g}"
    of_sam = [name for name in data.solution.values if "SAM" in name]
    columns = {"trace": data.trace, "largest eigenvalue": data.largest}
    for name in ("ascent", "each", "average", "worst"):
        columns |= {f"{name} {ratio:g}": data[name].sel(ratio=ratio, drop=True) for ratio in (RATIOS[0], RATIOS[-1])}
    found = xr.concat(list(columns.values()), "measure").assign_coords(measure=list(columns))
    sgd, sam = found.sel(solution=same, drop=True), found.sel(solution=of_sam).rename(solution="sam")
    better = data.error.sel(solution=same, drop=True) - data.error.sel(solution=of_sam).rename(solution="sam")
    right = (np.sign(sgd - sam) == np.sign(better)).mean("replica")
    return summary(sam / sgd, "replica", "over") | {"right": right}


def agreement(sharpness: Array, error: Array, stderr: Array) -> float:
    """Return Kendall's tau of sharpness and test error over solutions whose errors can be told apart.

    Parameters
    ----------
    sharpness, error, stderr : ndarray, shape (k,)

    Returns
    -------
    float
        Concordant minus discordant pairs over all pairs whose errors are three standard errors apart: 1 if the
        sharper always errs more, 0 if the order tells nothing, -1 if the flatter always errs more. NaN without
        such a pair.
    """
    a, b = np.triu_indices(len(error), 1)
    apart = np.abs(error[a] - error[b]) > _DOUBTFUL * np.hypot(stderr[a], stderr[b])
    if not apart.any():
        return float("nan")
    signs = np.sign(sharpness[a] - sharpness[b]) * np.sign(error[a] - error[b])
    return float(signs[apart].mean())


def _quotes(data: xr.Dataset) -> Mapping[str, str]:
    """Return the numbers that the page of findings quotes, as text with their intervals."""
    same = f"SGD, ||mu|| = {SETTING.mu_norm:g}"
    sam = "SAM at 1 tau_paper"
    strengths = [name for name in data.solution.values if name.startswith("SGD")]
    radii = [name for name in data.solution.values if name.startswith("SAM")]
    quotes = {}
    for key, names in (("radii", [same, *radii]), ("optimisers", [same, sam]), ("strengths", strengths)):
        some = data.sel(solution=names)
        for ratio in RATIOS:
            quotes[f"quote_rank_{key}_worst_{ratio:g}"] = _rank(some, some.worst.sel(ratio=ratio))
            quotes[f"quote_rank_{key}_average_{ratio:g}"] = _rank(some, some.average.sel(ratio=ratio))
            quotes[f"quote_rank_{key}_ascent_{ratio:g}"] = _rank(some, some.ascent.sel(ratio=ratio))
        for measure in ("relative", "trace", "largest"):
            quotes[f"quote_rank_{key}_{measure}"] = _rank(some, some[measure])
    for ratio in RATIOS:
        for measure in ("worst", "average"):
            sgd, other = (data[measure].sel(solution=name, ratio=ratio).values for name in (same, sam))
            quotes[f"quote_{measure}_ratio_{ratio:g}"] = _mean(np.log(sgd / other), exponent=True)
    for key, name in (("sgd", same), ("sam", sam)):
        quotes[f"quote_error_{key}"] = _mean(data.error.sel(solution=name).values)
        quotes[f"quote_worst_{key}"] = _mean(data.worst.sel(solution=name, ratio=1.0).values)
    for key, name in (("sam", sam), ("single", f"one-sample SAM at {SINGLE[0]:g} tau_paper")):
        for measure in ("trace", "largest eigenvalue", "average 1"):
            low, mean, high = (
                float(data[f"over_{k}"].sel(sam=name, measure=measure)) for k in ("lower", "mean", "upper")
            )
            quotes[f"quote_{measure.split()[0]}_{key}_over_sgd"] = f"{mean:.2f} [{low:.2f}, {high:.2f}]"
    for measure in data.measure.values:
        draws = data.right.sel(measure=measure) * data.sizes["replica"]
        quotes[f"quote_right_{measure.replace(' ', '_')}"] = (
            f"{round(float(draws.sum()))} of {draws.size * data.sizes['replica']}"
        )
    within = data.sel(solution=same)
    quotes["quote_rank_seeds"] = _across(within.worst.sel(ratio=1.0).values, within.error.values)
    quotes["quote_bracket"] = f"{float((data.limit / data.worst).max()):.1f}"
    return quotes


def _rank(data: xr.Dataset, sharpness: xr.DataArray) -> str:
    """Return the mean agreement over replicas, with its interval."""
    columns = [a.transpose("replica", "solution").values for a in (sharpness, data.error, data.stderr)]
    return _mean(np.array([agreement(*one) for one in zip(*columns, strict=True)]))


def _across(sharpness: Array, error: Array) -> str:
    """Return Kendall's tau over replicas with its jackknife interval."""
    k = len(error)
    nothing = np.zeros(k)
    whole = agreement(sharpness, error, nothing)
    others = [np.delete(np.arange(k), r) for r in range(k)]
    left_out = np.array([agreement(sharpness[keep], error[keep], nothing[keep]) for keep in others])
    return _mean(k * whole - (k - 1) * left_out)


def _mean(values: Array, exponent: bool = False) -> str:
    """Return a mean with Student's interval, `mean [low, high]`; of logarithms, their exponentials."""
    found = values[np.isfinite(values)]
    mean = found.mean()
    half = float(stdtrit(len(found) - 1, (1 + LEVEL) / 2)) * found.std(ddof=1) / np.sqrt(len(found))
    limits = np.array([mean, mean - half, mean + half])
    middle, low, high = np.exp(limits) if exponent else limits
    return f"{middle:.3f} [{low:.3f}, {high:.3f}]"
