"""What a user brings: runs, optimisers, rules, statements; loaded without an edit of the package."""

import runpy
import sys
import warnings
from dataclasses import replace
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from itertools import islice, product
from pathlib import Path

import numpy as np
import pytest
from command import command

from benchmarks import peers
from dynamics import Phase, Setting, Trajectory, draw, train, train_ensemble, train_network
from dynamics.batches import epochs_of_batches
from dynamics.conformance import conformance
from dynamics.digits.images import Images, draw_digits
from dynamics.digits.images import setting as digits_setting
from dynamics.digits.measure import held_out_error
from dynamics.engines.network import sam_direction
from dynamics.engines.patches import train_patches
from dynamics.rules import RULES, register_rule, sam
from dynamics.units import regime
from sweeps import Config
from sweeps.plan import Plan
from theorems import catalogue
from theorems import load as loading
from theorems.load import load
from verify import check
from verify.own import can_ask

EXAMPLES = Path(__file__).parent.parent / "examples"
S = Setting(n=12, d=200, m=4, P=3, mu_norm=5.0, sigma_p=0.5, p=0.1, sigma_0=1e-2, B=4, eta=2e-2)
X = draw(S, 0)
PHASES = [Phase("sam", epochs=5, tau=0.05), Phase("sgd", epochs=5)]
BATCHES = np.stack(list(islice(epochs_of_batches(S, 3), 10)))
REFERENCE = train_network(S, X, PHASES, batches=BATCHES, record_every="step")
WEIGHTS = REFERENCE.trained_weights


def given(**changes):
    return Trajectory.from_weights(
        **{"s": S, "x": X, "phases": PHASES, "weights": WEIGHTS, "batches": BATCHES} | changes
    )


# runs


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("steps", [None, [0, 3, 6, 30]])
def test_a_run_is_read_off_its_weights(assert_same_run, kind, steps):
    every = slice(None) if steps is None else steps
    run = given(weights=WEIGHTS[every].astype(kind), steps=steps)
    one_by_one = None if steps is None else {"batches": None}
    same = replace(REFERENCE, **{
        name: getattr(REFERENCE, name)[every] for name in ("step", "epoch", "gamma", "rho", "loss", "trained_weights")
    }, phase=run.phase, **(one_by_one or {}))  # fmt: skip
    assert_same_run(run, same, rtol=1e-9 if kind is np.float64 else 1e-4)
    assert np.array_equal(run.phase[:-1], REFERENCE.phase[every][:-1])
    assert run.residual.max() < 1e-12


def test_what_gamma_and_rho_do_not_explain_is_the_residual(tmp_path):
    rng = np.random.default_rng(0)
    V = np.linalg.qr(np.vstack([X.mu, X.xi]).T)[0]
    away = rng.standard_normal(X.w0.shape)
    away -= away @ V @ V.T
    inside = rng.standard_normal((*X.w0.shape[:2], V.shape[1])) @ V.T
    moved = 3 * inside / np.linalg.norm(inside) + 4 * away / np.linalg.norm(away)
    run = given(weights=[X.w0, X.w0 + moved], steps=[0, 30], batches=None)
    assert run.residual == pytest.approx([0, 0.8], rel=1e-9)
    decayed = train(S, X, [Phase("sam", 5, tau=0.05, weight_decay=0.3)])
    assert decayed.residual[-1] > 0.01
    decayed.save(tmp_path / "run")
    assert np.array_equal(Trajectory.load(tmp_path / "run").weights(-1), decayed.weights(-1))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weights": WEIGHTS[..., :-1]}, "it must have shape (T, 2, m, D) = (T, 2, 4, 21), not empty"),
        ({"weights": WEIGHTS * 1.001}, "weights[0] is not allowed: it must be sample.w0, where the run starts"),
        ({"weights": WEIGHTS[:, ::-1]}, "its second axis must have j = +1 first and j = -1 second"),
        ({"weights": np.where(np.arange(31)[:, None, None, None] == 7, np.nan, WEIGHTS)}, "weights[7, 0, 0, 0] = nan"),
        ({"weights": WEIGHTS[:7]}, "weights of 7 records is not allowed without steps: 10 epochs of 3 steps have 31"),
        ({"steps": np.arange(31)[::-1]}, "steps is not allowed: it must rise from 0 to at most 30"),
        ({"batches": BATCHES[::-1]}, "under rule 'sam' they cannot have made step 2, which moves rho of sample 4"),
        ({"weights": WEIGHTS + 0.01 * np.arange(31)[:, None, None, None]}, "leaves the span of (mu, xi_i) by"),
        ({"phases": [Phase("sgd", epochs=9)]}, "weights of 31 records is not allowed without steps"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value[:30],
)
def test_weights_and_batches_that_cannot_be_are_refused(changes, said):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared whole)
        given(**changes)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_step_that_came_from_another_batch_is_named():
    late = BATCHES.copy()
    late[7] = late[7, ::-1]
    with pytest.raises(ValueError, match="cannot have made step 22, which moves rho of sample"):
        given(batches=late)
    given(phases=[Phase("momentum", 10)], batches=late)  # a rule with a memory moves all


