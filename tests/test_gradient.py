"""The hand-written gradient, against automatic differentiation and in coefficient space."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from dynamics import draw
from dynamics.engines.network import inputs, loss, loss_gradient

CASES = [
    *({"P": 2}, {"P": 5}, {"n": 1, "B": 1}, {"m": 1}, {"m": 7}, {"p": 0.0}, {"p": 0.49, "n": 12}),
    *({"sigma_p": 1e-3}, {"sigma_p": 1e3}, {"d": 3}, {"signal": 0.0}, {"start": 30.0}),
]


@pytest.fixture(params=CASES, ids=str)
def problem(natural, request):
    s = natural(**request.param)
    return s, draw(s, 11, "ambient")


def loss_as_written(W, x, P):
    # Section 2.2, sample by sample and filter by filter; shares nothing with the code under test
    total = 0.0
    for xi, y, y_hat in zip(x.xi, x.y, x.y_hat, strict=True):
        f = 0.0
        for j, filters in ((+1, W[0]), (-1, W[1])):
            for r in range(W.shape[1]):
                f = f + j * anp.maximum(anp.dot(filters[r], y_hat * x.mu), 0.0)
                f = f + j * (P - 1) * anp.maximum(anp.dot(filters[r], xi), 0.0)
        total = total + anp.log(1 + anp.exp(-y * f / W.shape[1]))
    return total / len(x.y)


def test_loss_is_the_loss_as_written(problem):
    s, x = problem
    assert loss(x.w0, inputs(x, s.P), x.y) == pytest.approx(loss_as_written(x.w0, x, s.P), rel=1e-12)


def test_gradient_is_the_derivative_of_the_loss(problem):
    s, x = problem
    expected = grad(loss_as_written)(x.w0, x, s.P)
    ours = loss_gradient(x.w0, inputs(x, s.P), x.y)
    assert np.abs(expected).max() > 0
    assert np.abs(ours - expected).max() <= 1e-12 * np.abs(expected).max()


def test_slopes_at_zero_and_at_very_large_margins(problem):
    s, x = problem
    X = inputs(x, s.P)
    assert not loss_gradient(np.zeros_like(x.w0), X, x.y).any()
    assert np.isfinite(loss_gradient(1e6 / np.abs(X @ x.w0.reshape(-1, s.d).T).max() * x.w0, X, x.y)).all()


def test_inputs_are_those_of_definition_2_1(problem):
    s, x = problem
    X = inputs(x, s.P)
    assert X.shape == (s.n, s.P, s.d)
    for i in range(s.n):
        for patch in range(s.P):
            expected = x.y_hat[i] * x.mu if patch == x.signal_patch[i] else x.xi[i]
            assert np.array_equal(X[i, patch], expected)
