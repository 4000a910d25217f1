"""Experiments at a tiny size, against one run at a time and the network: every number that a picture shows."""

import math
from dataclasses import replace

import numpy as np
import pytest

from dynamics import Phase, draw, test_error, train, train_network
from dynamics.engines.network import inputs, loss_gradient
from dynamics.sharpness import average_rise, rise_limit, worst_rise
from dynamics.units import regime
from figures.deactivation import measure as deactivation
from figures.explore import measure as explore
from figures.sharpness import measure as sharpness
from figures.stages import measure as stages
from figures.tau_window import measure as tau_window
from theorems.condition import t1_epochs, tau_paper, tau_rule
from theorems.ladders import crossing
from theorems.sam.deactivation import hypotheses
from theorems.statement import Observation, World
from theorems.worlds import sam_stage

S = regime(n=6, d=3000, m=4, mu_norm=9.0, B=3, P=3, sigma_p=0.5, p=0.2, step=0.5, start=0.1)
WIDE = regime(n=6, d=10**6, m=4, mu_norm=40.0, B=3, P=3, sigma_p=0.5, p=0.2, step=0.5, start=0.1)
SAM = Phase("sam", t1_epochs(S), tau_paper(S))


def own_of(x):
    return x.y == np.array([1, -1])[:, None, None]


def error_of(run, samples, seed=0, k=-1):
    return test_error(run.setting, run.sample, run.weights(k), samples, seed).value