def test_given_runs_get_the_verdicts_that_the_same_runs_get_inside():
    phases = [Phase("sam", 5, tau=0.03), Phase("sgd", 5)]
    s = regime(n=40, d=10**6, m=20, mu_norm=8.0, B=40).replace(d=20_000, B=10)
    x = draw(s, 4)
    pairs = []
    for engine in (train, train_network):
        runs = [engine(s, x, schedule, record_every="step") for schedule in (phases, [Phase("sgd", 10)])]
        if engine is train_network:
            runs = [
                replace(Trajectory.from_weights(s, x, run.phases, run.trained_weights), batches=run.batches)
                for run in runs
            ]
        pairs.append({id: check(id, runs=runs) for id in catalogue if can_ask(catalogue[id])})
    inside, outside = pairs
    assert {id: v.status for id, v in inside.items()} == {id: v.status for id, v in outside.items()}
    assert {v.status for v in outside.values()} == {"confirmed", "hypotheses not met", "inconclusive"}
    assert outside["decomposition"].status == "confirmed"
    assert "held in" in outside["noise_norms"].measured
    assert outside["headline"].status == "hypotheses not met"  # far too short a training
    assert min(outside["headline"].margins.values()) < 0.1
    assert "not asked" in check("headline", runs=[runs[0]]).measured
    assert "not asked" in check("coefficient_recursion", runs=[train(s, x, phases)]).measured
    assert check("sgd_boundary", runs=runs).status == "inconclusive"


def test_a_false_run_is_refuted_and_single_precision_is_no_falsehood():
    steps = WEIGHTS[0] + 1.1 * (WEIGHTS - WEIGHTS[0])  # a rate that is not the setting's
    for kind in (np.float64, np.float32):
        run, false = (given(weights=W.astype(kind)) for W in (WEIGHTS, steps))
        assert check("coefficient_recursion", runs=[run]).status == "confirmed"
        assert check("coefficient_recursion", runs=[false]).status == "refuted"
    scheduled = train(S, X, [Phase("sgd", 5, eta=0.01)], record_every="step")
    assert check("coefficient_recursion", runs=[scheduled]).status == "hypotheses not met"


@pytest.mark.parametrize("runs", [[], [1], "run"])
def test_runs_that_are_none_are_refused(runs):
    with pytest.raises(ValueError, match="runs"):
        check("decomposition", runs=runs)


def test_the_command_asks_files(tmp_path):
    for k, phases in enumerate([PHASES, [Phase("sgd", 10)]]):
        train(S, X, phases, record_every="step").save(tmp_path / f"{k}.npz")
    files = [str(tmp_path / f"{k}.npz") for k in range(2)]
    code, out, _ = command("check", "decomposition", "--runs", *files)
    assert (code, "confirmed" in out) == (0, True)
    assert "cannot be asked of runs" in command("check", "--runs", *files, "--json", tmp_path / "found.json")[1]
    assert '"decomposition"' in (tmp_path / "found.json").read_text()
    code, _, said = command("check", "--runs", __file__)
    assert (code, said.startswith("samverify: source = ")) == (2, True)


# examples


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_examples_run(name, capsys):
    needs = {"own_run_jax": ("jax", "optax"), "own_run_torch": ("torch",)}.get(name, ())
    if any(find_spec(package) is None for package in needs):
        assert "torch" in needs, "jax and optax are in the test group"
        pytest.skip("PyTorch is not installed")
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    if "own_run" in name:
        assert capsys.readouterr().out.count("confirmed") == 3


