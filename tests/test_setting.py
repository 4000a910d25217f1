"""`Setting` accepts what the paper allows, refuses the rest in one sentence, and never changes."""

import copy
import pickle

import numpy as np
import pytest

from dynamics import Setting

GOOD = {
    "n": 20,
    "d": 2000,
    "m": 10,
    "P": 3,
    "mu_norm": 4.0,
    "sigma_p": 2.0,
    "p": 0.1,
    "sigma_0": 1e-3,
    "B": 10,
    "eta": 0.01,
}
COUNTS = ["n", "d", "m", "P", "B"]
NUMBERS = ["mu_norm", "sigma_p", "p", "sigma_0", "eta"]
NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "changes",
    [
        {"mu_norm": 0},
        {"sigma_0": 0.0},
        {"p": 0},
        {"p": 0.4999},
        {"B": 1},
        {"B": 20},
        {"n": 1, "B": 1},
        {"m": 1},
        {"d": 1},
        {"d": 10**15},
        {"P": 2},
        {"eta": 1e-300},
        {"eta": 5},
    ],
    ids=str,
)
def test_limits_are_allowed(changes):
    s = Setting(**GOOD | changes)
    for name, value in changes.items():
        assert getattr(s, name) == value


@pytest.mark.parametrize("field", COUNTS)
@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint16])
def test_numpy_integers_are_accepted(field, kind):
    changed = Setting(**GOOD | {field: kind(10)})
    assert getattr(changed, field) == 10
    assert type(getattr(changed, field)) is int


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_numpy_numbers_are_accepted(field, kind):
    changed = Setting(**GOOD | {field: kind(0.25)})
    assert getattr(changed, field) == 0.25
    assert type(getattr(changed, field)) is float


def test_derived_numbers():
    s = Setting(**GOOD)
    assert s.H == 2
    assert s.snr == pytest.approx(4.0 / (2 * 2.0 * np.sqrt(2000)), rel=1e-15)
    assert Setting(**GOOD | {"B": 20}).H == 1


def test_replace_is_a_checked_copy():
    s = Setting(**GOOD)
    assert s.replace(eta=0.5) == Setting(**GOOD | {"eta": 0.5})
    assert s == Setting(**GOOD)


@pytest.mark.parametrize("move", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_travels_between_processes(move):
    assert move(Setting(**GOOD)) == Setting(**GOOD)
