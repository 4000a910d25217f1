"""The coefficient engine and the network engine give the same run."""

import numpy as np
import pytest

from dynamics import Phase, Sample, draw, train, train_network

pytestmark = pytest.mark.usefixtures("both_ways")

SCHEDULES = {
    "sgd": lambda tau: [Phase("sgd", 12)],
    "sam": lambda tau: [Phase("sam", 12, tau)],
    "sam then sgd": lambda tau: [Phase("sam", 6, tau), Phase("sgd", 6)],
    "weak then strong sam": lambda tau: [Phase("sam", 4, tau / 10), Phase("sgd", 3), Phase("sam", 5, 10 * tau)],
}
SETTINGS = {
    "P=2": {"P": 2},
    "P=3": {"P": 3},
    "P=7": {"P": 7},
    "B=1": {"B": 1},
    "B=n": {"B": 6},
    "p=0": {"p": 0.0},
    "p=0.45": {"p": 0.45},
    "m=1": {"m": 1},
    "m=8": {"m": 8},
    "n=1": {"n": 1, "B": 1},
    "n=24": {"n": 24, "B": 8},
    "sigma_p=1e-4": {"sigma_p": 1e-4},
    "sigma_p=1e5": {"sigma_p": 1e5},
    "products by dgemm, B<n": {"n": 30, "m": 20, "B": 15},
    "products by dgemm, B=n": {"n": 30, "m": 20, "B": 30},
    "strong signal": {"signal": 8.0},
    "large start": {"start": 5.0},
    "large steps": {"step": 6.0},
}


@pytest.mark.parametrize("frame", ["reduced", "ambient"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("changes", SETTINGS.values(), ids=SETTINGS)
def test_runs_are_equal_step_by_step(natural, radius, assert_same_run, changes, schedule, frame):
    s = natural(**changes)
    x = draw(s, 1, frame)
    phases = SCHEDULES[schedule](radius(s))
    run = train(s, x, phases, seed=2, record_every="step")
    assert_same_run(run, train_network(s, x, phases, seed=2, record_every="step"))
    assert np.abs(run.rho[-1]).max() > 0.1  # there was something to compare


@pytest.mark.parametrize("d", [10**3, 10**6, 10**12])
def test_runs_are_equal_in_high_dimension(natural, radius, assert_same_run, d):
    s = natural(d=d)
    x = draw(s, 0)
    phases = SCHEDULES["sam then sgd"](radius(s))
    assert_same_run(train(s, x, phases), train_network(s, x, phases))


@pytest.mark.parametrize("record_every", [1, 5, "geometric", "step"])
def test_runs_are_equal_at_the_same_records(natural, radius, assert_same_run, record_every):
    s = natural()
    x = draw(s, 0)
    phases = SCHEDULES["sam then sgd"](radius(s))
    run = train(s, x, phases, record_every=record_every)
    assert_same_run(run, train_network(s, x, phases, record_every=record_every))


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("B", [1, 2, 6])
def test_runs_are_equal_on_given_batches(natural, radius, assert_same_run, schedule, B):
    s = natural(B=B)
    x = draw(s, 3)
    phases = SCHEDULES[schedule](radius(s))
    orders = np.random.default_rng(4).permuted(np.tile(np.arange(s.n), (12, 1)), axis=1)
    batches = orders.reshape(12, s.H, s.B)
    run = train(s, x, phases, batches=batches, record_every="step")
    assert_same_run(run, train_network(s, x, phases, batches=batches, record_every="step"))
    assert np.array_equal(run.batches, batches.reshape(-1, B))


@pytest.mark.filterwarnings("ignore:Sample. its")  # the setting speaks of other arrays
def test_runs_are_equal_on_correlated_data_of_a_user(assert_same_run, natural, radius):
    # mu in a general direction, noise far from orthogonal, every label combination present
    rng = np.random.default_rng(5)
    s = natural(n=4, d=12, m=2, p=0.3)
    common = rng.standard_normal(12)
    x = Sample.from_arrays(
        mu=3 * rng.standard_normal(12) / np.sqrt(12),
        xi=rng.standard_normal((4, 12)) + common,
        w0=s.sigma_0 * rng.standard_normal((2, 2, 12)),
        y=[1, 1, -1, -1],
        y_hat=[1, -1, 1, -1],
        signal_patch=[0, 1, 2, 1],
    )
    phases = SCHEDULES["sam then sgd"](radius(s))
    run = train(s, x, phases, record_every="step")
    assert_same_run(run, train_network(s, x, phases, record_every="step"))


def test_runs_are_equal_on_dependent_vectors(natural, radius, assert_same_run):
    # d < n + 1: the decomposition is not unique, the weights are
    s = natural(n=6, d=3, m=2)
    x = draw(s, 6)
    phases = SCHEDULES["sam then sgd"](radius(s))
    run = train(s, x, phases, record_every="step")
    assert_same_run(run, train_network(s, x, phases, record_every="step"), coefficients=False)
