"""`Setting` is what the paper allows, in Python's own numbers, and never changes."""

import pickle

import numpy as np
import pytest

from dynamics import Setting

GOOD = dict(n=20, d=2000, m=10, P=3, mu_norm=4.0, sigma_p=2.0, p=0.1, sigma_0=1e-3, B=10, eta=0.01)
COUNTS = ["n", "d", "m", "P", "B"]
LIMITS = [
    *({"mu_norm": 0}, {"sigma_0": 0.0}, {"p": 0}, {"p": 0.4999}, {"B": 1}, {"B": 20}, {"n": 1, "B": 1}),
    *({"m": 1}, {"d": 1}, {"d": 10**15}, {"P": 2}, {"eta": 1e-300}, {"eta": 5}),
]


@pytest.mark.parametrize("changes", LIMITS, ids=str)
def test_limits_are_allowed(changes):
    assert Setting(**GOOD | changes).model_dump() | changes == GOOD | changes


@pytest.mark.parametrize("field", GOOD)
def test_numbers_of_numpy_are_accepted(field):
    value, own = (np.int16(10), int) if field in COUNTS else (np.float32(0.25), float)
    changed = getattr(Setting(**GOOD | {field: value}), field)
    assert (changed, type(changed)) == (value, own)


def test_derived_numbers_and_checked_copies():
    s = Setting(**GOOD)
    assert (s.H, s.replace(B=20).H) == (2, 1)
    assert s.snr == pytest.approx(4.0 / (2 * 2.0 * np.sqrt(2000)), rel=1e-15)
    assert s.replace(eta=0.5) == Setting(**GOOD | {"eta": 0.5})
    assert s == Setting(**GOOD) == pickle.loads(pickle.dumps(s))
