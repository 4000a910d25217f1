"""`Setting` accepts what the paper allows, refuses the rest in one sentence, and never changes."""

import copy
import pickle
import re

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


def refused(field, value, reason):
    return pytest.raises(
        ValueError, match=rf"^Setting: {field} = {re.escape(repr(value))} is not allowed: it must {reason}$"
    )


@pytest.mark.parametrize("value", [2.5, 2.0, NAN, INF, "2", True, np.True_, None, [2], 2j], ids=repr)
@pytest.mark.parametrize("field", COUNTS)
def test_counts_are_integers(field, value):
    shown = bool(value) if isinstance(value, np.bool_) else value
    with refused(field, shown, "be a valid integer"):
        Setting(**GOOD | {field: value})


@pytest.mark.parametrize("value", [0, -1, -(10**9)])
@pytest.mark.parametrize("field", COUNTS)
def test_counts_are_positive(field, value):
    with refused(field, value, f"be greater than or equal to {2 if field == 'P' else 1}"):
        Setting(**GOOD | {field: value})


def test_one_patch_is_not_enough():
    with refused("P", 1, "be greater than or equal to 2"):
        Setting(**GOOD | {"P": 1})


@pytest.mark.parametrize("value", [NAN, INF, -INF, np.float64("nan")], ids=repr)
@pytest.mark.parametrize("field", NUMBERS)
def test_numbers_are_finite(field, value):
    with refused(field, float(value), "be a finite number"):
        Setting(**GOOD | {field: value})


@pytest.mark.parametrize("value", ["1", "a", True, None, [1.0], 1j], ids=repr)
@pytest.mark.parametrize("field", NUMBERS)
def test_numbers_are_numbers(field, value):
    with refused(field, value, "be a valid number"):
        Setting(**GOOD | {field: value})


@pytest.mark.parametrize("field", NUMBERS)
def test_numbers_are_not_negative(field):
    allowed = "0" if field in ("sigma_p", "eta") else "or equal to 0"
    with refused(field, -1e-9, rf"be greater than {allowed}"):
        Setting(**GOOD | {field: -1e-9})


@pytest.mark.parametrize("value", [0, 0.0])
@pytest.mark.parametrize("field", ["sigma_p", "eta"])
def test_scale_and_learning_rate_are_positive(field, value):
    with refused(field, value, "be greater than 0"):
        Setting(**GOOD | {field: value})


@pytest.mark.parametrize("value", [0.5, 0.7, 1])
def test_less_than_half_of_the_labels_flip(value):
    with refused("p", value, r"be less than 0\.5"):
        Setting(**GOOD | {"p": value})


@pytest.mark.parametrize(("B", "do"), [(3, "2 or 4 do"), (19, "10 or 20 do"), (21, "20 does"), (40, "20 does")])
def test_batch_size_divides_n(B, do):
    with refused("B", B, f"divide n = 20, since no batch is short; {do}"):
        Setting(**GOOD | {"B": B})


def test_unknown_field_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"^Setting: unknown field lr = 0\.1; allowed: n, d, m, P, mu_norm, "):
        Setting(**GOOD, lr=0.1)


@pytest.mark.parametrize("field", GOOD)
def test_missing_field_is_named(field):
    with pytest.raises(ValueError, match=rf"^Setting: {field} is missing$"):
        Setting(**{name: value for name, value in GOOD.items() if name != field})


def test_every_wrong_field_is_named():
    with pytest.raises(ValueError, match=r"n = 0 .*; eta = nan .*"):
        Setting(**GOOD | {"n": 0, "eta": NAN})


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


@pytest.mark.parametrize("field", GOOD)
def test_frozen(field):
    s = Setting(**GOOD)
    with pytest.raises(ValueError, match="frozen"):
        setattr(s, field, GOOD[field])
    with pytest.raises(ValueError, match="frozen"):
        delattr(s, field)
    assert s == Setting(**GOOD)


def test_derived_numbers():
    s = Setting(**GOOD)
    assert s.H == 2
    assert s.snr == pytest.approx(4.0 / (2 * 2.0 * np.sqrt(2000)), rel=1e-15)
    assert Setting(**GOOD | {"B": 20}).H == 1


def test_replace_is_a_checked_copy():
    s = Setting(**GOOD)
    assert s.replace(eta=0.5) == Setting(**GOOD | {"eta": 0.5})
    assert s == Setting(**GOOD)
    with refused("B", 3, "divide n = 20, since no batch is short; 2 or 4 do"):
        s.replace(B=3)
    with pytest.raises(ValueError, match="unknown field lr"):
        s.replace(lr=0.5)


def test_equal_settings_are_one_key():
    assert {Setting(**GOOD): 1}[Setting(**GOOD)] == 1
    assert Setting(**GOOD) != Setting(**GOOD | {"d": 2001})


@pytest.mark.parametrize("move", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_travels_between_processes(move):
    assert move(Setting(**GOOD)) == Setting(**GOOD)
