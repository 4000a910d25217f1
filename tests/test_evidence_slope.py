"""Exponents along a ladder: estimate, interval, verdict, drift."""

import numpy as np
import pytest
from scipy.stats import binom, linregress
from scipy.stats import t as student

from verify.evidence import as_dict, slope

VALUES = [10.0, 20.0, 40.0, 80.0, 160.0, 320.0]
X = np.log(VALUES)


def ladder(rng, k=8, exponent=0.25, shared=0.3, own=0.1, curve=0.0):
    """Quantities `3 v^exponent` with a factor a replica and one a rung; `curve` bends the ladder."""
    noise = shared * rng.standard_normal((k, 1)) + own * rng.standard_normal((k, len(VALUES)))
    return 3 * np.exp(exponent * X + curve * (X - X.mean()) ** 2 + noise)


@pytest.mark.parametrize("exponent", [-2.0, -0.25, 0.0, 0.25, 1.0])
def test_recovers_an_exact_power_law(exponent):
    quantities = 3 * np.exp(exponent * X) * np.array([[1.0], [1.7], [0.2]])
    found = slope("q", VALUES, quantities, -9, 9, 0.01)
    assert found.exponent == pytest.approx(exponent, abs=1e-12)
    assert found.upper - found.lower < 1e-10
    assert found.drift == pytest.approx(0, abs=1e-12)
    assert found.status == "confirmed"
    assert (found.replicas, found.rungs, found.values) == (3, 6, tuple(VALUES))


def test_is_the_mean_of_the_least_squares_slopes():
    quantities = ladder(np.random.default_rng(0))
    slopes = np.array([linregress(X, row).slope for row in np.log(quantities)])
    found = slope("q", VALUES, quantities, 0, 1, 0.02)
    width = student.ppf(0.99, 7) * slopes.std(ddof=1) / np.sqrt(8)
    assert found.exponent == pytest.approx(slopes.mean(), rel=1e-12)
    assert found.exponent == pytest.approx(linregress(X, np.log(quantities).mean(0)).slope, rel=1e-12)
    assert (found.lower, found.upper) == pytest.approx((slopes.mean() - width, slopes.mean() + width), rel=1e-10)
    np.testing.assert_allclose(found.means, np.exp(np.log(quantities).mean(0)), rtol=1e-12)


@pytest.mark.parametrize(("k", "level"), [(2, 0.1), (5, 0.1), (8, 0.01)])
def test_interval_covers_as_often_as_stated(k, level):
    # Student's interval is exact for normal logarithms: the count is binomial; the test errs once in 10^6
    rng, runs = np.random.default_rng(1), 3000
    found = [slope("q", VALUES, ladder(rng, k), 0, 1, level) for _ in range(runs)]
    covered = sum(s.lower <= 0.25 <= s.upper for s in found)
    low, high = binom.ppf([5e-7, 1 - 5e-7], runs, 1 - level)
    assert low <= covered <= high


def test_at_the_edge_of_the_range_both_errors_are_at_most_the_level():
    rng, runs, level = np.random.default_rng(2), 3000, 0.1
    found = [slope("q", VALUES, ladder(rng), 0.0, 0.25, level) for _ in range(runs)]
    most = binom.ppf(1 - 1e-6, runs, level)
    assert 0 < sum(s.status == "refuted" for s in found) <= most
    assert 0 < sum(s.status == "confirmed" for s in found) <= most
    assert 0 < sum(s.p_value <= level for s in found) <= most


