"""Deactivation against the radius: which share of noise-aligned pairs stays active at W + eps.

The lemma speaks of the triples (filter, sample, step) with the sample in the batch, the filter of its class, and
`<w, xi> > 0`. Along runs of SAM with radii around that of Theorem 4.1 the share of them that is still active at
`W + eps` is counted. Small radii break a hypothesis of the lemma, on purpose.
"""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from dynamics import Phase, Setting, draw, train_ensemble
from dynamics.replay import replay
from dynamics.trajectory import Trajectory
from figures.dataset import in_words, signed
from figures.interval import LEVEL, summary
from theorems.condition import tau_paper
from theorems.sam.deactivation import PAPER, hypotheses
from theorems.sam.headline import SETTING as HEADLINE
from theorems.statement import Observation, World
from theorems.worlds import prevention

NAME = "deactivation"
SEEDS = tuple(range(10))
RATIOS = tuple(float(f"{10**power:.3g}") for power in np.arange(-4, 1.01, 0.25))
"""Radii, over that of Theorem 4.1."""
STEPS = 100
"""Steps of each run, from the start."""
SETTINGS = {
    "paper's synthetic: d = 2e4, n = 20, m = 10, P = 2": PAPER,
    "headline: d = 1e6, n = 20, m = 10, P = 4": HEADLINE,
    "d = 1e12, n = 30, m = 40, P = 2": prevention(n=30, m=40, B=10, p=0.1),
    "d = 1e12, n = 30, m = 120, P = 4": prevention(n=30, m=120, B=15, P=4, sigma_p=0.2, p=0.0),
}


def measure(seeds: Sequence[int] = SEEDS, ratios: Sequence[float] = RATIOS) -> xr.Dataset:
    """Run SAM at every setting, radius and seed, and count.

    Parameters
    ----------
    seeds : sequence of int
    ratios : sequence of float
        Radii over `tau_paper`.

    Returns
    -------
    Dataset
        With dimensions setting, ratio and seed. `share`: triples that stay active, over all triples; `triples`: how
        many; `reach`: `tau sigma_p sqrt(d / (Bm))`, what the lemma takes from `<w, xi>` up to a constant, over the
        largest `<w_jr(0), xi_i>` with `j = y_i`. Also the mean share with its interval, the mean reach,
        and, for each setting, the smallest margin of the lemma's hypotheses at ratio 1.
    """
    shape = (len(SETTINGS), len(ratios), len(seeds))
    share, triples, reach = np.full(shape, np.nan), np.zeros(shape, int), np.zeros(shape)
    for a, s in enumerate(SETTINGS.values()):
        samples = [draw(s, seed) for seed in seeds]
        largest = np.array([np.where(x.own, x.w0 @ x.xi.T, -np.inf).max() for x in samples])
        for k, ratio in enumerate(ratios):
            tau = ratio * tau_paper(s)
            phase = Phase("sam", math.ceil(STEPS / s.H), tau=tau)
            paths = train_ensemble(s, samples, [phase], seeds, record_every="step")
            reach[a, k] = tau * s.sigma_p * math.sqrt(s.d / (s.B * s.m)) / largest
            for r, run in enumerate(paths):
                stay, triples[a, k, r] = _count(run)
                share[a, k, r] = stay / triples[a, k, r]
    each = ("setting", "ratio", "seed")
    data = xr.Dataset(
        {"share": (each, share), "triples": (each, triples), "reach": (each, reach)},
        coords={"setting": list(SETTINGS), "ratio": list(ratios), "seed": list(seeds)},
    )
    data["margin"] = "setting", [_margin(s, seeds[0]) for s in SETTINGS.values()]
    data = data.assign(summary(data.share, "seed", "share")).assign(reach_mean=data.reach.mean("seed"))
    data = data.assign_attrs(steps=STEPS, level=LEVEL, settings="; ".join(in_words(s) for s in SETTINGS.values()))
    return signed(data, NAME, seeds, "SAM from the start, every triple that the key lemma speaks of.")


def _margin(s: Setting, seed: int) -> float:
    """Return the smallest margin of the lemma's hypotheses at the radius of Theorem 4.1, for the first seed."""
    world = World(s, phases=(Phase("sam", math.ceil(STEPS / s.H), tau=tau_paper(s)),))
    return min(hypotheses(Observation(world, seed, draw(s, seed))).values())


def _count(run: Trajectory) -> tuple[int, int]:
    """Return how many triples stay active, and how many there are."""
    stay = total = 0
    for step in replay(run):
        spoken_of = (step.noise > 0) & (run.sample.own[..., step.batch])
        stay += int((step.noise + step.noise_shift > 0)[spoken_of].sum())
        total += int(spoken_of.sum())
    return stay, total
