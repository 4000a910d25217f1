"""Condition 3.1 as margins, and what the theorems prescribe, against numbers worked out by hand."""

import math
from dataclasses import replace

import pytest

from dynamics import Phase, Setting
from dynamics.units import regime
from theorems import catalogue
from theorems.condition import (
    margin,
    margins,
    reach_along_mu,
    small_signal_gain,
    t1_epochs,
    tau_paper,
    threshold_sam,
    threshold_sgd,
)
from verify.observe import observe

S = Setting(n=20, d=2000, m=10, P=2, mu_norm=4.0, sigma_p=1.0, p=0.1, sigma_0=1e-3, B=10, eta=0.01)

BY_HAND = {
    "d / (n ||mu||^2 / (P sigma_p)^2)": 25.0,  # 2000 / (20 * 16/4)
    "d / (B ||mu||^2 / (P sigma_p)^2)": 50.0,  # 2000 / (10 * 16/4)
    "d / n^2": 5.0,
    "m / log(n/delta)": 1.669040,  # 10 / log 400
    "n / log(m/delta)": 3.774784,  # 20 / log 200
    "||mu|| / (P sigma_p)": 2.0,
    "1 / p": 10.0,
    "1 / (sigma_0 P sigma_p d / sqrt(n))": 1.118034,  # sqrt(20) / (0.001 * 2 * 2000)
    "1 / (sigma_0 ||mu||)": 250.0,
    "1 / (eta P^2 sigma_p^2 d / B)": 0.125,  # 10 / (0.01 * 4 * 2000)
    "1 / (eta P^2 sigma_p^2 d^(3/2) / (B m))": 0.02795085,  # 100 / (0.01 * 4 * 89442.72)
}


def test_margins_by_hand():
    found = margins(S, delta=0.05)
    assert list(found) == list(BY_HAND)
    assert (margins(S), margin(S)) == (found, min(found.values()))
    for name, value in BY_HAND.items():
        assert found[name] == pytest.approx(value, rel=1e-6), name


POWERS = {
    "d / (n ||mu||^2 / (P sigma_p)^2)": {"d": 1, "n": -1, "mu_norm": -2, "P": 2, "sigma_p": 2},
    "d / (B ||mu||^2 / (P sigma_p)^2)": {"d": 1, "B": -1, "mu_norm": -2, "P": 2, "sigma_p": 2},
    "d / n^2": {"d": 1, "n": -2},
    "m / log(n/delta)": {"m": 1},
    "n / log(m/delta)": {"n": 1},
    "||mu|| / (P sigma_p)": {"mu_norm": 1, "P": -1, "sigma_p": -1},
    "1 / p": {"p": -1},
    "1 / (sigma_0 P sigma_p d / sqrt(n))": {"sigma_0": -1, "P": -1, "sigma_p": -1, "d": -1, "n": 0.5},
    "1 / (sigma_0 ||mu||)": {"sigma_0": -1, "mu_norm": -1},
    "1 / (eta P^2 sigma_p^2 d / B)": {"eta": -1, "P": -2, "sigma_p": -2, "d": -1, "B": 1},
    "1 / (eta P^2 sigma_p^2 d^(3/2) / (B m))": {"eta": -1, "P": -2, "sigma_p": -2, "d": -1.5, "B": 1, "m": 1},
}


@pytest.mark.parametrize(("name", "field", "power"), [(n, f, k) for n, fs in POWERS.items() for f, k in fs.items()])
def test_margins_move_with_their_powers(name, field, power):
    doubled = S.replace(**{field: 2 * getattr(S, field)})
    assert margins(doubled)[name] / margins(S)[name] == pytest.approx(2.0**power)


def test_thresholds_by_hand():
    assert threshold_sgd(S) == pytest.approx(6.324555, rel=1e-6)  # (2000/20)^(1/4) * 2
    assert threshold_sgd(S.replace(d=32 * 10**4, n=20, P=3, sigma_p=0.5)) == pytest.approx(16_000**0.25 * 1.5)
    assert threshold_sam(S) == 2
    assert threshold_sam(S.replace(P=5, sigma_p=0.5)) == 2.5


def test_t1_by_hand():
    assert t1_epochs(S) == 32  # 100 / (0.01 * 20 * 16) = 31.25
    assert t1_epochs(S.replace(eta=0.25, mu_norm=1.0)) == 20  # exactly
    assert t1_epochs(S.replace(eta=100.0)) == 1
    assert isinstance(t1_epochs(S), int)


