"""Clopper-Pearson limits and the verdicts that rest on them."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from verify.evidence import as_dict, proportion

LEVELS = [0.05, 1e-3, 1e-5]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("held", "draws"), [(0, 7), (1, 7), (4, 7), (7, 7), (190, 200), (1999, 2000), (0, 1), (1, 1)])
def test_limits_are_those_of_scipy(held, draws, level):
    ours = proportion(held, 0, draws, 0.9, level)
    theirs = binomtest(held, draws).proportion_ci(confidence_level=1 - 2 * level, method="exact")
    np.testing.assert_allclose([ours.lower, ours.upper], [theirs.low, theirs.high], rtol=1e-9, atol=1e-12)


def test_limits_known_in_closed_form():
    # x = 0: upper = 1 - level^(1/n); x = n: lower = level^(1/n)
    none, every = proportion(0, 0, 10, 0.9, 0.05), proportion(10, 0, 10, 0.9, 0.05)
    assert none.lower == 0
    assert none.upper == pytest.approx(1 - 0.05**0.1, rel=1e-12)
    assert every.lower == pytest.approx(0.05**0.1, rel=1e-12)
    assert every.upper == 1


def test_limits_of_a_published_table():
    # 95 % two-sided interval of 3 in 10: 6.67 % to 65.25 %
    found = proportion(3, 0, 10, 0.9, 0.025)
    assert (round(found.lower, 4), round(found.upper, 4)) == (0.0667, 0.6525)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("target", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("draws", [1, 13, 200, 800])
def test_wrong_verdicts_are_no_more_frequent_than_the_level(draws, target, level):
    # at P = target the claim is true; at any P below, "confirmed" is rarer than there
    counts = np.arange(draws + 1)
    chance = binom.pmf(counts, draws, target)
    statuses = np.array([proportion(int(k), 0, draws, target, level).status for k in counts])
    assert chance[statuses == "refuted"].sum() <= level * (1 + 1e-9)
    assert chance[statuses == "confirmed"].sum() <= level * (1 + 1e-9)


@pytest.mark.parametrize("true", [0.02, 0.5, 0.93, 0.9999])
@pytest.mark.parametrize("draws", [5, 60, 400])
def test_each_limit_misses_no_more_often_than_the_level(draws, true):
    counts, level = np.arange(draws + 1), 0.01
    chance = binom.pmf(counts, draws, true)
    limits = [proportion(int(k), 0, draws, 0.9, level) for k in counts]
    assert chance[[limit.lower > true for limit in limits]].sum() <= level
    assert chance[[limit.upper < true for limit in limits]].sum() <= level
    assert chance[[limit.lower <= true <= limit.upper for limit in limits]].sum() >= 1 - 2 * level


def test_three_verdicts():
    assert proportion(200, 0, 200, 0.95, 1e-3).status == "confirmed"
    assert proportion(170, 0, 200, 0.95, 1e-3).status == "refuted"
    assert proportion(190, 0, 200, 0.95, 1e-3).status == "inconclusive"


def test_no_draw_decides_nothing():
    found = proportion(0, 0, 0, 0.95, 0.05)
    assert (found.lower, found.upper, found.p_value, found.status) == (0, 1, 1, "inconclusive")


def test_a_certain_event_is_refuted_by_one_failure_and_never_confirmed():
    assert proportion(999, 0, 1000, 1.0, 0.05).status == "refuted"
    assert proportion(1000, 0, 1000, 1.0, 0.05).status == "inconclusive"


def test_unclear_draws_count_against_both_verdicts():
    mixed = proportion(150, 30, 200, 0.9, 0.01)
    assert mixed.lower == proportion(150, 0, 200, 0.9, 0.01).lower
    assert mixed.upper == proportion(180, 0, 200, 0.9, 0.01).upper
    assert mixed.p_value == proportion(180, 0, 200, 0.9, 0.01).p_value
    assert mixed.status == "inconclusive"
    assert proportion(0, 200, 200, 0.9, 0.01).status == "inconclusive"
    assert proportion(100, 20, 200, 0.9, 0.01).status == "refuted"
    assert proportion(199, 1, 200, 0.9, 0.01).status == "confirmed"


@pytest.mark.parametrize(("held", "draws", "target"), [(0, 5, 0.5), (13, 20, 0.9), (190, 200, 0.95), (200, 200, 0.95)])
def test_p_value_is_the_lower_tail(held, draws, target):
    assert proportion(held, 0, draws, target, 0.05).p_value == pytest.approx(binom.cdf(held, draws, target), rel=1e-10)


@pytest.mark.parametrize("level", LEVELS)
def test_refuted_exactly_where_the_p_value_is_below_the_level(level):
    for held in range(201):
        found = proportion(held, 0, 200, 0.95, level)
        assert (found.status == "refuted") == (found.p_value < level)


def test_plain_data_names_its_form():
    found = as_dict(proportion(3, 1, 5, 0.9, 0.05))
    assert found["form"] == "proportion"
    assert (found["held"], found["unclear"], found["draws"], found["target"], found["level"]) == (3, 1, 5, 0.9, 0.05)
