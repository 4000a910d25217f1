"""Settings with one line of Condition 3.1 broken, what is asked there, and the experiment."""

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from dynamics import Phase, draw, train
from dynamics.replay import replay
from figures.necessity import lines
from figures.necessity.contours import HEADLINE, SAM_CONTOUR, SGD_CONTOUR
from figures.necessity.draw import states
from figures.necessity.groups import (
    BATCHES,
    BENIGN,
    HARMFUL,
    PATH,
    SAM,
    STAGE,
    START,
    Group,
    _gradients,
    allowed_epochs,
    start_world,
)
from figures.necessity.lines import POWERS, STRONG, STRONG_FOR_SAM, WEAK, implied_by
from figures.necessity.measure import BREAKS, Break, fall, measure, settings_of
from theorems.beyond.necessity.breaking import breaking_point
from theorems.condition import margins, tau_paper
from theorems.statement import Inequality, Observation, World

COMPARED = (HEADLINE, SGD_CONTOUR, SAM_CONTOUR, BATCHES)
RESULT = Path(__file__).parent.parent / "results" / "necessity.nc"
DELTA = 0.1


def test_lines_are_those_of_the_condition_with_their_powers():
    assert set(POWERS) == set(margins(HARMFUL.base))
    s = HARMFUL.base
    doubled = {"d": s.replace(d=2 * s.d), "s": s.replace(mu_norm=2 * s.mu_norm), "p": s.replace(p=2 * s.p),
               "a": s.replace(sigma_0=2 * s.sigma_0), "e": s.replace(eta=2 * s.eta), "m": s.replace(m=2 * s.m),
               "H": s.replace(B=s.n // 2)}  # fmt: skip
    for field, other in doubled.items():
        for line, powers in POWERS.items():
            if line == lines.SAMPLES_LOG and field == "m":
                continue  # its logarithm
            ratio = margins(other)[line] / margins(s)[line]
            assert ratio == pytest.approx(2.0 ** powers.get(field, 0.0)), (field, line)
    twice = s.replace(n=2 * s.n, B=2 * s.n)
    for line, powers in POWERS.items():
        if line != lines.FILTERS:
            assert margins(twice)[line] / margins(s)[line] == pytest.approx(2.0 ** powers.get("n", 0.0)), line


def test_what_a_theorem_asks_for_protects_some_lines():
    assert implied_by(lines.SIGNAL, [WEAK]).least > 1
    assert implied_by(lines.STRENGTH, [STRONG]).least > 1
    assert implied_by(lines.SIGNAL, [STRONG]) is None
    assert implied_by(lines.STRENGTH, [STRONG_FOR_SAM]).least == pytest.approx(3)


@pytest.mark.parametrize("group", [HARMFUL, BENIGN, SAM, STAGE, PATH, *COMPARED], ids=lambda group: group.name)
@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.name)
def test_one_margin_falls_and_all_others_are_kept(group, broken):
    found, reason = settings_of(broken, group)
    assert bool(found) != bool(reason)
    spared = {broken.line, *broken.together}
    before = math.inf
    for s in found:
        now = margins(s, DELTA)
        assert now[broken.line] < before
        before = now[broken.line]
        kept = {line: value for line, value in now.items() if line not in spared}
        assert min(kept.values()) >= 1 - 1e-6, kept
        assert s.n % s.B == 0
    if found and broken.line != lines.FLIPS:
        assert before < 1


def test_time_allowed_is_that_of_the_theorem():
    s = HARMFUL.base
    assert allowed_epochs(s) == math.ceil(5 * 24 * 8 / (s.eta * 0.05 * 4000))
    assert allowed_epochs(s.replace(eta=1.0)) == 50


@pytest.mark.parametrize("mu_norm", [6.5, 400.0])
def test_gradient_and_ascent_are_those_of_the_run(mu_norm):
    s = STAGE.base.replace(mu_norm=mu_norm, sigma_0=1e-3)
    x = draw(s, 3)
    run = train(s, x, [Phase("sam", 1, tau=tau_paper(s))], 3, record_every="step")
    step = next(iter(replay(run)))
    o = Observation(World(s, phases=run.phases), 3, x, run)
    product, shift, norm = next(iter(_gradients(o)))
    order = np.argsort(step.batch)
    noise, moved = step.noise[..., order], step.noise_shift[..., order]
    pairs = (noise > 0) & (x.y == np.array([1, -1])[:, None, None])
    assert norm == pytest.approx(step.gradient_norm, rel=1e-9)
    np.testing.assert_allclose(product, noise[pairs], rtol=1e-9)
    np.testing.assert_allclose(shift, moved[pairs], rtol=1e-9)


@pytest.mark.parametrize(
    ("measured", "level", "expected"),
    [
        ([0.0, 0.5, 2.5], 1.5, 10 * 10**0.5),
        ([0.0, 2.0, 2.5], 1.0, 10**0.5),
        ([0.0, 0.0, 0.0], 1.0, np.nan),
        ([2.0, 2.0, 2.0], 1.0, np.nan),  # not bracketed
    ],
)
def test_breaking_point_is_interpolated_in_the_logarithm(measured, level, expected):
    np.testing.assert_allclose(breaking_point([1.0, 10.0, 100.0], measured, level), expected)


@pytest.mark.parametrize(
    ("high", "expected"),
    [
        ([1.0, 1.0, 0.4], (2.0, 1.0)),
        ([1.0, 0.4, 1.0], (3.0, 2.0)),  # the first time
        ([0.4, 0.4, 0.4], (np.inf, 3.0)),
        ([1.0, 0.5, 0.6], (1.0, np.nan)),  # not surely
    ],
)
def test_fall_is_between_two_margins(high, expected):
    np.testing.assert_array_equal(fall([3.0, 2.0, 1.0], high, 0.5), expected)


def small_enough(o):
    return (Inequality("sigma_0 d / 8", o.world.setting.sigma_0 * o.world.setting.d, 8.0, "<="),)


def unlikely(o):
    return (Inequality("seed", o.seed % 2, 0.0, "<="),)


def toy(least):
    claims = {"start": small_enough, "half": unlikely}
    return Group("toy", HARMFUL.base, (), start_world, claims, least)


def test_finds_where_a_statement_falls():
    both = Break(lines.START, (lines.START_SIGNAL,))
    data = measure(breaks=(both, Break(lines.START_SIGNAL), Break(lines.STRENGTH)), groups=(toy(0.5),), draws=30)
    cell = data.sel(line=both.name, statement="start")
    edge = math.sqrt(24) / (2 * 8)  # sqrt(n) / (P sigma_p sigma_0 d) at sigma_0 d = 8
    assert float(cell.after) < edge < float(cell.before)
    assert float(cell.before) / float(cell.after) == pytest.approx(10**0.5, rel=1e-3)
    assert str(cell.status.values) == "falls"
    assert list(cell.share.values[cell.margin > edge]) == [1.0] * int((cell.margin > edge).sum())
    assert not cell.share.values[cell.margin < edge].any()
    follows = data.sel(line=lines.START_SIGNAL, statement="start")
    assert str(follows.status.values) == "not applicable"
    assert "follows from the others" in str(follows.reason.values)
    assert np.isnan(follows.margin).all()
    assert str(data.sel(line=lines.STRENGTH, statement="start").status.values) == "never"
    half = data.sel(line=lines.STRENGTH, statement="half")
    assert float(half.share[0]) == 0.5
    assert str(half.status.values) == "never"
    assert data.attrs["seeds"].split()[:2] == ["0", "1"]


def test_the_kept_matrix_comes_out_again():
    kept = xr.load_dataset(RESULT)
    assert kept.attrs["exhibit"] == "necessity"
    assert RESULT.stat().st_size < 450_000
    for broken, group in ((BREAKS[-1], BENIGN), (Break(lines.STRENGTH), START), (Break(lines.SIGNAL), BATCHES)):
        again = measure(breaks=(broken,), groups=(group,))
        for statement in group.claims:
            old = kept.sel(line=broken.name, statement=statement)
            new = again.sel(line=broken.name, statement=statement)
            steps = new.sizes["step"]
            np.testing.assert_allclose(new.margin, old.margin[:steps], rtol=1e-5)
            np.testing.assert_allclose(new.share, old.share[:steps], atol=0.06)  # a draw on the edge, by rounding
            assert str(new.status.values) == str(old.status.values)
    np.testing.assert_array_equal(states(kept).values, kept.status.values)
