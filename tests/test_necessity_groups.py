"""What the matrix of lines asks of several worlds at once, in the paper's own form, and of the network step by step."""

import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from dynamics import Phase, TestError, Trajectory, draw, train
from dynamics.closed_form import memorisation
from figures.dataset import write
from figures.necessity import lines
from figures.necessity.contours import (
    HEADLINE,
    SAM_CONTOUR,
    SGD_CONTOUR,
    both_scans,
    gap_is_there,
    sam_contour_is_there,
    sgd_contour_is_there,
    sgd_fails_where_sam_does_not,
    sgd_scan,
)
from figures.necessity.draw import _GROUPS
from figures.necessity.groups import BATCHES, BENIGN, NETWORK, PATH, Group, holds, recursion_beyond_rounding, sam_world
from figures.necessity.measure import BREAKS, GROUPS, RESTORES, Break, exhibit, settings_of
from figures.necessity.scales import (
    CLOSED_FORM,
    RATE,
    between_closed_forms,
    exponent,
    first_stage_world,
    length,
    linear,
    rate_bound,
    signal,
    stage_unit,
)
from theorems.catalogue import catalogue
from theorems.condition import margins, threshold_sam, threshold_sgd
from theorems.sgd import benign_bound
from theorems.sgd.noise_growth_closed_form import sandwich
from theorems.statement import Inequality, Observation, World
from verify.observe import observe

TOGETHER = {"init_signal": "init_signal_max", "init_noise": "init_noise_max", "benign_rate": "benign_bound",
            "signal_learning": "signal_time"}  # fmt: skip
"""Asked under the name of another statement, in one claim with it or by its bound or limit."""


def test_every_statement_of_the_paper_is_asked():
    asked = {name.split(":")[0].split(" (")[0] for group in GROUPS for name in group.claims}
    asked |= {TOGETHER[name] for name in asked & set(TOGETHER)}
    assert asked == {name for name, statement in catalogue.items() if not statement.beyond}
    names = [name for group in GROUPS for name in group.claims]
    assert len(names) == len(set(names))


def test_the_name_of_a_group_may_stand_in_a_file(tmp_path):
    attributes = {f"base: {group.name}": "" for group in GROUPS}
    write(xr.Dataset(attrs=attributes), tmp_path / "names.nc")
    assert set(xr.load_dataset(tmp_path / "names.nc").attrs) == set(attributes)
    assert {group.name for group in GROUPS} == set(_GROUPS)


def two_worlds(s):
    return World(s), World(s.replace(mu_norm=2 * s.mu_norm))


def same_draw(one, other):
    doubled = np.allclose(2 * one.sample.mu, other.sample.mu) and np.array_equal(one.sample.xi, other.sample.xi)
    return (Inequality("other seed or world", float(one.seed != other.seed or not doubled), 0.0, "<="),)


def test_a_claim_takes_one_draw_of_every_world():
    group = Group("two", PATH.base, (), two_worlds, {"same": same_draw}, 0.5)
    data = exhibit(breaks=(Break(lines.STRENGTH),), groups=(group,), draws=4)
    assert set(np.unique(data.share)) == {1.0}
    assert np.isnan(data.error).all()


def test_a_run_that_diverges_in_one_world_fails_the_draw(monkeypatch):
    def wild(world, seeds):
        if world.setting.mu_norm > 3 and any(seed % 2 for seed in seeds):
            raise FloatingPointError("training diverged")
        return observe(world, seeds)

    monkeypatch.setattr("figures.necessity.measure.observe", wild)
    group = Group("two", PATH.base, (), two_worlds, {"same": same_draw}, 0.5)
    data = exhibit(breaks=(Break(lines.FLIPS),), groups=(group,), draws=4)
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


def test_the_first_stage_has_the_time_it_may_take():
    world = first_stage_world(PATH.base)
    unit = stage_unit(PATH.base)
    assert 10 * unit < world.phases[0].epochs < 12 * unit
    assert world.record_every / unit < 0.05
    fast = first_stage_world(PATH.base.replace(eta=1e3 * PATH.base.eta))
    assert (fast.phases[0].epochs, fast.record_every) == (10, 1)


