"""Worlds with leaky_relu(a), and what is read off them: boundaries and times, beside those derived."""

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import Array
from dynamics.units import natural
from theorems.beyond.activation import leaky
from theorems.boundary import SGD_BASE, contour
from theorems.condition import t1_epochs, tau_paper, threshold_sgd
from theorems.ladders import first_time
from theorems.overfitting import EPSILON, HARM
from theorems.statement import Observation, Observations, World

BASE = SGD_BASE.replace(d=10**8)
STRENGTHS = (0.6, 0.85, 1.0, 1.2, 2.0)


def radius(s: Setting) -> float:
    """Return the radius: twice that of Theorem 4.1."""
    return 2 * tau_paper(s)


def derived(s: Setting, a: float) -> float:
    """Return the derived boundary of SAM."""
    return leaky.sam_boundary(s, a, radius(s), HARM)


def of(s: Setting, a: float, step: float = 0.5) -> Setting:
    """Return the setting with leaky_relu(a), at learning rate and start in natural units."""
    return natural(s, step).replace(activation=f"leaky_relu({a:g})")


def leak(s: Setting) -> float:
    """Return a."""
    return s.phi.leak


def boundary_worlds(s: Setting, a: float, sam: bool = True) -> tuple[World, ...]:
    """Return the worlds around the derived boundary: SAM for `T_1` epochs, then SGD; or SGD alone."""
    centre = derived(s, a) if sam else threshold_sgd(s) * (s.P - 1) / s.P
    found = []
    for factor in STRENGTHS:
        t = of(s.replace(mu_norm=factor * centre), a)
        first = (Phase("sam", t1_epochs(t), radius(t)),) if sam else ()
        phases = (*first, Phase("sgd", 20_000))
        found.append(World(t, phases, record_every=10**9, tol=EPSILON, test_samples=1_500))
    return tuple(found)


def over_derived(observations: Observations) -> float:
    """Return the measured boundary over the derived one."""
    s = observations[0].world.setting
    return contour(observations) / derived(s, leak(s))


def stage_world(s: Setting, a: float) -> World:
    """Return the world of the SAM stage alone, until own coefficients are past 1 in the mean."""
    t = of(s, a, step=0.1)
    epochs = round(1.5 * leaky.memorisation_time(t, a, radius(t)))
    return World(t, (Phase("sam", epochs, radius(t)),), record_every=max(1, epochs // 100))


def memorised(o: Observation) -> Array:
    """Return the mean coefficient of own pairs at each record."""
    s = o.world.setting
    return np.where(o.sample.own, o.trained.rho, 0.0).sum((1, 2, 3)) / (s.n * s.m)


def memorisation_time(observations: Observations) -> float:
    """Return when own coefficients are 1 in the mean, over the derived time."""
    (o,) = observations
    s = o.world.setting
    return first_time(o.trained.epoch, memorised(o), 1.0) / leaky.memorisation_time(s, leak(s), radius(s))
