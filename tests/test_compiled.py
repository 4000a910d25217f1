"""The compiled run hands batches over in tables of bounded size; nothing else may depend on that."""

import numpy as np
import pytest
from numba import njit

from dynamics import Phase, draw, train
from dynamics.engines import compiled
from dynamics.engines.vectors import add_product, exponentials, zeros


@pytest.mark.parametrize("ahead", [1, 2, 5])
@pytest.mark.parametrize("tol", [None, 0.3])
def test_the_size_of_the_tables_changes_no_bit(natural, radius, monkeypatch, ahead, tol):
    s = natural(step=1.0)
    x, phases = draw(s, 0), [Phase("sam", 20, radius(s)), Phase("sgd", 37)]
    at_once = train(s, x, phases, record_every=100, tol=tol)
    monkeypatch.setattr(compiled, "_AHEAD", ahead)
    in_parts = train(s, x, phases, record_every=100, tol=tol)
    for name in ("step", "gamma", "rho", "loss"):
        np.testing.assert_array_equal(getattr(in_parts, name), getattr(at_once, name))
    assert (at_once.epoch[-1] < 57) == (tol is not None)  # the run did stop where it was asked to


@pytest.mark.parametrize("B", [20, 10])
def test_training_stops_after_the_first_epoch_whose_loss_is_small_enough(natural, B):
    s = natural(step=1.0, n=20, B=B)
    x, phase = draw(s, 0), Phase("sgd", 60)
    losses = train(s, x, phase).loss
    for epoch in (1, 7, 23, 48):
        for tol in (losses[epoch], np.nextafter(losses[epoch], 0)):
            stopped = train(s, x, phase, record_every=100, tol=tol)
            assert stopped.epoch[-1] == np.flatnonzero(losses <= tol)[0]


def test_exponentials_are_as_exact_as_they_say():
    x = np.concatenate([np.linspace(-745, 745, 200_000), np.random.default_rng(0).normal(0, 3, 200_000)])
    out = np.empty_like(x)
    njit(lambda x, out: exponentials(x, out))(x, out)
    inside = np.abs(x) <= 700
    assert np.abs(out / np.exp(np.clip(x, -700, 700)) - 1)[inside].max() < 4e-16
    np.testing.assert_allclose(out[x > 700], np.exp(700.0), rtol=4e-16)


@pytest.mark.parametrize(
    ("rows", "columns", "width"), [(1, 1, 8), (11, 11, 24), (21, 11, 24), (7, 300, 40), (13, 5, 72)]
)
def test_a_product_is_that_of_numpy_and_padding_stays_zero(rows, columns, width):
    rng = np.random.default_rng(rows)
    K = rng.standard_normal((400, 400))
    left, right = rng.integers(0, 400, rows), rng.integers(0, 400, columns)
    G, out = zeros(columns, width), zeros(rows, width)
    G[:, : width - 3], out[:, : width - 3] = rng.standard_normal((columns, width - 3)), 1.0
    expected = out - 0.5 * K[left][:, right] @ G
    add_product(-0.5, left, right, K, G, out)
    np.testing.assert_allclose(out, expected, rtol=1e-12, atol=1e-12)
    assert not out[:, width - 3 :].any()
