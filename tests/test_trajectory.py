"""What is recorded, when, and under which number; and that runs repeat and compose."""

import numpy as np
import pytest

from dynamics import Phase, draw, train, train_network
from dynamics.engines.network import inputs, loss

pytestmark = pytest.mark.usefixtures("both_ways")

ENGINES = pytest.mark.parametrize("engine", [train, train_network])


@pytest.fixture
def s(natural):
    return natural(n=6, B=2)


@pytest.fixture
def x(s):
    return draw(s, 0)


@pytest.fixture
def phases(s, radius):
    return [Phase("sam", 4, radius(s)), Phase("sgd", 7)]


@ENGINES
@pytest.mark.parametrize(
    ("record_every", "epochs"),
    [
        (1, range(12)),
        (2, [0, 2, 4, 6, 8, 10, 11]),
        (3, [0, 3, 4, 6, 9, 11]),  # 4 is the end of a phase
        (5, [0, 4, 5, 10, 11]),
        (11, [0, 4, 11]),
        (1000, [0, 4, 11]),
        (np.int64(6), [0, 4, 6, 11]),
        ("geometric", [0, 1, 2, 4, 8, 11]),
    ],
)
def test_records_of_epochs(s, x, phases, engine, record_every, epochs):
    run = engine(s, x, phases, record_every=record_every)
    assert run.epoch.tolist() == list(epochs)
    assert run.step.tolist() == [3 * epoch for epoch in epochs]
    every = engine(s, x, phases, record_every=1)
    for name in ("gamma", "rho", "loss", "phase"):
        assert np.array_equal(getattr(run, name), getattr(every, name)[list(epochs)])


@ENGINES
def test_records_of_steps(s, x, phases, engine):
    run = engine(s, x, phases, record_every="step")
    assert run.step.tolist() == list(range(34))
    assert run.epoch.tolist() == [k // 3 for k in range(34)]
    assert run.phase.tolist() == [0] * 12 + [1] * 22
    assert run.batches.shape == (33, 2)
    every = engine(s, x, phases, record_every=1)
    for name in ("gamma", "rho", "loss"):
        assert np.array_equal(getattr(run, name)[::3], getattr(every, name))


@ENGINES
def test_a_step_moves_the_noise_coefficients_of_its_batch_only(s, x, engine):
    run = engine(s, x, [Phase("sgd", 8)], record_every="step")
    for k, batch in enumerate(run.batches):
        still = np.setdiff1d(np.arange(6), batch)
        moved = np.abs(run.rho[k + 1] - run.rho[k])
        assert moved[..., still].max() < 1e-12
        assert moved[..., batch].max() > 1e-9


@ENGINES
def test_phase_is_that_of_the_step_that_follows(s, x, radius, engine):
    tau = radius(s)
    run = engine(s, x, [Phase("sgd", 2), Phase("sam", 1, tau), Phase("sgd", 3)])
    assert run.phase.tolist() == [0, 0, 1, 2, 2, 2, 2]
    empty_first = engine(s, x, [Phase("sam", 0, tau), Phase("sgd", 2)])
    assert empty_first.phase.tolist() == [1, 1, 1]
    empty_between = engine(s, x, [Phase("sgd", 1), Phase("sam", 0, tau), Phase("sgd", 2)])
    assert empty_between.phase.tolist() == [0, 2, 2, 2]


@ENGINES
def test_loss_and_products_are_those_of_the_weights(s, x, phases, engine):
    run = engine(s, x, phases)
    X = inputs(x, s.P)
    for k in range(12):
        W = run.weights(k)
        assert run.loss[k] == pytest.approx(loss(W, X, x.y), rel=1e-10)
        np.testing.assert_allclose(run.signal_products[k], W @ x.mu, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(run.noise_products[k], W @ x.xi.T, rtol=1e-9, atol=1e-12)


def test_stops_at_the_first_epoch_below_the_tolerance(s, x, phases):
    full = train(s, x, phases)
    for record_every in (1, 3, 100, "step", "geometric"):
        stopped = train(s, x, phases, record_every=record_every, tol=full.loss[6])
        first = int(np.flatnonzero(full.loss <= full.loss[6])[0])
        assert stopped.epoch[-1] == first
        assert stopped.loss[-1] == full.loss[first]
        assert np.array_equal(stopped.rho[-1], full.rho[first])
        assert len(np.unique(stopped.step)) == len(stopped.step)
    assert len(train(s, x, phases, tol=1e-300).epoch) == 12