def test_deactivation_by_hand(monkeypatch):
    other = S.replace(B=6, p=0.0)
    monkeypatch.setattr(deactivation, "SETTINGS", {"tiny": S, "other": other})
    monkeypatch.setattr(deactivation, "STEPS", 5)
    data = deactivation.measure(seeds=(3, 4), ratios=(0.02, 0.3))
    for name, s in (("tiny", S), ("other", other)):
        for ratio in (0.02, 0.3):
            for seed in (3, 4):
                x, tau = draw(s, seed), ratio * tau_paper(s)
                run = train_network(s, x, Phase("sam", -(-5 // s.H), tau), seed, record_every="step")
                stay = every = 0
                for k, batch in enumerate(run.batches):
                    W, X = run.weights(k), inputs(x, s.P)[batch]
                    gradient = loss_gradient(W, X, x.y[batch])
                    there = W + tau * gradient / np.linalg.norm(gradient)
                    for i in batch:
                        a = 0 if x.y[i] > 0 else 1
                        spoken_of = W[a] @ x.xi[i] > 0
                        every += spoken_of.sum()
                        stay += (there[a] @ x.xi[i] > 0)[spoken_of].sum()
                one = data.sel(setting=name, ratio=ratio, seed=seed)
                assert (int(one.triples), float(one.share)) == (every, stay / every)
                largest = (x.w0 @ x.xi.T)[np.broadcast_to(own_of(x), (2, s.m, s.n))].max()
                assert float(one.reach) == pytest.approx(tau * s.sigma_p * math.sqrt(s.d / (s.B * s.m)) / largest)
        world = World(s, phases=(Phase("sam", -(-5 // s.H), tau_paper(s)),))
        least = min(hypotheses(Observation(world, 3, draw(s, 3))).values())
        assert float(data.margin.sel(setting=name)) == pytest.approx(least)
    assert 0 < float(data.share.mean()) < 1


def test_stages_by_hand(monkeypatch):
    monkeypatch.setattr(stages, "SETTING", S)
    monkeypatch.setattr(stages, "WORLD", World(S, phases=(SAM,)))
    monkeypatch.setattr(stages, "TEST_SAMPLES", 200)
    data = stages.measure(seeds=(1, 2), after=40)
    first, last = t1_epochs(S), t1_epochs(S) + 40
    assert {0, first, last} <= set(data.epoch.values)
    assert (data.attrs["switch"], data.attrs["tau"], data.attrs["p"]) == (first, tau_paper(S), S.p)
    assert (data.attrs["harmful"], data.attrs["epsilon"]) == pytest.approx((S.p + 0.1, 0.05))
    for name, phases in (("SGD", [Phase("sgd", last)]), ("SAM then SGD", [SAM, Phase("sgd", 40)])):
        for seed in (1, 2):
            run = train(S, draw(S, seed), phases, seed)
            one = data.sel(training=name, replica=seed)
            np.testing.assert_allclose(one.loss, run.loss[data.epoch], rtol=1e-9)
            errors = [error_of(run, 200, seed, k) for k in data.epoch.values]
            np.testing.assert_allclose(one.test_error, errors, atol=1e-12)


def test_sharpness_by_hand(monkeypatch):
    S = WIDE
    monkeypatch.setattr(sharpness, "TEST_SAMPLES", 200)
    for name, value in {"SETTING": S, "STRENGTHS": (40.0, 80.0), "RADII": (0.3, 1.0), "RATIOS": (1.0, 3.0)}.items():
        monkeypatch.setattr(sharpness, name, value)
    data = sharpness.measure(seeds=(0, 1, 2), paths=2, after=30)
    sam = sam_stage(S)
    tau, last = tau_paper(S) * np.array(sharpness.RATIOS), Phase("sgd", 20_000)
    whole = t1_epochs(S) + 30
    for name, phases in (("SGD", [Phase("sgd", whole)]), ("SAM then SGD", [sam, Phase("sgd", 30)])):
        run = train(S, draw(S, 1), phases, 1)
        k = int(data.epoch[-3])
        one = data.sel(training=name, follower=1, epoch=k)
        np.testing.assert_allclose(one.path_worst, worst_rise(S, run.sample, run.weights(k), tau), rtol=1e-6)
        np.testing.assert_allclose(one.path_limit, rise_limit(S, run.sample, run.weights(k), tau), rtol=1e-6)
        assert (float(one.path_loss), float(one.path_error)) == pytest.approx((run.loss[k], error_of(run, 200, 1, k)))
    solutions = {"SGD, ||mu|| = 80": (S.replace(mu_norm=80.0), [last])}
    solutions["SAM at 0.3 tau_paper"] = (S, [Phase("sam", sam.epochs, 0.3 * sam.tau), last])
    for name, (s, phases) in solutions.items():
        run = train(s, draw(s, 2), phases, 2, tol=0.05)
        W, one = run.weights(-1), data.sel(solution=name, replica=2)
        np.testing.assert_allclose(one.worst, worst_rise(s, run.sample, W, tau_paper(s) * np.array(sharpness.RATIOS)))
        average = average_rise(s, run.sample, W, math.sqrt(s.d) * tau_paper(s) * np.array(sharpness.RATIOS), 100, 2)
        np.testing.assert_allclose(one.average, average.value)
        moved = 0.02 * np.linalg.norm(W - run.sample.w0)
        assert float(one.relative) == pytest.approx(float(worst_rise(s, run.sample, W, moved)))
        assert float(one.error) == pytest.approx(error_of(run, 200, 2))
    assert data.by_radius.values.tolist()[:4] == [False, False, True, True]
    assert data.value.values.tolist()[:4] == [40.0, 80.0, 0.3, 1.0]


def test_agreement_by_hand():
    sharp, error = np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.3, 0.2])
    none = np.zeros(3)
    assert sharpness.agreement(sharp, error, none) == pytest.approx(1 / 3)  # two pairs agree, one does not
    assert sharpness.agreement(sharp, -error, none) == pytest.approx(-1 / 3)
    doubtful = np.array([0.0, 0.04, 0.0])  # 0.1 and 0.2 are apart; 0.3 is from neither by more than three errors
    assert sharpness.agreement(sharp, np.array([0.1, 0.2, 0.15]), doubtful) == 1
    assert math.isnan(sharpness.agreement(sharp, error, none + 1))


def test_the_window_of_radii_by_hand(monkeypatch):
    monkeypatch.setattr(tau_window, "CASES", {"tiny": S})
    monkeypatch.setattr(tau_window, "SETTINGS", (S, S.replace(mu_norm=12.0)))
    monkeypatch.setattr(tau_window, "TEST_SAMPLES", 200)
    reaches, factors = (0.2, 0.9, 3.0), (0.1, 1.0)
    data = tau_window.measure(seeds=(0, 1), reaches=reaches, factors=factors)
    units = []
    for seed in (0, 1):
        x = draw(S, seed)
        own = np.broadcast_to(own_of(x), (2, S.m, S.n))
        units.append((x.w0 @ x.xi.T)[own].max() * math.sqrt(S.B * S.m / S.d) / S.sigma_p)
        phases = [Phase("sgd", t1_epochs(S)), *(Phase("sam", t1_epochs(S), reach * units[-1]) for reach in reaches)]
        sgd, *sam = (train(S, x, phase, seed).rho[-1][own].max() for phase in phases)
        learned = data.learned.sel(case="tiny", replica=seed)
        np.testing.assert_allclose(learned, np.array(sam) / sgd, rtol=1e-9)
        assert float(data.critical.sel(case="tiny", replica=seed)) == pytest.approx(
            crossing(reaches, learned, 0.1), nan_ok=True
        )
    np.testing.assert_allclose(data.per_paper[0], np.array(reaches) * np.mean(units) / tau_paper(S))
    for a, s in enumerate((S, S.replace(mu_norm=12.0))):
        last = Phase("sgd", 20_000)
        for seed in (0, 1):
            schedules = [[last], *([Phase("sam", t1_epochs(s), f * tau_rule(s)), last] for f in factors)]
            errors = [error_of(train(s, draw(s, seed), phases, seed, tol=0.05), 200, seed) for phases in schedules]
            assert [float(data.sgd[a, seed]), *data.error[a, :, seed].values] == pytest.approx(errors)
        assert float(data.paper[a]) == pytest.approx(tau_paper(s) / tau_rule(s))
        scale = math.sqrt(s.m * s.d / s.n) / ((s.P - 1) * s.sigma_p)
        assert float(data.harm_scale[a]) == pytest.approx(scale / tau_rule(s))
    assert float(data.learned[0, 0].min()) > 3 * float(data.learned[0, 2].max())


def test_stories_by_hand(monkeypatch):
    one = replace(explore.STORIES[0], setting=S, sam=7, tau=tau_paper(S))
    monkeypatch.setattr(explore, "STORIES", (one, replace(one, name="other", sam=11)))
    monkeypatch.setattr(explore, "_DRAWS", 200)
    data = explore.measure()
    for name, sam in ((one.name, 7), ("other", 11)):
        for optimiser in ("sgd", "sam"):
            phases = [Phase("sam", sam, tau_paper(S))] * (optimiser == "sam") + [Phase("sgd", 200_000)]
            for seed in (0, 3):
                run = train(S, draw(S, seed), phases, seed, tol=0.05)
                own = np.broadcast_to(own_of(run.sample), run.rho.shape[1:])
                at = data.sel(story=name, optimiser=optimiser, seed=seed)
                for prefix, k in (("final", -1), ("switch", sam if optimiser == "sam" else -1)):
                    assert float(at[f"{prefix}_epoch"]) == run.epoch[k]
                    assert float(at[f"{prefix}_signal"]) == pytest.approx(run.gamma[k].mean(), rel=1e-9)
                    assert float(at[f"{prefix}_noise"]) == pytest.approx(run.rho[k][own].mean(), rel=1e-9)
                    assert float(at[f"{prefix}_loss"]) == pytest.approx(run.loss[k], rel=1e-9)
                    assert float(at[f"{prefix}_error"]) == error_of(run, 200, 0, k)
                if seed == 0:
                    path = data.sel(story=name, optimiser=optimiser)
                    kept = np.isfinite(path.epoch.values)
                    epochs = path.epoch.values[kept].astype(int)
                    np.testing.assert_allclose(path.loss.values[kept], run.loss[epochs], rtol=1e-9)
                    assert (epochs[0], epochs[-1]) == (0, run.epoch[-1])
