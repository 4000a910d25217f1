"""What the theorems predict for a setting, and what happens there."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from dynamics import Phase, Setting, draw, test_error, train
from dynamics.setting_file import read_setting
from theorems import catalogue
from theorems.condition import margins, t1_epochs, tau_paper
from theorems.overfitting import settings
from theorems.prediction import completed, predict
from theorems.statement import Observation, World
from theorems.worlds import regime
from verify import simulate as module
from verify.evidence import proportion
from verify.report.prediction_text import prediction_text
from verify.simulate import simulate

# quick to train: outside Condition 3.1 by its learning rate
LOOSE = regime(n=10, d=2000, m=5, mu_norm=3.0, B=10, step=0.5)


def inside(mu_norm):
    return settings(mu_norm)[0]


# --- predict


@pytest.mark.parametrize(
    ("mu_norm", "sgd", "sam"),
    [(2.0, "harmful", "nothing"), (3.4, "nothing", "nothing"), (3.5, "nothing", "benign"), (13.0, "benign", "benign")],
)
def test_regimes_by_signal_strength(mu_norm, sgd, sam):
    found = predict(inside(mu_norm))
    assert found.broken == ()
    assert (found.sgd.regime, found.sam.regime) == (sgd, sam)
    assert (found.sgd.by_strength, found.sam.by_strength) == (sgd, sam)


def test_numbers_by_hand():
    s = Setting(n=16, d=10**6, m=8, P=3, mu_norm=5.0, sigma_p=2.0, p=0.1, sigma_0=1e-8, B=4, eta=1e-9)
    found = predict(s, delta=0.05)
    assert found.benign_from == pytest.approx(1.5 * 10**1.5 / 2 * 6)
    assert found.harmful_to == pytest.approx(0.3 * 10**1.5 / 2 * 6)
    assert found.sam_from == pytest.approx(6 * math.sqrt(math.log(20)))
    assert (found.t1, found.tau) == (t1_epochs(s), tau_paper(s))
    assert found.margins == margins(s, 0.05)
    assert list(found.margins.values()) == sorted(found.margins.values())


@pytest.mark.parametrize("mu_norm", [1.9, 2.0, 2.5637, 2.5638, 3.4, 3.5, 12.81, 12.82, 40.0])
def test_says_what_the_statements_ask_for(mu_norm):
    # the regime is that of the statement whose own hypotheses are met
    s = inside(mu_norm)
    o = Observation(World(s, delta=0.1), seed=0, drawn=draw(s, 0))
    met = {
        id: min(catalogue[id].hypotheses(o).values()) >= 1
        for id in ("benign_overfitting", "harmful_overfitting", "sam_benign")
    }
    found = predict(s, delta=0.1)
    assert (found.sgd.statement == "benign_overfitting") == met["benign_overfitting"]
    assert (found.sgd.statement == "harmful_overfitting") == met["harmful_overfitting"]
    assert (found.sam.statement == "sam_benign") == met["sam_benign"]


def test_one_sample_a_batch_teaches_sam_nothing():
    found = predict(inside(6.0).replace(B=1, eta=1e-7))
    assert (found.broken, found.sam.regime, found.sam.statement) == ((), "nothing", None)
    assert found.sam.reason.startswith("Batches of B = 1 teach a small signal 0 of")
    assert predict(inside(6.0).replace(B=3, eta=1e-7)).sam.regime == "benign"


def test_outside_the_condition_theorems_say_nothing():
    found = predict(inside(2.0).replace(eta=1.0))
    assert len(found.broken) == 2
    assert all("eta" in line for line in found.broken)
    assert (found.sgd.regime, found.sgd.by_strength, found.sgd.statement) == ("nothing", "harmful", None)
    assert "were the condition met" in found.sgd.reason


def test_without_signal_the_stage_is_infinite():
    found = predict(inside(2.0).replace(mu_norm=0.0))
    assert found.t1 is None
    assert found.broken == ("||mu|| / (P sigma_p)",)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["condition"]["1 / (sigma_0 ||mu||)"] == "inf"
    assert plain["t1_epochs"] is None


@pytest.mark.parametrize("delta", [0, 1, -0.1, math.nan, True, "0.1"])
def test_delta_is_a_probability(delta):
    with pytest.raises(ValueError, match=r"delta = .* is not allowed: it must be a number between 0 and 1"):
        predict(LOOSE, delta)


@pytest.mark.parametrize("mu_norm", [1e200, 1e-200])
def test_out_of_range_is_said(mu_norm):
    with pytest.raises(ValueError, match="leaves the range of floating-point numbers"):
        predict(LOOSE.replace(mu_norm=mu_norm))


# --- completed


@pytest.mark.parametrize("given", [{}, {"P": 5, "sigma_p": 0.1}, {"B": 8, "d": 10**9}, {"mu_norm": 3e5, "d": 10**12}])
def test_natural_values_lie_inside_their_lines(given):
    s, chosen = completed({"n": 40, "d": 10**6, "m": 20, "mu_norm": 50.0} | given)
    lines = margins(s)
    assert min(m for line, m in lines.items() if "eta" in line) == pytest.approx(2)
    assert min(m for line, m in lines.items() if "sigma_0" in line) == pytest.approx(10)
    assert set(chosen) == set(Setting.model_fields) - {"n", "d", "m", "mu_norm"} - set(given)
    assert s.B == given.get("B", 40)


def test_given_values_stay():
    given = LOOSE.model_dump()
    assert completed(given) == (LOOSE, {})


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="m is missing; mu_norm is missing"):
        completed({"n": 4, "d": 10})


# --- simulate


@pytest.fixture(scope="module")
def simulated():
    prediction = predict(LOOSE)
    return prediction, simulate(prediction, replicas=3, seed_block=2, budget=3000)


def test_is_what_training_gives(simulated):
    prediction, found = simulated
    assert prediction.t1 > 1
    for name, first in (("sgd", Phase("sgd", prediction.t1)), ("sam", Phase("sam", prediction.t1, prediction.tau))):
        run = getattr(found, name)
        for k, seed in enumerate((2_000_000, 2_000_001, 2_000_002)):
            x = draw(LOOSE, seed)
            path = train(LOOSE, x, [first, Phase("sgd", 3000)], seed=seed, tol=0.05)
            own = x.y == np.array([1, -1])[:, None, None]
            assert run.epochs[k] == path.epoch[-1]
            assert run.losses[k] == pytest.approx(path.loss[-1], rel=1e-9)
            assert run.losses[k] <= 0.05
            stage_end = min(prediction.t1, path.epoch[-1])
            assert run.rho[k] == pytest.approx((path.rho[stage_end] * own).max(), rel=1e-9)
            assert run.errors[k] == test_error(LOOSE, x, path.weights(-1), 10_000, seed).value
    assert max(found.sam.rho) < min(found.sgd.rho)


def test_interval_by_hand(simulated):
    run = simulated[1].sgd
    width = 4.302653 * np.std(run.errors, ddof=1) / math.sqrt(3)  # Student's 97.5% quantile, two degrees of freedom
    assert run.error == pytest.approx(np.mean(run.errors))
    assert (run.low, run.high) == pytest.approx((run.error - width, run.error + width), rel=1e-6)


def test_nothing_predicted_outside_the_condition(simulated):
    _, found = simulated
    assert {found.sgd.outcome, found.sam.outcome} == {"not predicted"}
    assert found.sgd.held is None
    assert not found.disagrees
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["sgd"]["held"] is None


@pytest.mark.parametrize(("strength", "held", "outcome"), [(2.0, 6, "agrees"), (13.0, 0, "disagrees")])
def test_a_weak_signal_is_harmful(strength, held, outcome):
    # runs at a weak signal, judged by the forecast for a weak and for a strong one
    prediction = replace(predict(LOOSE.replace(mu_norm=0.2)), sgd=predict(inside(strength)).sgd, t1=None)
    found = simulate(prediction, replicas=6, budget=3000)
    assert found.sgd.held.held == held
    assert found.sgd.outcome == outcome
    assert found.disagrees == (outcome == "disagrees")


@pytest.mark.parametrize(
    ("held", "draws", "outcome"),
    [
        (9, 10, "agrees"),
        (8, 10, "too few to tell"),
        (6, 10, "disagrees"),
        (0, 1, "too few to tell"),
        (0, 2, "disagrees"),
    ],
)
def test_outcome(held, draws, outcome):
    assert module._outcome(proportion(held, 0, draws, 0.9, 0.05)) == outcome


def test_a_stage_beyond_the_budget_is_not_run():
    found = simulate(predict(LOOSE), replicas=1, budget=2)
    assert found.sam is None
    assert "T_1 = " in found.skipped
    assert found.sgd.epochs == (2,)
    assert found.to_dict()["sgd"]["low"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replicas": 0}, "replicas = 0 is not allowed: it must be an integer >= 1"),
        ({"seed_block": -1}, "seed_block = -1 is not allowed"),
        ({"budget": 1.5}, "budget = 1.5 is not allowed"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        simulate(predict(LOOSE), **arguments)


def test_too_large_to_simulate():
    with pytest.raises(ValueError, match=r"n \+ 2m = 10010 is not allowed with a simulation"):
        simulate(predict(LOOSE.replace(n=10_000, B=10_000)))


# --- text


@pytest.mark.parametrize("mu_norm", [0.0, 2.0, 5.4, 13.0])
def test_text_fits_eighty_columns_whole(mu_norm):
    found = predict(inside(mu_norm).replace(d=10**12))
    text = prediction_text(found, chosen={"p": 0.05})
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert all(line in text for line in found.margins)


def test_text_of_what_happened(simulated):
    prediction, found = simulated
    text = prediction_text(prediction, found)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert f"{found.sgd.error:.4f}" in text
    assert text.count("not predicted") == 2
    assert "This setting lies outside the theory" in text
    assert sum(line.endswith("NOT MET") for line in text.splitlines()) == len(prediction.broken) > 0


def test_text_says_which_line_is_least():
    text = prediction_text(predict(inside(6.0)))
    marked = [line for line in text.splitlines() if line.endswith("least")]
    assert len(marked) == 1
    assert "outside the theory" not in text
    assert "Theorem 4.1 (SAM then SGD) predicts benign" in text


# --- files


def write(tmp_path, text):
    path = tmp_path / "setting.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_file_is_read(tmp_path):
    assert read_setting(write(tmp_path, "[setting]\nn = 4\nmu_norm = 2\n")) == {"n": 4, "mu_norm": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[setting]\nn = 4\nN = 3\n", r"unknown key setting\.N; allowed: n, d, m"),
        ("n = 4\n[setting]\n", r"unknown key n; allowed: the table \[setting\]"),
        ("", r"the table \[setting\] is missing"),
        ("setting = 3", r"the table \[setting\] is missing"),
        ("[setting", "it is not TOML"),
    ],
)
def test_bad_files_are_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_setting(write(tmp_path, text))


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read_setting(tmp_path / "none.toml")
