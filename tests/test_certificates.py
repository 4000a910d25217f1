"""Proofs in the place of a search: steps of the derivations whose slack is a closed form of the setting alone."""

import math
from dataclasses import replace

import pytest
import sympy as sp
from mpmath import iv
from sympy import log, sqrt

from dynamics import Phase, Setting
from theorems.sam.gradient_norm import norm_bound
from theorems.sam.stage import stage_bounds
from theorems.sgd import path
from verify.observe import observe

B, m, d, P, sigma_p, mu, tau, L, L1 = sp.symbols("B m d P sigma_p mu tau L L1", positive=True)
NORM = 2 * sqrt(2) * P * sigma_p * sqrt(d / (B * m))


def test_noise_is_learned_within_ten_steps():
    """`noise_prevention`: M' >= (s/2) / (1 + e^{M+e}) is 1 within (2/s)(1 + e^e (e - 1)) < 10/s, e small."""
    M, e = sp.symbols("M e", positive=True)
    time = 2 * sp.integrate(1 + sp.exp(M + e), (M, 0, 1))
    assert sp.simplify(time - 2 * (1 + sp.exp(e) * (sp.E - 1))) == 0
    assert (2 * (1 + iv.exp(iv.mpf([0, 0.8])) * (iv.e - 1))).b < 10


def test_pieces_of_the_path():
    """`theorems.sgd.path`: what is left beyond alpha/2, who gains less, and what slopes make of a lead, in symbols."""
    T, kappa, q, z, lead = sp.symbols("T kappa q z lead", positive=True)
    alpha = 4 * log(T)
    slope = sp.exp(-(sp.Rational(2, 5) * alpha / 2 - kappa))  # 0.4 m active filters at alpha/2, less kappa
    assert sp.simplify(T * slope - sp.exp(kappa) * T ** sp.Rational(1, 5)) == 0
    enough = q + (q - 1) * sp.exp(kappa)  # e^lead; the one behind has margin z >= -kappa
    room = (1 + enough * sp.exp(z - kappa)) - q * (1 + sp.exp(z - kappa))
    assert sp.simplify(room - (q - 1) * (sp.exp(z) - 1)) == 0  # at margin z - kappa: not negative for z >= 0, q >= 1
    steeper = sp.exp(lead) * (1 + sp.exp(z)) - (1 + sp.exp(z + lead))
    assert sp.simplify(steeper - (sp.exp(lead) - 1)) == 0  # slopes differ by e^lead at most


def test_rho_under_stays_below_alpha():
    """`theorems.sgd.path`: beta + tracking + (3/2) step <= alpha wherever the margins are 1, for two epochs and more.

    A lead of at most 5 leaves `4 kappa + 3 step <= 5`, and `kappa >= 1.5 beta + 2 tracking`; growth of at most alpha/2
    leaves `(3/2) step (1 + e^kappa T^(1/5)) <= alpha/2`.
    """
    for k in range(400):  # epochs from 2 to 2 e^40, and all beyond, where alpha only grows
        epochs = 2 * iv.exp(iv.mpf([k, k + 1]) / 10)
        for part in range(25):
            kappa = iv.mpf([part, part + 1]) / 20
            alpha = 4 * iv.log(epochs)
            start_and_cross = kappa / iv.mpf("1.5")
            steps = alpha / 2 / (1 + iv.exp(kappa) * epochs ** (iv.mpf(1) / 5))
            assert (alpha - start_and_cross - steps).a > 0
    o = next(iter(observe(replace(path.FULL, phases=(Phase("sgd", epochs=20),)), [0])))
    found, margins = path.path_bounds(o), path.hypotheses(o)
    assert found.kappa >= 1.5 * found.beta + 2 * found.tracking
    assert 5 / margins["5 / largest lead of a margin"] >= 4 * found.kappa + 3 * found.step
    growth = 1.5 * found.step * (1 + math.exp(found.kappa) * 20**0.2)
    assert margins["alpha/2 / growth beyond it"] == pytest.approx(2 * math.log(20) / growth)


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
