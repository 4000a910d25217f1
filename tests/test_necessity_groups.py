"""What the matrix of lines asks of several worlds at once, in the paper's own form, and of the network step by step."""

import math

import numpy as np
import pytest

from dynamics import Phase, TestError, Trajectory, draw, train
from figures.necessity import lines
from figures.necessity.contours import (
    SAM_CONTOUR,
    both_scans,
    gap_is_there,
)
from figures.necessity.groups import PATH, Group, holds
from figures.necessity.measure import GROUPS, RESTORES, Break, measure
from figures.necessity.scales import length, linear, signal, stage_unit
from theorems.catalogue import catalogue
from theorems.condition import margins
from theorems.statement import Inequality, Observation, World
from verify.observe import observe

TOGETHER = {"init_signal": "init_signal_max", "init_noise": "init_noise_max", "benign_rate": "benign_bound",
            "signal_learning": "signal_time", "sam_benign": "sam_loss_time"}  # fmt: skip
"""Asked under the name of another statement, in one claim with it or by its bound or limit."""


def test_every_statement_of_the_paper_is_asked():
    asked = {name.split(":")[0].split(" (")[0] for group in GROUPS for name in group.claims}
    asked |= {TOGETHER[name] for name in asked & set(TOGETHER)}
    assert asked == {name for name, statement in catalogue.items() if not statement.beyond}
    names = [name for group in GROUPS for name in group.claims]
    assert len(names) == len(set(names))


def two_worlds(s):
    return World(s), World(s.replace(mu_norm=2 * s.mu_norm))


def same_draw(one, other):
    doubled = np.allclose(2 * one.sample.mu, other.sample.mu) and np.array_equal(one.sample.xi, other.sample.xi)
    return (Inequality("other seed or world", float(one.seed != other.seed or not doubled), 0.0, "<="),)


def test_a_run_that_diverges_in_one_world_fails_the_draw(monkeypatch):
    def wild(world, seeds):
        if world.setting.mu_norm > 3 and any(seed % 2 for seed in seeds):
            raise FloatingPointError("training diverged")
        return observe(world, seeds)

    monkeypatch.setattr("figures.necessity.measure.observe", wild)
    group = Group("two", PATH.base, (), two_worlds, {"same": same_draw}, 0.5)
    data = measure(breaks=(Break(lines.FLIPS),), groups=(group,), draws=4)
    assert set(np.unique(data.share)) == {0.5}


def stage(rho, gamma, *, n=4, step=0.5):
    """Return an observation of full batches whose largest coefficient takes these values, an epoch a record."""
    s = PATH.base.replace(n=n, B=n, m=2)
    s = s.replace(eta=step * s.B * s.m / (s.sigma_p**2 * s.d))
    x = draw(s, 0)
    T, phases = len(rho), (Phase("sgd", epochs=len(rho) - 1),)
    grown = np.zeros((T, 2, s.m, n))
    grown[:, 0, 1, 2] = rho
    path_ = train(s, x, phases, 0)
    fields = {name: getattr(path_, name) for name in ("setting", "sample", "phases", "step", "epoch", "phase", "loss")}
    run = Trajectory(**fields, gamma=np.broadcast_to(np.array(gamma)[:, None, None], (T, 2, s.m)), rho=grown)
    return Observation(World(s, phases), 0, x, run)


def test_the_first_stage_is_counted_in_whole_epochs():
    o = stage([0.0, 0.9, 1.1, 1.9, 2.3, 3.0], [0.0, 0.1, 0.2, 0.3, 0.4, 0.5])
    s = o.world.setting
    assert stage_unit(s) == pytest.approx(2.0)  # 1 / step
    assert [i.measured for i in length(o)] == [pytest.approx(4 / 2)] * 2
    assert [i.measured for i in linear(o)] == [pytest.approx(4 / 2)] * 2
    assert [i.measured for i in signal(o)] == [pytest.approx(0.4 / (s.n * s.snr**2))] * 2
    at_once = stage([0.0, 2.5, 2.6], [0.0, 0.1, 0.2])
    assert holds(linear(at_once)) is False
    assert holds(length(at_once))
    never = stage([0.0, 1.5, 1.6], [0.0, 0.1, 0.2])
    assert [holds(claim(never)) for claim in (length, linear, signal)] == [False] * 3


def scanned(s, errors, rule="sgd", unit=None):
    worlds = [w for w in both_scans(s) if w.phases[0].rule == rule]
    return [
        Observation(w, 0, None, error=TestError(s.p + error, 0.001, 10))
        for w, error in zip(worlds, errors, strict=True)
    ]


THERE, LATE, NEVER = (0.4, 0.3, 0.15, 0.05, 0.0), (0.4, 0.3, 0.3, 0.2, 0.0), (0.4, 0.3, 0.3, 0.2, 0.2)


def test_the_gap_is_that_of_the_two_contours():
    s = SAM_CONTOUR.base
    both = gap_is_there(*scanned(s, THERE, "sam"), *scanned(s, THERE))
    ratio = (s.d / s.n) ** 0.25 / 2
    assert both[0].measured == pytest.approx(ratio)
    assert both[1].measured == pytest.approx(1.0)
    assert holds(both)
    flat = s.replace(d=16 * s.n)  # there the units are equal
    assert holds(gap_is_there(*scanned(flat, LATE, "sam"), *scanned(flat, THERE))) is False
    assert holds(gap_is_there(*scanned(s, NEVER, "sam"), *scanned(s, THERE))) is False


def test_what_is_restored_is_ten_times_the_margin():
    s = PATH.base
    for line, restored in RESTORES.items():
        assert margins(restored(s))[line] / margins(s)[line] == pytest.approx(10.0)


def test_a_fall_by_another_size_is_no_fall_by_the_line():
    few = Group(
        "few", PATH.base, (), two_worlds, {"B": lambda *o: (Inequality("B", o[0].world.setting.B, 12.0, ">="),)}, 0.5
    )
    data = measure(breaks=(Break(lines.SIGNAL),), groups=(few,), draws=8)
    assert math.isfinite(float(data.after.values[0, 0]))
    assert str(data.status.values[0, 0]) == "not by it"
