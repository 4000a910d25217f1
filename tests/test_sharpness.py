"""Sharpness: against brute force in tiny networks, against the network's own gradient, and its two limits."""

import numpy as np
import pytest

from dynamics import Phase, Sample, Setting, draw, train
from dynamics.engines.network import inputs, loss, loss_gradient
from dynamics.sharpness import ascent_rise, average_rise, hessian, rise_limit, worst_rise
from theorems.beyond.sharpness import solutions as readings
from theorems.beyond.sharpness.solutions import BASE, both
from theorems.condition import tau_paper
from verify.observe import observe

TINY = Setting(n=2, d=3, m=1, P=3, mu_norm=1.0, sigma_p=1.0, p=0.1, sigma_0=0.5, B=2, eta=0.1)
SMALL = Setting(n=6, d=60, m=4, P=3, mu_norm=2.0, sigma_p=1.0, p=0.2, sigma_0=0.05, B=6, eta=0.05)


def rises(s, x, W, moves):
    """The rise of the loss at each perturbation, by the network."""
    X = inputs(x, s.P)
    before = loss(W, X, x.y)
    return np.array([loss(W + move, X, x.y) for move in moves]) - before


def on_the_sphere(rng, count, W):
    u = rng.standard_normal((count, *W.shape))
    return u / np.sqrt((u**2).sum((1, 2, 3), keepdims=True))


def trained(s, seed, epochs=60, frame="ambient"):
    x = draw(s, seed, frame)
    return x, train(s, x, Phase("sgd", epochs), seed, record_every=20)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("tau", [0.1, 1.0])
def test_worst_rise_is_that_of_brute_force(seed, tau):
    x, rng = draw(TINY, seed), np.random.default_rng(seed)
    W = x.w0
    u = on_the_sphere(rng, 2_000, W)
    found = rises(TINY, x, W, tau * u)
    u, width = u[np.argsort(found)[-20:]], 0.3
    for _ in range(40):  # the best ones, moved at random, in ever smaller moves
        around = u[:, None] + width * on_the_sphere(rng, 20 * 10, W).reshape(20, 10, *W.shape)
        u = np.concatenate([u, around.reshape(-1, *W.shape)])
        u /= np.sqrt((u**2).sum((1, 2, 3), keepdims=True))
        found = rises(TINY, x, W, tau * u)
        u, width = u[np.argsort(found)[-20:]], 0.85 * width
    ascended, limit = float(worst_rise(TINY, x, W, tau)), float(rise_limit(TINY, x, W, tau))
    assert ascended == pytest.approx(found.max(), rel=0.01)
    assert found.max() <= limit <= 6 * ascended


@pytest.mark.parametrize("seed", range(3))
def test_a_small_radius_meets_the_gradient_of_the_network(seed):
    x, path = trained(SMALL, seed)
    W = path.weights(-1)
    slope = loss_gradient(W, inputs(x, SMALL.P), x.y)
    length = np.sqrt((slope**2).sum())
    tau = 1e-7
    assert float(worst_rise(SMALL, x, W, tau)) / tau == pytest.approx(length, rel=1e-4)
    for radius in (0.01, 0.1, 1.0):  # SAM's own perturbation is one of the starts
        (by_sam,) = rises(SMALL, x, W, [radius * slope / length])
        assert float(worst_rise(SMALL, x, W, radius)) >= by_sam - 1e-12


@pytest.mark.parametrize("seed", range(3))
def test_no_perturbation_exceeds_the_limit(seed):
    x, path = trained(SMALL, seed)
    W, rng = path.weights(-1), np.random.default_rng(seed)
    directions = on_the_sphere(rng, 200, W)
    directions[:, 0] = x.xi[seed] * rng.standard_normal((200, 4, 1))  # half of the filters along a sample
    directions /= np.sqrt((directions**2).sum((1, 2, 3), keepdims=True))
    for tau in (0.01, 0.3, 3.0):
        found, limit = float(worst_rise(SMALL, x, W, tau)), float(rise_limit(SMALL, x, W, tau))
        assert rises(SMALL, x, W, tau * directions).max() <= found <= limit


def test_the_limit_is_reached_where_its_inequalities_are_equalities():
    """One sample, no signal, all filters active and of the other class's sign of use: the rise is linear in eps."""
    s = Setting(n=1, d=5, m=2, P=3, mu_norm=0.0, sigma_p=1.0, p=0.0, sigma_0=1.0, B=1, eta=0.1)
    xi = np.eye(5)[:1]
    w0 = np.broadcast_to(3 * xi, (2, 2, 5))
    x = Sample.from_arrays(mu=np.zeros(5), xi=xi, w0=w0, y=[1], y_hat=[1])
    tau = 1.0  # every filter moves by 1/2 along xi: y f falls by (1/2) 4 (1/2) (P-1) = 2
    exact = np.logaddexp(0, 2.0) - np.log(2)
    assert float(worst_rise(s, x, w0, tau)) == pytest.approx(exact, rel=1e-6)
    assert exact <= float(rise_limit(s, x, w0, tau)) <= 1.02 * exact


