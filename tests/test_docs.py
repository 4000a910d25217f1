"""The documentation: its examples run, in order; what it says to keep works in a copy of the suite."""

import contextlib
import io
import re
import shutil
import subprocess
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


@pytest.fixture
def suite(tmp_path):
    """A copy of the suite; returns a function that runs Python in it."""
    for name in ("dynamics", "theorems", "verify", "sweeps", "figures"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy2(ROOT / "samverify.py", tmp_path)

    def run(*arguments):
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    run.folder = tmp_path
    return run


def test_statement_of_the_page_is_part_of_the_suite(suite):
    (text,) = [block for block in blocks(ROOT / "docs" / "add_a_statement.md") if block.startswith('"""')]
    (suite.folder / "theorems" / "sgd" / "linear_growth.py").write_text(text, encoding="utf-8")
    done = suite("-m", "samverify", "check", "linear_growth", "--workers", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 statements: 1 confirmed. 1 controls: 1 refuted" in done.stdout


def test_optimisers_of_the_page_are_part_of_the_suite(suite):
    kept = [block for block in blocks(ROOT / "docs" / "add_an_optimiser.md") if block.startswith("# dynamics/")]
    assert len(kept) == 4
    for block in kept:
        name, _, text = block.removeprefix("# ").partition("\n")
        with (suite.folder / name).open("a", encoding="utf-8") as file:
            file.write("\n\n" + text)
    done = suite(
        "-c",
        "from dynamics import Phase, Setting, draw, train, train_network\n"
        "s = Setting(n=4, d=90, m=2, P=3, mu_norm=3.0, sigma_p=0.5, p=0.1, sigma_0=0.01, B=2, eta=0.01)\n"
        "phases = [Phase('heavy_ball', 5), Phase('extragradient', 5, tau=0.02)]\n"
        "one, two = (engine(s, draw(s, 0), phases).rho[-1] for engine in (train, train_network))\n"
        "print(abs(one).max() > 0.01, abs(one - two).max() < 1e-9 * abs(one).max())\n",
    )
    assert done.stdout.split() == ["True", "True"], done.stderr


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
