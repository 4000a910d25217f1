"""Training on inputs given patch by patch is the training of the other engine, on more inputs."""

import numpy as np
import pytest

from dynamics import Phase, Setting, draw, train_network
from dynamics.engines.network import inputs
from dynamics.engines.patches import train_patches

SMALL = Setting(n=8, d=40, m=3, P=3, mu_norm=4.0, sigma_p=1.0, p=0.2, sigma_0=0.02, B=4, eta=0.05)
PHASES = [Phase("sam", 6, tau=0.1), Phase("sgd", 7)]


@pytest.fixture
def by_weights(monkeypatch):
    """Train by forward and backward passes, as for rules that the products do not know."""
    monkeypatch.setattr("dynamics.engines.patches.can", lambda phase: False)


@pytest.fixture(params=["products", "weights"])
def both_ways(request):
    if request.param == "weights":
        request.getfixturevalue("by_weights")


@pytest.mark.usefixtures("both_ways")
@pytest.mark.parametrize("d", [10, 40])  # fewer axes than patches, and more
def test_a_drawn_sample_gives_the_weights_of_the_network(d):
    s = SMALL.replace(d=d)
    x = draw(s, 3, frame="ambient")
    other = train_network(s, x, PHASES, seed=5)
    run = train_patches(s, inputs(x, s.P), x.y, x.w0, PHASES, seed=5, watch=lambda W: W.copy())
    moved = np.abs(other.weights(-1) - x.w0).max()
    np.testing.assert_allclose(run.weights, other.weights(-1), rtol=0, atol=1e-12 * moved)
    np.testing.assert_allclose(run.loss, other.loss, rtol=1e-11)
    np.testing.assert_array_equal(run.epoch, other.epoch)
    np.testing.assert_allclose(np.stack(run.seen), other.trained_weights, rtol=0, atol=1e-12 * moved)


def test_copies_of_a_patch_are_one_patch_as_long_as_all():
    s = SMALL.replace(P=4)
    x = draw(s, 0, frame="ambient")
    once = np.stack([x.y_hat[:, None] * x.mu, (s.P - 1) * x.xi], axis=1)
    each = train_patches(s, inputs(x, s.P), x.y, x.w0, PHASES)
    folded = train_patches(s, once, x.y, x.w0, PHASES)
    np.testing.assert_allclose(folded.weights, each.weights, rtol=0, atol=1e-13)


@pytest.mark.parametrize("P", [2, 4])
def test_products_train_as_weights_do(request, P):
    s = SMALL.replace(P=P)
    x = draw(s, 3, frame="ambient")
    X = inputs(x, s.P) * np.random.default_rng(0).uniform(0.5, 2, size=(s.n, P, 1))
    every = (PHASES, Phase("sam", 9, tau=0.5), Phase("sgd", 9))

    def runs():
        return [train_patches(s, X, x.y, x.w0, phases, seed=5, record_every=2) for phases in every]

    by_products = runs()
    request.getfixturevalue("by_weights")
    for one, other in zip(runs(), by_products, strict=True):
        moved = np.abs(one.weights - x.w0).max()
        np.testing.assert_allclose(other.weights, one.weights, rtol=0, atol=1e-12 * moved)
        np.testing.assert_allclose(other.loss, one.loss, rtol=1e-11)
        np.testing.assert_array_equal(other.epoch, one.epoch)
        assert other.seen == ()
