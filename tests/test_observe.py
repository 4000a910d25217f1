"""From a world to observations: seeds, chunks, rivals, engines, test errors."""

from dataclasses import replace

import numpy as np
import pytest

from dynamics import Phase, draw, test_error, train, train_ensemble, train_network
from dynamics.units import regime
from theorems.statement import World
from verify import observe as module
from verify.observe import observe

S = regime(n=6, d=200, m=3, mu_norm=3.0, B=2, P=3, p=0.2)
SAM = (Phase("sam", epochs=3, tau=0.02), Phase("sgd", epochs=4))
SGD = (Phase("sgd", epochs=7),)
WORLD = World(S, phases=SAM, rival=SGD, record_every="step", test_samples=50)


def assert_same(one, other, rtol=0.0):
    assert one.seed == other.seed
    assert one.world == other.world
    for name in ("mu", "xi", "w0", "y", "y_hat", "signal_patch"):
        np.testing.assert_array_equal(getattr(one.sample, name), getattr(other.sample, name))
    for name in ("path", "rival_path"):
        a, b = getattr(one, name), getattr(other, name)
        for array in ("gamma", "rho", "loss"):
            np.testing.assert_allclose(getattr(a, array), getattr(b, array), rtol=rtol, atol=0)
        np.testing.assert_array_equal(a.batches, b.batches)
        np.testing.assert_array_equal(a.step, b.step)
    for name in ("error", "rival_error"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a.value, a.stderr, a.samples) == (b.value, b.stderr, b.samples)


@pytest.fixture
def together(monkeypatch):
    """Sizes of the ensembles that were trained at once."""
    sizes = []

    def spy(s, samples, *arguments, **named):
        sizes.append(len(samples))
        return train_ensemble(s, samples, *arguments, **named)

    monkeypatch.setattr(module, "train_ensemble", spy)
    return sizes


def test_chunks_do_not_change_observations(monkeypatch, together):
    seeds = [4, 0, 9, 2, 1_000_000]
    whole = list(observe(WORLD, seeds))
    assert together == [5, 5]
    together.clear()
    monkeypatch.setattr(module, "_CHUNK_BYTES", 1)
    single = list(observe(WORLD, seeds))
    assert together == [1] * 10
    for one, other in zip(whole, single, strict=True):
        assert_same(one, other, rtol=1e-12)


def test_is_draw_train_test():
    (o,) = observe(WORLD, [4])
    x = draw(S, 4)
    path = train(S, x, SAM, seed=4, record_every="step")
    np.testing.assert_array_equal(o.sample.xi, x.xi)
    np.testing.assert_allclose(o.trained.rho, path.rho, rtol=1e-12)
    assert o.tested == test_error(S, x, o.trained.weights(-1), 50, 4)
    assert o.rival_error == test_error(S, x, o.rival_trained.weights(-1), 50, 4)
    assert o.world is WORLD


def test_network_engine():
    (ours,), (network,) = observe(WORLD, [2]), observe(replace(WORLD, engine="network"), [2])
    assert ours.trained.trained_weights is None
    assert network.trained.trained_weights is not None
    np.testing.assert_array_equal(network.trained.batches, ours.trained.batches)
    for name in ("path", "rival_path"):
        a, b = getattr(network, name), getattr(ours, name)
        np.testing.assert_allclose(a.rho, b.rho, rtol=1e-8, atol=1e-8 * np.abs(b.rho).max())
        np.testing.assert_allclose(a.loss, b.loss, rtol=1e-9)
    reference = train_network(S, network.sample, SAM, 2, record_every="step")
    np.testing.assert_array_equal(network.trained.weights(-1), reference.weights(-1))
