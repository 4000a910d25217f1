"""Clients with skewed labels: their schedules, and what their batches teach a filter that the ascent turns round."""

import math
from collections.abc import Sequence

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS
from dynamics.batches import shards
from dynamics.units import natural, regime
from theorems.beyond.radius.single_class import tau_of
from theorems.beyond.variants.schedules import AT_MOST
from theorems.condition import t1_epochs, tau_paper
from theorems.statement import Observation, World

SMALL = regime(n=20, d=10**5, m=10, mu_norm=4.0, B=5)
MANY = regime(n=80, d=10**5, m=10, mu_norm=4.0, B=2, p=0.1)
"""With eight clients at most one holds both labels when they are sorted."""
TURNED = regime(n=160, d=10**8, m=20, mu_norm=1000.0, B=4, p=0.1, step=0.0001, start=0.005)
DIMENSIONS = (10_000, 20_000, 40_000, 80_000, 160_000)


def schedule(
    s: Setting, rule: str, workers: int, skew: float | None, error: float | None = None, radius: float = 1.0
) -> tuple[Phase, ...]:
    """Return a rule for as many steps a client as `T_1` epochs have, then local SGD to the loss of the world.

    The radius is that of Theorem 4.1: for batches of B under a local ascent, of n under a global one; times `radius`.
    """
    rest = Phase("local_sgd", workers * AT_MOST, workers=workers, skew=skew)
    if rule == "local_sgd":
        return (rest,)
    tau = radius * tau_paper(s if rule == "local_sam" else s.replace(B=s.n))
    return (Phase(rule, workers * t1_epochs(s), tau, workers=workers, skew=skew, error=error), rest)


def world(
    s: Setting, rule: str, workers: int, skew: float | None, error: float | None = None, radius: float = 1.0
) -> World:
    """Return the world of a rule, in natural units and with a test error at its end."""
    s = natural(s, step=0.5)
    phases = schedule(s, rule, workers, skew, error, radius)
    return World(s, phases, record_every=10**9, tol=0.05, test_samples=4_000)


def turned(s: Setting, rule: str, workers: int, skew: float) -> World:
    """Return the world in which the ascent turns nearly every filter round for the few rounds that are looked at."""
    tau = tau_of(s, 5.0 * math.sqrt(s.B if rule == "local_sam" else s.n))
    return World(s, (Phase(rule, 2 * workers, tau, workers=workers, skew=skew),), record_every=10**9)


def gain(counts: Sequence[int], B: int) -> float:
    """Return what a sample of a batch adds to gamma of a filter that the ascent turns round, on average over batches.

    Parameters
    ----------
    counts : sequence of int
        Clean and flipped samples of the client on the filter's side, `y_hat = sign <w_jr, mu>`; on the other side.
    B : int

    Returns
    -------
    float
        In units of `eta ||mu||^2 |l'| / m`; `E[(c' - f') 1(c > f) + (c - f) 1(c <= f)] / B`, without replacement.
    """
    total = 0.0
    for own, own_flipped, other in np.ndindex(B + 1, B + 1, B + 1):
        drawn = (own, own_flipped, other, B - own - own_flipped - other)
        if drawn[3] >= 0:
            chance = math.prod(math.comb(held, k) for held, k in zip(counts, drawn, strict=True))
            total += chance * (drawn[2] - drawn[3] if own > own_flipped else own - own_flipped)
    return total / math.comb(sum(counts), B) / B


def gain_under_skew(B: int, p: float, skew: float) -> float:
    """Return the mean of `gain` over clients of both classes, large and with a share `skew` of their own label.

    `g(B, s) = (1 - s^B - (1-s)^B)/2` without flips. To leading order in p and 1 - s it is `(B (1-s) - 2p)/2`.
    """
    total = 0.0
    for share in (skew, 1 - skew):  # of samples with the label y = side
        law = (share * (1 - p), (1 - share) * p, (1 - share) * (1 - p), share * p)
        for own, own_flipped, other in np.ndindex(B + 1, B + 1, B + 1):
            drawn = (own, own_flipped, other, B - own - own_flipped - other)
            if drawn[3] >= 0:
                ways = math.factorial(B) / math.prod(math.factorial(k) for k in drawn)
                chance = ways * math.prod(q**k for q, k in zip(law, drawn, strict=True))
                total += chance * (drawn[2] - drawn[3] if own > own_flipped else own - own_flipped)
    return total / B / 2


def measured(o: Observation) -> float:
    """Return the mean gain of gamma a sample, in the units of `gain`, of the filters with `j <w, mu> > 0`."""
    s, x, phase = o.world.setting, o.sample, o.world.phases[0]
    steps = s.H // (phase.workers or 1) * phase.epochs
    unit = steps * s.eta * s.mu_norm**2 / s.m / 2  # slopes of 1/2
    positive = SIGNS[:, None] * (x.w0 @ x.mu) > 0
    return float(np.mean([o.trained.gamma[-1, k][positive[k]].mean() for k in (0, 1)])) / unit


def derived(o: Observation) -> float:
    """Return the mean of `gain` over the clients of the draw and both sides; of all samples under a global ascent."""
    s, phase = o.world.setting, o.world.phases[0]
    of_client = shards(o.sample.y, phase.workers or 1, phase.skew or 0.5).reshape(phase.workers or 1, -1)
    batches = [(client, s.B) for client in of_client]
    if phase.rule == "global_sam":
        batches = [(np.arange(s.n), s.n)]
    found = []
    for side in (1, -1):
        for held, size in batches:
            own, clean = o.sample.y_hat[held] == side, o.sample.y[held] == o.sample.y_hat[held]
            counts = [int((a & b).sum()) for a in (own, ~own) for b in (clean, ~clean)]
            if size == s.n:  # the one batch, whose sums are known
                more = counts[0] - counts[1]
                found.append((counts[2] - counts[3] if more > 0 else more) / s.n)
            else:
                found.append(gain(counts, size))
    return float(np.mean(found))
