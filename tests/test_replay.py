"""`replay` tells what each step saw, as the network in weight space sees it."""

import numpy as np
import pytest

from dynamics import Phase, draw, train, train_network
from dynamics.engines.network import inputs, loss_gradient, output
from dynamics.replay import replay

ENGINES = pytest.mark.parametrize("engine", [train, train_network])


@ENGINES
@pytest.mark.parametrize("changes", [{}, {"P": 2, "B": 6}, {"B": 1, "p": 0.4}, {"sigma_p": 1e3}, {"P": 6}], ids=str)
def test_steps_are_those_of_the_network(natural, radius, engine, changes):
    s = natural(**changes)
    x = draw(s, 1)
    phases = [Phase("sam", 3, radius(s)), Phase("sgd", 2)]
    run = engine(s, x, phases, record_every="step")
    steps = list(replay(run))
    assert len(steps) == 5 * s.H
    X = inputs(x, s.P)
    for k, step in enumerate(steps):
        assert np.array_equal(step.batch, run.batches[k])
        assert step.phase == phases[k // s.H >= 3]
        W = run.weights(k)
        gradient = loss_gradient(W, X[step.batch], x.y[step.batch])
        norm = np.linalg.norm(gradient)
        eps = (step.phase.tau or 0.0) * gradient / norm
        margins = x.y[step.batch] * output(W, X[step.batch])
        assert step.gradient_norm == pytest.approx(norm, rel=1e-9)
        np.testing.assert_allclose(step.noise, W @ x.xi[step.batch].T, rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(step.signal, W @ x.mu, rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(step.noise_shift, eps @ x.xi[step.batch].T, rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(step.signal_shift, eps @ x.mu, rtol=1e-8, atol=1e-11)
        np.testing.assert_allclose(step.slope, -1 / (1 + np.exp(margins)), rtol=1e-8)
    assert np.abs(steps[0].noise_shift).max() > 0.01
    assert not steps[-1].noise_shift.any()


def test_a_zero_gradient_has_no_direction(natural):
    s = natural(start=0.0)
    for step in replay(train(s, draw(s, 0), [Phase("sam", 2, 1.0)], record_every="step")):
        assert step.gradient_norm == 0
        assert not step.noise_shift.any()
        np.testing.assert_allclose(step.slope, -0.5, rtol=1e-15)


@ENGINES
def test_refuses_a_run_with_gaps(natural, engine):
    s = natural()
    run = engine(s, draw(s, 0), [Phase("sgd", 2)], record_every=1)
    with pytest.raises(ValueError, match=r"^path is not allowed: .*record_every='step'$"):
        list(replay(run))
