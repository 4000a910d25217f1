"""Proofs in the place of a search: steps of the derivations whose slack is a closed form of the setting alone."""

import sympy as sp
from mpmath import iv
from sympy import log, sqrt

from dynamics import Setting
from theorems.sam.gradient_norm import norm_bound
from theorems.sam.stage import stage_bounds

B, m, d, P, sigma_p, mu, tau, L, L1 = sp.symbols("B m d P sigma_p mu tau L L1", positive=True)
NORM = 2 * sqrt(2) * P * sigma_p * sqrt(d / (B * m))


def upper_sum(f, low, high, pieces):
    """Return an upper bound of the integral of f, from interval values on equal pieces."""
    width = (iv.mpf(high) - low) / pieces
    return sum(f(low + width * iv.mpf([k, k + 1])) * width for k in range(pieces)).b


def test_noise_is_learned_within_t1():
    """`noise_prevention`: for every A >= 5 and small terms up to 0.1, v = u + M passes 2 by u = 1."""
    e = iv.exp

    def time(v):  # with a = 1/A in [0, 1/5]: (1 + x)/(1 + x + A) = a (1 + x)/(a (1 + x) + 1), which rises in a and v
        a, small = iv.mpf([0, 1]) / 5, iv.mpf([0, 1]) / 10
        x = a * (1 + e(v + small))
        return 1 - 1 / (1 + x)

    largest = upper_sum(time, 0, 2, 400)
    assert 0.9 < largest < 0.92  # 0.908 in the docstring, and below 1 with room
    assert (1 / (1 + e(iv.mpf("2.1")))).a > 0.1  # the slope until then


def test_slopes_of_small_outputs():
    """`deactivation`: |f| <= log 3 gives 1/4 <= |l'| <= 3/4."""
    f = sp.Interval(-log(3), log(3))
    z = sp.Symbol("z", real=True)
    slope = 1 / (1 + sp.exp(z))
    assert sp.is_decreasing(slope, f, z)
    assert [sp.simplify(slope.subs(z, end)) for end in (f.end, f.start)] == [sp.Rational(1, 4), sp.Rational(3, 4)]


def test_gradient_norm_adds_up_to_its_bound():
    """`gradient_norm`: with `B ||mu||^2 = 2 (2P - 1) sigma_p^2 d` the bound is met with equality, for every setting."""
    square = 4 / (B * m) * (2 * (P - 1) ** 2 * sigma_p**2 * d + 2 * (2 * P - 1) * sigma_p**2 * d)
    assert sp.simplify(square - NORM**2) == 0
    s = Setting(n=6, d=50, m=7, P=3, mu_norm=1.0, sigma_p=0.5, p=0.1, sigma_0=0.1, B=3, eta=0.1)
    values = {B: 3, m: 7, d: 50, P: 3, sigma_p: sp.Rational(1, 2)}
    assert abs(norm_bound(s) - float(NORM.subs(values))) < 1e-12


def test_shift_is_the_gradient_over_its_bound():
    """`deactivation`: c is the lower bound of `-<grad, xi_k>` over that of the norm, in the unit of the lemma."""
    own = (P - 1) * (sigma_p**2 * d / 8 - 2 * (B - 1) * sigma_p**2 * sqrt(d * L))
    least = (own - B * mu * sigma_p * sqrt(2 * L1)) / (B * m)
    c = (
        (P - 1)
        / P
        / (4 * sqrt(2))
        * (sp.Rational(1, 4) - 4 * (B - 1) * sqrt(L / d) - 2 * B * mu * sqrt(2 * L1) / ((P - 1) * sigma_p * d))
    )
    assert sp.simplify(tau * least / NORM / (tau * sigma_p * sqrt(d) / sqrt(B * m)) - c) == 0
    s = Setting(n=6, d=10**6, m=7, P=3, mu_norm=2.0, sigma_p=0.5, p=0.1, sigma_0=1e-6, B=3, eta=1e-9)
    logs = {L: log(6 * 36 / sp.Rational(1, 20)), L1: log(36 / sp.Rational(1, 20))}
    value = c.subs(logs | {B: 3, P: 3, d: 10**6, sigma_p: sp.Rational(1, 2), mu: 2})
    assert abs(stage_bounds(s, 5, 0.1, 0.05).shift - float(value)) < 1e-12