@pytest.mark.parametrize("activation", ["relu", "leaky_relu(0.1)"])
def test_curvature_and_ascents_are_those_of_the_network(activation):
    """The Hessian by differences of the network's gradient in all its weights; ascents by its gradients."""
    s = SMALL.replace(d=20, activation=activation)
    x, path = trained(s, 1)
    W, X, h = path.weights(-1), inputs(x, s.P), 1e-6
    units = np.eye(W.size).reshape(-1, *W.shape)
    rows = [loss_gradient(W + h * e, X, x.y, s.phi) - loss_gradient(W - h * e, X, x.y, s.phi) for e in units]
    H = np.reshape(rows, (W.size, W.size)) / (2 * h)
    found = hessian(s, x, np.stack([W, 2 * W]))
    assert found.trace[0] == pytest.approx(np.trace(H), rel=1e-6)
    assert found.largest[0] == pytest.approx(np.linalg.eigvalsh((H + H.T) / 2)[-1], rel=1e-6)
    assert found.trace.shape == found.largest.shape == (2,)
    for tau in (0.01, 0.5):
        whole = ascent_of(s, X, x.y, W, tau)
        each = [ascent_of(s, X[i : i + 1], x.y[i : i + 1], W, tau) for i in range(s.n)]
        assert ascent_rise(s, x, W, tau) == pytest.approx(whole, rel=1e-9)
        assert ascent_rise(s, x, W, tau, single=True) == pytest.approx(np.mean(each), rel=1e-9)
    with pytest.raises(ValueError, match="piecewise linear"):
        hessian(s.replace(activation="relu^2"), x, W)


def ascent_of(s, X, y, W, tau):
    """The rise of the network's loss along its gradient."""
    slope = loss_gradient(W, X, y, s.phi)
    return loss(W + tau * slope / np.linalg.norm(slope), X, y, s.phi) - loss(W, X, y, s.phi)


@pytest.mark.parametrize("tau", [0.5, 5.0])
def test_average_rise_is_that_of_the_sphere_in_the_whole_space(tau):
    """In R^60 by drawing whole directions; and from a frame of fewer coordinates, told that d = 60."""
    x, path = trained(SMALL, 0)
    W, rng = path.weights(-1), np.random.default_rng(1)
    u = on_the_sphere(rng, 3_000, W)
    plain = (rises(SMALL, x, W, tau * u) + rises(SMALL, x, W, -tau * u)) / 2
    basis = np.linalg.qr(np.vstack([x.mu, x.xi, path.weights(-1).reshape(-1, 60), x.w0.reshape(-1, 60)]).T)[0]
    short = Sample.from_arrays(mu=x.mu @ basis, xi=x.xi @ basis, w0=x.w0 @ basis, y=x.y, y_hat=x.y_hat)
    assert basis.shape[1] < 60
    for sample, weights in ((x, W), (short, W @ basis)):
        found = average_rise(SMALL, sample, weights, tau, samples=3_000)
        error = np.hypot(found.stderr, plain.std(ddof=1) / np.sqrt(len(plain)))
        assert abs(found.value - plain.mean()) < 4 * error
        assert found.stderr == pytest.approx(plain.std(ddof=1) / np.sqrt(len(plain)), rel=0.15)
    wrong = average_rise(SMALL.replace(d=600), short, W @ basis, tau, samples=3_000)
    assert abs(wrong.value - plain.mean()) > 10 * error


def test_readings_of_a_run():
    s = BASE.replace(n=10, B=10, m=6, d=10**5)
    (o,) = observe(both(s), [7])
    t = o.world.setting
    sam, sgd = o.trained, o.rival_trained
    tau = 0.3 * tau_paper(t)
    of_sam, of_sgd = (float(worst_rise(t, o.sample, run.weights(-1), tau)) for run in (sam, sgd))
    assert readings.rise_at([o], ratio=0.3) == pytest.approx(of_sam)
    assert readings.rival_over_run([o], ratio=0.3) == pytest.approx(of_sgd / of_sam)
    moved = [np.sqrt(((run.weights(-1) - o.sample.w0) ** 2).sum()) for run in (sam, sgd)]
    np.testing.assert_allclose([readings.distance(sam), readings.distance(sgd)], moved)
    radii = [readings.flat_radius(run, 0.1) for run in (sam, sgd)]
    for run, radius in zip((sam, sgd), radii, strict=True):
        assert float(worst_rise(t, o.sample, run.weights(-1), radius)) == pytest.approx(0.1, rel=0.1)
    assert readings.radius_ratio([o], 0.1) == pytest.approx(radii[1] / radii[0])
    relative = (radii[1] / moved[1]) / (radii[0] / moved[0])
    assert readings.relative_radius_ratio([o], 0.1) == pytest.approx(relative)
