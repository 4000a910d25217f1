"""The explicit bounds of the SAM stage: derived again, their symmetries, and the worst case that data allow.

Notation of `theorems.sam.stage`: `copies = P - 1`, `L = log(6n^2/delta)`, `L1 = log(6n/delta)`.
"""

from dataclasses import astuple

import numpy as np
import pytest

from dynamics import Phase, draw, train
from dynamics.units import regime
from theorems.sam.gradient_norm import norm_bound
from theorems.sam.stage import stage_bounds
from theorems.worlds import prevention, sam_stage

DELTA = 0.05
WIDE = regime(n=20, d=10**8, m=30, mu_norm=900.0, B=10, P=3, sigma_p=0.5, step=0.02, start=0.002)
SETTINGS = [
    WIDE,
    prevention(n=100, m=40, B=100),
    prevention(n=30, m=120, B=15, P=4, sigma_p=0.2, p=0.0),
    regime(n=8, d=10**6, m=5, mu_norm=40.0, B=1, step=0.05, start=0.1),
]
IDS = ["wide", "full batch", "four patches", "single samples"]


def radius(s):
    return np.sqrt(s.B * s.m) / (s.P * s.sigma_p * np.sqrt(s.d))


def derived(s, epochs, tau, delta):
    """Every bound written out again from the docstring, by the lengths of the vectors."""
    length = s.sigma_p * np.sqrt(s.d)  # of a noise patch
    shortest, longest = np.sqrt(0.5) * length, np.sqrt(1.5) * length
    cross = 2 * s.sigma_p * length * np.sqrt(np.log(6 * s.n**2 / delta))  # |<xi_i, xi_k>|
    onto_mu = s.sigma_p * np.sqrt(2 * np.log(6 * s.n / delta))  # |<xi_i, mu>| / ||mu||
    beta = 2 * np.sqrt(np.log(12 * s.m * s.n / delta)) * s.sigma_0 * length
    copies = s.P - 1
    gamma = epochs * s.n / s.B * s.eta * s.mu_norm**2 / s.m
    one_step = s.eta * copies * longest**2 / (s.B * s.m)
    overlap = s.n * cross / shortest**2
    drift = gamma * onto_mu / s.mu_norm
    others = (s.B - 1) * (cross / shortest) ** 2 + onto_mu**2  # squared length of the products with unit vectors
    blind = tau * np.sqrt(others / (1 - s.B * cross / shortest**2))
    R = (blind + one_step + beta + drift) / (1 - overlap)
    X = max(beta, one_step) + overlap * R + drift
    on_mu = gamma + np.sqrt(2 * np.log(12 * s.m / delta)) * s.sigma_0 * s.mu_norm
    on_mu += s.n * R * s.mu_norm * onto_mu / shortest**2
    own = copies / 4 * shortest**2 - copies * (s.B - 1) * cross - s.B * s.mu_norm * onto_mu
    largest = 2 * np.sqrt(2) * s.P * length / np.sqrt(s.B * s.m)  # of ||grad||_F
    shift = own / (s.B * s.m) / largest / (length / np.sqrt(s.B * s.m))
    return gamma, copies * R, X, on_mu + copies * max(X, R + beta), shift, overlap


@pytest.mark.parametrize("s", SETTINGS, ids=IDS)
@pytest.mark.parametrize(("epochs", "size", "delta"), [(10, 1.0, 0.05), (500, 0.03, 0.01), (0, 20.0, 0.3)])
def test_derived_again(s, epochs, size, delta):
    found = astuple(stage_bounds(s, epochs, size * radius(s), delta))
    assert found == pytest.approx(derived(s, epochs, size * radius(s), delta), rel=1e-12)


def test_by_hand():
    # n = B = P - 1 = m = 1, sqrt(d) = 10^6, log(6/delta) = 8, log(12/delta) = 8 + log 2
    s = regime(n=1, d=10**12, m=1, mu_norm=1e4, B=1, step=0.02, start=0.001)
    found = stage_bounds(s, 100, 1e-4, 6 * np.exp(-8))
    overlap = 4 * np.sqrt(8) * 1e-6
    gamma, beta, blind, drift = 100 * 0.02e-12 * 1e8, 0.002 * np.sqrt(8 + np.log(2)), 4e-4, 100 * 0.02e-12 * 1e4 * 4
    R = (blind / np.sqrt(1 - overlap) + 0.03 + beta + drift) / (1 - overlap)
    assert found.gamma == pytest.approx(gamma)
    assert found.overlap == pytest.approx(overlap)
    assert found.coefficient == pytest.approx(R)
    assert found.product == pytest.approx(0.03 + overlap * R + drift)
    assert found.shift == pytest.approx((1 / 2) / (4 * np.sqrt(2)) * (1 / 4 - 2 * 1e4 * 4 / 1e12))
    assert found.output == pytest.approx(
        gamma + np.sqrt(2 * (8 + np.log(2))) * 0.001e-6 * 1e4 + 2 * R * 1e4 * 4 / 1e12 + R + beta, rel=1e-4
    )


