"""Tests that only exist because a mutation survived without them (see `verify.mutations`)."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, norm

from dynamics import Sample, Setting, TestError, draw
from theorems.concentration.starts import active_probability, norm_tail
from theorems.concentration.typical import typical_start
from theorems.ladders import crossing, first_time
from theorems.overfitting import EPSILON, HARM, benign, harmful, sam_margin
from theorems.statement import Observation, World

S = Setting(n=20, d=10**6, m=10, P=4, mu_norm=4.0, sigma_p=0.5, p=0.1, sigma_0=1e-3, B=10, eta=0.01)


@pytest.mark.parametrize("d", [1, 2, 30, 1000])
def test_norm_tail_is_both_tails(d):
    by_hand = chi2.cdf(d / 2, d) + 1 - chi2.cdf(1.5 * d, d)
    assert norm_tail(d) == pytest.approx(by_hand, rel=1e-9)


@pytest.mark.parametrize(("d", "failure"), [(4, 0.01), (50, 0.001), (10**6, 0.05)])
def test_active_probability_is_a_lower_bound(d, failure):
    length = math.sqrt(chi2.ppf(failure, d))  # of the shortest noise considered, in units of sigma_p
    assert active_probability(d, failure) == pytest.approx(norm.sf(math.sqrt(d / 2) / length), rel=1e-9)
    assert active_probability(d, failure) < active_probability(d, 2 * failure)
    assert active_probability(10**12, failure) == pytest.approx(norm.sf(1 / math.sqrt(2)), rel=1e-5)


SPOILED = {
    "a long noise patch": lambda x: replace(x, xi=x.xi * np.where(np.arange(20) == 3, 1.3, 1.0)[:, None]),
    "a short noise patch": lambda x: replace(x, xi=x.xi * np.where(np.arange(20) == 3, 0.6, 1.0)[:, None]),
    "two equal noise patches": lambda x: replace(x, xi=x.xi[[0, 0, *range(2, 20)]]),
    "noise along the signal": lambda x: replace(x, xi=x.xi + 4 * S.sigma_p * np.eye(len(x.mu))[0]),
    "a filter along the signal": lambda x: replace(x, w0=x.w0 + 6 * S.sigma_0 * np.eye(len(x.mu))[0]),
    "a filter along the noise": lambda x: replace(x, w0=x.w0 + 0.02 * S.sigma_0 / S.sigma_p * x.xi[0]),
}


def start(sample):
    return typical_start(Observation(World(S), 0, sample))


def test_a_drawn_start_is_typical():
    assert start(draw(S, 0)) >= 1


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_typical_means_all_bounds(spoil):
    x = spoil(draw(S, 0))
    assert start(Sample.from_arrays(mu=x.mu, xi=x.xi, w0=x.w0, y=x.y, y_hat=x.y_hat)) < 1


def observed(excess, stderr=0.001):
    return Observation(World(S, delta=0.1), 0, draw(S, 0), error=TestError(S.p + excess, stderr, 1000))


def test_harmful_and_benign():
    assert [harmful(observed(HARM + gap)).holds for gap in (-0.01, 0.01)] == [False, True]
    assert [benign(observed(EPSILON + gap)).holds for gap in (-0.01, 0.01)] == [True, False]
    for judge, bound in ((harmful, HARM), (benign, EPSILON)):
        assert judge(observed(bound + 0.01)).measured == pytest.approx(bound + 0.01)
        assert [judge(observed(bound + gap, stderr=0.004)).holds for gap in (-0.01, 0.01)] == [None, None]


def test_sam_margin_has_its_logarithm():
    assert sam_margin(observed(0.0)) == pytest.approx(4.0 / (4 * 0.5 * math.sqrt(math.log(6 * 20 / 0.1))))


def test_crossing():
    # by hand: from 1 to 4 in strength, 3/4 of the way down in error: 4^(3/4)
    assert crossing([1.0, 4.0], [0.5, 0.1], 0.2) == pytest.approx(4**0.75)
    assert crossing([1.0, 2.0, 4.0, 8.0, 16.0], [0.5, 0.1, 0.4, 0.2, 0.0], 0.3) == pytest.approx(4 * math.sqrt(2))
    assert math.isnan(crossing([1.0, 2.0], [0.5, 0.4], 0.3))
    assert math.isnan(crossing([1.0, 2.0], [0.2, 0.1], 0.3))


def test_first_time():
    assert first_time([0, 10, 20], [0.0, 1.0, 5.0], 2.0) == pytest.approx(12.5)
    assert first_time([0, 10, 20], [0.0, 2.0, 2.0], 2.0) == 10
    assert first_time([5, 10], [3.0, 4.0], 2.0) == 5
    assert math.isnan(first_time([0, 10], [0.0, 1.0], 2.0))
