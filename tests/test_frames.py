"""The reduced frame has the law of R^d: the same statistics from both, compared by Kolmogorov-Smirnov.

False-alarm level: 1e-3 for the whole file, split evenly over its comparisons (Bonferroni). The seeds
are fixed blocks; that the comparison has power is shown on frames that are wrong on purpose.
"""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from dynamics import Phase, Sample, draw, test_error, train_ensemble

DRAWS, RUNS = 4000, 1500
N, M = 5, 2  # samples, filters per sign: N + 2 M = 9 rows
DIMENSIONS = [10, 300]  # the smallest with a reduced frame, and a large one


def gram_statistics(x):
    mu, xi, w = x.mu, x.xi, x.w0.reshape(2 * M, -1)
    return {
        "first noise norm": xi[0] @ xi[0],
        "last noise norm": xi[-1] @ xi[-1],
        "noise with noise": xi[0] @ xi[-1],
        "neighbouring noise": xi[1] @ xi[2],
        "noise with signal": xi[1] @ mu,
        "first filter norm": w[0] @ w[0],
        "last filter norm": w[-1] @ w[-1],
        "filter with noise": w[-1] @ xi[0],
        "filter with last noise": w[0] @ xi[-1],
        "filter with signal": w[-1] @ mu,
        "filter with filter": w[0] @ w[-1],
        "largest product": np.abs(w @ xi.T).max(),
        "volume": np.linalg.slogdet(np.vstack([mu, xi]) @ np.vstack([mu, xi]).T)[1],
        "labels": x.y.sum() + 10 * (x.y == x.y_hat).sum(),
    }


TRAINED = ["largest gamma", "smallest gamma", "largest rho", "smallest rho", "memorisation", "loss", "test error"]
ALARM = 1e-3 / (len(DIMENSIONS) * (14 + len(TRAINED)))


def trained_statistics(s, samples, tau):
    phases = [Phase("sam", 5, tau), Phase("sgd", 10)]
    statistics = []
    for k, run in enumerate(train_ensemble(s, samples, phases, record_every=15)):
        gamma, rho, x = run.gamma[-1], run.rho[-1], run.sample
        error = test_error(s, x, run.weights(-1), samples=400, seed=k)
        memorisation = np.maximum(rho, 0).sum() / M
        statistics.append([gamma.max(), gamma.min(), rho.max(), rho.min(), memorisation, run.loss[-1], error.value])
    return dict(zip(TRAINED, np.array(statistics).T, strict=True))


def table(samples):
    rows = [gram_statistics(x) for x in samples]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def smallest_p_value(ours, theirs):
    assert ours.keys() == theirs.keys()
    p_values = {name: ks_2samp(ours[name], theirs[name], method="asymp").pvalue for name in ours}
    return min(p_values.items(), key=lambda item: item[1])


@pytest.fixture(scope="module", params=DIMENSIONS, ids="d={}".format)
def world(natural, request):
    s = natural(n=N, m=M, d=request.param, B=1, p=0.2, signal=2.0, sigma_p=0.7)
    # disjoint blocks of seeds: the two frames share the stream of a seed
    ambient = [draw(s, DRAWS + k, "ambient") for k in range(DRAWS)]
    return s, ambient


@pytest.fixture(scope="module")
def reduced(world):
    return [draw(world[0], k) for k in range(DRAWS)]


def test_gram_entries_have_equal_law(world, reduced):
    s, ambient = world
    assert reduced[0].xi.shape == (N, N + 2 * M + 1)
    assert ambient[0].xi.shape == (N, s.d)
    ours = table(reduced)
    assert len(ours) == 14  # what the false-alarm level was split over
    name, p_value = smallest_p_value(ours, table(ambient))
    assert p_value > ALARM, name


def test_training_and_test_error_have_equal_law(world, reduced, radius):
    s, ambient = world
    tau = radius(s) / 2
    name, p_value = smallest_p_value(
        trained_statistics(s, reduced[:RUNS], tau), trained_statistics(s, ambient[:RUNS], tau)
    )
    assert p_value > ALARM, name


def rows_of(s, seed, degrees, signal_axis=True):
    """A frame as `draw` builds it, with the degrees of freedom of its diagonal to choose."""
    rng = np.random.default_rng([99, seed])
    K = N + 2 * M
    L = np.tril(rng.standard_normal((K, K)), -1) + np.diag(np.sqrt(rng.chisquare(degrees)))
    rows = np.column_stack([rng.standard_normal(K) * signal_axis, L])
    y_hat = rng.integers(0, 2, N) * 2 - 1
    return Sample.from_arrays(
        mu=np.eye(K + 1)[0] * s.mu_norm,
        xi=s.sigma_p * rows[:N],
        w0=s.sigma_0 * rows[N:].reshape(2, M, -1),
        y=np.where(rng.random(N) < s.p, -y_hat, y_hat),
        y_hat=y_hat,
    )


