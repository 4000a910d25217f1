"""The documentation: its examples run, in order; what it says to keep works in a copy of the suite."""

import contextlib
import io
import re
import sys
from pathlib import Path

import pytest
from typer.main import get_command

import samverify
from dynamics.engines.network import DIRECTIONS
from dynamics.rules import RULES
from theorems import catalogue

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


def test_output_on_the_page_is_what_the_command_prints(monkeypatch, capsys):
    (shown,) = blocks(ROOT / "docs" / "command_line.md", "text")
    command = blocks(ROOT / "docs" / "command_line.md", "sh")[1].splitlines()[0]
    monkeypatch.setattr(sys, "argv", command.split())
    monkeypatch.setenv("COLUMNS", "80")
    with contextlib.suppress(SystemExit):
        samverify.main()
    assert capsys.readouterr().out == shown
