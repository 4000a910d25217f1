"""The flips fit the tree as it stands, and the sample of mutants is one; none is run here (`tests.trust.mutation`)."""

import ast
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from scipy.stats import binomtest

from tests.trust import mutation
from tests.trust.mutations import MUTATIONS, Mutation, mutated
from tests.trust.sites import FOLDERS, sample
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


def functions_of(file):
    return {node.name for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_each_flip_changes_code_and_names_what_turns_red():
    for flip in MUTATIONS:
        before = (ROOT / flip.file).read_text(encoding="utf-8")
        after = mutated(before, flip)  # refused if it is stale
        assert ast.dump(ast.parse(before)) != ast.dump(ast.parse(after)), flip.name  # code, not words
        assert flip.tests or flip.checks or flip.controls, flip.name
        assert flip.why
        for target in flip.tests:
            file, *function = target.split("::")
            assert set(function) <= functions_of(ROOT / "tests" / file), target
        assert set(flip.checks + flip.controls) <= set(catalogue) - TOO_SLOW, flip.name
    assert max(Counter(flip.name for flip in MUTATIONS).values()) == 1
    assert {flip.file.split("/")[0] for flip in MUTATIONS} == set(FOLDERS)


@pytest.mark.parametrize("source", ["a = 2\n", "a = 1\nb = a = 1\n"], ids=["gone", "twice"])
def test_a_stale_flip_is_an_error_that_names_it(source):
    stale = Mutation("one more", "dynamics/setting.py", "a = 1", "a = 2", "nothing", tests=("test_setting.py",))
    with pytest.raises(ValueError, match=r"^mutation 'one more' is stale: .*dynamics/setting\.py"):
        mutated(source, stale)
    assert mutated("a = 1\n", stale) == "a = 2\n"


CODE = """import x


def f(a: int | None, *, b=2.0):
    if a < b:
        return -(a * 3)
    return a


C = not True
"""
PLACES = {4: 1, 5: 2, 6: 3, 10: 2}  # by line: the default; the condition and its sign; -, *, 3; not, True
BECOMES = 11  # 3.0, 1.0; not a < b; <=, >=; +; /; 4, 2; True; not False


def test_every_place_of_a_folder_has_the_same_chance(tmp_path):
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "code.py").write_text(CODE)
    assert sample(tmp_path, 1, 10) == sample(tmp_path, 1, 10) != sample(tmp_path, 2, 10)
    lines, texts = Counter(), set()
    for seed in range(80):
        drawn = sample(tmp_path, seed, 10)
        assert [m.file.split("/")[0] for m in drawn] == [*FOLDERS, *FOLDERS]  # in turn
        assert len({m.key for m in drawn}) == 10
        for m in drawn:
            assert (m.first, m.last) == {4: (4, 7), 5: (5, 5), 6: (6, 6), 10: (0, 0)}[m.line]
            texts.add(ast.unparse(ast.parse(m.source)))
            lines[m.line] += 1
    assert len(texts) == BECOMES
    assert ast.unparse(ast.parse(CODE)) not in texts
    for line, count in PLACES.items():
        assert binomtest(lines[line], 800, count / 8).pvalue > 1e-4


def test_only_what_is_green_without_a_mutant_can_kill(tmp_path, monkeypatch):
    repository, code = tmp_path / "tree", "tests/test_one.py"
    (repository / "tests").mkdir(parents=True)
    (repository / code).write_text("def test_one():\n    assert 1 + 1 == 2\n")
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", repository, *words], check=True)
    monkeypatch.setattr(mutation, "_MAP", tmp_path / "made" / "here")
    (tmp_path / "made").mkdir()
    place = mutation.Tree(repository)
    place.without_a_mutant([code])
    with place.changed(code, "def test_one():\n    assert 1 - 1 == 2\n"):
        assert place.red([code]) == f"{code}::test_one"
        with pytest.raises(ValueError, match="without a mutant it is red, too"):
            place.without_a_mutant([code])
    assert place.red([code]) == ""
    mutation._MAP.rename(tmp_path / "gone")  # the tool cannot write its log: that is no kill
    with pytest.raises(ValueError, match="not started"):
        place.red([code])


def test_the_score_leaves_equivalents_out(capsys):
    def row(folder, k, outcome):
        return {"file": f"{folder}/x.py", "before": f"{k}", "after": "-", "outcome": outcome}

    rows = [row("dynamics", k, "killed") for k in range(7)] + [row("sweeps", k, "survived") for k in range(3)]
    found = mutation.summary({"mutants": rows}, [("sweeps/x.py", "1", "-"), ("dynamics/x.py", "1", "-")])
    assert found["dynamics"]["score"] == 1
    assert (found["sweeps"]["survived"], found["sweeps"]["equivalent"]) == (2, 1)
    low, high = binomtest(7, 9).proportion_ci(0.95, "exact")
    assert (found["all"]["lower"], found["all"]["upper"]) == pytest.approx((low, high))
    assert mutation.main(["run", str(ROOT)]) == 2  # never in the tree itself
    assert "must be another worktree" in capsys.readouterr().err
