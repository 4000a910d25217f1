"""The catalogue: a file is a statement, each complete."""

import ast
from dataclasses import replace
from graphlib import TopologicalSorter
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from theorems import Inequality, Statement, bound, catalogue, identity, probability, scaling
from verify import check, check_control

ROOT = Path(__file__).parent.parent
FOLDERS = ("concentration", "sgd", "sam", "beyond")
MODULES = {
    file.stem: import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    for folder in FOLDERS
    for file in sorted((ROOT / "theorems" / folder).rglob("*.py"))
    if file.stem != "__init__"
}
FILES = {name: module for name, module in MODULES.items() if hasattr(module, "STATEMENT")}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_a_statement_under_its_name(name):
    module = FILES[name]
    statement = module.STATEMENT
    assert isinstance(statement, Statement)
    assert catalogue[name] is statement
    assert (statement.id, statement.module) == (name, module.__name__)
    assert f'"""{statement.title}.\n' == Path(module.__file__).read_text(encoding="utf-8").splitlines(keepends=True)[0]
    assert statement.source == " ".join(module.__doc__.split("Source\n------\n")[1].split()).removesuffix(".")
    assert statement.beyond == (".beyond." in module.__name__)


def test_every_statement_has_a_file_and_the_order_is_start_sgd_sam():
    assert set(catalogue) == set(FILES)
    folder = [FILES[id].__name__.split(".")[1] for id in catalogue]
    assert folder == sorted(folder, key=FOLDERS.index)


@pytest.mark.parametrize("name", FILES)
def test_docstring_has_its_sections(name):
    lines = FILES[name].__doc__.splitlines()
    sections = [title for title, rule in pairwise(lines) if title and rule == "-" * len(title)]
    assert sections == ["Statement", "Hypotheses", "Proof idea", "Source"]
    assert lines[0].endswith(".")
    for section in sections:
        assert lines[lines.index(section) + 2].strip(), f"{section} is empty"


@pytest.mark.parametrize("id", catalogue)
def test_statement_is_complete(id):
    statement = catalogue[id]
    assert statement.kind in ("identity", "bound", "probability", "scaling")
    for text in (statement.title, statement.formula, statement.predicts, statement.source):
        assert text.strip()
    assert "\n" not in statement.predicts
    assert statement.controls
    whys = [control.why for control in statement.controls]
    assert len(set(whys)) == len(whys)
    for control in statement.controls:
        assert control.why.strip()
        assert control.worlds or control.claim or control.ladders, control.why
        assert control.worlds != statement.worlds or control.claim or control.ladders, control.why
        assert not (control.worlds or control.claim if statement.kind == "scaling" else control.ladders), control.why
    assert set(statement.draws) == {"quick", "full"}
    assert 1 <= statement.draws["quick"] <= statement.draws["full"]
    assert statement.worlds or statement.ladders


def test_files_are_short():
    files = {name: Path(module.__file__).read_text(encoding="utf-8") for name, module in FILES.items()}
    lengths = {name: text.count("\n") for name, text in files.items()}
    assert max(lengths.values()) <= 120, lengths
    assert median(lengths.values()) <= 60, lengths


@pytest.mark.parametrize("id", catalogue)
def test_a_statement_is_one_claim_of_one_kind(id):
    tree = ast.parse(Path(FILES[id].__file__).read_text(encoding="utf-8"))
    assigned = [
        node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "STATEMENT"
    ]
    (call,) = [node.value for node in assigned]
    assert call.func.id == catalogue[id].kind
    scaling = catalogue[id].kind == "scaling"
    assert (bool(catalogue[id].worlds), bool(catalogue[id].ladders)) == (not scaling, scaling)


def test_proofs_use_known_statements_and_go_round_in_no_circle():
    order = TopologicalSorter({id: statement.uses for id, statement in catalogue.items()}).static_order()
    assert set(order) == set(catalogue)
    assert {"gradient_norm", "noise_norms", "noise_cross", "noise_signal"} <= set(catalogue["deactivation"].uses)


def test_constructors_make_a_statement_outside_the_catalogue():
    world, other = catalogue["noise_norms"].worlds
    always = lambda o: (Inequality("x", 0.0, 1.0, "<="),)  # noqa: E731
    never = lambda o: (Inequality("x", 2.0, 1.0, "<="),)  # noqa: E731
    for make in (identity, bound, probability):
        made = make(always, predicts="x <= 1", formula="x", worlds=(world,), draws=(20, 20),
                    controls={"claim": never, "world": other, "both": (never, world, other)})  # fmt: skip
        assert (made.id, made.module, made.beyond, made.kind) == ("unnamed", "", False, make.__name__)
        assert [(c.why, c.claim, c.worlds, c.ladders) for c in made.controls] == [
            ("claim", never, None, None), ("world", None, (other,), None), ("both", never, (world, other), None),
        ]  # fmt: skip
        assert replace(made, id="mine", title="Mine").id == "mine"
        assert check(replace(made, id="mine")).kind == made.kind
        assert check_control(made, 0).status == "refuted"
        with pytest.raises(ValueError, match="statement 'unnamed' has no control"):
            make(always, predicts="x", formula="x", worlds=(world,), controls={})
    (one, *rest) = catalogue["sgd_boundary"].ladders
    made = scaling(one, *rest, predicts="x", formula="x", replicas=(3, 5), controls={"one": one, "two": (one, rest[0])})
    assert (made.ladders, made.replicas) == ((one, *rest), {"quick": 3, "full": 5})
    assert [c.ladders for c in made.controls] == [(one,), (one, rest[0])]


@pytest.mark.parametrize("id", catalogue)
def test_ladders_have_five_rungs_in_order(id):
    ladders = [*catalogue[id].ladders, *(ladder for c in catalogue[id].controls for ladder in c.ladders or ())]
    assert ladders or catalogue[id].kind != "scaling"
    for ladder in ladders:
        values = [value for value, _ in ladder.rungs]
        assert len(values) >= 5
        assert values in (sorted(set(values)), sorted(set(values), reverse=True))
        assert min(values) > 0
        assert ladder.finite is None or (ROOT / "notebooks" / f"{ladder.finite.source}.py").exists()
