"""Rules that a reader relies on: what a folder says of itself, how large verify is, what drawing imports."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = ("dynamics", "theorems", "verify", "sweeps", "figures", "tests", "benchmarks")
DRAWING = {"figures.style", "figures.picture", "figures.kept"}  # pictures and what is kept
DRAWING |= {"verify.report.results", "verify.report.schema", "verify.report.wording", "dynamics.arrays"}  # words, types


def test_each_folder_says_in_one_sentence_what_is_in_it():
    found = [init for floor in FLOORS for init in (ROOT / floor).rglob("__init__.py")]
    assert len(found) > 25
    for init in found:
        said = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8")))
        assert said, init
        assert re.fullmatch(r"[A-Z][^\n]*\.", said), init
        assert not re.search(r"[.!?] ", said), init  # one sentence
        assert init.parent.name not in {"utils", "common", "helpers"}, init
    for folder in {file.parent for floor in FLOORS[:5] for file in (ROOT / floor).rglob("*.py")}:
        assert (folder / "__init__.py").is_file(), folder


def test_the_verdict_engine_stays_small():
    own = [file for file in (ROOT / "verify").rglob("*.py") if not {"report", "attack"} & set(file.parts)]
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in own) < 1800


def imported(source):
    """Full names of the modules that some source imports, wherever it does."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("file", sorted((ROOT / "figures").glob("*/draw.py")), ids=lambda file: file.parent.name)
def test_drawing_computes_nothing(file):
    for name in imported(file.read_text(encoding="utf-8")):
        outside = name.split(".")[0] in {*sys.stdlib_module_names, "numpy", "xarray", "matplotlib"}
        other = name.startswith("figures.") and name.endswith(".draw")  # a poster is made of pictures
        assert outside or other or name in DRAWING or name.startswith(f"figures.{file.parent.name}."), name
        assert not name.startswith(f"figures.{file.parent.name}.measure"), name


LEVELS = ("dynamics", "theorems", "verify", "sweeps", "figures", "samverify")


@pytest.mark.parametrize("level", LEVELS)
def test_imports_point_downward_and_to_what_is_installed_for_users(level):
    above = {*LEVELS[LEVELS.index(level) + 1 :], "notebooks", "tests"}
    development = {"autograd", "torch", "hypothesis", "sympy", "mpmath", "mypy", "ruff"}
    for file in sorted((ROOT / level).rglob("*.py")) or [ROOT / f"{level}.py"]:
        names = {name.split(".")[0] for name in imported(file.read_text(encoding="utf-8"))}
        optional = {"torch"} if file.parent.name == "cnn" else set()
        assert not names & (above | development - optional), file


def test_the_levels_are_these_and_imports_are_seen_wherever_they_stand():
    folders = {file.parent.relative_to(ROOT).parts[0] for file in ROOT.glob("*/__init__.py")}
    assert folders == {*LEVELS} - {"samverify"}
    source = "import a.b, c as d\nfrom e.f import g\nfrom . import h\ndef k():\n    from m import n\n"
    assert list(imported(source)) == ["a.b", "c", "e.f", ".", "m"]


def test_what_the_packages_read_is_in_the_wheel():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    packed = {file for name, all in told.items() for what in all for file in ROOT.joinpath(*name.split(".")).glob(what)}
    read = {file for level in LEVELS[:-1] for file in (ROOT / level).rglob("*.*") if file.suffix not in (".py", ".pyc")}
    read = {file for file in read if file.is_file() and not {"__pycache__", "gallery", "configs"} & set(file.parts)}
    assert read - packed == set()
    assert {file.suffix for file in packed} >= {".toml", ".js", ".css"}
