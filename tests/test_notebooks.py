"""The proof-sketch notebooks as documents; that their outputs still hold is checked by `make notebooks`."""

import base64
import importlib.util
import json
import re
from collections import Counter
from pathlib import Path

import nbformat
import numpy as np
import pytest

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


# the check itself


@pytest.fixture
def kept():
    """A small notebook with a line of text and a picture."""
    code = nbformat.v4.new_code_cell("print(1)")
    code.outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="one is 1.00\n"),
        nbformat.v4.new_output("display_data", data={"image/png": png(0.5), "text/plain": "<Figure>"}),
    ]
    return build.kept_form(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# One"), code]))


def png(grey):
    from io import BytesIO

    from matplotlib.image import imsave

    file = BytesIO()
    imsave(file, np.full((8, 8, 3), grey), format="png")
    return base64.b64encode(file.getvalue()).decode()


def changed(notebook, change):
    other = nbformat.from_dict(json.loads(json.dumps(notebook)))
    change(other)
    return other


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda other: other.cells[1].outputs[0].update(text="one is 1.01\n"), "+one is 1.01"),
        (lambda other: other.cells[1].update(source="print(2)"), "+print(2)"),
        (lambda other: other.cells[0].update(source="# Two"), "+# Two"),
        (lambda other: other.cells[1].outputs.pop(), "-[image/png]"),
        (lambda other: other.cells[1].outputs[1].data.update({"image/png": png(0.6)}), "differs by 0.1"),
    ],
    ids=["number", "code", "text", "picture lost", "picture"],
)
def test_what_changed_is_said(kept, change, said):
    (found,) = build.differences(kept, changed(kept, change))
    assert said in found
