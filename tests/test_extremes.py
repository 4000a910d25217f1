"""Numbers at the edge of what a computer holds: right, or refused with step and reason; never NaN, never a warning."""

import numpy as np
import pytest

from dynamics import Phase, Sample, train, train_network
from dynamics.engines.network import inputs, loss, loss_gradient

pytestmark = pytest.mark.usefixtures("both_ways")


def finite(run):
    return all(np.isfinite(array).all() for array in (run.gamma, run.rho, run.loss, run.weights(-1)))


@pytest.mark.parametrize("margin", [-1e3, -750.0, 750.0, 1e3])
def test_exponentials_of_large_margins(natural, margin):
    # one filter a sign, and a loss of log(1 + exp(-margin)), whose slope is 0 or 1 to rounding
    s = natural(n=1, B=1, m=1, P=2, d=3, p=0.0)
    arrays = {"mu": [1.0, 0, 0], "xi": [[0, 1.0, 0]], "y": [1], "y_hat": [1]}
    x = Sample.from_arrays(**arrays, w0=[[[max(margin, 0), 0, 0]], [[max(-margin, 0), 0, 0]]])
    expected = max(-margin, 0.0)
    for engine in (train, train_network):
        run = engine(s, x, [Phase("sgd", 1), Phase("sam", 1, 1e-3)])
        assert finite(run)
        assert run.loss[0] == pytest.approx(expected, abs=1e-300)
    slope = np.abs(loss_gradient(x.w0, inputs(x, 2), x.y)).max()
    assert slope == pytest.approx(1.0 if margin < 0 else 0.0, abs=1e-300)
    assert loss(x.w0, inputs(x, 2), x.y) == pytest.approx(expected, abs=1e-300)


@pytest.fixture
def half_dead():
    """Filter 0 of each sign is orthogonal to all noise, filter 1 to the signal: exactly, digit for digit."""
    return Sample.from_arrays(
        mu=[1.0, 0, 0, 0, 0],
        xi=[[0, 1.0, 0.5, 0, 0], [0, -0.25, 1.0, 0, 0]],
        w0=[[[0.5, 0, 0, 1, 0], [0, 0.5, 0.5, 0, 1]], [[-0.5, 0, 0, 0, 1], [0, 0.25, 0.5, 1, 0]]],
        y=[1, -1],
        y_hat=[1, -1],
    )


def test_relu_has_slope_zero_at_zero_in_both_engines(natural, half_dead):
    s = natural(n=2, B=2, m=2, P=3, d=5, step=1.0).replace(eta=0.5)
    run = train(s, half_dead, [Phase("sgd", 6)])
    assert not run.rho[:, :, 0].any()
    assert not run.gamma[:, :, 1].any()
    assert run.rho[-1, :, 1].any()
    assert run.gamma[-1, :, 0].any()
    other = train_network(s, half_dead, [Phase("sgd", 6)])
    np.testing.assert_allclose(other.weights(-1), run.weights(-1), rtol=1e-13, atol=1e-15)
    moved = other.weights(-1) - half_dead.w0
    assert not moved[:, 0, 1:].any()
    assert not moved[:, 1, 0].any()
