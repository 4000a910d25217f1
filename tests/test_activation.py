"""The activation: both engines, the kernels, autodiff, the test error, and what statements say of it."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dynamics import Phase, Setting, Trajectory, draw, test_error, train, train_network
from dynamics.activation import activation
from dynamics.engines.network import inputs, loss, loss_gradient, output
from dynamics.engines.patches import train_patches
from dynamics.replay import replay
from dynamics.sharpness import average_rise, rise_limit, worst_rise
from theorems import catalogue
from verify import check

S = Setting(n=12, d=200, m=4, P=3, mu_norm=5.0, sigma_p=0.5, p=0.1, sigma_0=5e-2, B=4, eta=2e-2)
NAMES = ("leaky_relu(0.1)", "relu^3", "relu^1.5", "leaky_relu(1)")
JAX = {
    "leaky_relu(0.1)": lambda z: jax.nn.leaky_relu(z, 0.1),
    "relu^3": lambda z: jax.nn.relu(z) ** 3,
    "relu^1.5": lambda z: jnp.where(z > 0, jnp.where(z > 0, z, 1.0) ** 1.5, 0.0),
    "leaky_relu(1)": lambda z: z,
}
PHASES = [
    Phase("sam", 5, tau=0.1),
    Phase("sgd", 3),
    Phase("sam_momentum", 3, tau=0.05),
    Phase("m_sam", 2, 0.1, group=2),
]

pytestmark = pytest.mark.usefixtures("both_ways")


@pytest.fixture(params=NAMES)
def s(request):
    return S.replace(activation=request.param)


@pytest.mark.parametrize("B", [4, 12])
def test_both_engines_and_the_kernels_train_alike(s, assert_same_run, B, monkeypatch):
    s = s.replace(B=B)
    x = draw(s, 1)
    run = train(s, x, PHASES, record_every="step")
    assert_same_run(run, train_network(s, x, PHASES, record_every="step"))
    assert np.abs(run.rho - train(S.replace(B=B), x, PHASES, record_every="step").rho).max() > 1e-3
    for phases in (PHASES[:2], PHASES[3:]):
        patches = train_patches(s, inputs(x, s.P), x.y, x.w0, phases)
        own = train(s, x, phases)
        assert np.abs(patches.weights - own.weights(-1)).max() < 1e-12
        np.testing.assert_allclose(patches.loss, own.loss, rtol=1e-12)
    read = Trajectory.from_weights(s, x, PHASES, [run.weights(k) for k in range(len(run.step))])
    np.testing.assert_allclose(read.loss, run.loss, rtol=1e-10)


def test_gradients_are_those_of_autodiff(s):
    jax.config.update("jax_enable_x64", True)
    x = draw(s, 2)
    X, phi = inputs(x, s.P), JAX[s.activation]

    def by_jax(W):
        f = jnp.einsum("j,njrp->n", jnp.array([1.0, -1.0]), phi(jnp.einsum("jrd,npd->njrp", W, X))) / s.m
        return jnp.logaddexp(0.0, -x.y * f).mean()

    assert loss(x.w0, X, x.y, s.phi) == pytest.approx(float(by_jax(x.w0)), rel=1e-12)
    wanted = np.asarray(jax.grad(by_jax)(x.w0))
    assert np.abs(loss_gradient(x.w0, X, x.y, s.phi) - wanted).max() < 1e-12 * np.abs(wanted).max()
    step = next(replay(train(s, x, Phase("sgd", 1), record_every="step", batches=[np.arange(12).reshape(3, 4)])))
    batch = np.arange(4)
    first = loss_gradient(x.w0, X[batch], x.y[batch], s.phi)
    assert step.gradient_norm == pytest.approx(np.linalg.norm(first), rel=1e-12)


def test_test_error_and_sharpness_are_those_of_the_network(s):
    x = draw(s, 3, frame="ambient")
    W = train(s, x, Phase("sgd", 30)).weights(-1)
    rng = np.random.default_rng(0)
    y_hat = rng.choice([-1, 1], 20_000)
    noise = s.sigma_p * rng.standard_normal((20_000, s.d))
    X = np.stack([y_hat[:, None] * x.mu, noise, noise], axis=1)
    seen = s.p + (1 - 2 * s.p) * (y_hat * output(W, X, s.phi) < 0).mean()
    found = test_error(s, x, W, samples=20_000)
    assert abs(found.value - seen) < 5 * 2 * found.stderr
    tau = 0.1
    direction = rng.standard_normal(W.shape)
    train_inputs = inputs(x, s.P)
    rise = [loss(W + sign * tau * direction / np.linalg.norm(direction), train_inputs, x.y, s.phi) for sign in (1, -1)]
    worst = worst_rise(s, x, W, tau)
    assert worst > max(rise) - loss(W, train_inputs, x.y, s.phi)
    assert worst > average_rise(s, x, W, tau).value
    if s.phi.power == 1:
        assert rise_limit(s, x, W, tau) >= worst
    else:
        with pytest.raises(ValueError, match="the limit holds where slopes are at most 1"):
            rise_limit(s, x, W, tau)


def test_derivatives_at_zero():
    zero = np.zeros(1)
    assert [float(activation(name).slope(zero)[0]) for name in ("relu", *NAMES)] == [0, 0.1, 0, 0, 1]
    assert activation("leaky_relu(0)") == activation("relu^1") == activation("relu")


@pytest.mark.parametrize("name", ["gelu", "relu^0.5", "relu^", "leaky_relu(2)", "leaky_relu(-0.1)", "relu^1e400", ""])
def test_other_activations_are_refused(name):
    with pytest.raises(ValueError, match="it must be 'relu', 'leaky_relu"):
        S.replace(activation=name)


def test_a_setting_of_the_paper_is_written_as_before():
    assert "activation" not in S.model_dump() | {"repr": repr(S)}
    assert "activation" not in repr(S)
    leaky = S.replace(activation="leaky_relu(0.5)")
    assert Setting(**leaky.model_dump()) == leaky != S


def test_statements_of_relu_say_so():
    statement = catalogue["coefficient_recursion"]
    worlds = tuple(replace(w, setting=w.setting.replace(activation="leaky_relu(0.1)")) for w in statement.worlds[:1])
    verdict = check(replace(statement, worlds=worlds))
    assert (verdict.status, verdict.margins) == ("hypotheses not met", {"the activation is relu": 0.0})
    assert check(replace(catalogue["decomposition"], worlds=worlds)).status == "confirmed"
    s = S.replace(activation="relu^3")
    run = train(s, draw(s, 0), [Phase("sam", 4, tau=0.1), Phase("sgd", 4)], record_every="step")
    assert check("coefficient_recursion", runs=[run]).status == "hypotheses not met"
    assert check("decomposition", runs=[run]).status == "confirmed"
