"""`Phase` knows its rules and which of them need a radius."""

import copy
import pickle
import re

import numpy as np
import pytest

from dynamics import Phase, draw, train, train_network
from dynamics.engines.network import DIRECTIONS
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


NUMBERS = {"tau": 0.1, "group": 2, "flip": 0.1, "workers": 2}
WORDS = {
    "tau": ("a radius tau >= 0", "radius"),
    "group": ("groups of group >= 1 samples", "groups"),
    "flip": ("a probability flip between 0 and 1", "label flips"),
    "workers": ("a number of workers >= 1", "workers"),
}


def numbers(rule):
    return {name: NUMBERS[name] for name in RULES[rule].needs}


@pytest.mark.parametrize(("rule", "name"), [(rule, name) for rule in RULES for name in RULES[rule].needs])
def test_rules_need_their_numbers(rule, name):
    assert getattr(Phase(rule, 1, **numbers(rule)), name) == NUMBERS[name]
    with refused(name, None, f"rule '{rule}' needs {WORDS[name][0]}"):
        Phase(rule, 1, **numbers(rule) | {name: None})


@pytest.mark.parametrize(("rule", "name"), [(rule, k) for rule in RULES for k in NUMBERS if k not in RULES[rule].needs])
@pytest.mark.parametrize("zero", [True, False])
def test_rules_take_no_other_numbers(rule, name, zero):
    value = 0.0 if zero and name in ("tau", "flip") else NUMBERS[name]
    with refused(name, value, f"rule '{rule}' takes no {WORDS[name][1]}"):
        Phase(rule, 1, **numbers(rule) | {name: value})


@pytest.mark.parametrize(
    ("rule", "field", "value", "reason"),
    [
        ("m_sam", "group", 0, "it must be greater than or equal to 1"),
        ("m_sam", "group", 2.0, "it must be a valid integer"),
        ("label_noise", "flip", -0.1, "it must be greater than or equal to 0"),
        ("label_noise", "flip", 1.1, "it must be less than or equal to 1"),
        ("label_noise", "flip", NAN, "it must be a finite number"),
        ("local_sgd", "workers", 0, "it must be greater than or equal to 1"),
        ("local_sgd", "workers", True, "it must be a valid integer"),
        ("local_sgd", "average_every", 0, "it must be greater than or equal to 1"),
        ("sgd", "average_every", 2, "rule 'sgd' has no workers to average"),
        ("sgd", "replacement", 1, "it must be a valid boolean"),
    ],
)
def test_numbers_have_ranges(rule, field, value, reason):
    with refused(field, value, reason):
        Phase(rule, 1, **numbers(rule) | {field: value})


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        (Phase("m_sam", 1, 0.1, group=4), "Phase: group = 4 is not allowed: it must divide B = 6"),
        (Phase("local_sgd", 1, workers=3), "Phase: workers = 3 is not allowed: workers * B must divide n = 12"),
    ],
)
@pytest.mark.parametrize("engine", [train, train_network])
def test_numbers_fit_the_setting(natural, engine, phase, message):
    s = natural(n=12, B=6)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        engine(s, draw(s, 0), [Phase("sgd", 1), phase])


def test_what_is_not_given_is_not_shown():
    assert repr(Phase("sgd", 1)) == "Phase(rule='sgd', epochs=1, tau=None)"
    shown = "Phase(rule='local_sgd', epochs=1, tau=None, workers=2, average_every=3, replacement=True)"
    assert repr(Phase("local_sgd", 1, workers=2, average_every=3, replacement=True)) == shown


def test_unknown_field():
    with pytest.raises(ValueError, match=r"^Phase: unknown field lr = 0\.1; allowed: rule, epochs, tau, group, .*$"):
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