@pytest.mark.parametrize(
    ("low", "high", "status"),
    [
        (0.2, 0.3, "confirmed"),
        (0.4, 0.6, "refuted"),
        (-0.1, 0.1, "refuted"),
        (0.25, 0.6, "inconclusive"),
        (0.0, 0.25, "inconclusive"),
        (0.249, 0.251, "inconclusive"),
        (-np.inf, 0.3, "confirmed"),
        (0.2, np.inf, "confirmed"),
        (-np.inf, 0.1, "refuted"),
        (0.4, np.inf, "refuted"),
        (-np.inf, 0.25, "inconclusive"),
        (-np.inf, np.inf, "confirmed"),
    ],
)
def test_verdict_compares_interval_and_range(low, high, status):
    # exact slopes 0.25 -+ 0.03: the interval is about [0.22, 0.28] at this level
    quantities = np.exp(np.array([[0.22], [0.25], [0.28], [0.25]]) * X)
    found = slope("q", VALUES, quantities, low, high, 0.1)
    assert found.lower == pytest.approx(0.25 - student.ppf(0.95, 3) * np.sqrt(0.0006) / 2)
    assert found.status == status
    assert 0 <= found.p_value <= 1


@pytest.mark.parametrize("level", [0.3, 0.05, 1e-3])
def test_refuted_exactly_where_the_p_value_is_below_the_level(level):
    quantities = ladder(np.random.default_rng(3))
    statuses = set()
    for low in np.linspace(0.1, 0.6, 101):
        found = slope("q", VALUES, quantities, low, 9, level)
        assert (found.status == "refuted") == (found.p_value < level)
        statuses.add(found.status)
    assert statuses == {"confirmed", "refuted", "inconclusive"}


def test_p_value_is_one_inside_the_range():
    assert slope("q", VALUES, ladder(np.random.default_rng(4)), -1, 1, 0.05).p_value == 1


def test_p_value_without_spread():
    quantities = np.exp(0.5 * X) * np.ones((4, 1))
    assert slope("q", VALUES, quantities, 0, 1, 0.05).p_value == 1
    assert slope("q", VALUES, quantities, 1, 2, 0.05).p_value == 0


@pytest.mark.parametrize("curve", [0.08, -0.08])
def test_drift_of_a_curved_ladder_is_detected(curve):
    found = slope("q", VALUES, ladder(np.random.default_rng(5), curve=curve), 0, 1, 0.01)
    # the slopes of the halves of c (x - mean)^2 differ by 2 c times the distance of their middles
    assert found.drift == pytest.approx(2 * curve * (X[3:].mean() - X[:3].mean()), abs=0.1)
    assert found.drift_lower * found.drift_upper > 0
    assert found.drift_lower <= found.drift <= found.drift_upper


def test_drift_of_a_straight_ladder_covers_zero_as_often_as_stated():
    rng, runs, level = np.random.default_rng(6), 2000, 0.05
    found = [slope("q", VALUES, ladder(rng), 0, 1, level) for _ in range(runs)]
    low, high = binom.ppf([5e-7, 1 - 5e-7], runs, 1 - level)
    assert low <= sum(s.drift_lower <= 0 <= s.drift_upper for s in found) <= high


def test_drift_of_an_odd_ladder_shares_the_middle_rung():
    x = np.log(VALUES[:5])
    logs = np.array([[0.0, 1.0, 2.0, 4.0, 6.0], [0.0, 1.0, 2.0, 4.0, 6.0]]) * np.log(2)
    found = slope("q", VALUES[:5], np.exp(logs), 0, 9, 0.05)
    assert found.drift == pytest.approx(linregress(x[2:], logs[0, 2:]).slope - linregress(x[:3], logs[0, :3]).slope)
    assert found.drift == pytest.approx(1.0)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf, -np.inf])
def test_a_quantity_without_logarithm_is_inconclusive(bad):
    quantities = ladder(np.random.default_rng(7))
    quantities[3, 2] = bad
    found = slope("q", VALUES, quantities, -9, 9, 0.05)
    assert found.status == "inconclusive"
    assert np.isnan([found.exponent, found.lower, found.upper, found.drift]).all()
    assert found.p_value == 1


def test_one_replica_is_inconclusive():
    assert slope("q", VALUES, ladder(np.random.default_rng(8), k=1), -9, 9, 0.05).status == "inconclusive"


def test_plain_data_names_its_form():
    found = as_dict(slope("SGD boundary", VALUES, ladder(np.random.default_rng(9)), 0.2, 0.3, 0.05))
    assert (found["form"], found["name"], found["low"], found["high"]) == ("slope", "SGD boundary", 0.2, 0.3)
