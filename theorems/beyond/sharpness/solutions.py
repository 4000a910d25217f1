"""Sharpness of the solutions that SGD, and SAM then SGD, end in: the worlds and readings that the findings share.

All solutions are compared at one training loss, `EPSILON`: as the loss falls, every slope `l'` goes to zero and
everything becomes flat. Radii are multiples of that of Theorem 4.1.
"""

from collections.abc import Sequence

import numpy as np

from dynamics import Phase, Setting, Trajectory
from dynamics.sharpness import worst_rise
from dynamics.units import natural, regime
from theorems.condition import tau_paper
from theorems.ladders import first_time
from theorems.overfitting import EPSILON
from theorems.statement import Observation, World
from theorems.worlds import sam_stage

STEP = 0.5
"""Of the natural learning rate (`theorems.boundary.natural`): what a step adds to a noise coefficient."""
SEED = 0
"""Of the random start of the ascent."""
BASE = regime(n=40, d=10**6, m=20, mu_norm=8.0, B=40)
_GRID = np.array([0.1, 0.3, 0.6, 1.2])
_AT_MOST = 20_000  # epochs of SGD; every run ends by its loss, long before


def sgd_alone(s: Setting, test_samples: int = 0, step: float = STEP) -> World:
    """Return the world of SGD to the loss asked for."""
    return _world(s, (_sgd(),), (), test_samples, step)


def both(s: Setting, test_samples: int = 0, step: float = STEP) -> World:
    """Return the world of SAM for `T_1` epochs, then SGD; its rival is SGD alone, to the same loss."""
    return _world(s, (sam_stage(natural(s, step)), _sgd()), (_sgd(),), test_samples, step)


def itself(s: Setting, step: float = STEP) -> World:
    """Return the world in which SGD's rival is SGD."""
    return _world(s, (_sgd(),), (_sgd(),), 0, step)


def one_sample(s: Setting, test_samples: int = 0, share: float = 0.03, step: float = STEP) -> World:
    """Return the world of `both` with B = 1 throughout, at this share of the radius of Theorem 4.1."""
    single = natural(s.replace(B=1), step)
    first = sam_stage(single)
    first = first.model_copy(update={"tau": share * (first.tau or 0.0)})
    return _world(single, (first, _sgd()), (_sgd(),), test_samples, step)


def unit(s: Setting) -> float:
    """Return `m sqrt(n) / (P sigma_p sqrt(d))`, the radius of Theorem 4.1 for full batches, in units of the weights."""
    return tau_paper(s.replace(B=s.n))


def _sgd() -> Phase:
    return Phase("sgd", epochs=_AT_MOST)


def _world(s: Setting, phases: tuple[Phase, ...], rival: tuple[Phase, ...], test_samples: int, step: float) -> World:
    return World(
        natural(s, step),
        phases=phases,
        rival=rival,
        record_every=1000 * _AT_MOST,
        tol=EPSILON,
        test_samples=test_samples,
    )


def rise(path: Trajectory, tau: float) -> float:
    """Return the worst rise of the loss within a radius of a run's last weights, as found by ascent."""
    return float(worst_rise(path.setting, path.sample, path.weights(-1), tau, seed=SEED))


def distance(path: Trajectory) -> float:
    """Return `||W - W(0)||_F` at the end of a run, in units of the weights."""
    return float(np.linalg.norm(path.weights(-1) - path.sample.w0))


def rise_at(observations: Sequence[Observation], ratio: float) -> float:
    """Return the worst rise of the run at `ratio` times the radius of Theorem 4.1."""
    (o,) = observations
    return rise(o.trained, ratio * tau_paper(o.world.setting))


def rival_over_run(observations: Sequence[Observation], ratio: float) -> float:
    """Return the worst rise of the rival over that of the run at `ratio` times the radius of Theorem 4.1."""
    (o,) = observations
    tau = ratio * tau_paper(o.world.setting)
    return rise(o.rival_trained, tau) / rise(o.trained, tau)


def flat_radius(path: Trajectory, level: float) -> float:
    """Return the radius within which the worst rise of the loss is `level`, in units of the weights; NaN if outside.

    Interpolated in logarithms between multiples of the radius of Theorem 4.1 from 0.1 to 1.2.
    """
    tau = tau_paper(path.setting) * _GRID
    rises = worst_rise(path.setting, path.sample, path.weights(-1), tau, seed=SEED)
    return float(np.exp(first_time(np.log(tau), np.log(rises), np.log(level))))


def relative_radius_ratio(observations: Sequence[Observation], level: float) -> float:
    """Return `flat_radius` over `distance` of the rival, over that of the run."""
    (o,) = observations
    rival, run = o.rival_trained, o.trained
    return flat_radius(rival, level) / distance(rival) / (flat_radius(run, level) / distance(run))


def radius_ratio(observations: Sequence[Observation], level: float) -> float:
    """Return `flat_radius` of the rival over that of the run."""
    (o,) = observations
    return flat_radius(o.rival_trained, level) / flat_radius(o.trained, level)
