"""Condition 3.1 as margins, and what the theorems prescribe, against numbers worked out by hand."""

import math
from dataclasses import replace

import pytest

from dynamics import Phase, Setting, draw
from theorems import catalogue
from theorems.condition import (
    LINES,
    margin,
    margins,
    reach_along_mu,
    signal_limit,
    small_signal_gain,
    t1_epochs,
    tau_paper,
    threshold_sam,
    threshold_sgd,
)
from theorems.statement import Observation, World
from theorems.worlds import prevention, regime, sam_stage, sgd_stage
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
    for name, value in BY_HAND.items():
        assert found[name] == pytest.approx(value, rel=1e-6), name


def test_margins_by_hand_elsewhere():
    s = Setting(n=9, d=81, m=4, P=5, mu_norm=3.0, sigma_p=0.2, p=0.25, sigma_0=0.5, B=3, eta=2.0)  # P sigma_p = 1
    found = list(margins(s, delta=0.1).values())
    by_hand = [1, 3, 1, 4 / math.log(90), 9 / math.log(40), 3, 4, 3 / 40.5, 1 / 1.5, 3 / 162, 12 / 1458]
    assert found == pytest.approx(by_hand, rel=1e-12)


# powers with which each margin moves where one parameter doubles (those with logarithms: see below)
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
LOGARITHMS = {("m / log(n/delta)", "n"): (400, 800), ("n / log(m/delta)", "m"): (200, 400)}


def test_the_table_holds_the_powers():
    assert {line.name: dict(line.powers) for line in LINES} == POWERS


@pytest.mark.parametrize("name", Setting.model_fields)
def test_each_margin_moves_with_its_power(name):
    before, after = margins(S), margins(S.replace(**{name: 2 * getattr(S, name)}))
    for line, powers in POWERS.items():
        expected = 2.0 ** powers.get(name, 0)
        if (line, name) in LOGARITHMS:
            small, large = LOGARITHMS[line, name]
            expected = math.log(small) / math.log(large)
        assert after[line] / before[line] == pytest.approx(expected, rel=1e-12), line


def test_delta_enters_the_logarithms_only():
    one, other = margins(S, delta=0.05), margins(S, delta=0.2)
    changed = {line for line in one if one[line] != other[line]}
    assert changed == {"m / log(n/delta)", "n / log(m/delta)"}
    assert other["m / log(n/delta)"] == pytest.approx(10 / math.log(100))
    assert other["n / log(m/delta)"] == pytest.approx(20 / math.log(50))


def test_margin_is_the_smallest():
    assert margin(S) == pytest.approx(0.02795085, rel=1e-6)
    assert margin(S) == min(margins(S).values())
    easy = S.replace(eta=1e-9, mu_norm=1.0)
    assert margin(easy) == margins(easy)["||mu|| / (P sigma_p)"] == 0.5
    small = S.replace(eta=1e-9)
    assert margin(small, delta=1e-300) == pytest.approx(10 / math.log(20e300))


def test_lines_that_ask_for_nothing_are_infinite():
    assert margins(S.replace(p=0.0))["1 / p"] == math.inf
    still = margins(S.replace(sigma_0=0.0))
    assert still["1 / (sigma_0 P sigma_p d / sqrt(n))"] == still["1 / (sigma_0 ||mu||)"] == math.inf
    silent = margins(S.replace(mu_norm=0.0))
    assert silent["||mu|| / (P sigma_p)"] == 0
    assert {line for line, value in silent.items() if value == math.inf} == {
        "d / (n ||mu||^2 / (P sigma_p)^2)",
        "d / (B ||mu||^2 / (P sigma_p)^2)",
        "1 / (sigma_0 ||mu||)",
    }
    assert math.isfinite(margin(S.replace(p=0.0, sigma_0=0.0)))


def test_thresholds_by_hand():
    assert threshold_sgd(S) == pytest.approx(6.324555, rel=1e-6)  # (2000/20)^(1/4) * 2
    assert threshold_sgd(S.replace(d=32 * 10**4, n=20, P=3, sigma_p=0.5)) == pytest.approx(16_000**0.25 * 1.5)
    assert threshold_sam(S) == 2
    assert threshold_sam(S.replace(P=5, sigma_p=0.5)) == 2.5


