"""The window of radii: its formulas worked out again by hand, and what the ladders read off runs."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dynamics import Phase, Sample, Setting, TestError, draw, train
from dynamics.engines.network import train_network
from figures.tau_window.measure import exhibit
from theorems.beyond.radius import largest, sharp_deactivation, smallest
from theorems.beyond.radius import tau_rule as rule_file
from theorems.condition import tau_paper, tau_rule
from theorems.statement import Observation, World

S = Setting(n=20, d=2000, m=10, P=3, mu_norm=4.0, sigma_p=0.5, p=0.1, sigma_0=1e-3, B=10, eta=0.01)
J = np.array([1, -1])[:, None, None]


def test_rule_by_hand():
    start = math.sqrt(2 * math.log(200)) * 1e-3 * 0.5 * math.sqrt(2000)
    step = 0.01 * 2 * 0.25 * 2000 / 100
    assert tau_rule(S) == pytest.approx(10 / (0.5 * math.sqrt(2000)) * (start + step), rel=1e-12)


def test_rule_without_a_start_or_with_one_filter_and_sample():
    alone = S.replace(n=1, m=1, B=1)
    assert tau_rule(alone) > 0
    assert tau_rule(S.replace(sigma_0=0.0)) == pytest.approx(0.01 * 2 * 0.5 * math.sqrt(2000 / 100), rel=1e-12)


def test_rule_is_linear_in_what_it_bounds_and_has_root_m():
    small_steps = S.replace(eta=1e-9)
    assert tau_rule(small_steps.replace(sigma_0=2e-3)) == pytest.approx(2 * tau_rule(small_steps), rel=1e-3)
    logs = math.sqrt(math.log(20 * 40) / math.log(20 * 10))
    assert tau_rule(small_steps.replace(m=40)) == pytest.approx(2 * logs * tau_rule(small_steps), rel=1e-3)
    assert tau_paper(S.replace(m=40)) == pytest.approx(4 * tau_paper(S), rel=1e-12)


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


def test_tolerance_by_hand():
    s = Setting(n=30, d=10**12, m=40, P=3, mu_norm=1e4, sigma_p=0.5, p=0.1, sigma_0=1e-9, B=10, eta=1e-12)
    L, L1 = math.log(6 * 900 / 0.05), math.log(180 / 0.05)
    nu = 12 * 9 * math.sqrt(L) / 1e6 + 60 * 1e4 * math.sqrt(2 * L1) / (2 * 0.5 * 1e12)
    expected = (1 + nu) / math.sqrt(1 - 40 * math.sqrt(L) / 1e6) - 1
    assert sharp_deactivation.tolerance(s, 0.05) == pytest.approx(expected, rel=1e-6)
    assert sharp_deactivation.tolerance(s.replace(d=1000), 0.05) == math.inf


def test_largest_product_is_of_own_pairs():
    s, x = orthogonal([[0.25, -0.5], [7.0, 7.0]])
    assert smallest.largest_product(Observation(World(s), 0, x)) == pytest.approx(0.25)


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


def test_hypothesis_of_the_rule_counts_in_the_worse_class():
    s, x = orthogonal([[1.0, 1.0], [1.0, 1.0]])
    twelve = np.resize(x.xi, (12, 8)) + np.eye(12, 8)
    y_hat = np.array([1] * 7 + [-1] * 5)
    y = y_hat.copy()
    y[[0, 7, 8]] *= -1  # one of seven, two of five
    counted = Sample.from_arrays(mu=x.mu, xi=twelve, w0=x.w0, y=y, y_hat=y_hat)
    o = Observation(World(s.replace(n=12, B=12)), 0, counted)
    assert rule_file.hypotheses(o) == {"clean / (4 flipped), in each class": 3 / 8}
    o = replace(o, drawn=Sample.from_arrays(mu=x.mu, xi=twelve, w0=x.w0, y=y_hat, y_hat=y_hat))
    assert rule_file.hypotheses(o) == {"clean / (4 flipped), in each class": math.inf}


def test_the_exhibit_in_small():
    data = exhibit(seeds=(0, 1), reaches=(0.5, 0.95, 1.2), factors=(0.01, 1.0))
    assert (data.learned.sel(reach=0.5) > 0.5).all()
    assert (data.learned.sel(reach=1.2) < 0.05).all()
    assert ((data.critical > 0.95) & (data.critical < 1.2)).all()
    assert {"quote_constant", "quote_behind", "quote_behind_mean", "quote_won"} <= set(data.attrs)
    behind = data.error.sel(factor=0.01) - data.error.sel(factor=1.0)
    assert (behind.isel(setting=[2, 4]) > 0.03).all()
