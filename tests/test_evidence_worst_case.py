"""Inequalities, their reduction over draws, and Holm's procedure."""

from itertools import combinations, product

import numpy as np
import pytest

from theorems.statement import Inequality, worst
from verify.evidence import as_dict, combine, holm, worst_case

INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("measured", "sense", "bound", "slack", "holds"),
    [
        (1.0, "<=", 4.0, 0.75, True),
        (5.0, "<=", 4.0, -0.25, False),
        (4.0, "<=", 4.0, 0.0, True),
        (5.0, ">=", 4.0, 0.25, True),
        (1.0, ">=", 4.0, -0.75, False),
        (4.0, ">=", 4.0, 0.0, True),
        (-5.0, "<=", -4.0, 0.25, True),
        (-5.0, ">=", -4.0, -0.25, False),
        (-0.5, "<=", 0.0, 0.5, True),
        (0.5, "<=", 0.0, -0.5, False),
        (0.0, ">=", 0.0, 0.0, True),
        (3.0, "<=", INF, INF, True),
        (3.0, ">=", -INF, INF, True),
        (3.0, ">=", INF, -INF, False),
        (INF, "<=", 3.0, -INF, False),
        (INF, ">=", 3.0, INF, True),
    ],
)
def test_inequality(measured, sense, bound, slack, holds):
    found = Inequality("x", measured, bound, sense)
    assert found.slack == slack
    assert found.holds is holds


@pytest.mark.parametrize("sense", ["<=", ">="])
@pytest.mark.parametrize(("measured", "bound"), [(NAN, 1.0), (1.0, NAN), (NAN, NAN), (NAN, INF), (NAN, -INF)])
@pytest.mark.parametrize("uncertainty", [0.0, 1.0])
def test_nan_never_holds(measured, bound, sense, uncertainty):
    found = Inequality("x", measured, bound, sense, uncertainty=uncertainty)
    assert found.holds is False
    assert np.isnan(found.slack)


def test_a_zero_bound_is_measured_in_the_scale():
    assert Inequality("x", -0.5, 0.0, "<=", scale=10.0).slack == 0.05
    assert Inequality("x", 6.0, 4.0, "<=", scale=10.0).slack == -0.2


@pytest.mark.parametrize(
    ("measured", "holds"),
    [(0.5, True), (0.9, True), (0.95, None), (1.0, None), (1.05, None), (1.1, False), (2.0, False)],
)
def test_uncertainty_leaves_open(measured, holds):
    assert Inequality("x", measured, 1.0, "<=", uncertainty=0.1 - 1e-12).holds is holds
    assert Inequality("x", -measured, -1.0, ">=", uncertainty=0.1 - 1e-12).holds is holds


def test_uncertainty_does_not_hide_infinity():
    assert Inequality("x", INF, 1.0, "<=", uncertainty=5.0).holds is False
    assert Inequality("x", 1.0, INF, "<=", uncertainty=5.0).holds is True
    assert Inequality("x", 1.0, 2.0, "<=", uncertainty=NAN).holds is None


def test_worst_is_the_least_slack_relative_to_its_bound():
    found = worst("x", [[1.0, 90.0], [3.0, 4.0]], "<=", [2.0, 100.0])
    assert (found.label, found.measured, found.bound, found.count, found.holds) == ("x", 3.0, 2.0, 4, False)
    found = worst("x", [1.0, 90.0], "<=", [2.0, 100.0])
    assert (found.measured, found.bound, found.slack, found.holds) == (90.0, 100.0, 0.1, True)
    found = worst("x", [3.0, 150.0], ">=", [2.0, 100.0])
    assert found.measured in (3.0, 150.0)
    assert found.slack == 0.5


def test_worst_of_random_comparisons():
    rng = np.random.default_rng(0)
    for sense in ("<=", ">="):
        left, right = rng.standard_normal(50), rng.standard_normal(50)
        every = [Inequality("x", a, b, sense) for a, b in zip(left, right, strict=True)]
        assert worst("x", left, sense, right).slack == min(i.slack for i in every)


@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("sense", ["<=", ">="])
def test_one_nan_is_the_worst_of_all(place, sense):
    measured = np.array([-9.0, 9.0, 1.0, 0.0])
    measured[place] = NAN
    found = worst("x", measured, sense, 1.0)
    assert found.holds is False
    assert np.isnan(found.measured)
    assert found.count == 4


def test_worst_with_infinite_bounds():
    assert worst("x", [1.0, 2.0], "<=", INF).holds is True
    assert worst("x", [1.0, 2.0], "<=", [INF, 1.0]).holds is False
    found = worst("x", [1.0, 2.0], "<=", [INF, 4.0])
    assert (found.measured, found.bound) == (2.0, 4.0)
    assert worst("x", [1.0, INF], "<=", 3.0).holds is False
    assert worst("x", [1.0, 2.0], ">=", -INF).holds is True


def test_infinity_is_not_known_to_be_below_infinity():
    assert worst("x", [1.0, INF], "<=", INF).holds is False


def test_worst_with_a_zero_bound():
    found = worst("x", [-3.0, -1.0, -2.0], "<=", 0.0, scale=4.0)
    assert (found.measured, found.slack, found.holds) == (-1.0, 0.25, True)
    assert worst("x", [-1.0, 1e-300], "<=", 0.0).holds is False