def smallest_dimension(natural):
    return natural(n=N, m=M, d=DIMENSIONS[0], B=1, p=0.2, signal=2.0, sigma_p=0.7)


def compare_with_wrong_frame(natural, degrees, signal_axis=True):
    s = smallest_dimension(natural)
    ambient = table(draw(s, DRAWS + k, "ambient") for k in range(DRAWS))
    return smallest_p_value(table(rows_of(s, k, degrees(s.d), signal_axis) for k in range(DRAWS)), ambient)[1]


def test_control_right_degrees_of_freedom_pass(natural):
    assert compare_with_wrong_frame(natural, lambda d: d - 1 - np.arange(9)) > ALARM


def test_control_one_degree_of_freedom_too_many_is_detected(natural):
    assert compare_with_wrong_frame(natural, lambda d: d - np.arange(9)) < ALARM


def test_control_equal_degrees_of_freedom_are_detected(natural):
    assert compare_with_wrong_frame(natural, lambda d: np.full(9, d - 1)) < ALARM


def test_control_noise_without_a_signal_part_is_detected(natural):
    assert compare_with_wrong_frame(natural, lambda d: d - 1 - np.arange(9), signal_axis=False) < ALARM


@pytest.mark.parametrize(("d", "D"), [(1, 1), (5, 5), (8, 8), (9, 9), (10, 10), (11, 10), (10**6, 10)])
def test_size_of_the_reduced_frame(natural, d, D):
    s = natural(n=N, m=M, d=d, B=1)
    assert draw(s, 0).xi.shape == (N, D)
    assert draw(s, 0).w0.shape == (2, M, D)
    assert draw(s, 0).mu.shape == (D,)


@pytest.mark.parametrize("frame", ["reduced", "ambient"])
def test_signal_has_its_length_and_lies_on_the_first_axis(natural, frame):
    s = natural(d=40)
    assert np.array_equal(draw(s, 0, frame).mu, s.mu_norm * np.eye(draw(s, 0, frame).mu.size)[0])


@pytest.mark.parametrize("d", [10**6, 10**12, 10**15])
def test_concentration_in_very_high_dimension(natural, d):
    s = natural(n=20, m=10, d=d, B=1, sigma_p=0.3)
    x = draw(s, 0)
    K = x.xi @ x.xi.T / (s.sigma_p**2 * d)
    w = x.w0.reshape(20, -1)
    # six standard deviations, plus the rounding of a sum of 41 squares
    assert np.abs(np.diagonal(K) - 1).max() < 6 * np.sqrt(2 / d) + 1e-14
    assert np.abs(K - np.diag(np.diagonal(K))).max() < 6 / np.sqrt(d)
    assert np.abs(K - np.diag(np.diagonal(K))).max() > 1 / np.sqrt(d)
    assert np.abs((w**2).sum(1) / (s.sigma_0**2 * d) - 1).max() < 6 * np.sqrt(2 / d) + 1e-14
    assert np.abs(w @ x.xi.T).max() < 6 * s.sigma_0 * s.sigma_p * np.sqrt(d)


@pytest.mark.parametrize("frame", ["reduced", "ambient"])
def test_labels_follow_definition_2_1(natural, frame):
    s = natural(n=4000, m=1, d=2, B=1, P=4, p=0.3)
    x = draw(s, 0, frame)
    deviation = np.sqrt(s.n)  # 4.5 standard deviations below
    assert abs((x.y_hat == 1).sum() - s.n / 2) < 4.5 * deviation / 2
    assert abs((x.y != x.y_hat).sum() - 0.3 * s.n) < 4.5 * deviation * np.sqrt(0.3 * 0.7)
    assert abs((x.y != x.y_hat)[x.y_hat == 1].mean() - 0.3) < 4.5 * np.sqrt(0.3 * 0.7 / (s.n / 2))
    counts = np.bincount(x.signal_patch, minlength=4)
    assert len(counts) == 4
    assert (np.abs(counts - s.n / 4) < 4.5 * deviation * np.sqrt(3) / 4).all()


def test_no_label_is_flipped_without_flips(natural):
    x = draw(natural(n=300, d=2, m=1, B=1, p=0.0), 0)
    assert np.array_equal(x.y, x.y_hat)
