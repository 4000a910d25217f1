"""Every optimiser in both engines, and where one is another in disguise."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from dynamics import Phase, Sample, draw, train, train_ensemble, train_network
from dynamics.batches import Draws, epochs_of_batches
from dynamics.engines.coefficients import BatchView, Labels
from dynamics.replay import replay
from dynamics.rules import RULES, sam, sam_per_filter

pytestmark = pytest.mark.usefixtures("both_ways")

NUMBERS = {"group": 2, "flip": 0.3, "workers": 3}
FREE = {rule: RULES[rule] for rule in RULES if "workers" not in RULES[rule].needs}


@pytest.fixture
def phase(natural, radius):
    """A phase of a rule, with numbers that make it differ from SGD and SAM."""

    def of(s, rule, epochs, **others):
        needs = RULES[rule].needs
        tau = radius(s) if "tau" in needs else None
        if rule == "sam_unnormalised":
            tau *= radius(s)
        return Phase(rule, epochs, tau, **{name: NUMBERS[name] for name in needs if name != "tau"} | others)

    return of


@pytest.fixture(params=["B<n", "B=n"])
def s(natural, request):
    return natural(n=12, B=4) if request.param == "B<n" else natural(n=12, B=12)


@pytest.mark.parametrize("rule", FREE)
@pytest.mark.parametrize("replacement", [False, True])
def test_both_engines_train_alike(s, phase, assert_same_run, rule, replacement):
    x = draw(s, 1)
    phases = [phase(s, rule, 6, replacement=replacement), Phase("sgd", 3), phase(s, rule, 3, replacement=replacement)]
    run = train(s, x, phases, seed=2, record_every="step")
    assert_same_run(run, train_network(s, x, phases, seed=2, record_every="step"))
    plain = train(s, x, [Phase("sgd", 12)], seed=2, record_every="step")
    assert rule == "sgd" or np.abs(run.rho[-1] - plain.rho[-1]).max() > 0.01 * np.abs(plain.rho[-1]).max()


@pytest.mark.parametrize("rule", ["local_sgd", "local_sam", "local_label_noise"])
@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("average_every", [None, 2, 4])
@pytest.mark.parametrize("record_every", ["step", 3])
def test_both_engines_train_workers_alike(
    natural, phase, assert_same_run, rule, replacement, average_every, record_every
):
    s = natural(n=12, B=2)
    x = draw(s, 1)
    local = phase(s, rule, 6, average_every=average_every, replacement=replacement)
    phases = [local, Phase("sgd", 2), local]
    run = train(s, x, phases, seed=2, record_every=record_every)
    assert_same_run(run, train_network(s, x, phases, seed=2, record_every=record_every))


@pytest.mark.parametrize("rule", RULES)
def test_an_ensemble_is_a_loop(natural, phase, rule):
    s = natural(n=12, B=2, step=2.0)
    samples = [draw(s, seed) for seed in range(4)]
    schedule = [phase(s, rule, 40)]
    tol = 0.45
    runs = train_ensemble(s, samples, schedule, seeds=[5, 6, 7, 8], tol=tol, record_every=7)
    for x, seed, run in zip(samples, [5, 6, 7, 8], runs, strict=True):
        alone = train(s, x, schedule, seed=seed, tol=tol, record_every=7)
        assert np.array_equal(run.epoch, alone.epoch)
        assert np.array_equal(run.rho, alone.rho)
        assert np.array_equal(run.loss, alone.loss)


def same(s, x, one, two, batches=None, rtol=1e-10):
    one, two = (train(s, x, phase, batches=batches, record_every="step") for phase in (one, two))
    assert np.abs(one.rho - two.rho).max() < rtol * np.abs(two.rho).max()
    assert np.abs(one.gamma - two.gamma).max() < rtol * np.abs(two.gamma).max()


def test_unnormalised_sam_with_the_radius_over_the_norm_is_sam(natural, radius):
    s = natural(B=6)
    x, tau = draw(s, 0), radius(s)
    norm = next(replay(train(s, x, Phase("sam", 1, tau), record_every="step"))).gradient_norm
    same(s, x, Phase("sam_unnormalised", 1, tau / norm), Phase("sam", 1, tau))


def test_each_filter_moves_by_its_share_of_the_radius():
    rng = np.random.default_rng(0)
    V = rng.standard_normal((1, 5, 40))
    W = rng.standard_normal((1, 40, 6))
    labels = Labels(np.array([[1.0, -1, 1, 1]]), np.array([[1.0, -1, 1, -1]]), np.full((1, 1, 1), 2.0))
    view = BatchView(V @ W, V @ V.swapaxes(1, 2), labels)
    moved = []

    class Watching(BatchView):
        def gradient(self, at=None):
            if at is not None:
                moved.append(np.linalg.norm(V.swapaxes(1, 2) @ at, axis=1)[0])
            return super().gradient(at)

    watched = Watching(view.z, view.K, view.labels)
    sam_per_filter(watched, np.full((1, 1, 1), 0.3))
    sam(watched, np.full((1, 1, 1), 0.3))
    np.testing.assert_allclose(moved[0], 0.3 / np.sqrt(6), rtol=1e-12)
    assert np.linalg.norm(moved[1]) == pytest.approx(0.3, rel=1e-12)
    assert np.ptp(moved[1]) > 0.01


def test_no_flips_and_only_flips(s, phase):
    x = draw(s, 0)
    same(s, x, phase(s, "label_noise", 8, flip=0.0), Phase("sgd", 8))
    turned = Sample.from_arrays(**vars(x) | {"y": -x.y})
    one = train(s, x, phase(s, "label_noise", 8, flip=1.0))
    two = train(s, turned, Phase("sgd", 8))
    assert np.abs(one.rho - two.rho).max() < 1e-12 * np.abs(two.rho).max()


def test_labels_are_flipped_as_often_as_was_said(natural):
    draws = Draws(natural(n=12, B=4), 0)
    flips = np.array([draws.flips(0.3) for _ in range(5_000)])
    assert flips.shape == (5_000, 4)
    assert abs(flips.mean() - 0.3) < 5 * np.sqrt(0.21 / 20_000)
    assert abs((flips[1:] & flips[:-1]).mean() - 0.09) < 5 * np.sqrt(0.09 / 20_000)  # afresh at each step


def test_workers_of_one_step_are_a_full_batch(natural, phase):
    s = natural(n=12, B=4)
    x = draw(s, 0)
    local = train(s, x, phase(s, "local_sgd", 8, workers=3))
    whole = train(s.replace(B=12), x, Phase("sgd", 8))
    assert np.abs(local.rho - whole.rho).max() < 1e-12 * np.abs(whole.rho).max()
    apart = train(s, x, phase(s, "local_sgd", 8, workers=3, average_every=8))
    assert np.abs(apart.rho - whole.rho).max() > 1e-3 * np.abs(whole.rho).max()


@pytest.mark.parametrize("rule", ["sgd", "sam"])
def test_workers_that_never_meet_are_runs_on_their_shards(natural, phase, radius, rule):
    s = natural(n=12, B=4)
    x, tau = draw(s, 0), radius(s) if rule == "sam" else None
    run = train(s, x, phase(s, f"local_{rule}", 9, average_every=9))
    shard = s.replace(n=4)
    alone = []
    for k in range(3):
        own = slice(4 * k, 4 * k + 4)
        part = {name: getattr(x, name)[own] for name in ("xi", "y", "y_hat", "signal_patch")}
        alone.append(train(shard, replace(x, **part), Phase(rule, 9, tau)).weights(-1))
    mean = np.mean(alone, axis=0)
    assert np.abs(run.weights(-1) - mean).max() < 1e-12 * np.abs(mean).max()


def test_each_worker_reads_its_own_samples_once(natural):
    s = natural(n=12, B=2)
    phase = Phase("local_sgd", 1, workers=3)
    draws, orders = Draws(s, 0), set()
    for _ in range(50):
        table = draws.epoch(phase).reshape(3, 4)
        assert np.array_equal(np.sort(table, axis=1), np.arange(12).reshape(3, 4))
        orders.add(tuple(table[0]))
    assert len(orders) > 15  # of 24
    drawn = np.array([draws.epoch(Phase("local_sgd", 1, workers=3, replacement=True)) for _ in range(50)])
    assert np.array_equal(np.unique(drawn.reshape(50, 3, 4)[:, 1]), [4, 5, 6, 7])


@pytest.mark.parametrize(
    "wanted", [{}, {"replacement": True}, {"workers": 3}, {"workers": 3, "replacement": True}], ids=str
)
@pytest.mark.parametrize("given", [False, True], ids=["drawn", "given"])
def test_epochs_at_once_are_those_one_by_one(natural, wanted, given):
    s = natural(n=12, B=4 if "workers" not in wanted else 2)
    phase = Phase("local_sgd" if "workers" in wanted else "sgd", 1, **wanted)
    table = np.stack(list(islice(epochs_of_batches(s, 5), 200))) if given else None
    draws, again = Draws(s, 3, table), Draws(s, 3, table)
    counts = (1, 2, 63, 64, 70)
    at_once = np.concatenate([draws.epochs(phase, count) for count in counts])
    np.testing.assert_array_equal(at_once, [again.epoch(phase) for _ in range(sum(counts))])
    assert at_once.shape == (200, s.H, s.B)
    assert len(np.unique(at_once.reshape(200, -1), axis=0)) > 190


def test_batches_with_replacement_are_uniform_and_independent(natural):
    s = natural(n=12, B=4)
    draws = Draws(s, 0)
    drawn = np.array([draws.epoch(Phase("sgd", 1, replacement=True)) for _ in range(2_000)])
    assert drawn.shape == (2_000, 3, 4)
    assert abs(np.bincount(drawn.reshape(-1), minlength=12) / 2_000 - 1).max() < 0.12  # five standard errors
    twice = (drawn[..., 0] == drawn[..., 1]).mean()
    assert abs(twice - 1 / 12) < 5 * np.sqrt(1 / 12 / 6_000)


@pytest.mark.parametrize("rule", FREE)
@pytest.mark.parametrize("B", [2, 6])
def test_a_sample_that_is_named_twice_counts_twice(natural, phase, assert_same_run, rule, B):
    s = natural(n=6, B=B)
    x = draw(s, 0)
    batches = np.array([[0, 0, 3, 3, 3, 5], [1, 2, 2, 2, 2, 2], [4, 4, 4, 4, 4, 4]]).reshape(3, s.H, B)
    phases = phase(s, rule, 3, replacement=True)
    run = train(s, x, phases, batches=batches, record_every="step")
    assert_same_run(run, train_network(s, x, phases, batches=batches, record_every="step"))
    assert np.array_equal(run.batches, batches.reshape(-1, B))
    moved = np.abs(train(s, x, Phase("sgd", 3, replacement=True), batches=batches).rho[1]).max((0, 1))
    assert min(moved[0], moved[3], moved[5]) > 0
    assert max(moved[1], moved[2], moved[4]) == 0
