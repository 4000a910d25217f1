"""Clients with skewed labels: what local, global and estimated ascents come to, and the gains that are derived."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr

from dynamics import draw, test_error, train_ensemble
from dynamics.units import regime
from theorems.beyond.federated.clients import derived, gain, gain_under_skew, schedule, turned
from theorems.beyond.federated.federated_estimate import BASE, bearable_error, signal_needed
from theorems.beyond.radius.single_class import BASE as SINGLE
from theorems.condition import small_signal_gain, t1_epochs, tau_paper
from verify.observe import observe


@pytest.mark.parametrize(
    ("rule", "skew", "least", "most"),
    [
        ("local_sam", 0.5, 0.0, 0.06),
        ("local_sam", 1.0, 0.15, 0.22),
        ("global_sam", 0.5, 0.0, 0.06),
        ("global_sam", 1.0, 0.0, 0.06),
        ("local_sgd", 1.0, 0.08, 0.15),
        ("estimated_sam", 0.5, 0.08, 0.15),
    ],
)
def test_what_two_clients_come_to(rule, skew, least, most):
    """Draws whose labels are even to one, so that sorted clients hold one label each."""
    s = regime(n=40, d=10**5, m=20, mu_norm=8.0, B=4)
    samples = [draw(s, seed) for seed in (1, 3)]
    assert all(abs(x.y.sum()) <= 2 for x in samples)
    paths = train_ensemble(s, samples, schedule(s, rule, 2, skew), [1, 3], record_every=10**9, tol=0.05)
    errors = [test_error(s, x, path.weights(-1), 4_000).value for x, path in zip(samples, paths, strict=True)]
    assert least < min(errors)
    assert max(errors) < most


def test_the_gain_is_that_of_all_batches_counted_out():
    counts, B = (3, 1, 2, 2), 3
    signs = np.repeat([(1, 1), (1, -1), (-1, 1), (-1, -1)], counts, axis=0)  # side, clean or flipped
    found = []
    for batch in itertools.combinations(range(8), B):
        side, clean = signs[list(batch)].T
        own, other = clean[side == 1].sum(), clean[side == -1].sum()
        found.append(other if own > 0 else own)
    assert gain(counts, B) == pytest.approx(np.mean(found) / B)


def test_the_gain_under_skew_by_hand():
    for B, skew in itertools.product((1, 2, 5), (0.5, 0.8, 1.0)):
        assert gain_under_skew(B, 0.0, skew) == pytest.approx((1 - skew**B - (1 - skew) ** B) / 2)
        assert gain_under_skew(B, 0.1, 0.5) == pytest.approx(small_signal_gain(B, 0.1))
    assert gain_under_skew(4, 0.03, 1.0) == pytest.approx(-0.03, rel=0.05)
    # a large client of the filter's side and one of the other: 900 of 1,000 of a label, a tenth flipped
    large = [gain((810, 10, 90, 90), 2), gain((90, 90, 810, 10), 2)]
    assert sum(large) / 2 == pytest.approx(gain_under_skew(2, 0.1, 0.9), abs=2e-3)


@pytest.mark.parametrize("rule", ["local_sam", "global_sam"])
def test_derived_gains_are_of_the_draw(rule):
    s = SINGLE.replace(n=40, B=4, p=0.1)
    (o,) = observe(turned(s, rule, 2, 1.0), [2])
    x = o.sample
    if rule == "global_sam":
        right = [int((x.y_hat[x.y_hat == side] * x.y[x.y_hat == side]).sum()) for side in (1, -1)]
        assert derived(o) == pytest.approx(sum(right) / 2 / s.n)
    else:
        assert derived(o) < 0.05


def test_schedules_take_as_many_steps_a_client():
    s = regime(n=40, d=10**5, m=20, mu_norm=8.0, B=4)
    local, one = schedule(s, "local_sam", 2, 0.8)[0], schedule(s, "global_sam", 2, 0.8, error=0.1)[0]
    assert (local.epochs, local.tau) == (2 * t1_epochs(s), tau_paper(s))
    assert one.tau == pytest.approx(tau_paper(s) * math.sqrt(10))
    assert (local.skew, one.error) == (0.8, 0.1)


def test_the_bearable_error_solves_its_equation():
    e = bearable_error(BASE)
    cot = math.sqrt((1 - e) / e)
    reach = math.sqrt(BASE.m) / 2 * math.sqrt(1 - e)  # P = 2
    waits = quad(lambda u: 1 / ndtr(-math.sqrt(2) * cot * u), 0, 1)[0]
    assert reach * waits == pytest.approx(signal_needed(BASE) / (2 * BASE.n * BASE.snr**2), rel=0.02)
    assert 0.05 < e < 0.5
