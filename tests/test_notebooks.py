"""The proof-sketch notebooks as documents; that their outputs still hold is checked by `make notebooks`."""

import ast
import base64
import importlib.util
import io
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.image import imsave

from theorems import catalogue

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "notebooks"
SERIES = [
    "01_setting_and_decomposition",
    "02_concentration",
    "03_scale_of_coefficients",
    "04_sgd_stage_one",
    "05_sgd_convergence",
    "06_test_error",
    "07_norm_and_deactivation",
    "08_prevention_and_signal",
    "09_theorem_and_gap",
    "10_tau_window",
    "11_necessity",
    "12_constants",
    "13_robustness",
    "14_sharpness",
    "15_real_digits",
    "16_activations",
    "17_neighbours",
    "18_radius_length_local",
]


def load_build():
    spec = importlib.util.spec_from_file_location("notebooks_build", FOLDER / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_build()


def test_the_series_is_complete_and_each_has_both_forms():
    assert [path.stem for path in build.scripts([])] == SERIES
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == SERIES


def test_every_statement_is_in_the_headings_of_exactly_one_notebook():
    found = Counter()
    for path in build.scripts([]):
        headings = re.findall("^# #.*", path.read_text(encoding="utf-8"), re.MULTILINE)
        found.update({name for line in headings for name in re.findall("`(.+?)`", line)})
    assert set(found) == set(catalogue)
    assert {name for name, count in found.items() if count > 1} == set()


def test_the_extra_has_all_that_the_notebooks_import():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["notebooks"]]
    there = {re.match(r"[\w-]+", line)[0] for line in wanted} | {"dynamics", "theorems", "verify", "figures"}
    for path in build.scripts([]):
        tree = ast.parse(re.sub(r"^%.*", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) <= there, path.name


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_first_screen_has_a_picture_and_what_only_asserts_is_folded(path):
    kept = nbformat.read(path, as_version=4)
    first = kept.cells[0].source
    (picture,) = re.findall(r"!\[.+\]\((.+)\)", first)
    assert (FOLDER / picture).is_file()
    assert first.index(picture) < first.index("## What you need to know") < first.index("## Statement") < 2000
    for cell in (cell for cell in kept.cells if cell.cell_type == "code"):
        folded = not cell.outputs and build.only_asserts(cell.source)
        assert cell.metadata == ({"jupyter": {"source_hidden": True}, "tags": ["hide-input"]} if folded else {})
    assert build.only_asserts("x = f()\nassert x > 1")
    assert not build.only_asserts("import sympy\nassert sympy")
    assert not build.only_asserts("assert x\nprint(x)")


# the check itself


def png(grey):
    file = io.BytesIO()
    imsave(file, np.full((8, 8, 3), grey), format="png")
    return base64.b64encode(file.getvalue()).decode()


def test_what_changed_is_said():
    def made(text="# One", code="print(1)", said="one is 1.00\n", greys=(0.5,)):
        cell = nbformat.v4.new_code_cell(code)
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=said)]
        for data in ({"image/png": png(grey), "text/plain": "x"} for grey in greys):
            cell.outputs.append(nbformat.v4.new_output("display_data", data=data))
        return build.kept_form(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), cell]))

    assert build.differences(made(), made()) == []
    changes = {
        "+one is 1.01": {"said": "one is 1.01\n"}, "+print(2)": {"code": "print(2)"}, "+# Two": {"text": "# Two"},
        "-[image/png]": {"greys": ()}, "differs by 0.1": {"greys": (0.6,)},
    }  # fmt: skip
    for told, change in changes.items():
        (found,) = build.differences(made(), made(**change))
        assert told in found