def test_adam_leaves_the_span():
    optax = pytest.importorskip("optax")
    x = draw(S, 0, frame="ambient")
    gradient = peers.autodiff("jax", S, peers.inputs(x, S.P), x.y.astype(float))
    adam = optax.adam(1e-3)
    W, state, weights = x.w0, adam.init(x.w0), [x.w0]
    for batch in BATCHES.reshape(-1, S.B):
        update, state = adam.update(gradient(np.asarray(W), batch), state, W)
        W = optax.apply_updates(W, update)
        weights.append(W)
    register_rule("adam")
    run = given(x=x, phases=[Phase("adam", 10)], weights=weights)
    assert 0.2 < run.residual[-1] < 0.8
    assert check("decomposition", runs=[run]).status == "hypotheses not met"
    assert check("decomposition", runs=[replace(run, phases=(Phase("sgd", 10),))]).status == "refuted"
    with pytest.raises(ValueError, match=r"cannot have made step 1, which leaves the span of \(mu, xi_i\) by 0"):
        given(x=x, phases=[Phase("sgd", 10)], weights=weights)
    for engine, missing in ((train, "no direction in coefficients"), (train_network, "no direction on weights")):
        with pytest.raises(ValueError, match=missing):
            engine(S, x, [Phase("adam", 1)])


@pytest.mark.parametrize("name", [name for name in peers.installed() if "new batch" not in name])
def test_others_agree_with_both_engines(name):
    for row in peers.compared(name, epochs=5):
        assert max(row["from_coefficients"], row["from_network"]) < (1e-7 if name == "pytorch_optimizer" else 1e-12)


# rules


@pytest.mark.parametrize("B", [4, 12])
@pytest.mark.parametrize(
    "schedule",
    [
        [Phase("sam", 4, tau=0.05, weight_decay=0.5), Phase("sgd", 4, memory=0.8, eta=0.03, weight_decay=0.2)],
        [Phase("momentum", 3), Phase("sam", 3, tau=0.05, memory=0.9, keep_velocity=True), Phase("sgd", 2)],
        [Phase("momentum", 4, replacement=True, weight_decay=0.3), Phase("momentum", 4, keep_velocity=True)],
        [("asam", 4, {"tau": 0.8}), ("asam", 4, {"tau": 0.8, "memory": 0.5, "weight_decay": 0.4})],
        [("lookahead_sam", 3, {"tau": 0.05}), ("lookahead_sam", 4, {"tau": 0.05, "keep_velocity": True})],
        [("lookahead_sam", 4, {"tau": 0.05, "replacement": True}), ("sgd", 2, {"memory": 0.0})],
    ],
    ids=str,
)
def test_both_engines_agree_on_phases_and_rules_of_ones_own(assert_same_run, schedule, B):
    load(EXAMPLES / "own_rule.py")
    phases = [p if isinstance(p, Phase) else Phase(p[0], p[1], **p[2]) for p in schedule]
    s = S.replace(B=B)
    run = train(s, X, phases, record_every="step")
    assert_same_run(run, train_network(s, X, phases, record_every="step"))
    assert np.abs(run.rho - train(s, X, [Phase("sgd", run.epoch[-1])], record_every="step").rho).max() > 1e-3
    samples = [draw(s, k) for k in range(4)]
    alone = [train(s, x, phases, seed=k, tol=0.68) for k, x in enumerate(samples)]
    for one, other in zip(alone, train_ensemble(s, samples, phases, tol=0.68), strict=True):
        assert np.array_equal(one.weights(-1), other.weights(-1))
        assert np.array_equal(one.epoch, other.epoch)


def test_a_phase_in_two_with_its_velocity_is_one(assert_same_run):
    for rule, tau in (("momentum", None), ("sam_momentum", 0.05)):
        whole = train(S, X, [Phase(rule, 8, tau)])
        parts = train(S, X, [Phase(rule, 3, tau), Phase(rule, 5, tau, keep_velocity=True)])
        assert np.array_equal(whole.rho, parts.rho)
        assert not np.array_equal(whole.rho, train(S, X, [Phase(rule, 3, tau), Phase(rule, 5, tau)]).rho)


