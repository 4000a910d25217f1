"""The test error, against fresh inputs of Definition 2.1 sent through the network in R^d."""

import numpy as np
import pytest
from scipy.stats import chi2

from dynamics import Phase, Sample, draw, test_error, train
from dynamics.engines.network import output

SIGMAS = 4.5  # a false alarm in 1.5e5 comparisons, and the seeds are fixed


def error_in_ambient_space(s, mu, W, n_test, seed):
    """Fraction of wrong signs on fresh inputs, patch by patch, and its standard error."""
    rng = np.random.default_rng([123, seed])
    y_hat = rng.choice([-1, 1], n_test)
    y = np.where(rng.random(n_test) < s.p, -y_hat, y_hat)
    X = np.repeat(s.sigma_p * rng.standard_normal((n_test, 1, s.d)), s.P, axis=1)
    X[np.arange(n_test), rng.integers(0, s.P, n_test)] = y_hat[:, None] * mu
    margin = y * output(W, X)
    wrong = np.where(margin < 0, 1.0, np.where(margin == 0, 0.5, 0.0))
    return wrong.mean(), wrong.std() / np.sqrt(n_test)


def assert_equal_errors(value, stderr, other, other_stderr):
    assert abs(value - other) < SIGMAS * np.hypot(stderr, other_stderr)


CASES = {
    "P=2": {"P": 2},
    "P=3": {"P": 3},
    "P=6": {"P": 6},
    "p=0": {"p": 0.0},
    "p=0.4": {"p": 0.4},
    "no signal": {"signal": 0.0},
    "strong signal": {"signal": 3.0},
    "large sigma_p": {"sigma_p": 100.0},
    "more filters than dimensions": {"d": 4, "m": 5},
    "d=1": {"d": 1},
}


@pytest.mark.parametrize("schedule", ["untrained", "sgd", "sam"])
@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_against_brute_force(natural, radius, changes, schedule):
    s = natural(**{"d": 30, "signal": 0.7} | changes)
    x = draw(s, 1, "ambient")
    phases = {
        "untrained": [Phase("sgd", 0)],
        "sgd": [Phase("sgd", 15)],
        "sam": [Phase("sam", 10, radius(s)), Phase("sgd", 5)],
    }
    W = train(s, x, phases[schedule]).weights(-1)
    e = test_error(s, x, W, samples=20_000, seed=2)
    assert_equal_errors(e.value, e.stderr, *error_in_ambient_space(s, x.mu, W, 20_000, seed=3))


@pytest.mark.parametrize("p", [0.01, 0.25, 0.4999])
def test_label_noise_enters_by_the_identity(natural, p):
    s = natural(d=30, signal=0.7)
    x = draw(s, 1)
    W = train(s, x, [Phase("sgd", 10)]).weights(-1)
    clean = test_error(s.replace(p=0.0), x, W, seed=4)
    noisy = test_error(s.replace(p=p), x, W, seed=4)
    assert 0.01 < clean.value < 0.49
    assert noisy.value == pytest.approx(p + (1 - 2 * p) * clean.value, rel=1e-13)
    assert noisy.stderr == pytest.approx((1 - 2 * p) * clean.stderr, rel=1e-13)


@pytest.mark.parametrize("signal", [0.1, 0.7, 1.5])
def test_standard_error_is_calibrated(natural, signal):
    s = natural(d=30, signal=signal)
    x = draw(s, 1)
    W = train(s, x, [Phase("sgd", 10)]).weights(-1)
    repeats = 600
    estimates = [test_error(s, x, W, samples=1000, seed=k) for k in range(repeats)]
    spread = np.var([e.value for e in estimates], ddof=1)
    stated = np.mean([e.stderr**2 for e in estimates])
    low, high = chi2.ppf([5e-5, 1 - 5e-5], repeats - 1) / (repeats - 1)
    assert low < spread / stated < high
    precise = test_error(s, x, W, samples=400_000, seed=repeats)
    mean = np.mean([e.value for e in estimates])
    assert_equal_errors(mean, np.sqrt(spread / repeats), precise.value, precise.stderr)


def test_reduced_and_ambient_training_of_the_same_data(natural, radius):
    # write a sample of R^d in an orthonormal frame of its own span: same training, same test error
    s = natural(d=200, P=4, signal=0.8)
    x = draw(s, 5, "ambient")
    V = np.vstack([x.mu, x.xi, x.w0.reshape(-1, s.d)])
    frame = np.linalg.qr(V.T)[0]
    small = Sample.from_arrays(
        mu=x.mu @ frame, xi=x.xi @ frame, w0=x.w0 @ frame, y=x.y, y_hat=x.y_hat, signal_patch=x.signal_patch
    )
    assert small.mu.size == s.n + 2 * s.m + 1
    phases = [Phase("sam", 5, radius(s) / 3), Phase("sgd", 10)]
    run, small_run = train(s, x, phases), train(s, small, phases)
    np.testing.assert_allclose(small_run.rho, run.rho, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(small_run.gamma, run.gamma, rtol=1e-9, atol=1e-12)
    e = test_error(s, x, run.weights(-1), samples=100_000, seed=0)
    small_e = test_error(s, small, small_run.weights(-1), samples=100_000, seed=1)
    assert_equal_errors(e.value, e.stderr, small_e.value, small_e.stderr)
    assert_equal_errors(e.value, e.stderr, *error_in_ambient_space(s, x.mu, run.weights(-1), 20_000, seed=0))


def test_one_filter_against_the_normal_law(natural):
    # m = 1, w_+ = a e_2, w_- = 0: y_hat f has the sign of y_hat relu(a xi_2) off the signal axis, so
    # both labels together err on half of the noise that is seen, and toss a coin on the other half
    s = natural(m=1, p=0.0, d=20, signal=1.0)
    x = draw(s, 0, "ambient")
    W = np.zeros((2, 1, 20))
    W[0, 0, 1] = 3.0
    e = test_error(s, x, W)
    assert e.value == pytest.approx(0.5, abs=1e-15)
    # with a = (1, 1) on e_1, e_2: wrong at y_hat = -1 whenever <w, xi> > 0, silent otherwise;
    # at y_hat = +1 always right
    W[0, 0, :2] = 1.0
    e = test_error(s, x, W, samples=100_000)
    assert abs(e.value - (0.5 * 1 + 0.5 * 0.5) / 2) < SIGMAS * e.stderr
