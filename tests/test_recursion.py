"""Both engines step by the recursions of gamma and rho, read from the paper index by index."""

import numpy as np
import pytest

from dynamics import Phase, draw, train, train_network

pytestmark = pytest.mark.usefixtures("both_ways")


def step_of_the_paper(s, x, W, batch, tau):
    """Increments of gamma (2, m) and rho (2, m, n); loops and scalars only."""

    def slopes_and_activations(at):
        slope, signal, noise = {}, {}, {}
        for i in batch:
            f = 0.0
            for a, j in enumerate((1, -1)):
                for r in range(s.m):
                    on_signal, on_noise = at[a, r] @ (x.y_hat[i] * x.mu), at[a, r] @ x.xi[i]
                    signal[a, r, i], noise[a, r, i] = on_signal > 0, on_noise > 0
                    f += j * (max(on_signal, 0) + (s.P - 1) * max(on_noise, 0)) / s.m
            slope[i] = -1 / (1 + np.exp(x.y[i] * f))
        return slope, signal, noise

    slope, signal, noise = slopes_and_activations(W)
    if tau is not None:
        gradient = np.zeros_like(W)
        for a, j in enumerate((1, -1)):
            for r in range(s.m):
                for i in batch:
                    direction = (s.P - 1) * noise[a, r, i] * x.xi[i] + signal[a, r, i] * x.y_hat[i] * x.mu
                    gradient[a, r] += slope[i] * j * x.y[i] * direction / (s.B * s.m)
        slope, signal, noise = slopes_and_activations(W + tau * gradient / np.linalg.norm(gradient))

    gamma, rho = np.zeros((2, s.m)), np.zeros((2, s.m, s.n))
    for a, j in enumerate((1, -1)):
        for r in range(s.m):
            for i in batch:
                clean = 1 if x.y[i] == x.y_hat[i] else -1  # S_+ counts plus, S_- minus
                gamma[a, r] -= s.eta * (x.mu @ x.mu) / (s.B * s.m) * clean * slope[i] * signal[a, r, i]
                rho[a, r, i] -= (
                    s.eta * (s.P - 1) ** 2 / (s.B * s.m) * slope[i] * noise[a, r, i] * (x.xi[i] @ x.xi[i]) * j * x.y[i]
                )
    return gamma, rho


@pytest.mark.parametrize("engine", [train, train_network])
@pytest.mark.parametrize("rule", ["sgd", "sam"])
@pytest.mark.parametrize("changes", [{}, {"P": 2}, {"P": 5, "B": 6}, {"B": 1, "p": 0.45}, {"sigma_p": 0.01}], ids=str)
def test_every_step_is_a_step_of_the_paper(natural, radius, changes, rule, engine):
    s = natural(**changes)
    x = draw(s, 2)
    tau = radius(s) if rule == "sam" else None
    run = engine(s, x, [Phase(rule, 4, tau)], seed=1, record_every="step")
    assert not run.gamma[0].any()
    assert not run.rho[0].any()
    for k, batch in enumerate(run.batches):
        gamma, rho = step_of_the_paper(s, x, run.weights(k), batch, tau)
        np.testing.assert_allclose(run.gamma[k + 1] - run.gamma[k], gamma, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(run.rho[k + 1] - run.rho[k], rho, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("engine", [train, train_network])
def test_weights_are_the_decomposition(natural, radius, engine):
    s = natural(p=0.3)
    x = draw(s, 4, "ambient")
    run = engine(s, x, [Phase("sam", 2, radius(s)), Phase("sgd", 3)])
    for k in range(len(run.epoch)):
        for a, j in enumerate((1, -1)):
            for r in range(s.m):
                w = x.w0[a, r] + j * run.gamma[k, a, r] * x.mu / (x.mu @ x.mu)
                for i in range(s.n):
                    w = w + run.rho[k, a, r, i] * x.xi[i] / (x.xi[i] @ x.xi[i]) / (s.P - 1)
                np.testing.assert_allclose(run.weights(k)[a, r], w, rtol=1e-10, atol=1e-13)