@pytest.mark.parametrize("s", [S, S.replace(P=5, sigma_p=0.5), S.replace(n=200, B=10)])
def test_at_its_limit_the_signal_meets_its_line_exactly(s):
    assert margins(s.replace(mu_norm=signal_limit(s)))["d / (n ||mu||^2 / (P sigma_p)^2)"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("name", "factor", "power"), [("d", 16, 1 / 4), ("n", 16, -1 / 4), ("P", 2, 1), ("sigma_p", 3, 1), ("eta", 2, 0)]
)
def test_threshold_of_sgd_has_the_powers_of_theorem_3_2(name, factor, power):
    moved = S.replace(**{name: factor * getattr(S, name)})
    assert threshold_sgd(moved) / threshold_sgd(S) == pytest.approx(factor**power, rel=1e-12)


def test_t1_by_hand():
    assert t1_epochs(S) == 32  # 100 / (0.01 * 20 * 16) = 31.25
    assert t1_epochs(S.replace(eta=0.25, mu_norm=1.0)) == 20  # exactly
    assert t1_epochs(S.replace(eta=100.0)) == 1
    assert isinstance(t1_epochs(S), int)


def test_t1_without_signal_is_refused():
    with pytest.raises(ValueError, match=r"^mu_norm = 0 is not allowed: without signal T_1 is infinite$"):
        t1_epochs(S.replace(mu_norm=0.0))


def test_tau_by_hand():
    assert tau_paper(S) == pytest.approx(0.3535534, rel=1e-6)  # 10 sqrt(10) / (2 sqrt(2000)) = 1/sqrt(8)
    assert tau_paper(S.replace(m=30)) == pytest.approx(3 / math.sqrt(8))
    assert tau_paper(S.replace(d=8000, sigma_p=2.0)) == pytest.approx(1 / (4 * math.sqrt(8)))


def test_sam_stage_is_made_of_these():
    assert (sam_stage(S).rule, sam_stage(S).epochs, sam_stage(S).tau) == ("sam", 32, tau_paper(S))
    assert (sgd_stage(S).rule, sgd_stage(S).epochs, sgd_stage(S).tau) == ("sgd", 32, None)


@pytest.mark.parametrize(("P", "sigma_p"), [(2, 1.0), (4, 0.2)])
def test_natural_units(P, sigma_p):
    s = regime(n=12, d=900, m=5, mu_norm=3.0, B=4, P=P, sigma_p=sigma_p, p=0.1, step=0.2, start=0.03)
    assert s.eta * (P - 1) ** 2 * sigma_p**2 * 900 / (4 * 5) == pytest.approx(0.2)
    assert (P - 1) * s.sigma_0 * sigma_p * 30 == pytest.approx(0.03)
    assert (s.n, s.d, s.m, s.P, s.mu_norm, s.sigma_p, s.p, s.B) == (12, 900, 5, P, 3.0, sigma_p, 0.1, 4)


@pytest.mark.parametrize(("n", "B", "P", "sigma_p"), [(100, 100, 2, 1.0), (30, 10, 2, 1.0), (30, 15, 4, 0.2)])
def test_prevention_lasts_625_epochs(n, B, P, sigma_p):
    s = prevention(n=n, m=40, B=B, P=P, sigma_p=sigma_p)
    assert n * s.snr**2 == pytest.approx(0.08)
    assert t1_epochs(s) in (625, 626)  # rounded up from 625, to rounding


@pytest.mark.parametrize("id", ["gradient_norm", "harmful_overfitting"])
def test_without_signal_their_hypotheses_on_its_strength_are_infinitely_far_inside(id):
    s = S.replace(mu_norm=0.0)
    found = catalogue[id].hypotheses(Observation(World(s, phases=(Phase("sgd", epochs=1),)), 0, draw(s, 0)))
    (line,) = (value for name, value in found.items() if name.endswith(("/ ||mu||", "/ (B ||mu||^2)")))
    assert line == math.inf


def start_of(world):
    """The observation of a world after two epochs of each phase."""
    short = tuple(Phase(f.rule, min(f.epochs, 2), f.tau) for f in world.phases)
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
