"""SGD's test error against z beside the derived curve, also for noise of unequal variances; the law of the shares."""

import math
import warnings
from collections.abc import Sequence

import numpy as np
import xarray as xr

from dynamics import Phase, Sample, Setting, draw, test_error, train, train_ensemble
from dynamics.arrays import SIGNS, Array
from dynamics.streams import PERTURBATION, TEST, stream
from dynamics.units import natural
from figures.dataset import signed
from figures.interval import LEVEL, summary
from theorems.beyond.constants import active_share, curve, mean_field
from theorems.beyond.constants.constant_c3 import unit
from theorems.beyond.constants.error_curve import BASE, START, STEP, solved
from theorems.overfitting import EPSILON
from theorems.statement import Observation, World
from verify.observe import observe

NAME = "error_curve"
SEEDS = tuple(range(10))
Z = (0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 1.9)
ISOTROPIC = {
    "n = 40, d = 1e5": BASE.replace(n=40, B=40, d=10**5),
    "n = 80, d = 1e8": BASE,
    "n = 80, d = 1e7, P = 4": BASE.replace(d=10**7, P=4, sigma_p=0.5),
    "n = 80, d = 1e8, p = 0.2": BASE.replace(p=0.2),
    "n = 80, d = 1e8, p = 0.4": BASE.replace(p=0.4),
}
DECAYS = {"variances ~ k^-0.5": 0.5, "variances ~ k^-0.7": 0.7}
"""At n = 20, d = 20,000, where the effective dimensions are 7,600 and 1,300."""
UNEQUAL = BASE.replace(n=20, B=20, d=20_000)
TEST_SAMPLES = 6_000
_SGD = (Phase("sgd", 20_000),)


def measure(seeds: Sequence[int] = SEEDS, z: Sequence[float] = Z) -> xr.Dataset:
    """Train by SGD at each distance z, in each setting, and test.

    Parameters
    ----------
    seeds : sequence of int
        One replica each.
    z : sequence of float

    Returns
    -------
    Dataset
        `excess`, of dimensions setting, z and replica: the probability that the true label is missed, `(error - p) /
        (1-2p)`; its mean and interval; `derived`, the same of the curve with the counts of each draw; `limit`, of the
        curve with the counts at their means, at `fine`; `shares` of filters and their law, sorted, at equal quantiles.
    """
    names = [*ISOTROPIC, *DECAYS]
    excess, derived = np.empty((2, len(names), len(z), len(seeds)))
    for a, s in enumerate(ISOTROPIC.values()):
        for b, distance in enumerate(z):
            t = natural(s, STEP, START).replace(mu_norm=distance * unit(s))
            drawn = [draw(t, seed) for seed in seeds]
            runs = train_ensemble(t, drawn, _SGD, seeds, record_every=10**9, tol=EPSILON)
            for c, (x, run, seed) in enumerate(zip(drawn, runs, seeds, strict=True)):
                error = test_error(t, x, run.weights(-1), TEST_SAMPLES, seed).value
                excess[a, b, c], derived[a, b, c] = _missed(error, t), _missed(_curve(t, x, distance), t)
    for a, decay in enumerate(DECAYS.values(), len(ISOTROPIC)):
        variances = decaying(UNEQUAL.d, decay)
        for b, distance in enumerate(z):
            t, drawn = unequal(variances, distance, seeds)
            for c, (x, seed) in enumerate(zip(drawn, seeds, strict=True)):
                with warnings.catch_warnings():  # the mean square of so few effective dimensions is off by a percent
                    warnings.simplefilter("ignore", UserWarning)
                    run = train(t, x, _SGD, seed, record_every=10**9, tol=EPSILON)
                excess[a, b, c] = missed(t, x, variances, run.weights(-1), seed)
                derived[a, b, c] = _missed(_curve(t, x, distance), t)
    fine = np.linspace(min(z) / 2, max(z) * 1.1, 60)
    half = BASE.n / 2
    even = {p: ((half * (1 - p), half * p), (half * (1 - p), half * p)) for p in (0.05, 0.2, 0.4)}
    limit = np.array([[_missed_p(curve.error(v, p, of, BASE.m, solved()), p) for v in fine] for p, of in even.items()])
    found, law = shares(seeds)
    each = ("setting", "z", "replica")
    data = xr.Dataset(
        {
            "excess": (each, excess),
            "derived": (each, derived),
            "limit": (("p", "fine"), limit),
            "shares": ("quantile", found),
            "law": ("quantile", law),
        },
        coords={
            "setting": names,
            "z": list(z),
            "replica": list(seeds),
            "p": list(even),
            "fine": fine,
            "quantile": _LEVELS,
        },
    )
    data = data.assign(summary(data.excess, "replica", "excess") | summary(data.derived, "replica", "derived"))
    data = data.assign_attrs(level=LEVEL, test_samples=TEST_SAMPLES, **quotes(data))
    return signed(data, NAME, seeds, "SGD to a training loss of 0.05 at each distance z from its boundary.")