def test_a_rule_with_half_of_its_directions_says_which():
    register_rule("half", direction=sam, needs=["tau"])
    register_rule("other_half", weights_direction=sam_direction, needs=["tau"])
    assert train(S, X, Phase("half", 2, tau=0.1)).rho.any()
    assert train_network(S, X, Phase("other_half", 2, tau=0.1)).rho.any()
    with pytest.raises(ValueError, match="rule 'half' has no direction on weights: train_network cannot run it"):
        train_network(S, X, Phase("half", 2, tau=0.1))
    with pytest.raises(ValueError, match="rule 'other_half' has no direction in coefficients: train cannot run it"):
        train(S, X, Phase("other_half", 2, tau=0.1))
    register_rule("wrong", direction=lambda batch, tau: np.ones(3), weights_direction=lambda W, g, tau: np.ones(3))
    for engine in (train, train_network):
        with pytest.raises(ValueError, match="rule 'wrong' returned a direction of shape"):
            engine(S, X, Phase("wrong", 1))


@pytest.mark.parametrize("engine", [train, train_network])
def test_divergence_under_a_rule_of_ones_own_is_blamed_on_it(engine):
    def far(batch, tau):
        return 1e308 * (1e5 * batch.gradient())

    register_rule("far", direction=far, weights_direction=lambda W, gradient, tau: 1e308 * (1e5 * gradient(W)))
    with pytest.raises(FloatingPointError, match=r"rule 'far' is that of test_own.py: its directions are too long"):
        engine(S, X, Phase("far", 5))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "sam"}, "name = 'sam' is not allowed: there is a rule of this name already"),
        ({"name": "no word"}, "it must be a word of letters, digits and _"),
        ({"name": "own", "direction": 3}, "direction = 3 is not allowed: it must be a function"),
        ({"name": "own", "memory": 1.0}, "memory = 1.0 is not allowed: it must be a number from 0, below 1"),
        ({"name": "own", "needs": ["radius"]}, "it must be a list of tau, group, flip, workers"),
        ({"name": "own", "needs": ["group"], "state": True}, "state = True is not allowed with group or flip"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(arguments, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        register_rule(**arguments)


# files of one's own


def test_a_file_of_ones_own_goes_all_the_way(tmp_path):
    file = tmp_path / "linear_growth.py"
    lemma = (EXAMPLES / "linear_growth.py").read_text(encoding="utf-8")
    rule = (EXAMPLES / "own_rule.py").read_text(encoding="utf-8")
    file.write_text(lemma + rule.split('if __name__ == "__main__":')[0], encoding="utf-8")
    (tmp_path / "grid.toml").write_text(
        "replicas = 1\n[setting]\nn = 8\nm = 2\nP = 2\nB = 4\np = 0.1\n"
        "sigma_p = 1.0\nsigma_0 = 0.01\neta = 0.01\nmu_norm = 4.0\n"
        '[grid]\nd = [50, 60]\n[phases]\nasam = [{rule = "asam", epochs = 3, tau = 0.5}]\n',
        encoding="utf-8",
    )

    result, page = tmp_path / "found.json", tmp_path / "page.html"
    code, said, _ = command("check", "linear_growth", "--load", file, "--workers", 1, "--json", result)
    assert (code, "1 statements: 1 confirmed. 1 controls: 1 refuted" in said) == (0, True)
    swept = command("sweep", tmp_path / "grid.toml", "--out", tmp_path / "s", "--workers", 1, "--load", file)
    assert (swept[0], "sweep.nc" in swept[1]) == (0, True)
    assert command("report", result, "--html", page, "--load", file)[0] == 0
    assert "knows no statement of this name" not in page.read_text(encoding="utf-8")
    assert load(file) is load(file)
    assert load(file).statements == ("linear_growth",)
    assert load(file).rules == ("asam", "lookahead_sam")


def test_a_statement_without_an_id_has_the_name_of_its_file(tmp_path):
    lemma = (EXAMPLES / "linear_growth.py").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(lemma, encoding="utf-8")
    assert load(tmp_path / "mine.py").statements == ("mine",)
    assert check("mine").status == "confirmed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "it must be a Python file (.py) that exists"),
        ("x = 1\ny = z\n", "line 2 raised NameError: name 'z' is not defined"),
        ("x = (\n", "line 1 raised SyntaxError"),
        ("import nothing_of_this_name\n", "line 1 raised ModuleNotFoundError"),
        ("x = 1\n", "it defines no Statement and registers no rule"),
        ("from theorems.sgd.decomposition import STATEMENT\n", "it defines no Statement and registers no rule"),
        (
            "from dataclasses import replace\nfrom theorems import catalogue as c\nX = replace(c['gap'], title='x')\n",
            "there is a statement 'gap' already",
        ),
        (
            "from dynamics.rules import register_rule\nregister_rule('mine')\nregister_rule('sam')\n",
            "line 3 raised ValueError: name = 'sam' is not allowed: there is a rule of this name already",
        ),
    ],
)
def test_a_file_that_cannot_be_loaded_is_refused(tmp_path, text, said):
    file, before = tmp_path / "mine.py", (set(RULES), set(catalogue))
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared whole)
        load(file)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert (set(RULES), set(catalogue)) == before


