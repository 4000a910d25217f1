"""What the findings on variants are read off: schedules, units, and worlds that differ in the rule only."""

import math

import numpy as np
import pytest

from dynamics import Phase, draw, train
from dynamics.replay import replay
from dynamics.units import natural
from theorems import catalogue
from theorems.beyond.variants.gap_robustness import BASE, world
from theorems.beyond.variants.schedules import (
    AT_MOST,
    KEEPERS,
    LOSERS,
    OTHERS,
    norm_at_start,
    sam,
    sam_momentum,
    setting_of,
    shorter_singles,
    unnormalised,
    with_replacement,
)
from theorems.condition import t1_epochs, tau_paper

S = natural(BASE.replace(d=100_000), step=0.5)
ALL = {**KEEPERS, **LOSERS, **OTHERS}


@pytest.mark.parametrize("name", ALL)
def test_every_schedule_fits_its_setting_and_ends_in_its_descent(name):
    phases = ALL[name](S)
    for phase in phases:
        phase.check_fits(S)
    assert phases[-1].epochs == AT_MOST
    assert phases[-1].tau is None
    assert len({phase.replacement for phase in phases}) == 1


def test_the_norm_at_the_start_is_that_of_the_gradient():
    s = S.replace(P=4, sigma_p=0.5)
    found = [next(replay(train(s, draw(s, k), Phase("sgd", 1), record_every="step"))).gradient_norm for k in range(10)]
    assert np.mean(found) == pytest.approx(norm_at_start(s), rel=0.05)
    assert unnormalised(s)[0].tau * norm_at_start(s) == pytest.approx(tau_paper(s))


def test_schedules_by_hand():
    assert sam(S) == (Phase("sam", t1_epochs(S), tau_paper(S)), Phase("sgd", AT_MOST))
    tenth = setting_of(sam_momentum, S)
    assert tenth.eta == pytest.approx(S.eta / 10)
    assert abs(sam_momentum(tenth)[0].epochs - t1_epochs(S)) <= 1
    assert shorter_singles(S)[0].tau * math.sqrt(S.B) == pytest.approx(tau_paper(S))
    assert with_replacement(sam(S))[0] == Phase("sam", t1_epochs(S), tau_paper(S), replacement=True)


@pytest.mark.parametrize("id", ["gap_robustness", "gap_lost"])
def test_ladders_move_the_dimension_only(id):
    for ladder in catalogue[id].ladders:
        fields = [
            {k: v for k, v in w.setting.model_dump().items() if k not in ("d", "eta", "sigma_0", "mu_norm")}
            for _, worlds in ladder.rungs
            for w in worlds
        ]
        assert all(field == fields[0] for field in fields), ladder.name
        assert [w.setting.d for _, worlds in ladder.rungs for w in worlds[:1]] == [value for value, _ in ladder.rungs]


def test_worlds_are_in_natural_units():
    for d in (10_000, 400_000):
        s = world(BASE.replace(d=d), sam).setting
        assert s.eta * (s.P - 1) ** 2 * s.sigma_p**2 * s.d / (s.B * s.m) == pytest.approx(0.5)
