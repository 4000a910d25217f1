"""`train_ensemble` gives the numbers of a loop over `train`, replica by replica."""

import numpy as np
import pytest

from dynamics import Phase, draw, train, train_ensemble

pytestmark = pytest.mark.usefixtures("both_ways")

CELLS = [
    *({}, {"signal": 5.0}, {"d": 10**6}, {"d": 9}, {"sigma_p": 1e-3}, {"sigma_p": 50.0}),
    *({"p": 0.0}, {"p": 0.49}, {"step": 3.0}, {"start": 0.01}, {"P": 2}, {"P": 6}),
]


@pytest.fixture(scope="module")
def settings(natural):
    return [natural(**cell) for cell in CELLS]


@pytest.fixture(scope="module")
def samples(settings):
    frames = ["reduced", "ambient"]
    return [draw(s, 7 * k, frames[k % 2] if s.d < 100 else "reduced") for k, s in enumerate(settings)]


@pytest.mark.parametrize("record_every", [1, 4, "geometric", "step"])
def test_cells_that_differ_in_everything(settings, samples, radius, assert_same_run, record_every):
    schedules = [[Phase("sam", 5, radius(s) * 2.0 ** (k - 6)), Phase("sgd", 6)] for k, s in enumerate(settings)]
    seeds = [3 * k + 1 for k in range(len(settings))]
    runs = train_ensemble(settings, samples, schedules, seeds, record_every=record_every)
    for s, x, phases, seed, run in zip(settings, samples, schedules, seeds, runs, strict=True):
        assert run.setting == s
        assert run.sample is x
        assert_same_run(run, train(s, x, phases, seed, record_every=record_every))


def test_epochs_and_rules_that_differ(settings, samples, radius, assert_same_run):
    rules = [("sgd", "sam"), ("sam", "sgd"), ("sgd",)]
    schedules = []
    for k, s in enumerate(settings):
        schedule = [
            Phase(rule, 2 + (k + 2 * i) % 5, radius(s) if rule == "sam" else None)
            for i, rule in enumerate(rules[k % 3])
        ]
        schedules.append(schedule)
    runs = train_ensemble(settings, samples, schedules)
    assert len({run.epoch[-1] for run in runs}) > 3
    for k, (s, x, phases, run) in enumerate(zip(settings, samples, schedules, runs, strict=True)):
        assert run.epoch[-1] == sum(phase.epochs for phase in phases)
        assert_same_run(run, train(s, x, phases, seed=k))


@pytest.mark.parametrize("record_every", [1, 7, "geometric", "step"])
@pytest.mark.parametrize("B", [2, 6])
def test_every_replica_stops_on_its_own(natural, radius, assert_same_run, B, record_every):
    settings = [natural(B=B, step=step) for step in (1.0, 0.1, 1.5, 0.4, 0.7)]
    samples = [draw(s, k) for k, s in enumerate(settings)]
    schedules = [[Phase("sam", 3, radius(s) / 20), Phase("sgd", 20)] for s in settings]
    runs = train_ensemble(settings, samples, schedules, record_every=record_every, tol=0.1)
    ends = [int(run.epoch[-1]) for run in runs]
    assert len(set(ends)) > 2
    for k, run in enumerate(runs):
        s, x, phases = settings[k], samples[k], schedules[k]
        assert_same_run(run, train(s, x, phases, seed=k, record_every=record_every, tol=0.1))
        full = train(s, x, phases, seed=k)  # one record an epoch
        below = np.flatnonzero(full.loss[1:] <= 0.1) + 1
        assert ends[k] == (below[0] if below.size else 23)
        np.testing.assert_allclose(run.loss[-1], full.loss[ends[k]], rtol=1e-9)


@pytest.mark.parametrize(("n", "m", "B"), [(6, 3, 2), (20, 10, 20), (100, 60, 100)])
def test_bits_do_not_depend_on_what_is_trained_together(natural, radius, n, m, B):
    cells = [natural(n=n, m=m, B=B, P=2, d=10**5, step=step) for step in (0.3, 0.5, 0.9)]
    samples = [draw(s, k) for k, s in enumerate(cells)]
    schedules = [[Phase("sam", 4, radius(s)), Phase("sgd", 4)] for s in cells]
    runs = train_ensemble(cells, samples, schedules)
    backwards = train_ensemble(cells[::-1], samples[::-1], schedules[::-1], range(3)[::-1])[::-1]
    for k, (run, again) in enumerate(zip(runs, backwards, strict=True)):
        alone = train(cells[k], samples[k], schedules[k], seed=k)
        for name in ("gamma", "rho", "loss"):
            assert np.array_equal(getattr(run, name), getattr(alone, name)), name
            assert np.array_equal(getattr(run, name), getattr(again, name)), name