# --- the bounds are sufficient: the worst that typical data allow is inside, and not by an absurd factor


def is_typical(s, x):
    norms, gram = (x.xi**2).sum(1) / (s.sigma_p**2 * s.d), x.xi @ x.xi.T
    off = np.abs(gram[~np.eye(s.n, dtype=bool)])
    L, L1 = np.log(6 * s.n**2 / DELTA), np.log(6 * s.n / DELTA)
    return (
        (np.abs(norms - 1) <= 0.5).all()
        and (off <= 2 * s.sigma_p**2 * np.sqrt(s.d * L)).all()
        and (np.abs(x.xi @ x.mu) <= s.mu_norm * s.sigma_p * np.sqrt(2 * L1)).all()
    )


CLOSE = regime(n=12, d=10**6, m=4, mu_norm=6.0, B=6, P=3, sigma_p=0.5, step=0.02, start=0.0)


@pytest.mark.parametrize("seed", range(5))
def test_blind_shift_is_the_longest_projection(seed):
    # with sigma_0 = eta = epochs = 0 all that is left of R is E: tau times a projection of xi_i
    s = CLOSE.replace(eta=1e-300)
    x = draw(s, seed)
    assert is_typical(s, x)
    bounds = stage_bounds(s, 0, 1.0, DELTA)
    E = bounds.coefficient * (1 - bounds.overlap) / (s.P - 1)
    rng = np.random.default_rng(seed)
    longest = 0.0
    for i in range(s.n):
        others = rng.choice(np.delete(np.arange(s.n), i), s.B - 1, replace=False)
        basis = np.linalg.qr(np.vstack([x.mu, x.xi[others]]).T)[0]
        longest = max(longest, np.linalg.norm(x.xi[i] @ basis))
    assert E / 12 < longest <= E


@pytest.mark.parametrize("seed", range(5))
def test_shift_holds_for_every_gradient(seed):
    # the filter's gradient with the signs that hurt most, |l'_k| = 1/4, the others 1; over the bound of the norm
    s = CLOSE
    x = draw(s, seed)
    assert is_typical(s, x)
    copies, gram, products = s.P - 1, x.xi @ x.xi.T, np.abs(x.xi @ x.mu)
    worst = np.inf
    for k in range(s.n):
        largest = np.sort(np.abs(np.delete(gram[k], k)))[-(s.B - 1) :].sum()
        own = copies * gram[k, k] / 4 - copies * largest - s.B * products[k]
        worst = min(worst, own / (s.B * s.m) / norm_bound(s) / (s.sigma_p * np.sqrt(s.d) / np.sqrt(s.B * s.m)))
    shift = stage_bounds(s, 0, 1.0, DELTA).shift
    assert 0 < shift <= worst < 4 * shift


@pytest.mark.parametrize("s", [CLOSE, WIDE], ids=["close", "wide"])
@pytest.mark.parametrize("seed", range(3))
def test_output_covers_the_signal_of_any_bounded_coefficients(s, seed):
    x = draw(s, seed)
    tau = radius(s)
    bounds = stage_bounds(s, 20, tau, DELTA)
    R = bounds.coefficient / (s.P - 1)
    beta = 2 * np.sqrt(np.log(12 * s.m * s.n / DELTA)) * s.sigma_0 * s.sigma_p * np.sqrt(s.d)
    signal = bounds.output - (s.P - 1) * max(bounds.product, R + beta)
    squares = (x.xi**2).sum(1)
    worst = bounds.gamma + (R * np.abs(x.xi @ x.mu) / squares).sum() + np.abs(x.w0 @ x.mu).max()
    assert worst <= signal


@pytest.mark.parametrize("power", [1.0, 0.6], ids=["radius of the paper", "smaller"])
def test_a_run_stays_inside(power):
    # both radii are above the one that the lemma asks for
    s = prevention(n=20, m=10, B=10, P=3, sigma_p=0.5, p=0.1)
    stage = sam_stage(s)
    tau = power * stage.tau
    bounds = stage_bounds(s, 100, tau, DELTA)
    assert bounds.shift * tau * s.sigma_p * np.sqrt(s.d) / np.sqrt(s.B * s.m) >= bounds.product
    assert bounds.output <= np.log(3)
    x = draw(s, 0)
    assert is_typical(s, x)
    path = train(s, x, [Phase("sam", epochs=100, tau=tau)], record_every="step")
    own = x.y == np.array([1, -1])[:, None, None]
    assert np.abs(path.gamma).max() <= bounds.gamma
    assert 0 < np.abs(path.rho).max() <= bounds.coefficient
    assert np.where(own, path.noise_products, -np.inf).max() <= bounds.product
