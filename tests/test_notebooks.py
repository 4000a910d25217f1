"""The proof-sketch notebooks: each script runs, and the .ipynb beside it holds its cells and what it prints."""

import contextlib
import io
import json
import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "theorems" / "notebooks"
SCRIPTS = sorted(FOLDER.glob("*.py"))
SECTIONS = ["Statement", "Idea", "Derivation", "Numbers", "What would break it", "References"]


def cells_of_script(path):
    """Parse the percent format: the kind and the source of each cell."""
    _, header, body = path.read_text().split("# ---\n", 2)
    assert all(line.startswith("# ") for line in header.splitlines())
    cells = []
    for line in body.strip("\n").split("\n"):
        if line.startswith("# %%"):
            cells.append(("markdown" if line == "# %% [markdown]" else "code", []))
        else:
            kind, lines = cells[-1]
            assert kind == "code" or line in ("", "#") or line.startswith("# "), line
            lines.append(line.removeprefix("#").removeprefix(" ") if kind == "markdown" else line)
    return [(kind, "\n".join(lines).strip("\n")) for kind, lines in cells]


@pytest.fixture(params=SCRIPTS, ids=lambda path: path.stem)
def script(request):
    return request.param


@pytest.fixture
def notebook(script):
    return json.loads(script.with_suffix(".ipynb").read_text())


def test_there_are_notebooks():
    assert [path.stem[:2] for path in SCRIPTS] == ["03", "07", "08"]
    assert sorted(FOLDER.glob("*.ipynb")) == [path.with_suffix(".ipynb") for path in SCRIPTS]


def test_sections(script):
    markdown = "\n".join(source for kind, source in cells_of_script(script) if kind == "markdown")
    assert [line[3:] for line in markdown.split("\n") if line.startswith("## ")] == SECTIONS


def test_cells_are_those_of_the_script(script, notebook):
    assert [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]] == cells_of_script(script)


def test_outputs_are_what_the_script_prints(script, notebook):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(str(script), run_name="__main__")
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    assert {(output["output_type"], output["name"]) for output in outputs} == {("stream", "stdout")}
    assert "".join("".join(output["text"]) for output in outputs) == printed.getvalue()


def test_nothing_of_a_machine_or_an_hour(notebook):
    assert set(notebook["metadata"]) == {"jupytext", "kernelspec", "language_info"}
    assert notebook["metadata"]["kernelspec"] == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert all(cell["metadata"] == {} for cell in notebook["cells"])
    counts = [cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))
    root = Path(__file__).parent.parent
    assert str(root) not in json.dumps(notebook)
    assert str(Path.home()) not in json.dumps(notebook)
