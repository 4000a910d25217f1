"""The window of radii: its formulas worked out again by hand, and what the ladders read off runs."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dynamics import Phase, Sample, Setting, TestError, draw, train
from dynamics.engines.network import train_network
from figures.tau_window.measure import measure
from theorems.beyond.radius import largest, sharp_deactivation, smallest
from theorems.beyond.radius import tau_rule as rule_file
from theorems.beyond.radius.outweigh import hidden_by, learned
from theorems.condition import tau_rule
from theorems.statement import Observation, World

S = Setting(n=20, d=2000, m=10, P=3, mu_norm=4.0, sigma_p=0.5, p=0.1, sigma_0=1e-3, B=10, eta=0.01)


def test_rule_by_hand():
    start = math.sqrt(2 * math.log(200)) * 1e-3 * 0.5 * math.sqrt(2000)
    step = 0.01 * 2 * 0.25 * 2000 / 100
    assert tau_rule(S) == pytest.approx(10 / (0.5 * math.sqrt(2000)) * (start + step), rel=1e-12)


def orthogonal(products):
    """One filter a class, two samples of class +1 with orthogonal noise and hardly any signal; `products` <w, xi>."""
    s = Setting(n=2, d=8, m=1, P=2, mu_norm=1e-9, sigma_p=1.0, p=0.0, sigma_0=1.0, B=2, eta=0.1)
    xi = np.zeros((2, 8))
    xi[0, 1] = xi[1, 2] = math.sqrt(8)
    mu = np.zeros(8)
    mu[0] = 1e-9
    w0 = np.zeros((2, 1, 8))
    w0[:, 0, 1:3] = np.array(products) / math.sqrt(8)
    ones = np.array([1, 1])
    return s, Sample.from_arrays(mu=mu, xi=xi, w0=w0, y=ones, y_hat=ones)


@pytest.mark.parametrize(("share", "learns"), [(0.99, True), (1.01, False)])
def test_the_smallest_radius_is_sharp(share, learns):
    small = 1e-6
    s, x = orthogonal([[small, -small], [small, small]])
    # three active pairs, slopes 1/2: the shift is tau sigma_p sqrt(d) / sqrt(3)
    tau = share * small * math.sqrt(3 / 8)
    for engine in (train, train_network):
        run = engine(s, x, [Phase("sam", 1, tau=tau)], batches=np.array([[[0, 1]]]))
        assert (run.rho[-1][0, 0, 0] > 0) == learns


def observed(s, *phases, seed=0, every="step"):
    x = draw(s, seed)
    return Observation(World(s, phases), seed, x, path=train(s, x, phases, record_every=every))


def test_shift_formula_where_signal_matters():
    s = smallest.natural(m=10).replace(mu_norm=3e7)  # B SNR^2 = 18
    low, high = sharp_deactivation.claim(observed(s.replace(eta=1e-30), Phase("sam", 2, tau=1e-7)))
    assert low.measured == pytest.approx(1, abs=1e-5)
    assert high.measured == pytest.approx(1, abs=1e-5)
    assert low.count == high.count > 0


def test_smallest_radius_is_read_off_the_fall():
    s = smallest.natural(m=10)
    worlds = smallest.by_start(s)
    assert [w.phases[0].rule for w in worlds] == ["sgd"] + 11 * ["sam"]
    seen = [replace(observed(s, *w.phases, every=10**6), world=w) for w in worlds]
    tau = smallest.smallest_radius(seen)
    unit = smallest.largest_product(seen[0]) * math.sqrt(s.B * s.m / s.d)
    assert unit / 1.02 < tau < 1.3 * unit
    assert smallest.radius_per_product(seen) == pytest.approx(tau / smallest.largest_product(seen[0]))


def test_unlearned_is_the_mean_over_the_other_class():
    o = observed(S, Phase("sam", 5, tau=1.0), every=10**6)
    last = o.trained.rho[-1]
    other = [-last[j, :, i] for j in (0, 1) for i in range(S.n) if o.sample.y[i] == (-1, 1)[j]]
    assert largest.unlearned(o) == pytest.approx(np.mean(other))
    assert largest.unlearned(o) > 0


def test_radius_of_harm_is_where_the_error_rises():
    worlds = largest.harm(S.replace(mu_norm=2.0))
    taus = [w.phases[0].tau for w in worlds]
    errors = [0.3, 0.12, 0.11, 0.15, 0.25, 0.4]  # too small a radius harms, too; the rise is the last
    x = draw(S, 0)
    seen = [
        Observation(w, 0, x, error=TestError(value=e, stderr=0.0, samples=1))
        for w, e in zip(worlds, errors, strict=True)
    ]
    assert largest.radius_of_harm(seen) == pytest.approx(taus[3] * (taus[4] / taus[3]) ** 0.5)
    never = [replace(o, error=TestError(value=0.11, stderr=0.0, samples=1)) for o in seen]
    assert math.isnan(largest.radius_of_harm(never))


def test_a_radius_that_beats_the_rule_is_noticed():
    o = Observation(World(S), 0, draw(S, 0), error=TestError(0.35, 0.01, 1), rival_error=TestError(0.12, 0.001, 1))
    (found,) = rule_file.claim(o)
    assert found.measured == pytest.approx(0.23)
    assert found.holds is False
    assert found.uncertainty == pytest.approx(0.03)
    (other,) = rule_file.claim(replace(o, rival_error=TestError(0.4, 0.001, 1)))
    assert other.holds is True
    with pytest.raises(ValueError, match="needs a rival"):
        rule_file.claim(replace(o, rival_error=None))


def test_hypotheses_of_the_rule_by_hand():
    s, _x = orthogonal([[1.0, 1.0], [1.0, 1.0]])
    s = s.replace(n=12, B=12, mu_norm=3.0, P=3, sigma_0=1e-3)
    xi = 3 * np.eye(12, 13)[:, ::-1]
    w0 = np.full((2, 1, 13), 0.01)  # active on every sample
    y_hat = np.array([1] * 7 + [-1] * 5)
    y = y_hat.copy()
    y[[0, 7, 8]] *= -1  # one of seven, two of five
    mu = np.array([3.0] + [0.0] * 12)

    def seen(y, w0=w0):
        x = Sample.from_arrays(mu=mu, xi=xi, w0=w0, y=y, y_hat=y_hat)
        return Observation(World(s, (Phase("sam", 9, tau=1.0),)), 0, x)

    assert learned(seen(y)) == pytest.approx(-2 / 12)  # three clean do not outweigh three times two
    assert learned(seen(y_hat)) == pytest.approx(5 / 4 / 12)
    g, step = 5 / 48, 0.1 * 4 * 8 / 12
    each = (-math.log(math.exp(0.05) - 1) + step) ** 2 / (4 * 9)
    norms = [math.sqrt(13 * 1e-4 + (g / 3) ** 2 + count * each) for count in (7, 5)]
    z = math.sqrt(2 * math.log(20)) + 1 / math.sqrt(2 * math.pi)
    assert hidden_by(seen(y_hat), g, 0.05) == pytest.approx(z * 2 * sum(norms), rel=1e-12)
    b = math.sqrt(2 * math.log(12 / 0.05)) * 1e-3 * 3
    found = rule_file.hypotheses(seen(y_hat))
    assert found["signal learned / what hides it"] == pytest.approx((g - b) / (z * 2 * sum(norms)), rel=1e-12)
    assert found["active filters / 0.4 m"] == pytest.approx(1 / 0.4)
    assert rule_file.hypotheses(seen(y_hat, -w0))["active filters / 0.4 m"] == 0
    assert rule_file.hypotheses(seen(y))["signal learned / what hides it"] < 0


def test_the_experiment_in_small():
    data = measure(seeds=(0, 1), reaches=(0.5, 0.95, 1.2), factors=(0.01, 1.0))
    assert (data.learned.sel(reach=0.5) > 0.5).all()
    assert (data.learned.sel(reach=1.2) < 0.05).all()
    assert ((data.critical > 0.95) & (data.critical < 1.2)).all()
    assert {"quote_constant", "quote_behind", "quote_behind_mean", "quote_won"} <= set(data.attrs)
    behind = data.error.sel(factor=0.01) - data.error.sel(factor=1.0)
    assert (behind.isel(setting=[2, 4]) > 0.03).all()
