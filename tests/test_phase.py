"""`Phase` knows its rules and which of them need a radius."""

import numpy as np
import pytest

from dynamics import Phase
from dynamics.engines.network import DIRECTIONS
from dynamics.rules import RULES

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
    with pytest.raises(ValueError, match=f"{name} = None is not allowed: rule '{rule}' needs {WORDS[name][0]}"):
        Phase(rule, 1, **numbers(rule) | {name: None})


@pytest.mark.parametrize(("rule", "name"), [(rule, k) for rule in RULES for k in NUMBERS if k not in RULES[rule].needs])
@pytest.mark.parametrize("zero", [True, False])
def test_rules_take_no_other_numbers(rule, name, zero):
    value = 0.0 if zero and name in ("tau", "flip") else NUMBERS[name]
    with pytest.raises(ValueError, match=f"rule '{rule}' takes no {WORDS[name][1]}"):
        Phase(rule, 1, **numbers(rule) | {name: value})


def test_numpy_scalars_are_accepted():
    phase = Phase(np.str_("sam"), np.int32(3), np.float32(0.25))
    assert phase == Phase("sam", 3, 0.25)
    assert type(phase.epochs) is int
    assert type(phase.tau) is float


def test_both_engines_know_the_same_rules():
    assert DIRECTIONS.keys() == RULES.keys()