def test_packages_bring_statements_and_rules(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    entry = EntryPoint("mine", "linear_growth", "samverify.statements")
    monkeypatch.setattr(loading, "entry_points", lambda group: [entry])
    loading.load_installed()
    assert check("linear_growth").status == "confirmed"
    broken = EntryPoint("mine", "linear_growth:NOTHING", "samverify.statements")
    monkeypatch.setattr(loading, "entry_points", lambda group: [broken])
    with pytest.raises(ValueError, match="entry point mine = linear_growth:NOTHING is not allowed: AttributeError"):
        loading.load_installed()
    rule = EntryPoint("mine", "own_rule", "samverify.rules")
    monkeypatch.setattr("dynamics.rules.entry_points", lambda group: [rule])
    assert Phase("asam", 1, tau=0.1).rule == "asam"
    for name in ("linear_growth", "own_rule"):
        sys.modules.pop(name, None)


# optimisers


def _like(ascent):
    """A SAM whose ascent is another."""

    def step(W, gradient, eta, tau):
        g = gradient(W)
        with np.errstate(all="ignore"):
            return W - eta * gradient(W + ascent(g, tau))

    return step


def _unit(g, axes=(0, 1, 2)):
    norm = np.sqrt((g**2).sum(axes, keepdims=True))
    return np.divide(g, norm, out=np.zeros_like(g), where=norm > 0)


def _stale(W, gradient, eta, tau, state):
    before = state.get("before", gradient)
    state["before"] = gradient
    return W - eta * gradient(W + tau * _unit(before(W)))


def _unrestored(W, gradient, eta, tau):
    W = W + tau * _unit(gradient(W))
    return W - eta * gradient(W)


def _momentum(first, share, nesterov):
    def step(W, gradient, eta, tau, memory, state):
        D = gradient(W + tau * _unit(gradient(W)))
        state["M"] = (
            memory * state["M"] + (share if memory else 1) * D if "M" in state else (first if memory else 1) * D
        )
        return W - eta * (D + memory * state["M"] if nesterov else state["M"])

    return step


@pytest.mark.parametrize(
    ("step", "wrong", "answer"),
    [
        (_like(lambda g, tau: tau * _unit(g)), (), "yes"),
        (_like(lambda g, tau: tau * g / np.linalg.norm(g)), (1,), "it gives NaN"),
        (_like(lambda g, tau: tau * _unit(g, (1, 2))), (2, 6), "each sign j has a norm of its own"),
        (_like(lambda g, tau: tau / np.sqrt(6) * _unit(g, 2)), (2, 6), "each filter has a norm of its own"),
        (_like(lambda g, tau: tau * g), (2, 6), "the ascent is not normalised"),
        (_like(lambda g, tau: 0 * g), (2, 6), "there is no ascent"),
        (_stale, (3,), "the ascent is on the batch of the step before"),
        (_unrestored, (2, 4, 6), "not restored"),
        (lambda W, gradient, eta, tau: W - 2 * eta * gradient(W), (0, 2, 3, 6), "differs by"),
    ],
)
def test_an_optimiser_is_asked_what_it_does(step, wrong, answer):
    for seed in range(3):
        lines = conformance(step, seed=seed)
        failed = {k for k, line in enumerate(lines) if line.holds is False}
        assert failed >= set(wrong)
        assert bool(failed) == bool(wrong)
        assert any(answer in line.answer for line in lines)


@pytest.mark.parametrize(
    ("convention", "answer"),
    [
        ((1.0, 1.0, False), "the suite's, and torch's"),
        ((0.1, 0.1, False), "an average"),
        ((1.0, 0.1, False), "dampening"),
        ((1.0, 1.0, True), "Nesterov"),
        ((1.0, 0.5, False), "like nothing known here"),
    ],
)
def test_conventions_of_momentum_are_told_apart(convention, answer):
    assert answer in conformance(_momentum(*convention))[5].answer


def test_what_accumulation_amounts_to():
    step = _like(lambda g, tau: tau * _unit(g))
    for accumulate, answer in (
        (lambda W, gs, eta, tau: np.mean([step(W, g, eta, tau) for g in gs], axis=0), "m-SAM"),
        (lambda W, gs, eta, tau: step(W, lambda W: np.mean([g(W) for g in gs], axis=0), eta, tau), "SAM on the whole"),
        (lambda W, gs, eta, tau: W - eta * np.mean([g(W) for g in gs], axis=0), "no ascent is left"),
    ):
        assert answer in conformance(step, accumulate)[7].answer
    for bad in (3, lambda W, gradient, eta, tau: W[0]):
        with pytest.raises(ValueError, match="step"):
            conformance(bad)
    code, out, _ = command("conform", EXAMPLES / "own_optimiser.py")
    assert (code, out.count("ok")) == (0, 6)
    code, _, said = command("conform", EXAMPLES / "own_rule.py")
    assert (code, "must define step" in said) == (2, True)


# data


@pytest.mark.parametrize("positive", [60, 90])
def test_images_of_any_size_and_balance(positive):
    rng = np.random.default_rng(0)
    labels = np.where(np.arange(120) < positive, 1, -1)
    signal = rng.standard_normal(49)
    data = Images(7 + 3 * labels[:, None] * signal + rng.standard_normal((120, 49)), labels)
    means = [data.images[labels == sign].mean(0) for sign in (1, -1)]
    np.testing.assert_allclose(means, [data.mu, -data.mu], atol=1e-12)
    assert (data.images**2).sum(1).mean() == pytest.approx(1)
    assert data.mu_norm**2 + data.within == pytest.approx(1)
    s = digits_setting(data, n=40, sigma_p=0.05)
    x = draw_digits(data, s, seed=1)
    assert (x.X.shape, x.test_images.shape) == ((40, 2, 49), (80, 49))
    assert (x.y_hat == 1).sum() == positive / 3
    run = train_patches(s, x.X, x.y, x.w0, Phase("sgd", 60))
    assert held_out_error(s, x, run.weights, 0).value < s.p + 0.1
    for bad in ((data.images, labels[1:]), (data.images, np.ones(120)), (np.ones((120, 49)), labels), (signal, labels)):
        with pytest.raises(ValueError, match="is not allowed"):
            Images(*bad)


def test_a_setting_that_contradicts_the_arrays_is_warned_of():
    for change, said in (({"mu_norm": 5.5}, r"\|\|mu\|\| = 5, and mu_norm = 5.5"), ({"sigma_p": 0.6}, "noise of 0.5")):
        for engine in (train, train_network):
            with pytest.warns(UserWarning, match=said):
                engine(S.replace(**change), X, Phase("sgd", 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed, s in product(range(200), (S, S.replace(n=1, B=1, d=1, P=2), S.replace(d=10**9, mu_norm=0.0))):
            draw(s, seed).check_scales(s)


def test_full_batches_in_a_grid_of_n():
    fields = {"d": 50, "m": 2, "P": 2, "p": 0.1, "sigma_p": 1.0, "sigma_0": 0.01, "eta": 0.01, "mu_norm": 4.0}
    given = {"replicas": 1, "grid": {"n": [6, 10]}, "phases": {"sgd": [{"rule": "sgd", "epochs": 1}]}}
    cells = Plan(Config(**given, setting=fields | {"B": "n", "activation": "relu^3"})).cells()
    assert [(c.setting.n, c.setting.B, c.setting.activation) for c in cells] == [(6, 6, "relu^3"), (10, 10, "relu^3")]
    with pytest.raises(ValueError, match="B = 'all' is not one of the named formulas"):
        Plan(Config(**given, setting=fields | {"B": "all"})).check()