_LEVELS = (np.arange(200) + 0.5) / 200


def quotes(data: xr.Dataset) -> dict[str, str]:
    """Return what is told in prose: the largest distances of measured from derived, and the law's numbers."""
    apart = abs(data.excess_mean - data.derived_mean)
    own = apart.sel(setting=[name for name in ISOTROPIC if "p = 0.4" not in name])
    low, high = 100 * float(own.max()), 100 * float(apart.sel(setting=list(DECAYS)).max())
    flips = 100 * float(apart.sel(setting="n = 80, d = 1e8, p = 0.4").max())
    return {
        "quote_off_isotropic": f"{low:.1f} %",
        "quote_off_unequal": f"{high:.1f} %",
        "quote_off_flips": f"{flips:.1f} %",
        "quote_mean_share": f"{float(data.shares.mean()):.3f}",
        "quote_mean_law": f"{float(data.law.mean()):.3f}",
        "quote_spread_share": f"{float(data.shares.std()):.3f}",
        "quote_spread_law": f"{float(data.law.std()):.3f}",
        "quote_full_share": f"{100 * float((data.shares > 0.95).mean()):.0f} %",
        "quote_full_law": f"{100 * float((data.law > 0.95).mean()):.0f} %",
    }


def _missed(error: float, s: Setting) -> float:
    return _missed_p(error, s.p)


def _missed_p(error: float, p: float) -> float:
    return (error - p) / (1 - 2 * p)


def _curve(s: Setting, x: Sample, z: float) -> float:
    return curve.error(z, s.p, curve.counts(Observation(World(s), 0, x)), s.m, solved())


def shares(seeds: Sequence[int]) -> tuple[Array, Array]:
    """Return the quantiles of the shares of runs with n = 100, and of the mean-field path with as many filters."""
    s = active_share.BASE.replace(n=100, B=100)
    found = np.concatenate([active_share.shares(o) for o in observe(active_share.world(s), seeds)])
    law = mean_field.solve(STEP, START, EPSILON, s.m).shares
    return np.quantile(found, _LEVELS), np.quantile(law, _LEVELS)


def decaying(d: int, decay: float) -> Array:
    """Return variances that fall like a power of their number, of mean 1, shape (d,)."""
    variances: Array = np.arange(1.0, d + 1) ** -decay
    return variances * (d / variances.sum())


def unequal(variances: Array, z: float, seeds: Sequence[int]) -> tuple[Setting, list[Sample]]:
    """Return data in R^d whose noise has these variances, at distance z with the effective dimension in the place of d.

    `<xi_i, xi>/||xi_i||^2` has the variance `1/D`, `D = (sum v)^2 / sum v^2`, so `z^2 = n SNR^2 sqrt(D/n)`, with `SNR =
    ||mu|| / ((P-1) sqrt(sum v))`.
    """
    s = UNEQUAL
    effective = variances.sum() ** 2 / (variances**2).sum()
    strength = z * math.sqrt(variances.sum() / math.sqrt(s.n * effective)) * (s.P - 1)
    s = natural(s, STEP, START).replace(mu_norm=float(strength))
    drawn = []
    for seed in seeds:
        x, rng = draw(s, seed), stream(seed, PERTURBATION)
        xi = rng.standard_normal((s.n, s.d)) * np.sqrt(variances)
        direction = rng.standard_normal(s.d)
        w0 = s.sigma_0 * rng.standard_normal((2, s.m, s.d))
        mu = s.mu_norm * direction / np.linalg.norm(direction)
        drawn.append(Sample.from_arrays(mu=mu, xi=xi, w0=w0, y=x.y, y_hat=x.y_hat))
    return s, drawn


def missed(s: Setting, x: Sample, variances: Array, W: Array, seed: int) -> float:
    """Return how often the true label is missed at fresh noise of these variances."""
    j = np.repeat(SIGNS, s.m) / s.m
    flat = W.reshape(2 * s.m, -1)
    on_mu = flat @ x.mu
    factor = np.transpose(np.linalg.qr((flat * np.sqrt(variances)).T, mode="r"))
    products = stream(seed, TEST).standard_normal((TEST_SAMPLES, factor.shape[1])) @ factor.T
    noise = (s.P - 1) * np.maximum(products, 0) @ j
    return float(((j @ np.maximum(on_mu, 0) + noise < 0).mean() + (j @ np.maximum(-on_mu, 0) + noise > 0).mean()) / 2)
