"""Tests that exist because a mutation survived without them (see `tests.trust.mutations`).

A bound that is made more generous, or a hypothesis that is made weaker, turns no check red: what is measured stays
inside. So every such number is worked out again here, from the docstrings, in other words than those of the code.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, chi2, norm

from dynamics import Phase, Sample, Setting, TestError, draw, train
from dynamics.closed_form import memorisation
from dynamics.engines.network import inputs, output
from theorems import catalogue
from theorems.beyond.constants import limits
from theorems.concentration.starts import active_probability, norm_tail
from theorems.concentration.typical import typical_start
from theorems.condition import margins, small_signal_gain
from theorems.ladders import crossing, first_time
from theorems.overfitting import EPSILON, HARM, benign, harmful, sam_margin
from theorems.sam import sam_loss_time
from theorems.sam.gradient_norm import norm_bound
from theorems.sam.stage import stage_bounds
from theorems.sgd.balanced_logits import ratios
from theorems.sgd.path import margins_of, memorisation_of, path_bounds, speeds
from theorems.statement import Observation, World
from theorems.worlds import sam_stage
from verify.observe import observe

DELTA = 0.05
S = Setting(n=20, d=50, m=7, P=4, mu_norm=4.0, sigma_p=0.5, p=0.1, sigma_0=1e-3, B=10, eta=0.01)
WIDE = S.replace(d=10**6, m=10)


def observed(s, *phases, seed=0, **others):
    x = draw(s, seed)
    path = train(s, x, phases, record_every=others.pop("record_every", 1)) if phases else None
    return Observation(World(s, phases), seed, x, path=path, **others)


# --- the start


@pytest.mark.parametrize("d", [1, 2, 30, 1000])
def test_norm_tail_is_both_tails(d):
    assert norm_tail(d) == pytest.approx(chi2.cdf(d / 2, d) + 1 - chi2.cdf(1.5 * d, d), rel=1e-9)


@pytest.mark.parametrize(("d", "failure"), [(4, 0.01), (50, 0.001), (10**6, 0.05)])
def test_active_probability_is_a_lower_bound(d, failure):
    length = math.sqrt(chi2.ppf(failure, d))  # of the shortest noise considered, in units of sigma_p
    assert active_probability(d, failure) == pytest.approx(norm.sf(math.sqrt(d / 2) / length), rel=1e-9)
    assert active_probability(d, failure) < active_probability(d, 2 * failure)
    assert active_probability(10**12, failure) == pytest.approx(norm.sf(1 / math.sqrt(2)), rel=1e-5)


TAIL = chi2.cdf(25, 50) + chi2.sf(75, 50)  # of one norm at d = 50
PHI = norm.cdf(-1)


def above(failure):
    return norm.sf(math.sqrt(25 / chi2.ppf(failure, 50)))


# the margin of each statement on S, with n = 20, m = 7, delta = 0.05; 0 where it has none
MARGINS = {
    "noise_norms": 0.05 / (20 * TAIL),
    "noise_cross": 0.05 / (40 * TAIL),
    "noise_signal": 0,
    "init_norms": 0.05 / (14 * TAIL),
    "init_signal": 0,
    "init_signal_max": 0.05 / (2 * norm.cdf(0.5) ** 7),
    "init_noise": 0.05 / (20 * TAIL + 0.05 / 3),
    "init_noise_max": 0.05 / (20 * TAIL + 40 * norm.cdf(math.sqrt(2) / 4) ** 7),
    "class_counts": 0,
    "active_filters": 7 / (50 * math.log(800)),
    "active_samples": 20 / (32 * math.log(560)),
    # fewer than 0.8 Phi(-1) 7 = 0.89 filters, fewer than Phi(-1) 20/4 = 0.79 samples: none
    "active_filters_threshold": 0.05 / (0.0125 + 20 * (1 - above(0.05 / 80)) ** 7),
    "active_samples_threshold": 0.05 / (0.0125 + 14 * (1 - above(0.05 / 56) / 2) ** 20),
    "batch_balance": 0.05 / (4 * (binom.cdf(2, 10, 0.45) + binom.sf(7, 10, 0.45))),
}
# the bounds of each statement on S: sigma_p^2 d = 12.5, sigma_p ||mu|| = 2
BOUNDS = {
    "noise_norms": {(">=", 0.5), ("<=", 1.5)},
    "noise_cross": {("<=", 2 * 0.25 * math.sqrt(50 * math.log(48_000)))},
    "noise_signal": {("<=", 2 * math.sqrt(2 * math.log(2400)))},
    "init_norms": {(">=", 0.5), ("<=", 1.5)},
    "init_signal": {("<=", math.sqrt(2 * math.log(1680)) * 0.004)},
    "init_signal_max": {(">=", 0.002)},
    "init_noise": {("<=", 2 * math.sqrt(math.log(33_600)) * 1e-3 * math.sqrt(12.5))},
    "init_noise_max": {(">=", 1e-3 * math.sqrt(12.5) / 4)},
    "class_counts": {("<=", math.sqrt(10 * math.log(240)))},
    "active_filters": {(">=", 0.4)},
    "active_samples": {(">=", 1 / 8)},
    "active_filters_threshold": {(">=", 0.8 * PHI)},
    "active_samples_threshold": {(">=", PHI / 4)},
    "batch_balance": {(">=", 0.5)},
}


@pytest.mark.parametrize("id", MARGINS)
def test_hypotheses_at_the_start_by_hand(id):
    found = catalogue[id].hypotheses(observed(S))
    assert list(found.values()) == ([pytest.approx(MARGINS[id], rel=1e-9)] if MARGINS[id] else [])


@pytest.mark.parametrize("id", BOUNDS)
def test_bounds_at_the_start_by_hand(id):
    found = catalogue[id].claim(observed(S, Phase("sgd", 1), record_every="step"))
    for inequality, (sense, bound) in zip(
        sorted(found, key=lambda i: (i.sense, i.bound)), sorted(BOUNDS[id]), strict=True
    ):
        assert inequality.sense == sense
        assert inequality.bound == pytest.approx(bound, rel=1e-9)


SPOILED = {
    "a long noise patch": lambda x: replace(x, xi=x.xi * np.where(np.arange(20) == 3, 1.3, 1.0)[:, None]),
    "a short noise patch": lambda x: replace(x, xi=x.xi * np.where(np.arange(20) == 3, 0.6, 1.0)[:, None]),
    "two equal noise patches": lambda x: replace(x, xi=x.xi[[0, 0, *range(2, 20)]]),
    "noise along the signal": lambda x: replace(x, xi=x.xi + 4 * WIDE.sigma_p * np.eye(len(x.mu))[0]),
    "a filter along the signal": lambda x: replace(x, w0=x.w0 + 6 * WIDE.sigma_0 * np.eye(len(x.mu))[0]),
    "a filter along the noise": lambda x: replace(x, w0=x.w0 + 0.02 * WIDE.sigma_0 / WIDE.sigma_p * x.xi[0]),
}


def test_a_drawn_start_is_typical():
    assert typical_start(observed(WIDE)) >= 1


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_typical_means_all_bounds(spoil):
    x = spoil(draw(WIDE, 0))
    x = Sample.from_arrays(mu=x.mu, xi=x.xi, w0=x.w0, y=x.y, y_hat=x.y_hat)
    assert typical_start(Observation(World(WIDE), 0, x)) < 1


# --- along a run of SGD


def small_run(**changes):
    s = Setting(n=12, d=4000, m=6, P=3, mu_norm=5.0, sigma_p=0.5, p=0.2, sigma_0=1e-2, B=12, eta=0.01)
    return observed(s.replace(**changes), Phase("sgd", 40))


def derived(o):
    """The bounds of `theorems.sgd.path` in the lengths of vectors, after 40 epochs."""
    s, x = o.world.setting, o.sample
    alpha, copies = 4 * math.log(40), s.P - 1
    square = s.sigma_p**2 * s.d / 2  # the least ||xi||^2
    onto_mu = s.sigma_p * math.sqrt(2 * math.log(6 * s.n / DELTA))  # |<xi, mu>| / ||mu||
    cross = 2 * s.sigma_p**2 * math.sqrt(s.d * math.log(6 * s.n**2 / DELTA))  # |<xi_i, xi_k>|
    beta = 2 * max(abs(x.w0 @ x.mu).max(), copies * abs(x.w0 @ x.xi.T).max())
    gamma = s.n * s.mu_norm**2 * alpha / (copies**2 * square)
    tracking = s.n * alpha * cross / square + copies * gamma * onto_mu / s.mu_norm
    through = s.n * alpha * s.mu_norm * onto_mu / (copies * square)
    kappa = 2 * (beta / 2 + tracking) + gamma + beta / 2 + through
    step = 2 * s.eta * copies**2 * square / (s.B * s.m)
    overlap = 5 * s.n * alpha * cross / s.sigma_p**2 / s.d
    return {
        "alpha": alpha,
        "beta": beta,
        "overlap": overlap,
        "gamma": gamma,
        "tracking": tracking,
        "kappa": kappa,
        "step": step,
    }


@pytest.mark.parametrize("changes", [{}, {"P": 2, "m": 3}, {"B": 4, "sigma_p": 2.0}, {"mu_norm": 50.0}], ids=str)
def test_path_bounds_derived_again(changes):
    o = small_run(**changes)
    assert vars(path_bounds(o)) == pytest.approx(derived(o), rel=1e-9)


@pytest.mark.parametrize("changes", [{}, {"P": 2, "m": 12}, {"B": 4}], ids=str)
def test_path_hypotheses_derived_again(changes):
    o = small_run(sigma_p=1.0, d=10**10, sigma_0=1e-6, eta=1e-10, **changes)
    s, x, b = o.world.setting, o.sample, derived(o)
    own = [x.w0[0 if y > 0 else 1] @ xi for y, xi in zip(x.y, x.xi, strict=True)]  # one sample's products
    cross = (
        b["tracking"] / b["alpha"]
        - (s.P - 1) * b["gamma"] / b["alpha"] * math.sqrt(2 * math.log(6 * s.n / DELTA)) * s.sigma_p / s.mu_norm
    )
    cross += 2 * s.n * s.mu_norm * math.sqrt(2 * math.log(6 * s.n / DELTA)) / ((s.P - 1) * s.sigma_p * s.d)
    drift = 3 * b["step"] * cross if s.B < s.n else 0.0
    stay = [((s.P - 1) * w > drift).sum() for w in own]
    could = [((s.P - 1) * w > -b["tracking"]).sum() for w in own]
    unit = [s.eta * (s.P - 1) ** 2 * xi @ xi / (s.B * s.m**2) for xi in x.xi]
    slow, fast = np.multiply(unit, stay), np.multiply(unit, could)
    np.testing.assert_allclose(speeds(o), [slow, fast], rtol=1e-12)
    q = fast.max() / slow.min()
    lead = math.log(q + (q - 1) * math.exp(b["kappa"])) + 4 * b["kappa"] + 3 * b["step"]
    expected = {
        "typical start": typical_start(o),
        "persistent filters / 0.4 m": min(stay) / (0.4 * s.m),
        "1 / (2 e^5 cross terms)": 1 / (2 * math.exp(5) * cross),
        "alpha/2 / growth beyond it": b["alpha"] / (3 * b["step"] * (1 + math.exp(b["kappa"]) * 40 ** (1 / 5))),
        "5 / largest lead of a margin": 5 / lead,
    }
    if s.B < s.n:
        expected["threshold / drift of two epochs"] = (s.P - 1) * s.sigma_0 * s.sigma_p * math.sqrt(s.d / 2) / drift
    assert catalogue["margin_is_memorisation"].hypotheses(o) == pytest.approx(expected, rel=1e-6)


def test_margins_slopes_and_memorisation_are_those_of_the_network():
    o = small_run()
    s, x, run = o.world.setting, o.sample, o.trained
    for k in (0, 7, -1):
        margins = x.y * output(run.weights(k), inputs(x, s.P))
        slopes = 1 / (1 + np.exp(margins))
        np.testing.assert_allclose(margins_of(o)[k], margins, rtol=1e-8, atol=1e-12)
        assert ratios(o)[k] == pytest.approx(slopes.max() / slopes.min(), rel=1e-8)
        mean = [run.rho[k, 0 if y > 0 else 1, :, i].mean() for i, y in enumerate(x.y)]
        np.testing.assert_allclose(memorisation_of(o)[k], mean, rtol=1e-12)
    assert ratios(o)[-1] > 1.01


def test_sandwich_is_no_wider_than_stated():
    o = small_run(d=10**10, sigma_p=1.0, sigma_0=1e-6, eta=1e-10)
    below, above, width = catalogue["noise_growth_closed_form"].claim(o)
    x, t, b = memorisation_of(o)[1:], np.arange(1, 41)[:, None], math.exp(path_bounds(o).kappa)
    slow, fast = speeds(o)
    upper = memorisation(fast, 1 / b, t) + fast / (1 + 1 / b)
    assert below.measured == pytest.approx((x - memorisation(slow, b, t)).min(), rel=1e-9, abs=1e-12)
    assert above.measured == pytest.approx((upper - x).min(), rel=1e-9, abs=1e-12)
    kappa, ahead = path_bounds(o).kappa, fast / slow
    widths = 2 * kappa + np.log(ahead) + (1 - 1 / ahead) * math.exp(-1 - kappa) + fast / (1 + 1 / b)
    assert any(width.bound == pytest.approx(w) for w in widths)
    assert width.holds


def test_coefficient_scale_hypotheses_by_hand():
    for B, p in ((12, 0.2), (4, 0.2), (4, 0.0)):
        o = small_run(B=B, p=p)
        s, x, b = o.world.setting, o.sample, derived(o)
        kept = [((x.y == x.y_hat) & (x.y_hat == j)).sum() for j in (1, -1)]
        flipped = [((x.y != x.y_hat) & (x.y_hat == j)).sum() for j in (1, -1)]
        majority = min(a / b if b else math.inf for a, b in zip(kept, flipped, strict=True))
        assert (math.inf in (majority,)) == (p == 0)
        allowed = b["beta"] + b["overlap"]
        logs = math.log(6 * s.n**2 / DELTA) / (8 * math.log(6 * s.n / DELTA))
        expected = [
            b["alpha"] / allowed,
            allowed / (3 * b["step"]),
            math.sqrt(logs) / s.snr,
            majority / ratios(o).max(),
            float(B == 12 or p == 0),
        ]
        assert list(catalogue["coefficient_scale"].hypotheses(o).values())[-5:] == pytest.approx(expected)


@pytest.mark.parametrize("changes", [{}, {"B": 4}, {"eta": 50.0, "P": 2}, {"eta": 3.0, "p": 0.0}], ids=str)
def test_closed_form_hypotheses_by_hand(changes):
    o = small_run(**changes)
    s, x, b = o.world.setting, o.sample, derived(o)
    reach = [((s.P - 1) * x.w0[0 if y > 0 else 1] @ xi > -b["tracking"]).sum() for y, xi in zip(x.y, x.xi, strict=True)]
    C = max(s.eta * (s.P - 1) ** 2 * xi @ xi * k / (s.B * s.m**2) for xi, k in zip(x.xi, reach, strict=True))
    found = catalogue["noise_growth_closed_form"].hypotheses(o)
    of_path = catalogue["margin_is_memorisation"].hypotheses(o)
    assert found == pytest.approx(of_path | {"B / n": s.B / 12, "4 / C_i": 4 / C})
    assert (found["B / n"] >= 1) == (s.B == 12)
    assert (found["4 / C_i"] >= 1) == (s.eta < 1)


def altered(o, k, index, value):
    """The observation with one coefficient of one record changed."""
    rho = o.trained.rho.copy()
    rho[(k, *index)] = value
    return replace(o, path=replace(o.trained, rho=rho))


def holds(o, id):
    return all(inequality.holds for inequality in catalogue[id].claim(o))


@pytest.mark.parametrize("k", [1, 20, 40])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_coefficient_that_turns_back_is_seen_whenever_it_does(k, sign):
    o = small_run()
    assert holds(o, "monotone_coefficients")
    a = 0 if sign * o.sample.y[5] > 0 else 1
    assert not holds(altered(o, k, (a, 2, 5), -sign * 9.0), "monotone_coefficients")


def test_pairs_below_the_threshold_may_be_lost_to_small_batches_only():
    for B, forgiven in ((12, False), (4, True)):
        o = small_run(B=B)
        s, x = o.world.setting, o.sample
        products = np.where(x.y == np.array([1, -1])[:, None, None], x.w0 @ x.xi.T, -np.inf)
        clear = products > s.sigma_0 * s.sigma_p * math.sqrt(s.d / 2)
        assert holds(o, "activation_persistence")
        for mask, expected in (((products > 0) & ~clear, forgiven), (clear, False)):
            index = tuple(np.argwhere(mask)[0])
            enough = o.trained.rho[(-1, *index)] - 1.1 * (s.P - 1) * o.trained.noise_products[(-1, *index)]
            assert holds(altered(o, -1, index, enough), "activation_persistence") == expected


# --- the SAM stage


@pytest.mark.parametrize("s", [S, WIDE, WIDE.replace(m=40, P=2, B=20)], ids=["small", "wide", "full"])
def test_gradient_norm_by_hand(s):
    length = s.sigma_p * math.sqrt(s.d)
    assert norm_bound(s) ** 2 == pytest.approx(8 * s.P**2 * length**2 / (s.B * s.m))
    found = catalogue["gradient_norm"].hypotheses(observed(s))
    largest = s.B * 2 * s.sigma_p * length * math.sqrt(math.log(6 * s.n**2 / DELTA))  # 2 B^2 sigma_p^2 sqrt(dL) / B
    spare = 8 * s.P**2 * length**2 - 8 * (s.P - 1) ** 2 * length**2  # what 4 B ||mu||^2 may use
    assert list(found.values())[1:] == pytest.approx([length**2 / 2 / largest, spare / (4 * s.B * s.mu_norm**2)])


def test_deactivation_hypotheses_by_hand():
    s = WIDE.replace(d=10**10)
    o = observed(s, Phase("sam", 3, 0.02))
    bounds = stage_bounds(s, 3, 0.02, DELTA)
    found = list(catalogue["deactivation"].hypotheses(o).values())[3:]
    reach = bounds.shift * 0.02 * s.sigma_p * math.sqrt(s.d / (s.B * s.m))
    assert found == pytest.approx([1 / bounds.overlap, math.log(3) / bounds.output, reach / bounds.product])
    # |l'| >= 1/4 at |f| = log 3
    assert 1 / (1 + math.exp(math.log(3))) == pytest.approx(0.25)


def test_noise_prevention_hypotheses_by_hand():
    s = WIDE.replace(d=10**10, eta=1e-9, sigma_0=1e-8)
    o = observed(s, Phase("sam", 6, 0.02))
    o = replace(o, world=replace(o.world, rival=(Phase("sgd", 3),)))
    onto_mu = s.sigma_p * math.sqrt(2 * math.log(6 * s.n / DELTA))
    cross = 2 * s.sigma_p**2 * math.sqrt(s.d * math.log(6 * s.n**2 / DELTA))
    others = s.n * (cross + s.mu_norm * onto_mu / (s.P - 1)) / (s.sigma_p**2 * s.d / 2)  # relative to the own gain
    drift = s.eta * (s.P - 1) * 1.5 * s.sigma_p**2 * s.d / (s.B * s.m) * others
    strongest = min((o.sample.w0[0 if y > 0 else 1] @ xi).max() for y, xi in zip(o.sample.y, o.sample.xi, strict=True))
    start = 2 * math.sqrt(math.log(12 * s.m * s.n / DELTA)) * s.sigma_0 * s.sigma_p * math.sqrt(s.d)
    gamma = 3 * s.H * s.eta * s.mu_norm**2 / s.m  # in the three epochs of SGD
    step = s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m)
    small = math.sqrt(2 * math.log(12 * s.m / DELTA)) * s.sigma_0 * s.mu_norm + gamma
    small += (s.P - 1) * (start + gamma * onto_mu / s.mu_norm) + 1.5 * others * 3 * step
    longer, time, *found = list(catalogue["noise_prevention"].hypotheses(o).values())[6:]
    assert longer == pytest.approx(2.0)
    assert time == pytest.approx(3 * step / 2 / (1 + math.exp(small) * (math.e - 1)))
    assert found == pytest.approx([strongest / drift, 1 / (1 + math.exp(1 + small)) / (2 * others)])


def test_sgd_must_learn_every_sample():
    o = observed(WIDE, Phase("sam", 1, 1e-6), rival_path=train(WIDE, draw(WIDE, 0), [Phase("sgd", 1)]))
    own = o.sample.y == np.array([1, -1])[:, None, None]
    learned = np.where(own, 2.0, 0.0)[None] * np.ones((2, 1, WIDE.m, 1))
    forgotten = learned.copy()
    forgotten[..., 7] = 0.0
    for rho, expected in ((learned, True), (forgotten, False)):
        seen = replace(o, rival_path=replace(o.rival_trained, rho=rho))
        assert catalogue["noise_prevention"].claim(seen)[1].holds is expected


def test_signal_rates_by_hand():
    # y_hat = +1: five clean samples, one flipped; -1: four clean
    y_hat = np.array([1] * 6 + [-1] * 4)
    y = np.where(np.arange(10) == 2, -y_hat, y_hat)
    s = WIDE.replace(n=10, B=5)
    x = replace(draw(s, 0), y=y, y_hat=y_hat)
    # clean +, flipped +, clean -: (3, 0, 2), (2, 1, 2), (3, 1, 1), (2, 0, 3); in the second, flips outweigh a third
    batches = [[[0, 1, 3, 6, 7], [2, 4, 5, 8, 9]], [[0, 1, 2, 3, 6], [4, 5, 7, 8, 9]]]
    path = train(s, x, [Phase("sam", 2, 0.02)], batches=batches, record_every="step")
    o = Observation(World(s, path.phases, record_every="step"), 0, x, path=path)
    low = np.array([2 / 4, -1.0, min(3 / 4 - 1, 1 / 4), 2 / 4]) / 5
    high = np.array([3, 2, 3, 3]) / 5
    lower, upper, last = catalogue["signal_learning"].claim(o)
    assert last.bound == pytest.approx(low.sum() * s.eta * s.mu_norm**2 / s.m)
    steps = np.arange(1, 5)
    assert any(upper.bound == pytest.approx(b) for b in np.cumsum(high) / steps)
    assert any(lower.bound == pytest.approx(b) for b in np.cumsum(low) / steps)
    *_, ascent, rate = catalogue["signal_learning"].hypotheses(o).values()
    assert rate == pytest.approx(100 * low.mean())
    length, onto_mu = s.sigma_p * math.sqrt(s.d), s.sigma_p * math.sqrt(2 * math.log(6 * s.n / DELTA))
    start = 2 * math.sqrt(math.log(12 * s.m * s.n / DELTA)) * s.sigma_0 * length
    learned = 4 * s.eta * s.mu_norm * onto_mu / s.m  # of the signal, in four steps, seen along a noise
    least = length**2 * (1 - 4 * s.B * math.sqrt(math.log(6 * s.n**2 / DELTA) / s.d))
    along = 0.02 * s.mu_norm * onto_mu * math.sqrt(2 * s.B / least)
    own = 1.5 * s.eta * (s.P - 1) * length**2 / (s.B * s.m)
    assert ascent == pytest.approx((own + 2 * start + learned) / along)


# --- the theorems


def tried(excess, stderr=0.001):
    error = TestError(WIDE.p + excess, stderr, 1000)
    return Observation(World(WIDE, delta=0.1), 0, draw(WIDE, 0), error=error)


def test_harmful_and_benign():
    assert [harmful(tried(HARM + gap)).holds for gap in (-0.01, 0.01)] == [False, True]
    assert [benign(tried(EPSILON + gap)).holds for gap in (-0.01, 0.01)] == [True, False]
    for judge, bound in ((harmful, HARM), (benign, EPSILON)):
        assert judge(tried(bound + 0.01)).measured == pytest.approx(bound + 0.01)
        assert [judge(tried(bound + gap, stderr=0.004)).holds for gap in (-0.01, 0.01)] == [None, None]


@pytest.mark.parametrize(("start", "reached"), [(0.003, False), (0.2, True)])
def test_samples_die_under_sam_unless_the_start_outweighs_the_signal(start, reached):
    s = sam_loss_time.setting(start)
    o = next(iter(observe(replace(sam_loss_time.world(s, 0.01), phases=(sam_stage(s), Phase("sgd", 200_000))), [0])))
    active = ((o.trained.noise_products[1] > 0) & o.sample.own).sum((0, 1))
    along = o.sample.y * (o.sample.xi @ o.sample.mu)
    assert (active.min() > 0) == reached == (o.trained.loss[-1] <= 0.01)
    assert (along[active == 0] < 0).all()


def test_signal_over_noise_by_hand():
    s = Setting(n=16, d=4_000, m=8, P=3, mu_norm=9.0, sigma_p=1.5, p=0.0, sigma_0=1e-6, B=16, eta=1e-9)
    rng, k = np.random.default_rng(0), math.sqrt(2 * math.log(2) - 1)
    u, h = rng.standard_normal((2, 100_000)), norm.ppf((np.arange(50) + 0.5) / 50)[:, None]
    psi = [np.mean(np.maximum(row + k * h, 0), axis=0) for row in u]  # what the noise of many filters comes to
    gamma = limits.learned(1.0, 0.0)
    x = (np.arange(10_000) + 0.5) / 10_000 * gamma
    assert 2 * (1 + np.exp(x)).mean() * gamma == pytest.approx(1.0, rel=1e-4)  # two epochs of T_1 a unit at slope 1/2
    M = -math.log(math.expm1(0.05))
    gamma += 16 / 2 * (9.0**2 / (4 * 1.5**2 * 4_000)) * 2 * math.log(2) * (M - gamma)
    hides = math.hypot(gamma * 2 * 1.5 / 9.0, M * math.sqrt(16 * np.var(psi[0] - psi[1]) / 8_000))
    assert limits.signal_over_noise(s, 1.0, 1.0, 0.05) == pytest.approx(gamma / (1.6449 * hides), rel=0.05)
    few = limits.signal_over_noise(s, 1.0, 0.1, 0.05)  # five of sixteen, as 2 P(Bin(16, 1/2) <= 4) < 0.1
    assert few < 0.7 * limits.signal_over_noise(s, 1.0, 1.0, 0.05)


def test_sam_margin_has_its_logarithm():
    assert sam_margin(tried(0.0)) == pytest.approx(4.0 / (4 * 0.5 * math.sqrt(math.log(20))))


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("benign_overfitting", [4 / (1.5 * 2.5**0.25 * 2)]),
        ("harmful_overfitting", [0.3 * 2.5**0.25 * 2 / 4]),
        # at most four of twenty labels are flipped with probability 1 - delta
        (
            "sam_benign",
            [
                4 / (2 * math.sqrt(math.log(20))),
                8 * small_signal_gain(10, 0.2) / 0.6,
                limits.signal_over_noise(S, 1.0, DELTA, 0.05),
            ],
        ),
    ],
)
def test_hypotheses_of_the_theorems_by_hand(id, expected):
    found = list(catalogue[id].hypotheses(observed(S)).values())
    assert found == [*margins(S, DELTA).values(), *(pytest.approx(value) for value in expected)]


def test_independence_by_hand():
    # a noise at 45 degrees to the signal: the squares of the singular values are 1 +- cos 45
    w0 = [[[1.0, 0.0]], [[0.0, 1.0]]]
    x = Sample.from_arrays(mu=[3.0, 0.0], xi=[[5.0, 5.0]], w0=w0, y=[1], y_hat=[1])
    (found,) = catalogue["decomposition"].hypotheses(Observation(World(S), 0, x)).values()
    assert found == pytest.approx(math.sqrt(1 - math.sqrt(0.5)) / 1e-6)
    twice = Sample.from_arrays(mu=[3.0, 0.0], xi=[[5.0, 0.0]], w0=w0, y=[1], y_hat=[1])
    (found,) = catalogue["decomposition"].hypotheses(Observation(World(S), 0, twice)).values()
    assert found < 1


def test_crossing():
    # by hand: from 1 to 4 in strength, 3/4 of the way down in error: 4^(3/4)
    assert crossing([1.0, 4.0], [0.5, 0.1], 0.2) == pytest.approx(4**0.75)
    assert crossing([1.0, 2.0, 4.0, 8.0, 16.0], [0.5, 0.1, 0.4, 0.2, 0.0], 0.3) == pytest.approx(4 * math.sqrt(2))
    assert math.isnan(crossing([1.0, 2.0], [0.5, 0.4], 0.3))
    assert math.isnan(crossing([1.0, 2.0], [0.2, 0.1], 0.3))


def test_first_time():
    assert first_time([0, 10, 20], [0.0, 1.0, 5.0], 2.0) == pytest.approx(12.5)
    assert first_time([0, 10, 20], [0.0, 2.0, 2.0], 2.0) == 10
    assert first_time([5, 10], [3.0, 4.0], 2.0) == 5
    assert math.isnan(first_time([0, 10], [0.0, 1.0], 2.0))
