"""The closed form of noise memorisation, against 400 digits and against the recursion that it bounds."""

from itertools import product

import mpmath
import numpy as np
import pytest

from dynamics.closed_form import iterate_memorisation, memorisation

OFFSETS = [1e-6, 1e-3, 0.1, 1.0, 2.5, 30.0, 1e3]
TIMES = [1e-300, 1e-30, 1e-12, 1e-8, 1e-3, 0.3, 1.0, 7.7, 50.0, 709.0, 1e3, 1e6, 1e12]  # c t


def exact(c, b, t):
    """`X = ct + b - W(b e^{ct+b})` in enough digits for every cancellation."""
    with mpmath.workdps(400):
        ct, b = mpmath.mpf(float(c)) * mpmath.mpf(float(t)), mpmath.mpf(float(b))
        return ct + b - omega(ct + b + mpmath.log(b))


def omega(u):
    """Lambert's `W(e^u)`, the root of `w + log w = u`, by Newton steps that check themselves."""
    w = mpmath.mpf(u) if u > 1 else mpmath.exp(u - 1)
    for _ in range(200):
        step = (w + mpmath.log(w) - u) / (1 + 1 / w)
        w = w - step if step < w else w / 2
        if abs(step) < abs(w) * 1000 * mpmath.eps:
            return w
    raise AssertionError("no convergence")


@pytest.mark.parametrize("c", [1e-3, 0.37, 20.0])
@pytest.mark.parametrize("b", OFFSETS)
def test_thirteen_digits(b, c):
    for ct in TIMES:
        t = ct / c
        reference = exact(c, b, t)
        assert abs(memorisation(c, b, t) - reference) <= 1e-13 * reference, f"ct = {ct}"


def test_arguments_whose_exponential_overflows():
    # b e^{ct + b} = b e^{1000} and far beyond
    for b, ct in product([1e-6, 1.0, 1e3], [1e3 - 1.0, 1e5, 1e9]):
        reference = exact(1.0, b, ct)
        assert abs(memorisation(1.0, b, ct) - reference) <= 1e-13 * reference


def test_satisfies_its_equation():
    c, b, t = np.meshgrid([0.01, 1.0], [0.1, 1.0, 20.0], [0.0, 1.0, 10.0, 500.0])
    X = memorisation(c, b, t)
    np.testing.assert_allclose(X + b * np.exp(X), c * t + b, rtol=1e-13)


@pytest.mark.parametrize("b", OFFSETS)
@pytest.mark.parametrize("c", [1e-3, 0.1, 1.0, 10.0])
def test_sandwiches_the_recursion(c, b):
    x = iterate_memorisation(c, b, 2000)
    X = memorisation(c, b, np.arange(2001))
    rounding = 1e-12 * np.maximum(x, 1e-300)
    assert (X <= x + rounding).all()
    assert (x <= X + c / (1 + b) + rounding).all()


def test_upper_side_of_the_sandwich_is_tight():
    # control: with half the allowance the bound fails
    x = iterate_memorisation(10.0, 1.0, 50)
    assert (x > memorisation(10.0, 1.0, np.arange(51)) + 0.5 * 10.0 / 2).any()


def test_iterates_the_recursion_as_written():
    x = iterate_memorisation(0.7, 1.3, 30)
    assert x.shape == (31,)
    np.testing.assert_allclose(np.diff(x), 0.7 / (1 + 1.3 * np.exp(x[:-1])), rtol=1e-12)
    assert iterate_memorisation(0.7, 1.3, 0).shape == (1,)
    # far beyond e^709 the increments underflow quietly instead of overflowing
    assert np.isfinite(iterate_memorisation(1e6, 1e-6, 3)).all()


@pytest.mark.parametrize("b", [1e-6, 0.1, 1.0, 30.0])
def test_flows_compose_in_time(b):
    c = 0.4
    for t1, t2 in product([0.0, 0.01, 1.0, 40.0], repeat=2):
        first = memorisation(c, b, t1)
        second = memorisation(c, b * np.exp(first), t2)  # restart: the state shifts into the offset
        np.testing.assert_allclose(first + second, memorisation(c, b, t1 + t2), rtol=1e-13)
