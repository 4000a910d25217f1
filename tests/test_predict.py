"""What the theorems predict for a setting, and what happens there."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dynamics import Phase, Setting, draw, test_error, train
from dynamics.units import regime
from theorems import catalogue
from theorems.condition import margins, t1_epochs, tau_paper
from theorems.overfitting import settings
from theorems.prediction import predict
from theorems.statement import Observation, World
from verify.simulate import simulate

# quick to train: outside Condition 3.1 by its learning rate
LOOSE = regime(n=10, d=2000, m=5, mu_norm=3.0, B=10, step=0.5)


def inside(mu_norm):
    return settings(mu_norm)[0]


# --- predict


@pytest.mark.parametrize(
    ("mu_norm", "sgd", "sam"),
    [
        (2.0, "harmful", "nothing"),
        (3.4, "nothing", "nothing"),
        (3.5, "nothing", "nothing"),
        (5.0, "nothing", "benign"),
        (13.0, "benign", "benign"),
    ],
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


def test_progress_changes_no_number(simulated):
    prediction, whole = simulated
    told = []
    found = simulate(prediction, replicas=3, seed_block=2, budget=3000, progress=lambda: told.append(1))
    assert found == whole
    assert len(told) == 3


@pytest.mark.parametrize(("strength", "held", "outcome"), [(2.0, 6, "agrees"), (13.0, 0, "disagrees")])
def test_a_weak_signal_is_harmful(strength, held, outcome):
    # runs at a weak signal, judged by the forecast for a weak and for a strong one
    prediction = replace(predict(LOOSE.replace(mu_norm=0.2)), sgd=predict(inside(strength)).sgd, t1=None)
    found = simulate(prediction, replicas=6, budget=3000)
    assert found.sgd.held.held == held
    assert found.sgd.outcome == outcome
    assert found.disagrees == (outcome == "disagrees")
