"""The search turned outward: one margin is brought down alone, or it is said that it cannot be."""

from dataclasses import replace

import numpy as np
import pytest

from figures.true_region.measure import NEAR, _asked, _brought_down
from theorems import catalogue
from theorems.sgd import path
from theorems.statement import worst
from verify.attack.family import Family

HOME = path.world(n=4, B=4, m=6, epochs=5)
FAMILY = Family(replace(catalogue["balanced_logits"], worlds=(HOME,)), ("m", "d", "start", "delta"))


def dimension(o):
    return {"d": o.world.setting.d / 10**12, "m": o.world.setting.m / 5}


@pytest.mark.parametrize("level", [0.3, 0.01])
def test_a_margin_is_brought_down_while_the_others_hold(level):
    found = _brought_down(FAMILY, dimension, "d", level, FAMILY.base(0), 40)
    assert abs(np.log10(found.setting.d / 10**12 / level)) <= NEAR
    assert found.setting.m >= 5


def test_a_margin_that_another_follows_cannot_be_broken_alone():
    def tied(o):
        return {"d": o.world.setting.d / 10**12, "again": o.world.setting.d / 10**12}

    assert _brought_down(FAMILY, tied, "d", 0.1, FAMILY.base(0), 20) is None


def test_draws_are_asked_only_where_the_others_hold():
    point = replace(FAMILY.base(0), setting=HOME.setting.replace(d=10**10))
    holds = replace(catalogue["balanced_logits"], hypotheses=dimension, claim=lambda o: (worst("x", 1, "<=", 2),))
    fails = replace(holds, claim=lambda o: (worst("x", 3, "<=", 2),))
    outside = replace(holds, hypotheses=lambda o: dimension(o) | {"m": 0.5})
    asked = _asked(FAMILY, {"holds": holds, "fails": fails, "outside": outside}, "d", point, 2)
    assert {id: answer[:2] for id, answer in asked.items()} == {"holds": (2, 2), "fails": (0, 2)}
