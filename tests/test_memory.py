"""Rules with a memory: heavy-ball momentum, in both engines."""

from dataclasses import replace

import numpy as np
import pytest

from dynamics import Phase, draw, train, train_ensemble, train_network
from dynamics.engines.network import DIRECTIONS
from dynamics.rules import RULES

pytestmark = pytest.mark.usefixtures("both_ways")


@pytest.fixture(params=["sgd", "sam"])
def heavy_ball(request, monkeypatch):
    """A copy of a rule that repeats 0.7 of its last step."""
    monkeypatch.setitem(RULES, "heavy ball", replace(RULES[request.param], memory=0.7))
    monkeypatch.setitem(DIRECTIONS, "heavy ball", DIRECTIONS[request.param])
    return request.param


@pytest.fixture
def phase(heavy_ball, natural, radius):
    def of(s, epochs, rule="heavy ball"):
        return Phase(rule, epochs, radius(s) if heavy_ball == "sam" else None)

    return of


@pytest.mark.parametrize("changes", [{}, {"B": 6}, {"P": 4}], ids=["B<n", "B=n", "P=4"])
def test_both_engines_remember_alike(natural, phase, assert_same_run, changes):
    s = natural(**changes)
    x = draw(s, 1)
    phases = [phase(s, 5), Phase("sgd", 3), phase(s, 4)]
    run = train(s, x, phases, record_every="step")
    assert_same_run(run, train_network(s, x, phases, record_every="step"))


def test_the_second_step_repeats_a_share_of_the_first(natural, phase, heavy_ball):
    s = natural(B=6)
    x = draw(s, 0)
    plain = train(s, x, [phase(s, 1, heavy_ball), phase(s, 1, heavy_ball)]).rho
    heavy = train(s, x, [phase(s, 2)]).rho
    np.testing.assert_array_equal(heavy[1], plain[1])
    np.testing.assert_allclose(heavy[2] - plain[2], 0.7 * (plain[1] - plain[0]), rtol=1e-9, atol=1e-15)
    assert np.abs(plain[1]).max() > 0


def test_a_phase_starts_at_rest(natural, phase):
    s = natural()
    x = draw(s, 0)
    kept = train(s, x, [phase(s, 4)], record_every=4)
    forgotten = train(s, x, [phase(s, 2), phase(s, 2)], record_every=4)
    assert np.abs(kept.rho[-1] - forgotten.rho[-1]).max() > 1e-3


def test_replicas_that_stop_take_their_memory_with_them(natural, phase):
    settings = [natural(step=step) for step in (0.5, 4.0, 1.0)]
    samples = [draw(s, seed) for seed, s in enumerate(settings)]
    schedules = [[phase(settings[0], 60)]] * 3
    tol = 0.3
    together = train_ensemble(settings, samples, schedules, tol=tol)
    assert len({run.epoch[-1] for run in together}) > 1
    for k, run in enumerate(together):
        alone = train(settings[k], samples[k], schedules[k], seed=k, tol=tol)
        np.testing.assert_array_equal(run.epoch, alone.epoch)
        np.testing.assert_allclose(run.rho, alone.rho, rtol=1e-9, atol=1e-12)
