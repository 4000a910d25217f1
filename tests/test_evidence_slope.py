"""Exponents along a ladder: estimate, interval, verdict, drift."""

import numpy as np
import pytest
from scipy.stats import binom, linregress
from scipy.stats import t as student

from theorems.statement import Finite
from verify.evidence import as_dict, slope

VALUES = [10.0, 20.0, 40.0, 80.0, 160.0, 320.0]
X = np.log(VALUES)


def ladder(rng, k=8, exponent=0.25, shared=0.3, own=0.1, curve=0.0):
    """Quantities `3 v^exponent` with a factor a replica and one a rung; `curve` bends the ladder."""
    noise = shared * rng.standard_normal((k, 1)) + own * rng.standard_normal((k, len(VALUES)))
    return 3 * np.exp(exponent * X + curve * (X - X.mean()) ** 2 + noise)


NONE = Finite("")


@pytest.mark.parametrize("exponent", [-2.0, -0.25, 0.0, 0.25, 1.0])
def test_recovers_an_exact_power_law(exponent):
    quantities = 3 * np.exp(exponent * X) * np.array([[1.0], [1.7], [0.2]])
    found = slope("q", VALUES, quantities, exponent, 0.01)
    assert found.exponent == pytest.approx(exponent, abs=1e-12)
    assert found.upper - found.lower < 3e-9
    assert found.drift == pytest.approx(0, abs=1e-12)
    assert found.status == "confirmed"
    assert found.exact  # a symmetry and no measurement
    assert (found.replicas, found.rungs, found.values) == (3, 6, tuple(VALUES))
    assert not slope("q", VALUES, quantities * np.linspace(1, 1.001, 6), exponent, 0.01).exact


def test_is_the_mean_of_the_least_squares_slopes():
    quantities = ladder(np.random.default_rng(0))
    slopes = np.array([linregress(X, row).slope for row in np.log(quantities)])
    found = slope("q", VALUES, quantities, 0.25, 0.02)
    width = student.ppf(0.99, 7) * slopes.std(ddof=1) / np.sqrt(8)
    assert found.exponent == pytest.approx(slopes.mean(), rel=1e-12)
    assert found.exponent == pytest.approx(linregress(X, np.log(quantities).mean(0)).slope, rel=1e-12)
    assert (found.lower, found.upper) == pytest.approx((slopes.mean() - width, slopes.mean() + width), abs=2e-9)
    np.testing.assert_allclose(found.means, np.exp(np.log(quantities).mean(0)), rtol=1e-12)


@pytest.mark.parametrize("correction", [None, -1.0, 0.5])
@pytest.mark.parametrize(("k", "level"), [(2, 0.1), (5, 0.1), (8, 0.01)])
def test_interval_covers_as_often_as_stated(k, level, correction):
    # Student's interval is exact for normal logarithms: the count is binomial; the test errs once in 10^6
    rng, runs = np.random.default_rng(1), 2000
    finite = Finite("", correction=correction)
    bend = 0 if correction is None else 0.7 * np.exp(correction * (X - X.mean()))  # what the correction takes away
    found = [slope("q", VALUES, ladder(rng, k) * np.exp(bend), 0.25, level, finite) for _ in range(runs)]
    covered = sum(s.lower <= 0.25 <= s.upper for s in found)
    low, high = binom.ppf([5e-7, 1 - 5e-7], runs, 1 - level)
    assert low <= covered <= high
    refuted = [s.status == "refuted" for s in found]
    assert refuted == [not s.lower <= 0.25 <= s.upper for s in found]


SPREAD = np.exp(np.array([[0.22], [0.25], [0.28], [0.25]]) * X)  # an interval of about [0.22, 0.28] at level 0.1


@pytest.mark.parametrize(
    ("predicted", "finite", "neighbours", "status"),
    [
        (0.25, NONE, (), "confirmed"),
        (0.5, NONE, (), "refuted"),
        (0.0, NONE, (), "refuted"),
        (0.20, Finite("n", 0.20, 0.30), (0.0,), "confirmed"),
        (0.20, Finite("n", 0.20, 0.25), (0.0,), "inconclusive"),  # the band holds a part of the interval
        (0.20, Finite("n", 0.18, 0.21), (0.0,), "refuted"),
        (0.25, NONE, (0.27,), "inconclusive"),  # the neighbour is not told apart
        (0.25, NONE, (0.5, 0.0), "confirmed"),
    ],
)
def test_verdict_compares_interval_prediction_band_and_neighbours(predicted, finite, neighbours, status):
    found = slope("q", VALUES, SPREAD, predicted, 0.1, finite, neighbours=neighbours)
    assert found.lower == pytest.approx(0.25 - student.ppf(0.95, 3) * np.sqrt(0.0006) / 2, abs=2e-9)
    assert found.status == status
    assert (found.band_low, found.band_high) == (np.fmin(finite.low, predicted), np.fmax(finite.high, predicted))
    assert found.band_source == finite.source
    assert (found.p_value < 0.1) == (status == "refuted")


