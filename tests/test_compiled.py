"""The compiled run hands batches over in tables of bounded size; nothing else may depend on that."""

import numpy as np
import pytest

from dynamics import Phase, draw, train
from dynamics.engines import compiled


@pytest.mark.parametrize("ahead", [1, 2, 5])
@pytest.mark.parametrize("tol", [None, 0.3])
def test_the_size_of_the_tables_changes_no_bit(natural, radius, monkeypatch, ahead, tol):
    s = natural(step=1.0)
    x, phases = draw(s, 0), [Phase("sam", 20, radius(s)), Phase("sgd", 37)]
    at_once = train(s, x, phases, record_every=100, tol=tol)
    monkeypatch.setattr(compiled, "_AHEAD", ahead)
    in_parts = train(s, x, phases, record_every=100, tol=tol)
    for name in ("step", "gamma", "rho", "loss"):
        np.testing.assert_array_equal(getattr(in_parts, name), getattr(at_once, name))
    assert (at_once.epoch[-1] < 57) == (tol is not None)  # the run did stop where it was asked to
