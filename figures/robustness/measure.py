"""What becomes of the gap between SGD and SAM under other algorithms, and under independent noise in the P-1 patches.

The ladders of `gap_robustness` and `gap_lost` give exponents; here is a table at three settings, for all variants.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from dynamics import Phase, Sample, Setting, Trajectory, draw, test_error, train_ensemble
from dynamics.arrays import SIGNS, Array
from dynamics.batches import Draws
from dynamics.engines.coefficients import BatchView, Labels
from dynamics.engines.patches import train_patches
from dynamics.rules import RULES
from dynamics.streams import TEST, stream
from dynamics.units import natural
from figures.dataset import in_words, signed
from figures.interval import LEVEL, summary, told
from theorems.beyond.variants.gap_robustness import BASE
from theorems.beyond.variants.schedules import KEEPERS, LOSERS, OTHERS, Schedule, sam, setting_of, sgd

NAME = "robustness"
SEEDS = tuple(range(10))
TEST_SAMPLES = 4_000
STEPS = 100
"""Steps from the start whose pairs are counted."""
FULL, INDEPENDENT = "SAM, full batches", ", independent patches"
_NUMBERS = ("test_error", "noise_max", "noise_mean", "signal", "deactivated", "loss")

SETTINGS = {
    "d = 1e5": natural(BASE.replace(d=10**5), step=0.5),
    "d = 4e5": natural(BASE.replace(d=400_000), step=0.5),
    "d = 1e5, P = 4": natural(BASE.replace(d=10**5, P=4, mu_norm=6.0), step=0.5),
}
VARIANTS: dict[str, Schedule] = {"SGD": sgd, **KEEPERS, FULL: sam, **LOSERS, **OTHERS}


def measure(seeds: Sequence[int] = SEEDS, settings: Sequence[str] = tuple(SETTINGS)) -> xr.Dataset:
    """Train every variant at every setting.

    Parameters
    ----------
    seeds : sequence of int
    settings : sequence of str
        Names of `SETTINGS`.

    Returns
    -------
    Dataset
        With dimensions variant, setting and replica: `test_error`; `noise_max` and `noise_mean`, over the `rho_jri`
        with `j = y_i` where the first stage ends (for independent patches, summed over the patches of a sample);
        `signal`, the mean `gamma_jr` at the end; `deactivated`, the share of pairs (filter, sample) of the first steps,
        `j = y_i` and `<w, xi> > 0`, with `<w + eps, xi> < 0` where the gradient is taken (NaN without ascent, for
        workers and for independent patches); `loss` at the end. Each also as mean with interval. Independent
        patches, where `P = 4` only, have noise vectors of their own in each of the P-1 patches.
    """
    rows = [*VARIANTS, *(name + INDEPENDENT for name in ("SGD", "SAM"))]
    found = np.full((len(_NUMBERS), len(rows), len(settings), len(seeds)), np.nan)
    for b, name in enumerate(settings):
        for a, (variant, schedule) in enumerate(VARIANTS.items()):
            s = setting_of(schedule, SETTINGS[name])
            if variant == FULL:
                s = s.replace(B=s.n, eta=s.eta * s.n / s.B)
            found[:, a, b] = _trained(s, schedule(s), seeds)
        if SETTINGS[name].P > 2:
            for a, schedule in enumerate((sgd, sam), start=len(VARIANTS)):
                s = SETTINGS[name]
                found[:, a, b] = np.transpose([_independent(s, schedule(s), seed) for seed in seeds])
    each = ("variant", "setting", "replica")
    data = xr.Dataset(
        {name: (each, values) for name, values in zip(_NUMBERS, found, strict=True)},
        coords={"variant": rows, "setting": list(settings), "replica": list(seeds)},
    )
    for name in _NUMBERS:
        data = data.assign(summary(data[name], "replica", name))
    quotes = {f"quote_{_key(v, s)}": _quote(data, v, s) for v in rows for s in settings}
    quotes |= {f"quote_off_{_key(v, s)}": _quote(data, v, s, "deactivated") for v in rows for s in settings}
    words = {f"setting_{k}": in_words(SETTINGS[name]) for k, name in enumerate(settings)}
    data = data.assign_attrs(p=BASE.p, level=LEVEL, steps=STEPS, test_samples=TEST_SAMPLES, **quotes, **words)
    return signed(data, NAME, seeds, "Variants of SAM then SGD and of SGD, same data, start and batches.")


def _key(variant: str, setting: str) -> str:
    """Return a name for an attribute, such as `local_SAM_2_workers_at_d_1e5`."""
    words = f"{variant} at {setting}"
    return "_".join("".join(c if c.isalnum() else " " for c in words).split())


def _quote(data: xr.Dataset, variant: str, setting: str, name: str = "test_error") -> str:
    return told(data.sel(variant=variant, setting=setting), name)


def _trained(s: Setting, phases: tuple[Phase, ...], seeds: Sequence[int]) -> Array:
    """Return the numbers of a variant, shape (numbers, replica)."""
    samples = [draw(s, seed) for seed in seeds]
    # the first stage is recorded where it ends; a run that reaches the loss in it ends there
    paths = train_ensemble(s, samples, phases, seeds, record_every=10**9, tol=0.05)
    found = []
    for seed, x, path in zip(seeds, samples, paths, strict=True):
        own = np.broadcast_to(x.own, path.rho[1].shape)
        found.append(
            (
                test_error(s, x, path.weights(-1), TEST_SAMPLES, seed).value,
                path.rho[1][own].max(),
                path.rho[1][own].mean(),
                path.gamma[-1].mean(),
                _deactivated(s, x, phases[0], seed),
                path.loss[-1],
            )
        )
    return np.transpose(found)


@dataclass(frozen=True)
class _Watched(BatchView):
    """A batch that notes `<w, xi>` and `<w + eps, xi>` of its active pairs, wherever its gradient is asked for."""

    seen: list[tuple[Array, Array]] = field(default_factory=list)

    def gradient(self, at: Array | None = None) -> Array:
        if at is not None:
            shares = np.full(self.labels.y.shape[1], 1.0) if self.shares is None else self.shares
            own = self.labels.y[0][:, None] == np.repeat([1.0, -1.0], self.z.shape[2] // 2)
            pairs = (self.z[0, 1:] > 0) & own & (shares > 0)[:, None]
            self.seen.append((self.z[0, 1:][pairs], (self.z + self.K @ at)[0, 1:][pairs]))
        return super().gradient(at)


def active_pairs(s: Setting, x: Sample, phase: Phase, seed: int, steps: int) -> tuple[Array, Array]:
    """Return `<w, xi>` and `<w + eps, xi>` of all pairs (filter, sample) with `j = y_i` that are active at `W`.

    Parameters
    ----------
    s : Setting
    x : Sample
    phase : Phase
        Of a rule that looks ahead, without workers.
    seed : int
        Of the batches.
    steps : int
        Steps from the start, each with the samples whose gradient it takes; in whole epochs.

    Returns
    -------
    before, after : ndarray, shape (pairs,)
    """
    rule = RULES[phase.rule]
    assert rule.direction is not None
    short = Phase(**phase.model_dump() | {"epochs": max(1, min(phase.epochs, steps // s.H))})
    path = train_ensemble(s, [x], short, [seed], record_every="step")[0]
    seen: list[tuple[Array, Array]] = []
    draws = Draws(s, seed)
    for k, batch in enumerate(_batches(path)):
        size, rows = len(batch), batch
        shares = None
        if rule.other_batch:
            rows, shares = np.concatenate([batch, draws.other()]), np.repeat([1 / size, 0.0], size)
        view = _view(s, x, path, k, rows)
        watched = _Watched(view.z, view.K, view.labels, shares, phase.group, seen=seen)
        rule.direction(watched, np.full((1, 1, 1), phase.tau))
    before, after = (np.concatenate([pairs[k] for pairs in seen]) for k in range(2))
    return before, after


def _deactivated(s: Setting, x: Sample, phase: Phase, seed: int) -> float:
    """Return the share of pairs that are inactive where the gradient is taken; NaN if nothing looks ahead."""
    if phase.tau is None or phase.workers is not None:
        return float("nan")
    _, after = active_pairs(s, x, phase, seed, STEPS)
    return float((after < 0).mean())


def _batches(path: Trajectory) -> NDArray[np.intp]:
    if path.batches is None:
        raise ValueError("path is not allowed: it must have been trained with record_every='step'")
    return path.batches


def _view(s: Setting, x: Sample, path: Trajectory, k: int, rows: NDArray[np.intp]) -> BatchView:
    V = np.vstack([x.mu, x.xi[rows]])
    z = V @ path.weights(k).reshape(2 * s.m, -1).T
    labels = Labels(x.y[None, rows].astype(float), x.y_hat[None, rows].astype(float), np.full((1, 1, 1), s.P - 1.0))
    return BatchView(z[None], (V @ V.T)[None], labels)


def independent_patches(s: Setting, seed: int) -> tuple[Sample, Array]:
    """Draw a start whose P-1 noise patches are independent.

    Returns
    -------
    sample : Sample
        Of `n (P-1)` noise vectors, `P-1` for each sample in turn; exact in law at any d, as `dynamics.draw`.
    X : ndarray, shape (n, P, D)
        The inputs: the signal's patch, then the noise.
    """
    copies = s.P - 1
    wide = draw(s.replace(n=s.n * copies, B=s.n * copies), seed)
    x = replace(wide, y=np.repeat(wide.y[::copies], copies), y_hat=np.repeat(wide.y_hat[::copies], copies))
    signal = wide.y_hat[::copies, None, None] * x.mu
    return x, np.concatenate([signal, x.xi.reshape(s.n, copies, -1)], axis=1)


def _independent(s: Setting, phases: tuple[Phase, ...], seed: int) -> tuple[float, ...]:
    """Return the numbers of one run on independent patches."""
    copies = s.P - 1
    x, X = independent_patches(s, seed)
    y = x.y[::copies]
    V = np.vstack([x.mu, x.xi])

    def coefficients(W: Array) -> Array:
        C = np.linalg.lstsq(V.T, (W - x.w0).reshape(2 * s.m, -1).T, rcond=None)[0]
        return C * np.einsum("kd,kd->k", V, V)[:, None]  # (1 + n (P-1), 2m)

    run = train_patches(s, X, y, x.w0, phases, seed, record_every=10**9, tol=0.05, watch=coefficients)
    stage = run.seen[1][1:].reshape(s.n, copies, 2, s.m).sum(1)  # over the patches of a sample
    own = np.take_along_axis(stage, ((1 - y) // 2)[:, None, None], 1)
    signal = run.seen[-1][0].reshape(2, s.m) * SIGNS[:, None]
    error = independent_error(s, x.mu, run.weights, seed)
    return error, float(own.max()), float(own.mean()), float(signal.mean()), np.nan, float(run.loss[-1])


def independent_error(s: Setting, mu: Array, W: Array, seed: int) -> float:
    """Return the test error where each noise patch of a fresh input is independent of the others."""
    j = np.repeat(SIGNS, s.m) / s.m
    flat = W.reshape(2 * s.m, -1)
    on_mu = flat @ mu
    factor = s.sigma_p * np.transpose(np.linalg.qr(flat.T, mode="r"))
    rng = stream(seed, TEST)
    products = rng.standard_normal((TEST_SAMPLES, s.P - 1, factor.shape[1])) @ factor.T
    noise = (np.maximum(products, 0) @ j).sum(1)
    margins = np.stack([j @ np.maximum(on_mu, 0) + noise, -(j @ np.maximum(-on_mu, 0)) - noise])
    return float(s.p + (1 - 2 * s.p) * ((1 - np.sign(margins)) / 2).mean())