def test_a_third_is_told_from_a_quarter():
    exact = np.exp(np.array([[0.249], [0.25], [0.251]]) * X)
    assert slope("q", VALUES, exact, 0.25, 0.01).status == "confirmed"
    for neighbour in (1 / 3, 1 / 6):
        assert slope("q", VALUES, exact, neighbour, 0.01).status == "refuted"
    found = slope("q", VALUES, exact, 0.25, 0.01)
    assert [status for _, status in found.neighbours] == ["refuted"] * 2
    assert [p for p, _ in found.neighbours] == pytest.approx([1 / 6, 1 / 3])
    assert (found.low, found.high) == pytest.approx((1 / 6, 1 / 3))


def test_a_correction_is_fitted_beside_the_exponent_and_the_plain_fit_stays_in_sight():
    quantities = np.exp(0.25 * X + 0.5 / np.array(VALUES)) * np.array([[1.0], [1.1], [0.9]])
    plain = slope("q", VALUES, quantities, 0.25, 0.01)
    found = slope("q", VALUES, quantities, 0.25, 0.01, Finite("n", correction=-1.0))
    assert plain.status == "refuted"
    assert found.status == "confirmed"
    assert found.exponent == pytest.approx(0.25)
    assert found.plain == (plain.exponent, plain.lower, plain.upper)
    assert found.trend  # the upper half is nearer to the prediction
    assert not slope("q", VALUES, 1 / quantities, 0.0, 0.01).trend


@pytest.mark.parametrize("level", [0.3, 0.05, 1e-3])
def test_refuted_exactly_where_the_p_value_is_below_the_level(level):
    quantities = ladder(np.random.default_rng(3))
    statuses = set()
    for low in np.linspace(0.1, 0.6, 101):
        found = slope("q", VALUES, quantities, 9, level, Finite("n", low, 9))
        assert (found.status == "refuted") == (found.p_value < level)
        statuses.add(found.status)
    assert statuses == {"confirmed", "inconclusive", "refuted"}


def test_p_value_without_spread():
    quantities = np.exp(0.5 * X) * np.ones((4, 1))
    assert slope("q", VALUES, quantities, 0.5, 0.05).p_value == pytest.approx(1, abs=1e-3)
    assert slope("q", VALUES, quantities, 1, 0.05).p_value < 1e-20


@pytest.mark.parametrize("curve", [0.08, -0.08])
def test_drift_of_a_curved_ladder_is_detected(curve):
    found = slope("q", VALUES, ladder(np.random.default_rng(5), curve=curve), 0.25, 0.01)
    # the slopes of the halves of c (x - mean)^2 differ by 2 c times the distance of their middles
    assert found.drift == pytest.approx(2 * curve * (X[3:].mean() - X[:3].mean()), abs=0.1)
    assert found.drift_lower * found.drift_upper > 0
    assert found.drift_lower <= found.drift <= found.drift_upper


def test_drift_of_a_straight_ladder_covers_zero_as_often_as_stated():
    rng, runs, level = np.random.default_rng(6), 2000, 0.05
    found = [slope("q", VALUES, ladder(rng), 0.25, level) for _ in range(runs)]
    low, high = binom.ppf([5e-7, 1 - 5e-7], runs, 1 - level)
    assert low <= sum(s.drift_lower <= 0 <= s.drift_upper for s in found) <= high


def test_drift_of_an_odd_ladder_shares_the_middle_rung():
    x = np.log(VALUES[:5])
    logs = np.array([[0.0, 1.0, 2.0, 4.0, 6.0], [0.0, 1.0, 2.0, 4.0, 6.0]]) * np.log(2)
    found = slope("q", VALUES[:5], np.exp(logs), 1, 0.05)
    assert found.drift == pytest.approx(linregress(x[2:], logs[0, 2:]).slope - linregress(x[:3], logs[0, :3]).slope)
    assert found.drift == pytest.approx(1.0)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf, -np.inf])
def test_a_quantity_without_logarithm_is_inconclusive(bad):
    quantities = ladder(np.random.default_rng(7))
    quantities[3, 2] = bad
    found = slope("q", VALUES, quantities, 0.25, 0.05)
    assert found.status == "inconclusive"
    assert found.missing == "off the grid on 1 of 8 draws at 40"
    assert np.isnan([found.exponent, found.lower, found.upper, found.drift]).all()
    assert found.p_value == 1


def test_one_replica_is_inconclusive():
    assert slope("q", VALUES, ladder(np.random.default_rng(8), k=1), 0.25, 0.05).status == "inconclusive"


def test_plain_data_names_its_form():
    found = as_dict(
        slope("SGD boundary", VALUES, ladder(np.random.default_rng(9)), 0.25, 0.05, Finite("06_test_error"))
    )
    assert (found["form"], found["name"], found["predicted"], found["band_source"]) == (
        "slope",
        "SGD boundary",
        0.25,
        "06_test_error",
    )
