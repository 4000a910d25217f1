"""Breaks that are too small to be refuted: with the controls, which are, they say how sharp a bound is looked at."""

from dataclasses import replace

import pytest

from theorems import catalogue
from theorems.sgd import activation_persistence, coefficient_scale, margin_is_memorisation, path
from theorems.statement import no_hypotheses
from verify.check import check, check_control

SURVIVORS = {
    "alpha a quarter": ("coefficient_scale", lambda o: coefficient_scale.claim(o, alpha_factor=0.25), 0),
    "0.2 n SNR^2 alpha": ("coefficient_scale", lambda o: coefficient_scale.claim(o, gamma_constant=0.2), 1),
    "5 % more than what is memorised": (
        "margin_is_memorisation",
        lambda o: margin_is_memorisation.claim(o, times=1.05),
        0,
    ),
}


def test_persistence_survives_three_times_the_dimension_that_breaks_it():
    statement = catalogue["activation_persistence"]
    apart = replace(activation_persistence.OVERLAPS, setting=path.world(n=50, B=50, d=300, m=60).setting)
    free = replace(statement, worlds=(apart,), hypotheses=no_hypotheses)
    assert check(free).status == "confirmed"
    assert check_control(statement, 0).status == "refuted"


@pytest.mark.parametrize("name", SURVIVORS)
def test_the_next_break_survives_and_the_control_does_not(name):
    id, claim, control = SURVIVORS[name]
    statement = replace(catalogue[id], worlds=catalogue[id].worlds[:1], draws={"quick": 1, "full": 1})
    assert check(replace(statement, claim=claim)).status == "confirmed"
    assert check_control(statement, control).status == "refuted"