def test_the_sandwich_is_that_of_the_closed_form():
    (o,) = observe(World(CLOSED_FORM.base, (Phase("sgd", epochs=400),), record_every=50), [3])
    slow, fast = np.full(24, 0.01), np.full(24, 0.02)
    slow[5] = 0.0
    below, above = sandwich(o, slow, fast, 2.0)
    t = np.arange(0, 401, 50.0)
    np.testing.assert_allclose(below[:, 0], memorisation(0.01, 2.0, t), rtol=1e-12)
    np.testing.assert_allclose(above[:, 0], memorisation(0.02, 0.5, t) + 0.02 / 1.5, rtol=1e-12)
    assert not below[:, 5].any()  # no filter, nothing memorised
    assert holds(between_closed_forms(o))
    grown = replace(o, path=replace(o.trained, rho=10 * o.trained.rho))
    assert holds(between_closed_forms(grown)) is False


def test_full_batches_are_kept_where_the_closed_form_asks_for_them():
    for broken in BREAKS:
        assert all(s.B == s.n for s in settings_of(broken, CLOSED_FORM)[0])
    moved = [s for broken in BREAKS for s in settings_of(broken, PATH)[0]]
    assert any(s.B < s.n for s in moved)


def test_the_rate_is_refuted_only_for_sure():
    (o,) = observe(replace(RATE.worlds(BENIGN.base)[0], test_samples=500), [2])
    (stated,) = benign_bound.claim(o)
    (asked,) = rate_bound(o)
    assert asked.measured == pytest.approx(stated.measured - stated.uncertainty)
    assert asked.holds
    assert holds(rate_bound(replace(o, error=TestError(0.5, 0.001, 500)))) is False
    assert holds(exponent(o))
    weaker = replace(o, world=replace(o.world, setting=o.world.setting.replace(mu_norm=20.0)))
    assert holds(exponent(weaker)) is False


def scanned(s, errors, rule="sgd", unit=None):
    worlds = [w for w in both_scans(s) if w.phases[0].rule == rule]
    return [
        Observation(w, 0, None, error=TestError(s.p + error, 0.001, 10))
        for w, error in zip(worlds, errors, strict=True)
    ]


THERE, LATE, NEVER = (0.4, 0.3, 0.15, 0.05, 0.0), (0.4, 0.3, 0.3, 0.2, 0.0), (0.4, 0.3, 0.3, 0.2, 0.2)


def test_scans_reach_as_far_as_a_contour_may_be():
    s = SGD_CONTOUR.base.replace(mu_norm=77.0)  # the scan does not depend on it
    sgd = [w.setting.mu_norm for w in sgd_scan(s)]
    sam = [w.setting.mu_norm for w in both_scans(s)[:5]]
    unit = (s.d / s.n) ** 0.25 * (s.P - 1) * s.sigma_p
    assert (sgd[0], sgd[2], sgd[-1]) == pytest.approx((unit / 3, unit, 3 * unit))
    assert (sam[0], sam[2], sam[-1]) == pytest.approx((2 / 3, 2, 6))
    for w in both_scans(s):
        assert (w.setting.eta, w.setting.sigma_0, w.tol) == (s.eta, s.sigma_0, 0.05)
    assert [w.phases[0].rule for w in both_scans(s)] == ["sam"] * 5 + ["sgd"] * 5


def test_a_contour_is_there_or_not():
    s = SGD_CONTOUR.base
    assert holds(sgd_contour_is_there(*scanned(s, THERE)))
    found = sgd_contour_is_there(*scanned(s, LATE))[0].measured
    assert 3**0.5 < found < 3  # between the last two strengths, 0.2 and 0.0
    assert holds(sgd_contour_is_there(*scanned(s, NEVER))) is False
    assert holds(sam_contour_is_there(*scanned(s, THERE, "sam"), *scanned(s, NEVER)))
    assert holds(sam_contour_is_there(*scanned(s, NEVER, "sam"), *scanned(s, THERE))) is False


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


