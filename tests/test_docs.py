"""The documentation: its examples run, in order; what it says to keep works in a copy of the suite."""

import contextlib
import io
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

import samverify
from theorems import catalogue
from verify.report.wording import notebooks_of

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))


def blocks(page, language="python"):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.stem)
def test_examples_run_in_order(page):
    namespace = {"__name__": page.stem}
    for number, block in enumerate(blocks(page)):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, f"{page.name}, block {number}", "exec"), namespace)


def test_commands_on_the_pages_name_what_there_is():
    named = [
        command.split()
        for page in PAGES
        for command in re.findall(r"`samverify (check [^`]+)`", page.read_text("utf-8"))
    ]
    assert len(named) > 5
    for _, *words in named:
        ids = [word for word in words if not word.startswith("-") and word.rstrip(".") not in ("FILE", "IDS")]
        assert set(ids) <= set(catalogue), ids


def test_examples_of_the_help_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").symlink_to(ROOT / "results")
    grid = blocks(ROOT / "docs" / "command_line.md", "toml")[1].replace("20000", "3000").replace("500", "5")
    (tmp_path / "grid.toml").write_text(grid, encoding="utf-8")
    (tmp_path / "step.py").write_text((ROOT / "examples" / "own_optimiser.py").read_text("utf-8"), encoding="utf-8")
    commands = get_command(samverify.app).commands
    for name, command in commands.items():
        example = (command.epilog or "").removeprefix("Example: ").split()
        assert example[:2] == ["samverify", name]
        monkeypatch.setattr(sys, "argv", example)
        with contextlib.suppress(SystemExit):
            samverify.main()
        assert capsys.readouterr().err.count("samverify: ") == 0
    for made in ("evidence.json", "report.html", "pictures/stages.svg", "sweeps/grid/sweep.nc"):
        assert (tmp_path / made).is_file()


@pytest.fixture
def pages(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    made = import_module("statement_pages")
    made.write(tmp_path / "statements")
    return made, {page.stem: page.read_text("utf-8") for page in (tmp_path / "statements").glob("*.md")}


def test_every_statement_has_a_page_of_what_the_catalogue_and_the_run_say(pages):
    _, texts = pages
    assert set(texts) == {"index", *catalogue}
    for s in catalogue.values():
        text = texts[s.id]
        assert f"$$\n{s.formula}\n$$" in text
        assert all(f"]({used}.md)" in text and f"]({s.id}.md)" in texts[used] for used in s.uses)
        assert f"({s.id}.md)" in texts["index"]
        assert re.findall(r"\]\(../../(notebooks/\w+.ipynb)\)", text) == notebooks_of(s.id)
    assert "held in" in texts["noise_norms"]
    assert texts["deactivation"].count("| refuted |") >= 2


def test_the_graph_draws_a_line_for_every_use_from_left_to_right(pages):
    made, texts = pages
    depth = made.depths(catalogue)
    assert all(depth[used] < depth[s.id] for s in catalogue.values() for used in s.uses)
    svg = made.graph(catalogue)
    assert svg in texts["index"]
    ends = re.findall(r'<path d="M([\d.]+) [^"]* ([\d.]+) [\d.]+"', svg)
    assert len(ends) == sum(len(s.uses) for s in catalogue.values())
    assert all(float(start) < float(end) for start, end in ends)
    places = re.findall(r'<rect x="(\d+)" y="([\d.]+)"', svg)
    assert len(set(places)) == len(places) == len({*re.findall(r'href="(\w+).html"', svg)})


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in PAGES)])
def test_links_to_files_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target


def test_every_option_is_on_the_page_of_the_command_line():
    text = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    commands = get_command(samverify.app).commands
    for name, command in commands.items():
        for parameter in command.params:
            options = parameter.secondary_opts or parameter.opts
            assert not options[0].startswith("--") or options[0] in sections[name], (name, options)


def test_output_on_the_page_is_what_the_command_prints(monkeypatch, capsys):
    (shown,) = blocks(ROOT / "docs" / "command_line.md", "text")
    command = blocks(ROOT / "docs" / "command_line.md", "sh")[1].splitlines()[0]
    monkeypatch.setattr(sys, "argv", command.split())
    monkeypatch.setenv("COLUMNS", "80")
    with contextlib.suppress(SystemExit):
        samverify.main()
    assert capsys.readouterr().out == shown
