"""The mutations fit the tree as it stands; no mutant is run here (see `python -m tests.trust.mutation`)."""

import ast
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.trust import mutation as runner
from tests.trust.mutations import MUTATIONS, Mutation
from theorems import catalogue

ROOT = Path(__file__).parents[2]
TOO_SLOW = {
    "benign_overfitting",
    "harmful_overfitting",
    "sam_benign",
    "headline",
    "sam_boundary",
    "gap",
    "sgd_boundary",
}
EACH = pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name for mutation in MUTATIONS])


def functions_of(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@EACH
def test_applies_to_the_tree_and_leaves_it_python(mutation):
    after = runner.mutated((ROOT / mutation.file).read_text(encoding="utf-8"), mutation)
    ast.parse(after)
    assert after != (ROOT / mutation.file).read_text(encoding="utf-8")


@EACH
def test_changes_code_and_not_words(mutation):
    before = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert ast.dump(ast.parse(before)) != ast.dump(ast.parse(runner.mutated(before, mutation)))


@EACH
def test_flips_the_theory_or_what_happens(mutation):
    assert mutation.file.startswith(("dynamics/", "theorems/", "verify/", "figures/"))


@EACH
def test_names_what_turns_red(mutation):
    assert mutation.tests or mutation.checks or mutation.controls
    assert mutation.why
    for target in mutation.tests:
        file, *function = target.split("::")
        assert (ROOT / "tests" / file).is_file(), target
        assert set(function) <= functions_of(ROOT / "tests" / file), target
    for id in mutation.checks + mutation.controls:
        assert id in catalogue
        assert id not in TOO_SLOW


def test_names_are_unique():
    assert max(Counter(mutation.name for mutation in MUTATIONS).values()) == 1
    assert max(Counter((mutation.file, mutation.old, mutation.new) for mutation in MUTATIONS).values()) == 1


def test_there_are_enough():
    assert len(MUTATIONS) >= 32
    assert sum(bool(mutation.checks or mutation.controls) for mutation in MUTATIONS) >= 12
    assert {mutation.file.split("/")[0] for mutation in MUTATIONS} == {"dynamics", "theorems", "verify", "figures"}


@pytest.mark.parametrize("source", ["a = 2\n", "a = 1\nb = a = 1\n"], ids=["gone", "twice"])
def test_a_stale_mutation_is_an_error_that_names_it(source):
    stale = Mutation("one more", "dynamics/setting.py", "a = 1", "a = 2", "nothing", tests=("test_setting.py",))
    with pytest.raises(ValueError, match=r"^mutation 'one more' is stale: .*dynamics/setting\.py"):
        runner.mutated(source, stale)
    assert runner.mutated("a = 1\n", stale) == "a = 2\n"


def test_an_unknown_mutation_is_an_error(capsys):
    assert runner.main(["--only", "no such thing"]) == 2
    assert "mutation 'no such thing' is not known" in capsys.readouterr().err


def test_the_copy_is_what_is_imported(tmp_path):
    runner.copy_tree(ROOT, tmp_path / "copy")
    runner.assert_imported_from(tmp_path / "copy")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RuntimeError, match="would be imported in the place of the copy"):
        runner.assert_imported_from(tmp_path / "empty")


def test_only_red_kills(tmp_path):
    trial = runner.Trial("test", "test_setting.py")
    red, green, broken = (runner.Outcome(trial, colour, colour) for colour in ("red", "green", "broken"))
    results = [runner.Result(MUTATIONS[0], found, 1.0) for found in ((green, red), (green,), (broken,))]
    assert [r.killed_by for r in results] == [("red",), (), ()]
    assert [r.verdict for r in results] == ["red", "survived", "survived; broken"]
    runner.write_whole(tmp_path / "mutation.json", runner.as_json(results))
    found = json.loads((tmp_path / "mutation.json").read_text(encoding="utf-8"))
    assert found["survived"] == [MUTATIONS[0].name] * 2
    assert {"commit", "numpy", "date"} <= found["provenance"].keys()
    assert [path.name for path in tmp_path.iterdir()] == ["mutation.json"]