def test_the_signal_stays_at_the_contours():
    for broken in BREAKS:
        for s in settings_of(broken, SGD_CONTOUR)[0]:
            assert s.mu_norm == pytest.approx(threshold_sgd(s) / 2, rel=1e-3)
        for s in settings_of(broken, SAM_CONTOUR)[0]:
            assert s.mu_norm == pytest.approx(threshold_sam(s), rel=1e-3)
        for s in settings_of(broken, HEADLINE)[0]:
            assert 2.2 * threshold_sam(s) * (1 - 1e-3) <= s.mu_norm <= 0.42 * threshold_sgd(s) * (1 + 1e-3)


def test_lines_on_the_signal_of_a_contour_follow_from_the_others():
    for group in (SGD_CONTOUR, SAM_CONTOUR, HEADLINE):
        found, reason = settings_of(Break(lines.SIGNAL), group)
        assert not found
        assert reason.startswith("follows from the others")


def test_the_headline_needs_both_runs():
    s = sam_world(BENIGN.base).setting
    run = train(s, draw(s, 0), [Phase("sgd", epochs=4000)], 0, record_every=4000)
    good, bad = TestError(s.p + 0.01, 0.001, 4000), TestError(s.p + 0.2, 0.001, 4000)
    assert run.loss[-1] < 0.05
    outcomes = {}
    for sam, sgd in ((good, bad), (good, good), (bad, bad)):
        o = Observation(World(s), 0, draw(s, 0), run, sam, run, sgd)
        outcomes[sam.value < 0.1, sgd.value < 0.1] = holds(sgd_fails_where_sam_does_not(o))
    assert outcomes == {(True, False): True, (True, True): False, (False, False): False}
    with pytest.raises(ValueError, match="headline needs a rival that was tested"):
        sgd_fails_where_sam_does_not(Observation(World(s), 0, draw(s, 0), run, good))


@pytest.mark.parametrize("sigma_0", [NETWORK.base.sigma_0, 1e5 * NETWORK.base.sigma_0])
def test_the_recursion_is_held_up_to_the_rounding_of_the_weights(sigma_0):
    (o,) = observe(NETWORK.worlds(NETWORK.base.replace(sigma_0=sigma_0))[0], [1])
    with np.errstate(over="ignore"):
        assert holds(recursion_beyond_rounding(o))
    off = replace(o, path=replace(o.trained, rho=1.01 * o.trained.rho))
    with np.errstate(over="ignore"):
        assert holds(recursion_beyond_rounding(off)) is False


def test_the_recursion_needs_independent_vectors():
    s = NETWORK.base.replace(d=20)
    (o,) = observe(NETWORK.worlds(s)[0], [1])
    assert holds(recursion_beyond_rounding(o)) is False
    assert holds(NETWORK.claims["decomposition"](o))


def test_batches_are_recorded_in_every_step():
    (o,) = observe(BATCHES.worlds(BATCHES.base)[0], [0])
    assert o.trained.batches.shape == (8, 20)
    assert holds(BATCHES.claims["batch_balance"](o))


def test_what_is_restored_is_ten_times_the_margin():
    s = PATH.base
    for line, restored in RESTORES.items():
        assert margins(restored(s))[line] / margins(s)[line] == pytest.approx(10.0)


def test_a_fall_by_another_size_is_no_fall_by_the_line():
    few = Group(
        "few", PATH.base, (), two_worlds, {"B": lambda *o: (Inequality("B", o[0].world.setting.B, 12.0, ">="),)}, 0.5
    )
    data = exhibit(breaks=(Break(lines.SIGNAL),), groups=(few,), draws=8)
    assert math.isfinite(float(data.after.values[0, 0]))
    assert str(data.status.values[0, 0]) == "not by it"
