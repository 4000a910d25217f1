"""`Phase` knows its rules and which of them need a radius."""

import copy
import pickle
import re

import numpy as np
import pytest

from dynamics import Phase
from dynamics.network import DIRECTIONS
from dynamics.rules import RULES

NAN, INF = float("nan"), float("inf")


def refused(field, value, reason):
    return pytest.raises(ValueError, match=rf"^Phase: {field} = {re.escape(repr(value))} is not allowed: {reason}$")


@pytest.mark.parametrize("rule", ["adam", "SGD", "", "sam "])
def test_unknown_rule(rule):
    with refused("rule", rule, f"it must be one of {', '.join(sorted(RULES))}"):
        Phase(rule, 1)


@pytest.mark.parametrize("rule", [1, None, ["sgd"], True], ids=repr)
def test_rule_is_a_word(rule):
    with refused("rule", rule, "it must be a valid string"):
        Phase(rule, 1)


@pytest.mark.parametrize("epochs", [1.5, 2.0, NAN, INF, "3", True, None], ids=repr)
def test_epochs_are_an_integer(epochs):
    with refused("epochs", epochs, "it must be a valid integer"):
        Phase("sgd", epochs)


def test_epochs_are_not_negative():
    with refused("epochs", -1, "it must be greater than or equal to 0"):
        Phase("sgd", -1)


@pytest.mark.parametrize(
    ("tau", "reason"),
    [
        (-1e-9, "be greater than or equal to 0"),
        (NAN, "be a finite number"),
        (INF, "be a finite number"),
        ("1", "be a valid number"),
        (True, "be a valid number"),
        ([0.1], "be a valid number"),
    ],
    ids=repr,
)
def test_radius_is_a_length(tau, reason):
    with refused("tau", tau, f"it must {reason}"):
        Phase("sam", 1, tau)


@pytest.mark.parametrize("rule", [rule for rule in RULES if RULES[rule].needs_tau])
def test_rules_that_look_ahead_need_a_radius(rule):
    with refused("tau", None, f"rule '{rule}' needs a radius tau >= 0"):
        Phase(rule, 1)


@pytest.mark.parametrize("rule", [rule for rule in RULES if not RULES[rule].needs_tau])
@pytest.mark.parametrize("tau", [0.0, 0.1])
def test_other_rules_take_no_radius(rule, tau):
    with refused("tau", tau, f"rule '{rule}' takes no radius"):
        Phase(rule, 1, tau)


def test_unknown_field():
    with pytest.raises(ValueError, match=r"^Phase: unknown field lr = 0\.1; allowed: rule, epochs, tau$"):
        Phase("sgd", 1, lr=0.1)


def test_by_position_and_by_name():
    assert Phase("sam", 3, 0.1) == Phase(rule="sam", epochs=3, tau=0.1) == Phase("sam", tau=0.1, epochs=3)
    assert Phase("sgd", 3).tau is None
    assert Phase("sam", 0, 0).tau == 0.0


def test_numpy_scalars_are_accepted():
    phase = Phase(np.str_("sam"), np.int32(3), np.float32(0.25))
    assert phase == Phase("sam", 3, 0.25)
    assert type(phase.epochs) is int
    assert type(phase.tau) is float


@pytest.mark.parametrize("field", ["rule", "epochs", "tau"])
def test_frozen(field):
    phase = Phase("sam", 3, 0.1)
    with pytest.raises(ValueError, match="frozen"):
        setattr(phase, field, getattr(phase, field))
    assert hash(phase) == hash(Phase("sam", 3, 0.1))


@pytest.mark.parametrize("move", [copy.deepcopy, lambda phase: pickle.loads(pickle.dumps(phase))])
def test_travels_between_processes(move):
    assert move(Phase("sam", 3, 0.1)) == Phase("sam", 3, 0.1)


def test_both_engines_know_the_same_rules():
    assert DIRECTIONS.keys() == RULES.keys()
