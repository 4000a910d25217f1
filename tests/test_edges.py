"""The corners of the parameter space: nothing breaks, nothing warns (warnings are errors here)."""

import numpy as np
import pytest

from dynamics import Phase, draw, test_error, train, train_network

pytestmark = pytest.mark.usefixtures("both_ways")

ENGINES = pytest.mark.parametrize("engine", [train, train_network])
FRAMES = pytest.mark.parametrize("frame", ["reduced", "ambient"])


def sam_then_sgd(tau):
    return [Phase("sam", 4, tau), Phase("sgd", 4)]


@ENGINES
@FRAMES
@pytest.mark.parametrize("p", [0.0, 0.3])
def test_dead_filters_stay_dead(natural, radius, engine, frame, p):
    s = natural(start=0.0, p=p)
    x = draw(s, 0, frame)
    run = engine(s, x, sam_then_sgd(radius(s)), record_every="step")
    assert not run.gamma.any()
    assert not run.rho.any()
    assert not run.weights(-1).any()
    np.testing.assert_allclose(run.loss, np.log(2), rtol=1e-15)
    assert test_error(s, x, run.weights(-1)).value == pytest.approx(0.5, abs=1e-15)


@ENGINES
@FRAMES
def test_without_a_signal_only_noise_is_learned(natural, radius, engine, frame):
    s = natural(signal=0.0)
    x = draw(s, 0, frame)
    run = engine(s, x, sam_then_sgd(radius(s)), record_every="step")
    assert not run.gamma.any()
    assert np.abs(run.rho[-1]).max() > 0.1
    assert np.isfinite(run.weights(-1)).all()
    assert np.isfinite(run.loss).all()


SMALL = {
    "n=1": {"n": 1, "B": 1},
    "m=1": {"m": 1},
    "d=1": {"d": 1},
    "d=2": {"d": 2},
    "n=m=d=1": {"n": 1, "B": 1, "m": 1, "d": 1},
    "d=n+2m-1": {"d": 11},
    "d=n+2m": {"d": 12},
    "d=n+2m+1": {"d": 13},
    "d=n+2m+2": {"d": 14},
    "d=n": {"d": 6},
    "d=n+1": {"d": 7},
}


@FRAMES
@pytest.mark.parametrize("changes", SMALL.values(), ids=SMALL)
def test_smallest_sizes(natural, radius, assert_same_run, changes, frame):
    s = natural(**changes)
    x = draw(s, 3, frame)
    assert x.mu.size == (s.d if frame == "ambient" else min(s.d, s.n + 2 * s.m + 1))
    run = train(s, x, sam_then_sgd(radius(s)), record_every="step")
    assert np.isfinite(run.loss).all()
    assert np.abs(run.weights(-1) - x.w0).max() > 0
    independent = s.d > s.n
    other = train_network(s, x, sam_then_sgd(radius(s)), record_every="step")
    assert_same_run(run, other, coefficients=independent)
    e = test_error(s, x, run.weights(-1), samples=100)
    assert 0 <= e.value <= 1
    assert e.stderr > 0


@ENGINES
@pytest.mark.parametrize("B", [1, 2, 6])
def test_sam_of_radius_zero_is_sgd(natural, engine, B):
    s = natural(n=6, B=B)
    x = draw(s, 0)
    sam = engine(s, x, [Phase("sam", 8, 0.0)], record_every="step")
    sgd = engine(s, x, [Phase("sgd", 8)], record_every="step")
    for name in ("gamma", "rho", "loss"):
        assert np.array_equal(getattr(sam, name), getattr(sgd, name))


@ENGINES
@pytest.mark.parametrize("rule", ["sgd", "sam"])
def test_divergence_names_its_epoch(natural, radius, engine, rule):
    s = natural(d=3000).replace(eta=1e307)
    tau = radius(s) if rule == "sam" else None
    with pytest.raises(FloatingPointError, match=r"^training diverged in epoch \d \(.*rule '.*'\): .* eta = 1e\+307"):
        engine(s, draw(s, 0), [Phase(rule, 3, tau)])
