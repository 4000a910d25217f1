"""What the ascent of batches of one class does to a small signal, read off runs of SAM."""

import math

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import SIGNS
from dynamics.units import regime
from theorems.statement import Observation, Observations, World

BASE = regime(n=20, d=10**8, m=80, mu_norm=100.0, B=1, p=0.0, step=0.05, start=0.005)


def reach(s: Setting, tau: float) -> float:
    """Return `tau sqrt(B) ||mu||^2 / ((P-1) sigma_p sqrt(m d))`, of a batch of one class."""
    return tau * s.mu_norm**2 * math.sqrt(s.B) / ((s.P - 1) * s.sigma_p * math.sqrt(s.m * s.d))


def tau_of(s: Setting, deviations: float) -> float:
    """Return the radius that reaches so many standard deviations of the start."""
    return deviations * s.sigma_0 * s.mu_norm / reach(s, 1.0)


def threshold(observations: Observations) -> float:
    """Return the start that separates the filters whose gamma passes twice the reach from the others, over the reach.

    It leaves the fewest filters on the wrong side; NaN if none learns, or all do.
    """
    (o,) = observations
    unit = reach(o.world.setting, o.world.phases[0].tau or 0.0)
    start = (SIGNS[:, None] * (o.sample.w0 @ o.sample.mu)).ravel()
    order = np.argsort(start)
    start, learns = start[order], (o.trained.gamma[-1] > 2 * unit).ravel()[order]
    k = int(np.argmin(np.concatenate([[0], np.cumsum(np.where(learns, 1, -1))])))
    return float(np.sqrt(start[k - 1] * start[k]) / unit) if 0 < k < start.size and start[k - 1] > 0 else math.nan


def single(s: Setting) -> World:
    """Return the world with a radius of one standard deviation of the start, long enough to tell who learns."""
    at = s.replace(eta=BASE.eta * s.m / BASE.m)  # the same gain a step, whatever m is
    return World(at, (Phase("sam", epochs=80, tau=tau_of(s, 1.0)),), record_every=80)


def of_radius(deviations: float) -> World:
    """Return the world with a radius of so many standard deviations of the start."""
    return World(BASE, (Phase("sam", epochs=80, tau=tau_of(BASE, deviations)),), record_every=80)


def of_batches(B: int) -> World:
    """Return the world of clients of one batch each, sorted by label, so that all but one batch is of one class."""
    s = BASE.replace(n=60, B=B, eta=4 * BASE.eta * B)
    phase = Phase("local_sam", 80 // B, tau_of(s, 1.0), workers=s.n // B, skew=1.0)
    return World(s, (phase,), record_every=80)


def turned(s: Setting) -> World:
    """Return the world in which the ascent turns nearly every filter round for the time that is looked at."""
    return World(s, (Phase("sam", epochs=8, tau=tau_of(s, 5.0 * math.sqrt(s.B))),), record_every=8)


def taught(observations: Observations) -> float:
    """Return the mean gain of gamma a step of the filters that start with `j <w, mu> > 0`, over `g(B)/2`."""
    return _gain(observations, *(_expected(observations[0], j) for j in (1, -1)))


def taught_by_all(observations: Observations) -> float:
    """Return the same over the gain of a full batch."""
    return _gain(observations, 0.25, 0.25)


def _gain(observations: Observations, *expected: float) -> float:
    (o,) = observations
    s, x = o.world.setting, o.sample
    positive = SIGNS[:, None] * (x.w0 @ x.mu) > 0
    steps = s.H * o.world.phases[0].epochs * s.eta * s.mu_norm**2 / s.m
    rates = [float(o.trained.gamma[-1, k][positive[k]].mean()) / steps for k in (0, 1)]
    return (rates[0] / expected[0] + rates[1] / expected[1]) / 2


def _expected(o: Observation, j: int) -> float:
    """Return `g(B)/2` for the class counts of the draw, batches without replacement, slopes of 1/2."""
    s = o.world.setting
    other = int((o.sample.y_hat == -j).sum())
    alone = math.comb(other - 1, s.B - 1) / math.comb(s.n - 1, s.B - 1)  # none of its own class beside a given other
    return other / s.n * (1 - alone) / 2
