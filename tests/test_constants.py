"""Ladders of constants: what is measured, judged, said and drawn; and the derived values against brute force."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.stats import norm
from scipy.stats import t as student

from dynamics import Setting
from dynamics.activation import activation
from theorems import Control, Statement, World
from theorems.beyond.activation import leaking, leaky
from theorems.beyond.constants import constant_rate, constant_sam, constant_shift, curve, limits, mean_field
from theorems.ladders import constant
from theorems.sgd import rate
from theorems.statement import Constant, Finite, Observation
from verify.evidence import slope
from verify.observe import observe

VALUES = [1.0, 10.0, 100.0, 1000.0, 10000.0]
STATED = Constant(derived=2.0, low=1.8, high=2.2)


def heights(centre=2.0, exponent=0.0, k=6, scatter=0.01):
    """A quantity around `centre` in the middle of the ladder; replicas differ by a factor each."""
    factors = np.exp(scatter * np.linspace(-1, 1, k))[:, None]
    return centre * factors * (np.array(VALUES) / 100) ** exponent


# --- evidence


def test_a_constant_is_the_geometric_mean_with_students_interval():
    logs = np.random.default_rng(0).normal(np.log(2), 0.05, (7, 5))
    found = slope("q", VALUES, np.exp(logs), 0.0, 0.02, constant=STATED)
    each = logs.mean(1)
    width = student.ppf(0.99, 6) * each.std(ddof=1) / np.sqrt(7)
    assert found.constant.value == pytest.approx(np.exp(each.mean()))
    assert found.constant.lower == pytest.approx(np.exp(each.mean() - width))
    assert found.constant.upper == pytest.approx(np.exp(each.mean() + width))
    assert (found.constant.derived, found.constant.low, found.constant.high) == (2.0, 1.8, 2.2)


@pytest.mark.parametrize(
    ("centre", "exponent", "status"),
    [
        (2.0, 0.0, "confirmed"),
        (3.0, 0.0, "refuted"),  # no drift, another value
        (1.0, 0.0, "refuted"),
        (2.0, 0.2, "refuted"),  # the value, but it drifts
        (2.2, 0.0, "inconclusive"),
        (1.8, 0.0, "inconclusive"),
    ],
)
def test_both_value_and_drift_are_judged(centre, exponent, status):
    found = slope("q", VALUES, heights(centre, exponent), 0.0, 0.01, Finite("", -0.05, 0.05), STATED)
    assert found.status == status
    assert (found.p_value < 0.01) == (status == "refuted")
    if exponent == 0:  # equality is tested apart from the margin, and how far off the interval reaches is said
        assert found.constant.equal == (centre == 2.0)
        assert found.constant.off == pytest.approx(max(centre / 2, 2 / centre) - 1, abs=0.05)


# --- the engine and what it says

TINY = Setting(n=1, d=1, m=1, P=2, mu_norm=1.0, sigma_p=1.0, p=0.0, sigma_0=1.0, B=1, eta=1.0)


def flat(derived=2.0, centre=2.0):
    def ratio(observations):
        return centre * (1 + 0.01 * (observations[0].seed % 3))

    return constant("c along ||mu||", TINY, "mu_norm", VALUES, World, ratio, derived, within=0.1)


def made_up(**changes):
    fields = {"ladders": (flat(),), "controls": (Control("another value", ladders=(flat(derived=3.0),)),)} | changes
    return Statement(
        id="made_up",
        kind="scaling",
        title="t",
        formula="c",
        predicts="c = 2",
        source="here",
        replicas={"quick": 6, "full": 9},
        **fields,
    )


def test_a_ladder_of_a_constant_is_flat_and_within_a_factor():
    found = flat()
    # rungs in the ratio 10: weights -2, -1, 0, 1, 2 over 10 log 10
    drift = np.log(1.1) * 6 / (10 * np.log(10))
    assert (found.predicted, found.finite.low, found.finite.high) == pytest.approx((0.0, -drift, drift))
    assert found.constant == Constant(2.0, 2.0 / 1.1, 2.0 * 1.1)


# --- derived values against brute force


def test_the_share_is_uniform():
    q = np.linspace(0.5, 1, 100_001)
    assert limits.SHARE == pytest.approx(q.mean(), rel=1e-5)
    assert limits.INVERSE_SHARE == pytest.approx((1 / q).mean(), rel=1e-4)


@pytest.mark.parametrize("t", [0.5, 1.0, 2.0])
def test_noise_of_a_fresh_input(t):
    rng = np.random.default_rng(1)
    u = rng.standard_normal((100_000, 2, 1))
    own = np.sqrt(limits.INVERSE_SHARE - 1) * norm.ppf((np.arange(200) + 0.5) / 200)
    chunks = [np.maximum(part + own, 0).mean(-1) for part in np.array_split(u, 100)]
    positive, negative = np.concatenate(chunks).T
    assert limits.noise_tail(t) == pytest.approx((positive - negative > t).mean(), abs=0.004)


def test_boundary_of_sgd_is_where_noise_outweighs_signal():
    C = limits.sgd_boundary(0.1, 0.05)
    n, d, M = 1000, 10**9, 3.0
    mu_square = C**2 * np.sqrt(d / n)  # (P-1) sigma_p = 1
    gamma = n / 2 * 0.9 * mu_square / d * M * limits.INVERSE_SHARE
    assert 0.9 * limits.noise_tail(gamma / (M * np.sqrt(n / (2 * d)))) == pytest.approx(0.1, rel=1e-6)


def test_rate_is_that_of_the_tail():
    t = np.array([20.0, 25.0])
    exponents = -np.log([limits.noise_tail(value) for value in t])
    assert exponents[1] - exponents[0] == pytest.approx((t[1] ** 2 - t[0] ** 2) / 2, rel=0.1)
    x = 7.0  # n ||mu||^4 / d: t^2 / 2 = c x
    assert limits.rate(0.05) * x == pytest.approx((0.9 * limits.INVERSE_SHARE) ** 2 * x / 4)


@pytest.mark.parametrize("q", [0.5, 0.75, 1.0])
def test_time_to_noise_and_to_a_small_loss(q):
    path = solve_ivp(lambda t, x: 1 / (1 + np.exp(q * x)), (0, 200), [0.0], rtol=1e-9, atol=1e-11, dense_output=True)
    time = 1 + np.expm1(q) / q
    assert path.sol(time)[0] == pytest.approx(1.0, rel=1e-5)
    epsilon = 0.05
    loss = np.log1p(np.exp(-q * path.sol(limits.loss_scale(epsilon) / q)[0]))
    assert loss == pytest.approx(epsilon, rel=1e-4)


def test_noise_time_is_the_mean_over_the_shares():
    assert limits.noise_time() == pytest.approx(2 * quad(lambda q: 1 + np.expm1(q) / q, 0.5, 1)[0], rel=1e-6)


@pytest.mark.parametrize("p", [0.0, 0.1, 0.3])
def test_time_to_signal(p):
    def gain(t, x):  # in mB / (eta n ||mu||^2): half of the samples, clean less flipped
        return 0.5 * ((1 - p) / (1 + np.exp(x)) - p / (1 + np.exp(-x)))

    level = 0.1
    path = solve_ivp(gain, (0, 5), [0.0], rtol=1e-10, atol=1e-12, dense_output=True)
    assert path.sol(level * limits.signal_time(level, p))[0] == pytest.approx(level, rel=1e-5)
    assert limits.signal_time(1e-6, p) == pytest.approx(4 / (1 - 2 * p), rel=1e-4)


@pytest.mark.parametrize("k", [1.0, 1.5, 0.4])
def test_boundary_of_sam(k):
    r = limits.sam_boundary(0.1, 0.05, k)
    v = np.random.default_rng(2).standard_normal(2_000_000) / r  # <mu, xi> / ||mu||^2 at (P-1) sigma_p = 1
    missed = ((v < 0) & (k < -v)).mean() / 2 + ((v > 0) & (1 < k * v)).mean() / 2
    assert 0.9 * missed == pytest.approx(0.1, abs=0.002)


# --- what is read off runs


def test_least_exponent_is_the_one_of_the_nearest_error():
    (o,) = observe(rate.world(constant_rate.BASE.replace(n=12, B=12, m=4, d=10**6)), [0])
    found = constant_rate.least_exponent(o, 1)
    s, W = o.world.setting, o.trained.weights(-1)
    j = np.array([1.0, -1.0])[:, None]

    def f(xi):
        return float((j * (np.maximum(W @ o.sample.mu, 0) + (s.P - 1) * np.maximum(W @ xi, 0))).sum() / s.m)

    length = s.sigma_p * np.sqrt(2 * found)
    rng = np.random.default_rng(3)
    nearest = []
    for start in rng.standard_normal((200, W.shape[-1])):
        xi = start / np.linalg.norm(start) * length
        nearest.append(f(0.99 * xi))
    assert min(nearest) > 0  # no noise of less length was found to turn the sign at random
    direction = W[1].sum(0)
    for _ in range(200):  # ascent on its own, from the same side
        direction = direction / np.linalg.norm(direction)
        slope_of = ((-j * (W @ direction > 0))[..., None] * W).sum((0, 1))
        direction = direction + slope_of / np.linalg.norm(slope_of)
    direction /= np.linalg.norm(direction)
    assert f(1.02 * length * direction) < 0 < f(0.98 * length * direction)


def test_balance_counts_clean_less_flipped():
    class Sample:
        y = np.array([1, 1, 1, -1, -1, -1, 1])
        y_hat = np.array([1, 1, 1, -1, -1, 1, 1])

    o = Observation(World(TINY), 0, Sample())
    assert constant_sam.balance(o) == pytest.approx((4 - 1) / 2)


def test_first_and_later_steps():
    s = constant_shift.BASE.replace(n=8, B=4, m=20)
    (o,) = observe(constant_shift.world(s), [0])
    assert len(constant_shift._first(o)) == 1
    assert len(constant_shift._later(o)) == (constant_shift.EPOCHS - 1) * s.H


# --- the mean-field path, and the curve of the test error


def test_the_mean_field_path_is_that_of_many_samples_with_independent_cross_terms():
    n, m, step, start = 500, 24, 0.3, 0.1
    rng = np.random.default_rng(1)
    own, other = rng.standard_normal((2, n, n)) / np.sqrt(2 * n)  # of each class n samples, of 2n
    x, y = start * rng.standard_normal((2, n, m))
    rho = np.zeros_like(x)
    while np.logaddexp(0, -rho.mean(1)).mean() > 0.05:
        slope, active = 1 / (1 + np.exp(rho.mean(1)))[:, None], x > 0
        push = own @ (slope * active) - (other @ ((y > 0) / 2) if not rho.any() else 0)
        rho = rho + step * slope * active
        x = np.where(active, x, x + step * push)
    share = (x > 0).mean(1)
    found = mean_field.solve(step, start, 0.05, m)
    assert found.shares.mean() == pytest.approx(share.mean(), abs=0.03)
    assert found.shares.std() == pytest.approx(share.std(), rel=0.08)
    assert found.signal == pytest.approx((rho.sum(1) / np.maximum((x > 0).sum(1), 1)).mean(), rel=0.1)
    assert found.shared + found.own == pytest.approx((rho**2).mean(), rel=0.05)


@pytest.mark.parametrize("z", [0.5, 1.2])
def test_the_curve_of_the_error_against_noise_that_is_drawn(z):
    field, m, p, k = curve.halves(), 6, 0.1, 1.0  # S = 1, k^2 = 1
    (c_1, f_1), (c_0, f_0) = of = ((30, 2), (20, 8))
    n = 60
    rng = np.random.default_rng(2)
    u = rng.standard_normal((2, 200_000, 1)) + k * rng.standard_normal((2, 200_000, m))
    means = np.maximum(u, 0).mean(-1) * np.sqrt([[c_1 + f_0], [c_0 + f_1]]) / np.sqrt(n)
    noise = means[0] - means[1]
    one, zero = (2.0 * (c - f) / n * z**2 for c, f in of)
    missed = ((one + noise < 0).mean() + (zero - noise < 0).mean()) / 2
    assert curve.error(z, p, of, m, field) == pytest.approx(p + (1 - 2 * p) * missed, abs=4e-3)


# --- a slope below zero


def with_leak(a, **changes):
    return leaking.of(leaking.BASE.replace(**changes), a)


def test_a_leak_of_one_is_a_linear_classifier_for_sam_and_sgd():
    s = with_leak(1.0, mu_norm=30.0)
    expected = s.p + (1 - 2 * s.p) * norm.cdf(-(1 - 2 * s.p) * s.mu_norm**2 * (s.n / s.d) ** 0.5)
    assert leaky.sgd_error(s, 1.0) == pytest.approx(expected, abs=2e-3)
    assert leaky.sam_error(s, 1.0, leaking.radius(s)) == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("a", [0.02, 0.1, 0.4])
def test_the_boundary_under_a_leak_against_noise_that_is_drawn(a):
    s, tau = with_leak(a, mu_norm=leaking.derived(leaking.BASE, a)), leaking.radius(leaking.BASE)
    R = leaky.reach(s, tau, a)
    c = (leaky.MARGIN - a * a * (1 - a) * R) / (1 + a)
    b = c + a * (1 - a) * R
    assert c + a * b == pytest.approx(leaky.MARGIN)
    u, v, along = np.random.default_rng(0).standard_normal((3, 400_000))
    phi = activation(f"leaky_relu({a})").value
    gamma = (1 + a) * (1 - 2 * s.p) * s.n * s.snr**2 * c / (2 * a)
    noise = (phi(c * u - b * v) - phi(c * v - b * u)) * (s.n / (2 * s.d)) ** 0.5
    missed = ((1 + a) * gamma * (1 + along * (s.P - 1) * s.sigma_p / s.mu_norm) + noise < 0).mean()
    assert s.p + (1 - 2 * s.p) * missed == pytest.approx(s.p + 0.1, abs=5e-3)


def test_memorisation_under_the_ascent_takes_as_long_as_its_equations_say():
    s, a = with_leak(0.3), 0.3
    tau, b, c, t = leaking.radius(s), 0.0, 0.0, 0.0
    R = leaky.reach(s, tau, a)
    while c < 1:  # Euler's rule for own and other pairs at W + eps, at a step of 1/2 an epoch
        high = a * R - b
        slope = 1 / (1 + np.exp(a * (c - R) - (high if high > 0 else a * high)))
        c, b, t = c + 5e-4 * a * slope, b + 5e-4 * slope * (1 if high > 0 else a), t + 1e-3
    assert leaky.memorisation_time(s, a, tau) == pytest.approx(t, rel=5e-3)
