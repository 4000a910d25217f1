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
from dynamics.engines.network import DIRECTIONS
from dynamics.rules import RULES
from dynamics.setting_file import read_setting
from sweeps import read_config
from sweeps.plan import Plan
from theorems import catalogue
from theorems.prescriptions import FORMULAS

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))


def blocks(page, language="python"):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def registers():
    """Forget what a page registers."""
    kept = [(register, dict(register)) for register in (RULES, DIRECTIONS, catalogue)]
    yield
    for register, content in kept:
        register.clear()
        register.update(content)


def test_pages_with_examples_are_there():
    with_examples = {page.stem for page in PAGES if blocks(page)}
    assert with_examples >= {"index", "reductions", "your_own"}


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.stem)
@pytest.mark.usefixtures("registers")
def test_examples_run_in_order(page):
    namespace = {"__name__": page.stem}
    for number, block in enumerate(blocks(page)):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, f"{page.name}, block {number}", "exec"), namespace)


def test_every_option_is_on_the_page_of_the_command_line():
    text = (ROOT / "docs" / "command_line.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    commands = get_command(samverify.app).commands
    for name, command in commands.items():
        for parameter in command.params:
            options = parameter.secondary_opts or parameter.opts
            assert not options[0].startswith("--") or options[0] in sections[name], (name, options)


def test_files_on_the_page_are_read(tmp_path):
    files = [tmp_path / f"{k}.toml" for k in range(2)]
    for file, block in zip(files, blocks(ROOT / "docs" / "command_line.md", "toml"), strict=True):
        file.write_text(block, encoding="utf-8")
    assert read_setting(files[0]) == {"n": 30, "d": 10_000, "m": 15, "mu_norm": 6.0}
    config = read_config(files[1])
    assert Plan(config, FORMULAS).size == 4


@pytest.mark.parametrize("package", ["dynamics", "sweeps", "theorems", "verify", "figures"])
def test_every_public_name_is_in_the_reference(package):
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    section = text.split(f".. currentmodule:: {package}\n")[1].split(".. currentmodule::")[0]
    named = set(re.findall(r"^\.\. auto\w+:: (\w+)", section, re.MULTILINE))
    assert set(import_module(package).__all__) <= named


def test_output_on_the_page_is_what_the_command_prints(monkeypatch, capsys):
    (shown,) = blocks(ROOT / "docs" / "command_line.md", "text")
    command = blocks(ROOT / "docs" / "command_line.md", "sh")[1].splitlines()[0]
    monkeypatch.setattr(sys, "argv", command.split())
    monkeypatch.setenv("COLUMNS", "80")
    with contextlib.suppress(SystemExit):
        samverify.main()
    assert capsys.readouterr().out == shown
