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
FOLDERS = {"dynamics", "theorems", "verify", "sweeps", "figures"}
TOO_SLOW = {
    "benign_overfitting",
    "harmful_overfitting",
    "sam_benign",
    "headline",
    "sam_boundary",
    "gap",
    "sgd_boundary",
}


def functions_of(file):
    return {node.name for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_each_changes_code_and_names_what_turns_red():
    for mutation in MUTATIONS:
        before = (ROOT / mutation.file).read_text(encoding="utf-8")
        after = runner.mutated(before, mutation)  # refused if it is stale
        assert ast.dump(ast.parse(before)) != ast.dump(ast.parse(after)), mutation.name  # code, not words
        assert mutation.tests or mutation.checks or mutation.controls, mutation.name
        assert mutation.why
        for target in mutation.tests:
            file, *function = target.split("::")
            assert set(function) <= functions_of(ROOT / "tests" / file), target
        assert set(mutation.checks + mutation.controls) <= set(catalogue) - TOO_SLOW, mutation.name
    assert max(Counter(mutation.name for mutation in MUTATIONS).values()) == 1
    assert max(Counter((mutation.file, mutation.old, mutation.new) for mutation in MUTATIONS).values()) == 1
    assert len(MUTATIONS) >= 200
    assert {mutation.file.split("/")[0] for mutation in MUTATIONS} == FOLDERS


@pytest.mark.parametrize("source", ["a = 2\n", "a = 1\nb = a = 1\n"], ids=["gone", "twice"])
def test_a_stale_mutation_is_an_error_that_names_it(source):
    stale = Mutation("one more", "dynamics/setting.py", "a = 1", "a = 2", "nothing", tests=("test_setting.py",))
    with pytest.raises(ValueError, match=r"^mutation 'one more' is stale: .*dynamics/setting\.py"):
        runner.mutated(source, stale)
    assert runner.mutated("a = 1\n", stale) == "a = 2\n"


def test_the_copy_is_what_is_imported(tmp_path, capsys):
    assert runner.main(["--only", "no such thing"]) == 2
    assert "mutation 'no such thing' is not known" in capsys.readouterr().err
    runner.copy_tree(ROOT, tmp_path / "copy")
    runner.assert_imported_from(tmp_path / "copy")
    (tmp_path / "empty").mkdir()
    with pytest.raises(RuntimeError, match="would be imported in the place of the copy"):
        runner.assert_imported_from(tmp_path / "empty")


def test_only_red_kills():
    trial = runner.Trial("test", "test_setting.py")
    red, green, broken = (runner.Outcome(trial, colour, colour) for colour in ("red", "green", "broken"))
    results = [runner.Result(MUTATIONS[0], found, 1.0) for found in ((green, red), (green,), (broken,))]
    assert [r.verdict for r in results] == ["red", "survived", "survived; broken"]
    found = json.loads(json.dumps(runner.as_json(results)))
    assert found["survived"] == [MUTATIONS[0].name] * 2
    assert [r["killed_by"] for r in found["results"]] == [["red"], [], []]
    assert {"commit", "numpy", "date"} <= found["provenance"].keys()
