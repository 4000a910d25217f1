"""Batches are partitions of the samples, fresh every epoch, or exactly those that were given."""

from itertools import islice

import numpy as np
import pytest
from scipy.stats import chisquare

from dynamics import Phase, draw, train, train_network
from dynamics.batches import Draws, epochs_of_batches


@pytest.fixture
def s(natural):
    return natural(n=6, B=2)


@pytest.fixture
def x(s):
    return draw(s, 0)


@pytest.mark.parametrize("B", [1, 2, 3, 6])
def test_every_epoch_is_a_partition(natural, B):
    s = natural(n=6, B=B)
    for table in islice(epochs_of_batches(s, 0), 200):
        assert table.shape == (s.H, B)
        assert np.array_equal(np.sort(table, axis=None), np.arange(6))


def test_epochs_are_fresh_and_uniform(s):
    # false-alarm level 1e-6; 72 counts: position in the epoch of each sample, at two distances
    tables = np.array(list(islice(epochs_of_batches(s, 0), 6000))).reshape(6000, 6)
    for sample in range(6):
        assert chisquare(np.bincount(np.where(tables == sample)[1], minlength=6)).pvalue > 1e-6 / 12
    places = np.argsort(tables, axis=1)
    for sample in range(6):
        moves = (places[1:, sample] - places[:-1, sample]) % 6
        assert chisquare(np.bincount(moves, minlength=6)).pvalue > 1e-6 / 12


@pytest.mark.parametrize("engine", [train, train_network])
def test_recorded_batches_train_again_to_the_same_bits(s, x, engine, radius):
    phases = [Phase("sam", 3, radius(s)), Phase("sgd", 70)]  # beyond one block of 64 epochs
    run = engine(s, x, phases, seed=8, record_every="step")
    again = engine(s, x, phases, seed=9, batches=run.batches, record_every="step")
    assert np.array_equal(run.batches, again.batches)
    assert np.array_equal(run.rho, again.rho)
    assert np.array_equal(run.batches.reshape(73, 3, 2), list(islice(epochs_of_batches(s, 8), 73)))


@pytest.mark.parametrize("count", [1, 63, 65, 129, 300])
def test_epochs_taken_at_once_are_fresh_to_the_last(s, count):
    # they are drawn in blocks of 64
    draws, one_by_one = Draws(s, 3), list(islice(epochs_of_batches(s, 3), count + 1))
    assert np.array_equal(draws.epochs(Phase("sgd", 1), count), one_by_one[:count])
    assert np.array_equal(draws.epoch(Phase("sgd", 1)), one_by_one[count])


def test_a_long_run_without_records_reads_the_batches_of_one_with_records(natural, assert_same_run):
    s = natural(n=6, B=2, step=0.05)
    x = draw(s, 0)
    often, seldom = (train(s, x, [Phase("sgd", 400)], record_every=every) for every in (1, 400))
    assert np.array_equal(seldom.rho[-1], often.rho[-1])
    assert np.abs(often.rho[-1] - often.rho[128]).max() > 0.01


@pytest.mark.parametrize("B", [1, 2])
@pytest.mark.parametrize("every", ["step", 1, 3])
@pytest.mark.usefixtures("both_ways")
def test_every_batch_of_a_long_epoch_is_read(natural, radius, assert_same_run, B, every):
    # 8 and 4 steps an epoch; in each epoch each sample's noise is learned by some filter, the last batch's too
    s = natural(n=8, B=B, m=6)
    x = draw(s, 1)
    phases = [Phase("sgd", 3), Phase("sam", 3, radius(s))]
    run = train(s, x, phases, seed=4, record_every=every)
    assert_same_run(run, train_network(s, x, phases, seed=4, record_every=every))
    if every == 1:
        assert (np.diff(run.rho[:4], axis=0) != 0).any(axis=(1, 2)).all()


@pytest.mark.parametrize("kind", ["batches", "other batches", "flips", "batches with replacement"])
def test_what_a_run_draws_follows_its_seed(natural, kind):
    def drawn(seed):
        draws = Draws(natural(n=40, B=20), seed)
        return {
            "batches": lambda: draws.epoch(Phase("sgd", 1)),
            "other batches": draws.other,
            "flips": lambda: draws.flips(0.5),
            "batches with replacement": lambda: draws.epoch(Phase("sgd", 1, replacement=True)),
        }[kind]()

    assert np.array_equal(drawn(5), drawn(5))
    assert not np.array_equal(drawn(5), drawn(6))


def test_flipped_labels_follow_the_seed(natural):
    s = natural(n=60, B=60, p=0.4)
    flipped = [x.y != x.y_hat for x in (draw(s, 0), draw(s, 0), draw(s, 1))]
    assert np.array_equal(flipped[0], flipped[1])
    assert not np.array_equal(flipped[0], flipped[2])
