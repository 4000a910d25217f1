"""`draw` and `Sample.from_arrays`: private, read-only, reproducible."""

from itertools import combinations

import numpy as np
import pytest

from dynamics import Phase, Sample, draw, train, train_network
from dynamics.streams import BATCHES, DRAW, TEST, stream

ARRAYS = ["mu", "xi", "w0", "y", "y_hat", "signal_patch"]
REAL = ["mu", "xi", "w0"]
LABELS = ["y", "y_hat"]


@pytest.fixture
def s(natural):
    return natural(n=4, B=2, m=2, d=15)


@pytest.fixture
def x(s):
    return draw(s, 0, "ambient")


def arrays_of(x):
    return {name: np.array(getattr(x, name)) for name in ARRAYS}


@pytest.mark.parametrize("frame", ["reduced", "ambient"])
def test_shapes_and_types(s, frame):
    x = draw(s, 0, frame)
    D = 9 if frame == "reduced" else 15
    assert (x.mu.shape, x.xi.shape, x.w0.shape) == ((D,), (4, D), (2, 2, D))
    assert {getattr(x, name).dtype for name in REAL} == {np.dtype(np.float64)}
    assert {getattr(x, name).shape for name in [*LABELS, "signal_patch"]} == {(4,)}
    assert set(x.y) | set(x.y_hat) <= {-1, 1}
    assert x.signal_patch.min() >= 0
    assert x.signal_patch.max() < s.P


@pytest.mark.parametrize("frame", ["reduced", "ambient"])
def test_equal_seeds_equal_bits(s, frame):
    x, again, other = draw(s, 3, frame), draw(s, np.int64(3), frame), draw(s, 4, frame)
    for name in ARRAYS:
        assert np.array_equal(getattr(x, name), getattr(again, name))
    assert not np.array_equal(x.xi, other.xi)
    assert not np.array_equal(x.w0, other.w0)


@pytest.mark.parametrize("frame", ["reduced", "ambient"])
def test_scales_are_only_scales(natural, frame):
    # sigma_p, sigma_0 and mu_norm multiply the same random numbers
    x = draw(natural(d=40), 1, frame)
    scaled = draw(natural(d=40).replace(sigma_p=8.0, sigma_0=natural(d=40).sigma_0 / 4, mu_norm=1.0), 1, frame)
    assert np.array_equal(scaled.xi, 8 * x.xi)
    assert np.array_equal(scaled.w0, x.w0 / 4)
    assert np.array_equal(scaled.y, x.y)


@pytest.mark.parametrize("engine", [train, train_network])
def test_own_arrays_train_like_the_drawn_sample(s, x, engine, radius):
    own = Sample.from_arrays(**arrays_of(x))
    phases = [Phase("sam", 3, radius(s)), Phase("sgd", 3)]
    run, again = engine(s, x, phases), engine(s, own, phases)
    assert np.array_equal(run.gamma, again.gamma)
    assert np.array_equal(run.rho, again.rho)
    assert np.array_equal(run.loss, again.loss)


@pytest.mark.parametrize("engine", [train, train_network])
def test_position_of_the_signal_patch_does_not_matter(s, x, engine):
    arrays = arrays_of(x)
    del arrays["signal_patch"]
    first = Sample.from_arrays(**arrays)
    assert not first.signal_patch.any()
    run, again = (engine(s, sample, [Phase("sgd", 5)]) for sample in (x, first))
    np.testing.assert_allclose(run.rho, again.rho, rtol=1e-12, atol=1e-14)


def test_purposes_and_seeds_share_no_numbers():
    streams = [stream(seed, purpose).random(100) for seed in (0, 1, 2**100) for purpose in (DRAW, BATCHES, TEST)]
    for first, second in combinations(streams, 2):
        assert not np.intersect1d(first, second).size
    assert np.array_equal(stream(np.int64(1), DRAW).random(100), streams[3])