def test_tau_by_hand():
    assert tau_paper(S) == pytest.approx(0.3535534, rel=1e-6)  # 10 sqrt(10) / (2 sqrt(2000)) = 1/sqrt(8)
    assert tau_paper(S.replace(m=30)) == pytest.approx(3 / math.sqrt(8))
    assert tau_paper(S.replace(d=8000, sigma_p=2.0)) == pytest.approx(1 / (4 * math.sqrt(8)))


@pytest.mark.parametrize(("P", "sigma_p"), [(2, 1.0), (4, 0.2)])
def test_natural_units(P, sigma_p):
    s = regime(n=12, d=900, m=5, mu_norm=3.0, B=4, P=P, sigma_p=sigma_p, p=0.1, step=0.2, start=0.03)
    assert s.eta * (P - 1) ** 2 * sigma_p**2 * 900 / (4 * 5) == pytest.approx(0.2)
    assert (P - 1) * s.sigma_0 * sigma_p * 30 == pytest.approx(0.03)
    assert (s.n, s.d, s.m, s.P, s.mu_norm, s.sigma_p, s.p, s.B) == (12, 900, 5, P, 3.0, sigma_p, 0.1, 4)


def start_of(world):
    """The observation of a world after two epochs of each phase."""
    short = tuple(f.model_copy(update={"epochs": min(f.epochs, 2)}) for f in world.phases)
    (o,) = observe(
        replace(
            world, phases=short, rival=(), record_every="step" if world.record_every == "step" else 1, test_samples=0
        ),
        [0],
    )
    return o


@pytest.mark.parametrize("id", catalogue)
def test_margins_of_a_statement_are_positive_numbers_where_it_is_checked(id):
    for world in catalogue[id].worlds:
        found = catalogue[id].hypotheses(start_of(world))
        assert all(float(value) > 0 for value in found.values())


@pytest.mark.parametrize("id", [id for id in catalogue if catalogue[id].hypotheses.__name__ == "hypotheses"])
def test_margins_do_not_depend_on_the_units(id):
    factor = 8.0
    for world in catalogue[id].worlds:
        s = world.setting
        scaled = s.replace(
            sigma_p=factor * s.sigma_p, mu_norm=factor * s.mu_norm, sigma_0=s.sigma_0 / factor, eta=s.eta / factor**2
        )
        phases = tuple(Phase(f.rule, f.epochs, None if f.tau is None else f.tau / factor) for f in world.phases)
        one, other = start_of(world), start_of(replace(world, setting=scaled, phases=phases))
        assert dict(catalogue[id].hypotheses(other)) == pytest.approx(dict(catalogue[id].hypotheses(one)), rel=1e-9)


def test_what_batches_teach_a_small_signal():
    # by hand, B = 2: {c, c'} teaches 1, {c, f'} and {f, c'} and {f, f'} take 1, {f, f} takes 2, all others nothing
    for p in (0.0, 0.1, 0.3):
        clean, flipped = (1 - p) / 2, p / 2
        gain = 2 * clean**2 - 2 * clean * flipped - 2 * flipped * clean - 2 * flipped**2 - 2 * flipped**2
        assert small_signal_gain(2, p) == pytest.approx(gain / 2)
        assert small_signal_gain(1, p) == pytest.approx(-p / 2)
        assert small_signal_gain(80, p) == pytest.approx(0.5 - p, abs=0.01)
    assert [small_signal_gain(B, 0.0) for B in (1, 2, 3, 4)] == pytest.approx([0, 1 / 4, 3 / 8, 7 / 16])


def test_the_reach_of_the_ascent_along_mu():
    # one sample of one class, half of the filters of its class active: the ascent of that gradient, written out
    s = Setting(n=2, d=100, m=4, P=3, mu_norm=2.0, sigma_p=0.5, p=0.0, sigma_0=0.1, B=1, eta=0.1)
    slope, tau = 0.4, 0.7
    norm = slope / s.m * (s.P - 1) * s.sigma_p * math.sqrt(s.d) * math.sqrt(s.m / 2)
    assert reach_along_mu(s, tau) == pytest.approx(tau * slope / s.m * s.mu_norm**2 / norm)
    assert reach_along_mu(s.replace(n=8, B=4), tau) == pytest.approx(2 * reach_along_mu(s, tau))
