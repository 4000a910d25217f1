"""The page's engine in real Chromium, against dynamics.train, the exact laws and theorems.condition."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from dynamics import Phase, Setting, draw, test_error, train
from dynamics.generalization import TestError
from theorems import condition
from theorems.overfitting import C_1, C_3, DELTA, EPSILON
from theorems.prediction import predict

FOLDER = Path(__file__).parent.parent / "figures" / "explore"
LEVEL = 1e-3  # of each comparison of samplers; the seeds are fixed, so a test that passes goes on passing


@pytest.fixture(scope="module")
def lab(browser):
    """Evaluate an expression of `lab` in a browser that knows the engine and nothing else."""
    page = browser.new_page()
    for name in ("lab.js", "condition.js"):
        page.add_script_tag(content=(FOLDER / name).read_text(encoding="utf-8"))
    yield page.evaluate
    page.close()


def plain(x):
    return {name: array.tolist() for name, array in vars(x).items()}


def permutations(s, epochs, seed):
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(s.n).reshape(s.H, s.B) for _ in range(epochs)])


SETTING = Setting(n=12, d=400, m=5, P=2, mu_norm=3.0, sigma_p=1.0, p=0.15, sigma_0=0.01, B=12, eta=0.02)
RUNS = {
    "sgd, full batch": (SETTING, [Phase("sgd", 120)]),
    "sam, full batch": (SETTING, [Phase("sam", 120, tau=0.2)]),
    "the switch": (SETTING.replace(B=4), [Phase("sam", 60, tau=0.2), Phase("sgd", 60)]),
    "back again": (SETTING.replace(B=6), [Phase("sgd", 20), Phase("sam", 20, tau=1.5), Phase("sgd", 20)]),
    "B = 1": (SETTING.replace(B=1, eta=0.004), [Phase("sam", 40, tau=0.1), Phase("sgd", 40)]),
    "B = 2, P = 4": (SETTING.replace(B=2, P=4, sigma_p=0.5), [Phase("sam", 60, tau=0.1), Phase("sgd", 60)]),
    "B = 3, d small": (SETTING.replace(B=3, d=9, eta=0.2), [Phase("sam", 60, tau=0.5), Phase("sgd", 60)]),
    "d huge": (SETTING.replace(d=10**12, eta=1e-10, sigma_0=1e-8), [Phase("sam", 60, tau=1e-5), Phase("sgd", 60)]),
    "no start, no signal": (SETTING.replace(sigma_0=0.0, mu_norm=0.0), [Phase("sam", 5, tau=0.2), Phase("sgd", 5)]),
    "radius 0": (SETTING, [Phase("sam", 20, tau=0.0)]),
}


@pytest.mark.parametrize("name", RUNS)
def test_the_engine_is_that_of_dynamics(lab, name):
    s, phases = RUNS[name]
    for seed in (0, 1):
        x, batches = draw(s, seed), permutations(s, sum(phase.epochs for phase in phases), seed)
        ours = train(s, x, phases, batches=batches)
        theirs = lab(
            """([x, s, phases, batches]) => {
                const path = lab.train(x, s, phases, batches);
                delete path.w;
                return path;
            }""",
            [plain(x), s.model_dump(), [phase.model_dump() for phase in phases], batches.tolist()],
        )
        assert theirs["epoch"] == ours.epoch.tolist()
        for array in ("gamma", "rho", "loss"):
            expected, got = getattr(ours, array), np.array(theirs[array])
            assert got.shape == expected.shape
            np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9 * max(np.abs(expected).max(), 1e-300))


def test_a_run_stops_at_its_loss_and_says_where_it_diverges(lab):
    s, x = SETTING, draw(SETTING, 0)
    ours = train(s, x, Phase("sgd", 100_000), tol=0.05, record_every=100)
    theirs = lab(
        "([x, s, options]) => lab.train(x, s, [{rule: 'sgd', epochs: 100000}], null, options).epoch",
        [plain(x), s.model_dump(), {"tol": 0.05, "record_every": 100}],
    )
    assert theirs == ours.epoch.tolist()
    wild = s.replace(eta=1.7e308, B=4)
    batches = permutations(wild, 5, 0)
    with pytest.raises(FloatingPointError) as python:
        train(wild, x, Phase("sam", 5, tau=0.1), batches=batches)
    with pytest.raises(Exception, match="diverged") as browser:
        lab(
            "([x, s, b]) => lab.train(x, s, [{rule: 'sam', epochs: 5, tau: 0.1}], b) && 0",
            [plain(x), wild.model_dump(), batches.tolist()],
        )
    epoch = str(python.value).split("epoch ")[1].split()[0]
    assert f"training diverged in epoch {epoch} (rule 'sam'): the weights are not finite; eta = 1.7e+308" in str(
        browser.value
    )


# --- the samplers


@pytest.mark.parametrize("degrees", [1, 2, 3, 7.5, 99, 10**5, 10**12])
def test_chi_square(lab, degrees):
    got = np.array(
        lab(
            "k => { const r = lab.stream(5, 0); return Array.from({length: 20000}, () => lab.chisquare(r, k)); }",
            degrees,
        )
    )
    assert stats.kstest(got, stats.chi2(degrees).cdf).pvalue > LEVEL


def test_normal_and_uniform(lab):
    normal, uniform = np.array(
        lab("() => ['normal', 'uniform'].map(k => Array.from({length: 40000}, lab.stream(2, 1)[k]))")
    )
    assert stats.kstest(normal, "norm").pvalue > LEVEL
    assert stats.kstest(uniform, "uniform").pvalue > LEVEL
    assert uniform.min() >= 0
    assert uniform.max() < 1
    assert abs(np.corrcoef(normal[::2], normal[1::2])[0, 1]) < 4 / math.sqrt(20_000)


LAWS = {"reduced": 10**6, "d = n + 2m + 1": 11, "d below n + 2m": 7}


@pytest.mark.parametrize("name", LAWS)
def test_a_sample_has_the_law_of_draw(lab, name):
    s = Setting(n=4, d=LAWS[name], m=3, P=3, mu_norm=2.0, sigma_p=0.7, p=0.2, sigma_0=0.3, B=2, eta=0.1)
    seeds = 1500
    theirs = lab(
        """([s, k]) => Array.from({length: k}, (_, seed) => {
            const x = lab.draw(s, seed);
            return Object.fromEntries(Object.entries(x).map(([name, v]) => [name, Array.from(v)]));
        })""",
        [s.model_dump(), seeds],
    )

    def numbers(mu, xi, w0):  # inner products are all that has a law of its own
        noise, start = s.sigma_p * math.sqrt(s.d), s.sigma_0 * math.sqrt(s.d)
        rows = np.concatenate([xi / noise, w0 / start])
        a, b = np.triu_indices(len(rows))
        on_mu = rows @ mu / np.linalg.norm(mu) * math.sqrt(s.d)
        return np.concatenate([(rows @ rows.T)[a, b], on_mu])

    one = np.array([numbers(x.mu, x.xi, x.w0.reshape(2 * s.m, -1)) for x in (draw(s, seed) for seed in range(seeds))])
    two = np.array(
        [numbers(np.array(x["mu"]), np.reshape(x["xi"], (s.n, -1)), np.reshape(x["w0"], (2 * s.m, -1))) for x in theirs]
    )
    level = LEVEL / one.shape[1]
    for k in range(one.shape[1]):
        assert stats.ks_2samp(one[:, k], two[:, k]).pvalue > level
    y, y_hat = (np.array([x[name] for x in theirs]) for name in ("y", "y_hat"))
    for share, expected in (((y != y_hat).mean(), s.p), ((y_hat > 0).mean(), 0.5)):
        assert abs(share - expected) < 4 * math.sqrt(expected * (1 - expected) / y.size)
    assert {k for x in theirs for k in x["signal_patch"]} == {0, 1, 2}


def test_the_order_of_the_samples_is_uniform(lab):
    s = {"n": 4, "B": 2}
    orders = lab("s => Array.from({length: 24000}, (_, e) => Array.from(lab.order(s, 1, e)).join(''))", s)
    counts = np.unique(orders, return_counts=True)[1]
    assert len(counts) == 24
    assert stats.chisquare(counts).pvalue > LEVEL
    assert lab("() => Array.from(lab.order({n: 4, B: 4}, 1, 7))") == [0, 1, 2, 3]


@pytest.mark.parametrize("change", [{}, {"P": 4, "sigma_p": 0.5}, {"m": 1}, {"d": 5}])
def test_the_test_error_is_that_of_dynamics(lab, change):
    s = SETTING.replace(**change)
    x = draw(s, 3)
    path = train(s, x, [Phase("sgd", 80)])
    draws = 60_000
    for weights in (path.weights(-1), x.w0, np.zeros_like(x.w0)):
        ours = test_error(s, x, weights, draws)
        theirs = TestError(
            **lab(
                "([s, mu, W, k]) => lab.test_error(s, Float64Array.from(mu), W.flat(Infinity), k, 1)",
                [s.model_dump(), x.mu.tolist(), weights.tolist(), draws],
            )
        )
        assert theirs.samples == ours.samples
        assert abs(theirs.value - ours.value) < 4 * math.hypot(ours.stderr, theirs.stderr)
        assert theirs.stderr == pytest.approx(ours.stderr, rel=0.05)


# --- the theory


def random_settings(count):
    rng = np.random.default_rng(19)
    for _ in range(count):
        n = int(rng.choice([2, 6, 12, 30, 100]))
        B = int(rng.choice([b for b in range(1, n + 1) if n % b == 0]))
        yield Setting(
            n=n,
            d=int(10 ** rng.uniform(2, 12)),
            m=int(rng.integers(1, 60)),
            P=int(rng.integers(2, 10)),
            mu_norm=10 ** rng.uniform(-1, 3),
            sigma_p=float(rng.choice([1.0, 10 ** rng.uniform(-2, 2)])),
            p=float(rng.choice([0.0, rng.uniform(0, 0.5)])),
            sigma_0=float(rng.choice([0.0, 10 ** rng.uniform(-12, -1)])),
            B=B,
            eta=10 ** rng.uniform(-12, 1),
        )


def test_condition_thresholds_and_predictions_are_those_of_theorems(lab):
    settings = list(random_settings(400))
    constants = {"C_1": C_1, "C_3": C_3, "delta": DELTA, "epsilon": EPSILON}
    theirs = lab(
        """([all, constants]) => all.map(s => {
            const { margins, ...found } = lab.predict(s, constants);
            const values = Object.values(margins).map(v => Number.isFinite(v) ? v : "inf");
            return { ...found, lines: Object.keys(margins), margins: values,
                sgd_line: lab.threshold_sgd(s), sam_line: lab.threshold_sam(s) };
        })""",
        [[s.model_dump() for s in settings], constants],
    )
    regimes = set()
    for s, found in zip(settings, theirs, strict=True):
        ours = predict(s, DELTA)
        assert found["lines"] == list(condition.margins(s))
        np.testing.assert_allclose(
            [float(v) for v in found["margins"]], list(condition.margins(s, DELTA).values()), rtol=1e-12
        )
        assert set(found["broken"]) == set(ours.broken)
        for name in ("benign_from", "harmful_to", "sam_from", "tau", "tau_rule"):
            assert found[name] == pytest.approx(getattr(ours, name), rel=1e-12)
        assert abs(found["t1"] - ours.t1) <= 1e-12 * ours.t1
        assert found["sgd_line"] == pytest.approx(condition.threshold_sgd(s), rel=1e-12)
        assert found["sam_line"] == condition.threshold_sam(s)
        for name in ("sgd", "sam"):
            forecast = getattr(ours, name)
            assert found[name] == {"by_strength": forecast.by_strength, "regime": forecast.regime}
            regimes.add((name, forecast.by_strength))
    assert len(regimes) == 5  # each answer was asked for