def test_nothing_to_compare_says_nothing():
    found = worst("x", [], "<=", 3.0)
    assert found.count == 0
    assert worst("x", np.zeros((0, 5)), ">=", 1.0).count == 0


def test_one_failing_draw_refutes():
    draws = [(Inequality("x", 1.0, 2.0, "<="),)] * 9 + [(Inequality("x", 2.1, 2.0, "<="),)]
    (part,) = worst_case(draws)
    assert part.status == "refuted"
    assert (part.measured, part.bound) == (2.1, 2.0)


@pytest.mark.parametrize("place", [0, 4, 9])
def test_one_nan_draw_refutes(place):
    draws = [(Inequality("x", 1.0, 2.0, "<="),)] * 10
    draws[place] = (Inequality("x", NAN, 2.0, "<="),)
    (part,) = worst_case(draws)
    assert part.status == "refuted"
    assert np.isnan(part.measured)
    assert np.isnan(part.slack)


def test_a_nan_is_shown_before_a_failure():
    (part,) = worst_case([(Inequality("x", 9.0, 2.0, "<="),), (Inequality("x", NAN, 2.0, "<="),)])
    assert np.isnan(part.measured)


def test_uncertain_draw_leaves_open_unless_another_fails():
    clear, open_ = Inequality("x", 1.0, 2.0, "<="), Inequality("x", 1.9, 2.0, "<=", uncertainty=0.2)
    assert worst_case([(clear,), (open_,)])[0].status == "inconclusive"
    assert worst_case([(clear,), (open_,), (Inequality("x", 3.0, 2.0, "<="),)])[0].status == "refuted"
    assert worst_case([(clear,), (clear,)])[0].status == "confirmed"


def test_zero_count_is_inconclusive():
    (part,) = worst_case([(worst("x", [], "<=", 1.0),)] * 3)
    assert (part.status, part.count) == ("inconclusive", 0)


def test_draws_that_say_nothing_are_left_out():
    nothing, something = worst("x", [], ">=", 1.0), Inequality("x", 3.0, 2.0, ">=", count=5)
    (part,) = worst_case([(nothing,), (something,), (nothing,)])
    assert (part.status, part.count, part.mean, part.measured) == ("confirmed", 5, 3.0, 3.0)


def test_numbers_of_a_part():
    draws = [(Inequality("x", m, 4.0, "<=", count=c),) for m, c in ((1.0, 2), (3.0, 5), (2.0, 1))]
    (part,) = worst_case(draws)
    assert (part.label, part.sense, part.measured, part.bound) == ("x", "<=", 3.0, 4.0)
    assert (part.mean, part.slack, part.constant, part.count) == (2.0, 0.25, 0.75, 8)
    assert as_dict(part)["form"] == "part"


def test_constant_of_a_zero_bound_is_none():
    assert worst_case([(Inequality("x", -1.0, 0.0, "<="),)])[0].constant is None


def test_labels_are_kept_apart():
    draws = [
        (Inequality("a", 1.0, 2.0, "<="), Inequality("b", 1.0, 2.0, ">=")),
        (Inequality("a", 1.5, 2.0, "<="), Inequality("b", 3.0, 2.0, ">=")),
    ]
    a, b = worst_case(draws)
    assert (a.label, a.status, a.measured) == ("a", "confirmed", 1.5)
    assert (b.label, b.status, b.measured) == ("b", "refuted", 1.0)


def test_a_draw_with_an_infinite_bound_is_not_the_tightest():
    draws = [(Inequality("x", 1.0, INF, "<="),), (Inequality("x", 1.9, 2.0, "<="),)]
    for order in (draws, draws[::-1]):
        (part,) = worst_case(order)
        assert (part.measured, part.bound) == (1.9, 2.0)


def test_no_draws_no_parts():
    assert worst_case([]) == []
    assert worst_case([(), ()]) == []


def test_combine_takes_the_worst_status():
    order = ("refuted", "hypotheses not met", "inconclusive", "confirmed")
    for statuses in product(order, repeat=3):
        assert combine(statuses) == min(statuses, key=order.index)
    assert combine([]) == "inconclusive"


def test_holm_textbook_example():
    # 0.01 <= 0.05/4, 0.02 > 0.05/3: one rejection (Bonferroni's too); 0.005 <= 0.05/4, 0.01 <= 0.05/3 in the second
    assert holm([0.01, 0.04, 0.03, 0.02], 0.05) == [True, False, False, False]
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05) == [True, False, False, True]
    assert holm([0.01, 0.02, 0.03, 0.005], 0.05) == [True, True, True, True]
    assert holm([], 0.05) == []
    assert holm([1.0], 0.05) == [False]


def test_holm_is_the_closure_of_bonferroni():
    # brute force: reject k if every intersection of hypotheses that holds k is rejected by Bonferroni
    rng, seen = np.random.default_rng(0), set()
    for _ in range(300):
        p = np.round(rng.random(5) * rng.choice([0.02, 0.1, 1.0]), 3)
        groups = [g for size in range(1, 6) for g in combinations(range(5), size)]
        closed = [all(min(p[list(g)]) <= 0.05 / len(g) for g in groups if k in g) for k in range(5)]
        assert holm(list(p), 0.05) == closed
        seen.add(sum(closed))
    assert {0, 1, 2, 3, 5} <= seen


def test_holm_never_rejects_a_nan():
    assert holm([NAN], 0.05) == [False]
    assert holm([0.001, NAN, 0.9], 0.05) == [True, False, False]
