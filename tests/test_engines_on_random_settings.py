"""Both engines agree on settings that nobody chose."""

import numpy as np
import pytest
from experiments import experiments
from hypothesis import given
from hypothesis import strategies as st

from dynamics import draw, train, train_network

pytestmark = pytest.mark.usefixtures("both_ways")


@given(data=st.data())
def test_random_settings(natural, radius, assert_same_run, data):
    s, phases, seed, frame = data.draw(experiments(natural, radius))
    x = draw(s, seed, frame)
    run = train(s, x, phases, seed, record_every="step")
    other = train_network(s, x, phases, seed, record_every="step")
    assert np.isfinite(run.loss).all()
    # with d <= n the vectors are dependent and only the weights are unique
    assert_same_run(run, other, coefficients=s.d > s.n and s.mu_norm > 0)
