"""The hand-written gradient, against automatic differentiation and in coefficient space."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from dynamics import draw
from dynamics.engines.coefficients import BatchView, Labels, gradient, outputs
from dynamics.engines.network import inputs, loss, loss_gradient, output

CASES = [
    {"P": 2},
    {"P": 5},
    {"n": 1, "B": 1},
    {"m": 1},
    {"m": 7},
    {"p": 0.0},
    {"p": 0.49, "n": 12},
    {"sigma_p": 1e-3},
    {"sigma_p": 1e3},
    {"d": 3},
    {"signal": 0.0},
    {"start": 30.0},
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


@pytest.fixture
def products(problem):
    """Inner products of all samples, as the coefficient engine keeps them: vectors by filters."""
    s, x = problem
    V = np.vstack([x.mu, x.xi])
    z = V @ x.w0.reshape(2 * s.m, -1).T
    labels = Labels(x.y[None].astype(float), x.y_hat[None].astype(float), np.full((1, 1, 1), s.P - 1.0))
    return V, z[None], labels


def test_outputs_in_coefficient_space(problem, products):
    s, x = problem
    _, z, labels = products
    np.testing.assert_allclose(outputs(z, labels)[0], output(x.w0, inputs(x, s.P)), rtol=1e-10, atol=1e-13)


def test_gradient_in_coefficient_space(problem, products):
    s, x = problem
    V, z, labels = products
    G = gradient(z, labels)
    assert G.shape == z.shape
    expected = loss_gradient(x.w0, inputs(x, s.P), x.y)
    ours = (G[0].T @ V).reshape(x.w0.shape)
    assert np.abs(ours - expected).max() <= 1e-12 * np.abs(expected).max()


def test_norm_and_perturbed_gradient_in_coefficient_space(problem, products, radius):
    s, x = problem
    V, z, labels = products
    view = BatchView(z, (V @ V.T)[None], labels)
    G = view.gradient()
    X = inputs(x, s.P)
    expected = loss_gradient(x.w0, X, x.y)
    norm = view.norm(G)
    assert norm.shape == (1, 1, 1)
    assert norm[0, 0, 0] == pytest.approx(np.linalg.norm(expected), rel=1e-12)
    eps = radius(s) * G / norm
    there = (view.gradient(at=eps)[0].T @ V).reshape(x.w0.shape)
    expected_there = loss_gradient(x.w0 + radius(s) * expected / np.linalg.norm(expected), X, x.y)
    assert np.abs(there - expected_there).max() <= 1e-12 * np.abs(expected_there).max()


def test_derivative_of_relu_at_zero_is_zero(problem, products):
    s, x = problem
    _, z, labels = products
    assert not loss_gradient(np.zeros_like(x.w0), inputs(x, s.P), x.y).any()
    assert not gradient(np.zeros_like(z), labels).any()


def test_gradient_of_very_large_margins_is_finite(problem, products):
    s, x = problem
    _, z, labels = products
    size = 1e6 / np.abs(z).max()
    assert np.isfinite(loss_gradient(size * x.w0, inputs(x, s.P), x.y)).all()
    assert np.isfinite(gradient(size * z, labels)).all()


def test_inputs_are_those_of_definition_2_1(problem):
    s, x = problem
    X = inputs(x, s.P)
    assert X.shape == (s.n, s.P, s.d)
    for i in range(s.n):
        for patch in range(s.P):
            expected = x.y_hat[i] * x.mu if patch == x.signal_patch[i] else x.xi[i]
            assert np.array_equal(X[i, patch], expected)
