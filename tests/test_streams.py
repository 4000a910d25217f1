"""One seed, three streams that share nothing."""

from itertools import combinations

import numpy as np
import pytest

from dynamics.streams import BATCHES, DRAW, TEST, stream


@pytest.mark.parametrize("purpose", [DRAW, BATCHES, TEST])
def test_equal_seeds_equal_numbers(purpose):
    first, again = (stream(seed, purpose).random(100) for seed in (7, np.int64(7)))
    assert np.array_equal(first, again)


def test_purposes_and_seeds_share_no_numbers():
    streams = [stream(seed, purpose).random(100) for seed in range(5) for purpose in (DRAW, BATCHES, TEST)]
    for first, second in combinations(streams, 2):
        assert not np.intersect1d(first, second).size


def test_large_seeds():
    assert stream(2**100, DRAW).random() != stream(2**100 + 1, DRAW).random()
