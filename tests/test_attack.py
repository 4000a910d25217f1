"""The attack: what it finds, that it repeats itself, how cases replay, and what it answers to bad input."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import command

from dynamics import draw
from dynamics.sample import Sample
from theorems import catalogue
from theorems.condition import t1_epochs, tau_paper
from verify.attack.attack import as_json, attack, counterexample, resumed, row, table, targets
from verify.attack.case import case_of, load, measured_again, replay, save
from verify.attack.confirm import confirm
from verify.attack.family import AXES, MOVES, Family, Point, from_natural, moved, natural
from verify.attack.methods import evolution
from verify.attack.plants import PLANTS, Plant, recall
from verify.attack.probe import Limits, Look, affordable, objective, probe
from verify.attack.script import program
from verify.attack.search import Findings, make_round
from verify.attack.shrink import shrunk

GRADIENT = Plant("gradient_norm", "||grad||_F", 0.05)
MINE = "from dataclasses import replace\nfrom verify.attack.plants import Plant\n"
MINE += "MINE = replace(Plant('gradient_norm', '||grad||_F', 0.05).statement, id='mine_norm')\n"
SIGNAL = Plant("signal_learning", "gamma_jr(T_1)", 2.12)


def fallen(plant=GRADIENT):
    """Return the family of a statement with a fault that is easy to find, and the worst failure."""
    family = Family.of(plant.statement)
    found = make_round(family, Findings(plant.id), evaluations=4)
    return family, found.broken[0]


@pytest.mark.parametrize("id", ["gradient_norm", "noise_prevention", "tau_rule"])
def test_family_returns_its_own_worlds_and_follows_the_prescriptions(id):
    family = Family.of(catalogue[id])
    for k, world in enumerate(catalogue[id].worlds[:4]):
        assert family.world(family.base(k)) == world
        units = natural(world.setting)
        assert natural(from_natural(units)) == pytest.approx(units)
    home = family.base(0)
    there = family.decode(home, np.full(len(family.axes), 0.3))
    assert there.setting.m > home.setting.m
    assert there.setting.B > home.setting.B
    if id == "noise_prevention":
        (phase,) = family.world(there).phases
        assert phase.epochs == t1_epochs(there.setting)
        assert phase.tau == pytest.approx(tau_paper(there.setting))
    assert Point.from_dict(json.loads(json.dumps(there.to_dict()))) == there


def test_no_coordinate_leaves_its_range():
    family = Family.of(catalogue["gradient_norm"])
    for by in (-1e3, 1e3):
        point = family.decode(family.base(0), np.full(len(family.axes), by))
        units = natural(point.setting) | {"delta": point.delta} | dict(zip(MOVES, point.moves, strict=True))
        for name, value in units.items():
            spare = 1e-9 * abs(value)
            assert AXES[name].low - spare <= value <= AXES[name].high + spare


@pytest.mark.parametrize("move", range(len(MOVES)))
def test_a_move_is_as_long_as_it_says(move):
    s = catalogue["gradient_norm"].worlds[0].setting
    x, a = draw(s, 1), 0.5
    moves = [0.0] * len(MOVES)
    assert moved(s, x, moves) is x
    moves[move] = a
    there = moved(s, x, moves)
    j = np.array([1.0, -1.0])[:, None]
    on_mu = ((there.xi - x.xi) @ x.mu, (there.w0 - x.w0) @ x.mu)
    if MOVES[move] == "lengths":
        np.testing.assert_allclose(np.linalg.norm(there.xi, axis=1), np.exp(a * x.y / 4) * np.linalg.norm(x.xi, axis=1))
    elif MOVES[move] == "on_mu":
        np.testing.assert_allclose(on_mu[0], a * x.y * s.sigma_p * s.mu_norm)
    elif MOVES[move] == "together":
        np.testing.assert_allclose(np.linalg.norm(there.xi - x.xi, axis=1), a * s.sigma_p * s.d**0.25)
        np.testing.assert_allclose(on_mu[0], 0, atol=1e-9)
    elif MOVES[move] == "start_on_mu":
        np.testing.assert_allclose(on_mu[1], a * j * s.sigma_0 * s.mu_norm * np.ones((2, s.m)))
    else:
        gained = ((there.w0 - x.w0) @ (x.y[:, None] * x.xi).sum(0)) * j
        np.testing.assert_allclose(gained, a * s.sigma_0 * np.linalg.norm((x.y[:, None] * x.xi).sum(0)))


def test_objective_puts_inside_below_outside_below_what_is_not_evaluated():
    family = Family.of(catalogue["gradient_norm"])
    inside = probe(family, family.base(0), Limits())
    outside = probe(family, replace(family.base(0), delta=0.5, moves=(0, 40.0, 0, 0, 0)), Limits())
    over = probe(family, family.base(0), Limits(work=1.0))
    assert [look.status for look in (inside, outside, over)] == ["inside", "outside", "over budget"]
    found = [objective(look, "||grad||_F") for look in (inside, outside, over)]
    assert -1 <= found[0] < 1 < found[1] < 200 <= found[2]
    near, far = (Look("outside", {"a": margin}, {}) for margin in (0.9, 0.5))
    assert objective(near, "a") < objective(far, "a")
    assert probe(family, affordable(family, family.base(0), Limits(work=2e7)), Limits(work=2e7)).status != "over budget"


def test_planted_fault_that_the_worlds_confirm_is_found():
    (found,) = recall([SIGNAL], evaluations=400)
    assert found.found
    assert 3 < found.evaluations <= 400


def test_identity_survives():
    family = Family.of(catalogue["decomposition"])
    found = make_round(family, make_round(family, Findings("decomposition")), evaluations=20)
    assert found.inside > 5
    assert not found.broken
    assert not found.first


def test_same_seed_and_budget_give_the_same_findings_on_any_number_of_workers(tmp_path):
    wanted = targets(["signal_learning", "noise_norms"])
    *_, one = attack(wanted, evaluations=12, executor=ThreadPoolExecutor(1))
    *_, two = attack(wanted, evaluations=12, workers=2)
    plain = [[f.to_dict() | {"seconds": 0} for f in found.values()] for found in (one, two)]
    assert plain[0] == plain[1]
    (tmp_path / "a.json").write_text(json.dumps(as_json(one, 0, {})))
    back = resumed(tmp_path / "a.json")
    assert back == one
    *_, more = attack(wanted[:1], evaluations=20, before=back, executor=ThreadPoolExecutor(1))
    after, before = more["signal_learning"], one["signal_learning"]
    assert after.evaluations == 20
    assert after.rounds == before.rounds + 1


def test_counterexample_is_shrunk_replayed_and_classed(tmp_path):
    family, worst = fallen()
    small = shrunk(family, worst.point, worst.label, evaluations=60)
    s = small.setting
    assert worst.label in probe(family, small, Limits()).broken
    assert (s.n, s.m) < (worst.point.setting.n, worst.point.setting.m)
    assert s.P == 2
    case = case_of(family, small, worst.label)
    assert 0 < case.step <= sum(phase.epochs for phase in case.world.phases) * s.H
    seen = confirm(case, family.statement, draws=5)
    assert seen.other_engine is True
    assert 0 < seen.fresh <= seen.fresh_inside
    assert seen.grade == ("genuine" if case.measured > 2 * case.bound else "a constant of ours")
    assert confirm(case, catalogue[case.id], draws=1).grade == "outside the hypotheses after all"  # it holds unplanted
    save(case, tmp_path / "case.toml")
    answer = replay(load(tmp_path / "case.toml"), family.statement)
    assert answer.answer == "fails"
    assert answer.same_bits
    assert replay(load(tmp_path / "case.toml")).answer == "holds"


def test_moved_data_are_kept_bit_for_bit(tmp_path):
    family, worst = fallen()
    point = replace(worst.point, moves=(0.1, 0.2, 0.1, -0.1, 0.3), batches="sorted")
    save(case_of(family, point, worst.label), tmp_path / "case.toml")
    back = load(tmp_path / "case.toml")
    assert isinstance(back.sample, Sample)
    assert replay(back, family.statement).same_bits


def test_step_at_which_a_case_fails_is_the_first():
    family, worst = fallen()
    case = case_of(family, worst.point, worst.label)
    norms = [i.measured for i in (family.statement.claim(case.observe()))]
    assert measured_again(case, family.statement).step == case.step
    assert norms[0] == case.measured


def test_program_runs_without_the_suite_and_agrees(tmp_path):
    family, worst = fallen()
    case = case_of(family, shrunk(family, worst.point, worst.label, evaluations=40), worst.label)
    text = program(case)
    assert len(text.splitlines()) <= 60
    assert "verify" not in text
    assert "dynamics" not in text
    (tmp_path / "case.py").write_text(text)
    ran = subprocess.run(
        [sys.executable, "-I", "case.py"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.rstrip().endswith("FAILS")
    assert float(ran.stdout.split()[1].rstrip(",")) == pytest.approx(case.measured, rel=1e-6)
    with pytest.raises(ValueError, match="no plain program measures 'other'"):
        program(replace(case, label="other"))


def test_statement_of_ones_own_is_attacked(tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from dataclasses import replace\nfrom theorems import catalogue\n"
        "from verify.attack.plants import Plant\n"
        "MINE = replace(Plant('gradient_norm', '||grad||_F', 0.05).statement, id='mine')\n"
    )
    wanted = targets(file=mine)
    *_, found = attack(wanted, evaluations=6, executor=ThreadPoolExecutor(1))
    assert found["mine"].broken
    assert "mine" in table(found, {})
    fell = counterexample(wanted[0], found["mine"], Limits(work=2e7))
    assert fell is not None
    assert fell.worst.measured >= fell.worst.bound
    with pytest.raises(ValueError, match="the file defines mine"):
        targets(["theirs"], file=mine)


def test_empty_region_says_what_is_missed():
    statement = replace(catalogue["noise_norms"], hypotheses=lambda o: {"never": 0.93}, id="empty")
    found = make_round(Family.of(statement), Findings("empty"), evaluations=3)
    assert "no setting inside the hypotheses in 2 tries; the nearest misses margin 'never' at 0.93" in row(found)


def raising(o):
    raise ZeroDivisionError("by nothing")


BAD = {
    "zero budget": (lambda t: list(attack(targets(["noise_norms"]), evaluations=0)), "evaluations = 0 is not allowed"),
    "two budgets": (lambda t: list(attack([], evaluations=1, minutes=1)), "one of them is the budget"),
    "no worlds": (lambda t: targets(["gap"]), "it has no worlds, so nothing to attack"),
    "unknown": (lambda t: targets(["gradient_nrom"]), "nearest known ones: gradient_norm"),
    "raises": (
        lambda t: make_round(Family.of(replace(catalogue["noise_norms"], claim=raising)), Findings("noise_norms")),
        "statement 'noise_norms' raised ZeroDivisionError",
    ),
    "no file": (lambda t: load(t / "none.toml"), "No such file"),
    "foreign case": (lambda t: load(written(t, "format = 'other'")), "and says 'other'"),
    "other version": (lambda t: load(written(t, "format = 'samverify case 2'")), "and says 'samverify case 2'"),
    "no TOML": (lambda t: load(written(t, "{{{")), "and is no TOML"),
    "half a case": (lambda t: load(written(t, "format = 'samverify case 1'")), "lacks the field"),
    "foreign findings": (lambda t: resumed(written(t, "{}")), "that `samverify attack --json` wrote"),
    "nothing loaded": (lambda t: targets(file=written(t, "x = 1")), "defines no Statement"),
    "load fails": (lambda t: targets(file=written(t, "1/0")), "line 1 raised ZeroDivisionError"),
}


def written(folder: Path, text: str) -> Path:
    (folder / "file.py").write_text(text)
    return folder / "file.py"


@pytest.mark.parametrize(("run", "sentence"), BAD.values(), ids=list(BAD))
def test_bad_input_is_one_sentence(run, sentence, tmp_path):
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        run(tmp_path)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_command_attacks_writes_a_case_and_replays_it(tmp_path):
    mine = written(tmp_path, MINE)

    code, out, _ = command(
        "attack", "--load", mine, "--evaluations", 4, "--cases", tmp_path, "--json", tmp_path / "a.json"
    )
    assert code == 1
    assert "a constant of ours" in " ".join(out.split()) or "genuine" in out
    assert resumed(tmp_path / "a.json")["mine_norm"].evaluations == 4
    case = tmp_path / "mine_norm.toml"
    code, out, _ = command("check", "--case", case)
    assert (code, "bit for bit" in out) == (1, True)
    case.write_text(case.read_text("utf-8").replace("mine_norm", "gradient_norm"), "utf-8")
    code, out, _ = command("check", "--case", case)
    assert code == 0  # the statement of the catalogue has no fault
    assert "the case is none: the inequality holds" in out
    assert "bit for bit" not in out
    assert command("attack", "gap")[0] == command("attack", "--minutes", "0")[0] == 2


def test_evolution_finds_a_minimum_within_its_evaluations():
    seen = []

    def f(u):
        seen.append(float(((u - 0.5) ** 2).sum()))
        return seen[-1]

    evolution(f, 3, 120, 1, 0.5)
    assert len(seen) <= 130
    assert min(seen) < 1e-2 * seen[0]


def test_all_plants_name_an_inequality_of_their_statement():
    for plant in PLANTS:
        family = Family.of(plant.statement)
        look = probe(family, affordable(family, family.base(0), Limits()), Limits())
        assert plant.id in catalogue
        assert look.status != "inside" or plant.label in (*look.inequalities, "")


@pytest.mark.parametrize("id", ["harmful_overfitting", "benign_overfitting"])
def test_theorems_whose_worlds_cost_more_are_looked_at_there(id):
    family = Family.of(catalogue[id])
    look = probe(family, family.base(0, 7), Limits.of(family))
    assert look.status == "inside"
    assert not look.broken
    assert probe(family, family.base(0, 7), Limits()).status == "over budget"


def test_stage_of_sam_follows_its_share_of_t1():
    family = Family.of(catalogue["sam_benign"])  # twice T_1 in its first world
    far = family.world(replace(family.base(0), setting=family.base(0).setting.replace(m=30, eta=1e-5)))
    assert far.phases[0].epochs == pytest.approx(2 * t1_epochs(far.setting), abs=2)
