"""What is asked of SGD's path in the paper's own form where a line of Condition 3.1 is broken: the first stage, the
closed form of memorisation, and the rate of benign overfitting.

`Theta` is within a factor of 10 of the unit; of the rate, of the constant derived for its bound
(`theorems.beyond.constants.limits`).

Predicted. First stage: a whole stage is one step from steps of 4 on, so "linear" falls first under a large learning
rate, then `T_1` (steps of 10), then gamma (20); under a strong signal it falls once `n SNR^2` is about 1, a margin of 4
to 1, as signal, not noise, then makes the margins. Closed form: falls with `margin_is_memorisation` (the signal), and,
as one step is monotone up to `C_i = 4` only, at steps of about 8. The bound of the rate has no hypothesis and never
falls; its exponent falls where `benign_overfitting` does (a large start, too many flips) and under a signal that fits
the data.

Not as predicted: under a strong signal `T_1` stays, as the largest `rho_bar` is that of a flipped sample. The closed
form stands under large steps, whose allowance `C_i / (1 + e^-kappa)` grows with them, and falls under a large start."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dynamics import Phase, Setting
from figures.necessity.groups import BENIGN, PATH, Group, in_its_time
from figures.necessity.lines import Own
from theorems.beyond.constants import limits
from theorems.beyond.constants.constant_rate import of_bound
from theorems.overfitting import DELTA
from theorems.sgd import benign_bound, path
from theorems.sgd.noise_growth_closed_form import sandwich
from theorems.statement import Inequality, Observation, World, worst

KAPPA = 2.0
"""Distance of margins from memorised noise, as `memorised` allows it."""


def stage_unit(s: Setting) -> float:
    """Return `B m / (eta (P-1)^2 sigma_p^2 d)`, the unit of `T_1`, in epochs."""
    return s.B * s.m / (s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d)


def first_stage_world(s: Setting) -> World:
    """Return SGD for 11 units of `T_1`, recorded 25 times a unit or in every epoch."""
    unit = stage_unit(s)
    return World(s, (Phase("sgd", epochs=max(10, int(11 * unit))),), delta=DELTA, record_every=max(1, int(unit / 25)))


def whole_epochs(o: Observation, level: float) -> float:
    """Return the first epoch on record in which `max rho_bar` is at least a level; NaN if there is none."""
    reached = np.flatnonzero(o.trained.rho.max((1, 2, 3)) >= level)
    return float(o.trained.epoch[reached[0]]) if reached.size else float("nan")


def within(label: str, ratio: float, low: float, high: float) -> Sequence[Inequality]:
    """Compare a ratio with both ends of a range."""
    return (worst(label, ratio, ">=", low), worst(label, ratio, "<=", high))


def length(o: Observation) -> Sequence[Inequality]:
    """Compare `T_1`, in whole epochs, with a tenth and ten times its unit."""
    return within("T_1 / unit", whole_epochs(o, 2.0) / stage_unit(o.world.setting), 0.1, 10.0)


def linear(o: Observation) -> Sequence[Inequality]:
    """Compare the time to `max rho_bar = 2` over the time to 1, in whole epochs, with 1.5 and 3."""
    return within("time to 2 / time to 1", whole_epochs(o, 2.0) / whole_epochs(o, 1.0), 1.5, 3.0)


def signal(o: Observation) -> Sequence[Inequality]:
    """Compare the mean of gamma at `T_1` over `n SNR^2` with 1/10 and 10."""
    s, run = o.world.setting, o.trained
    reached = np.flatnonzero(run.rho.max((1, 2, 3)) >= 2)
    gamma = float(run.gamma[reached[0]].mean()) if reached.size else float("nan")
    return within("gamma(T_1) / (n SNR^2)", gamma / (s.n * s.snr**2), 0.1, 10.0)


def between_closed_forms(o: Observation) -> Sequence[Inequality]:
    """Compare memorisation with both closed forms at `kappa = 2`, in the time that the run took.

    At these sizes cross terms could make any filter active, so `C_i` counts them all.
    """
    x, (slow, fast) = path.memorisation_of(o), path.speeds(in_its_time(o))
    below, above = sandwich(o, slow, fast, float(np.exp(KAPPA)))
    later = o.trained.epoch > 0
    return (
        worst("x - lower closed form", (x - below)[later], ">=", 0.0),
        worst("upper closed form - x", (above - x)[later], ">=", 0.0),
    )


def rate_bound(o: Observation) -> Sequence[Inequality]:
    """Compare what the test shows for sure, three standard errors off, with the bound of the rate."""
    return [replace(i, measured=i.measured - i.uncertainty, uncertainty=0.0) for i in benign_bound.claim(o)]


def exponent(o: Observation) -> Sequence[Inequality]:
    """Compare the exponent of the bound, in units of `n ||mu||^4 / ((P-1)^4 sigma_p^4 d)`, with its constant."""
    return within("exponent / derived", of_bound([o]) / limits.rate_of_bound(BENIGN.base.p), 0.1, 10.0)


FULL_BATCHES = Own("B / n", 1.0, {"H": -1})

FIRST_STAGE = Group(
    "the first stage of SGD",
    PATH.base,
    PATH.own,
    first_stage_world,
    {"first_stage: T_1": length, "first_stage: linear": linear, "first_stage: gamma": signal},
    PATH.least,
)
CLOSED_FORM = Group(
    "the path of SGD, full batches",
    PATH.base,
    (*PATH.own, FULL_BATCHES),
    PATH.world,
    {"noise_growth_closed_form": between_closed_forms},
    PATH.least,
)
RATE = Group(
    "SGD, strong signal: the rate",
    BENIGN.base,
    BENIGN.own,
    BENIGN.world,
    {"benign_rate: bound": rate_bound, "benign_rate: exponent": exponent},
    0.5,
)
