"""Real nuisance in the place of Gaussian noise: the boundary of SGD and of SAM, against n and the effective dimension.

What is expected if the theory carries over, derived in notebook 15: with noise of second moments C the contour of SGD
is at `||mu|| ~ (tr C^2 / n)^{1/4}`, that is `(d / d_eff)^{1/4}` times that of white noise of the same length, with
`d_eff = (tr C)^2 / tr C^2`; that of SAM does not move with n.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from tqdm import tqdm

from dynamics import Phase, Sample, Setting, train_ensemble
from dynamics.arrays import Array
from dynamics.streams import DRAW, stream
from dynamics.units import regime
from figures.dataset import in_words, signed
from figures.interval import LEVEL, summary, told
from figures.nuisance.tiles import KINDS, effective_dimension, tiles
from figures.phase.measure import contour
from theorems.condition import t1_epochs, tau_paper
from theorems.overfitting import EPSILON, HARM

NAME = "nuisance"
TRAININGS = ("SGD", "SAM, then SGD")


@dataclass(frozen=True)
class Plan:
    """What is run; the default is the whole study, some minutes of one core."""

    kinds: tuple[str, ...] = KINDS
    side: int = 32
    n: tuple[int, ...] = (20, 40, 80, 160)
    mu_norm: tuple[float, ...] = (0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 5.6)
    seeds: tuple[int, ...] = tuple(range(8))
    epochs: int = 2_000


def measure(plan: Plan | None = None) -> xr.Dataset:
    """Train both ways on every kind of noise.

    Returns
    -------
    Dataset
        Dimensions kind, training, n, mu_norm and seed: `test_error`, on held-out pieces, and `loss`. `contour`: the
        `mu_norm` at which the test error falls through p + 0.1; `exponent`: its slope against n, in logarithms;
        `effective`: the effective dimension of a kind. Each with mean and interval over seeds.
    """
    plan = plan or Plan()
    cells = [(kind, n, mu_norm) for kind in plan.kinds for n in plan.n for mu_norm in plan.mu_norm]
    found = np.array([_cell(plan, *cell) for cell in tqdm(cells, unit="cell", dynamic_ncols=True, desc=NAME)])
    shape = (len(plan.kinds), len(plan.n), len(plan.mu_norm), 2, len(TRAININGS), len(plan.seeds))
    error, loss = np.moveaxis(found.reshape(shape), 3, 0)
    dims = ("kind", "n", "mu_norm", "training", "seed")
    data = xr.Dataset(
        {"test_error": (dims, error), "loss": (dims, loss)},
        coords={
            "kind": list(plan.kinds), "n": list(plan.n), "mu_norm": list(plan.mu_norm), "training": list(TRAININGS),
            "seed": list(plan.seeds),
        },
    )  # fmt: skip
    data["effective"] = "kind", [effective_dimension(tiles(kind, plan.side)) for kind in plan.kinds]
    some = _setting(plan, plan.n[0], plan.mu_norm[0])
    data = _with_contours(data, some.p + HARM)
    data = data.assign_attrs(p=some.p, d=some.d, m=some.m, P=some.P, harmful=some.p + HARM, level=LEVEL)
    data = data.assign_attrs(setting=in_words(some), **_quotes(data))
    return signed(data, NAME, plan.seeds, "Pieces of two photographs as noise patches; same start for both trainings.")


def _setting(plan: Plan, n: int, mu_norm: float) -> Setting:
    return regime(n=n, d=plan.side**2, m=10, mu_norm=mu_norm, B=n, step=0.2, start=0.1)


def sample(plan: Plan, kind: str, s: Setting, seed: int) -> tuple[Sample, Array]:
    """Return training data with pieces as noise, `mu` in a random direction, and the pieces that are held out."""
    rng = stream(seed, DRAW)
    pieces = tiles(kind, plan.side)
    order = rng.permutation(len(pieces))
    direction = rng.standard_normal(s.d)
    y_hat = np.where(np.arange(s.n) % 2 == 0, 1, -1)
    w0 = s.sigma_0 * rng.standard_normal((2, s.m, s.d))
    y = np.where(rng.random(s.n) < s.p, -y_hat, y_hat)
    mu = s.mu_norm * direction / np.linalg.norm(direction)
    xi = s.sigma_p * pieces[order]
    return Sample.from_arrays(mu=mu, xi=xi[: s.n], w0=w0, y=y, y_hat=y_hat), xi[s.n :]


def test_error(s: Setting, x: Sample, weights: Array, held_out: Array) -> float:
    """Return the test error with each held-out piece once under either true label; flips are counted exactly."""
    on_noise = (s.P - 1) * np.maximum(weights @ held_out.T, 0).mean(1)
    wrong = 0.0
    for label in (1, -1):
        on_signal = np.maximum(label * (weights @ x.mu), 0).mean(1)
        f = (on_signal[0] - on_signal[1]) + (on_noise[0] - on_noise[1])
        wrong += float((label * f <= 0).mean()) / 2
    return s.p + (1 - 2 * s.p) * wrong


def _cell(plan: Plan, kind: str, n: int, mu_norm: float) -> Array:
    s = _setting(plan, n, mu_norm)
    drawn = [sample(plan, kind, s, seed) for seed in plan.seeds]
    found = np.empty((2, len(TRAININGS), len(plan.seeds)))
    sam_first = (Phase("sam", epochs=min(t1_epochs(s), plan.epochs), tau=tau_paper(s)), Phase("sgd", plan.epochs))
    for k, phases in enumerate(((Phase("sgd", plan.epochs),), sam_first)):
        every = math.gcd(*(phase.epochs for phase in phases))
        paths = train_ensemble(s, [x for x, _ in drawn], phases, plan.seeds, record_every=max(every, 20), tol=EPSILON)
        for seed, ((x, held_out), path) in enumerate(zip(drawn, paths, strict=True)):
            found[0, k, seed] = test_error(s, x, path.weights(-1), held_out)
            found[1, k, seed] = path.loss[-1]
    return found


def _with_contours(data: xr.Dataset, level: float) -> xr.Dataset:
    strengths = data.mu_norm.values
    errors = data.test_error.transpose("kind", "training", "n", "seed", "mu_norm")
    found = np.apply_along_axis(lambda values: contour(strengths, values, level), -1, errors.values)
    data["contour"] = ("kind", "training", "n", "seed"), found
    x = np.log(data.n.values) - np.log(data.n.values).mean()
    on_grid = np.isfinite(found) & (found > 0)
    slope = np.einsum("n,ktns->kts", x, np.log(np.where(on_grid, found, 1.0))) / (x @ x)
    data["exponent"] = ("kind", "training", "seed"), np.where(on_grid.all(2), slope, np.nan)
    for name in ("contour", "exponent"):
        data = data.assign(summary(data[name].where(np.isfinite(data[name])), "seed", name))
    return data


def _quotes(data: xr.Dataset) -> dict[str, str]:
    """Return the numbers that the findings quote."""
    keys: Sequence[str] = ("sgd", "sam")
    found = {f"effective_{_key(k)}": f"{float(data.effective.sel(kind=k)):.0f}" for k in data.kind.values}
    for kind in data.kind.values:
        for key, training in zip(keys, data.training.values, strict=True):
            at = data.sel(kind=kind, training=training)
            found[f"exponent_{_key(kind)}_{key}"] = told(at, "exponent", 2)
    return {f"quote_{key}": value for key, value in found.items()}


def _key(kind: str) -> str:
    return kind.replace(", ", "_").replace(" ", "_")
