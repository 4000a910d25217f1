"""`samverify predict`: options, files, exit codes."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import samverify
import verify.simulate

ROOT = Path(__file__).parent.parent
LEAST = ("--n", "30", "--d", "1e4", "--m", "15", "--mu-norm", "6")


@pytest.fixture
def command(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["samverify", "predict", *map(str, arguments)])
        code = 0
        try:
            samverify.main()
        except SystemExit as exit_:
            code = exit_.code or 0
        return (code, *capsys.readouterr())

    return call


@pytest.fixture
def short(monkeypatch):
    """Simulate for a few epochs only, whatever is asked; keep what was asked."""
    asked, real = [], verify.simulate.simulate

    def simulate(prediction, replicas, seed_block, budget):
        asked.append((prediction, replicas, seed_block, budget))
        return real(prediction, 2, seed_block, 3)

    monkeypatch.setattr(verify.simulate, "simulate", simulate)
    return asked


def test_in_a_process_of_its_own(tmp_path):
    target = tmp_path / "p.json"
    done = subprocess.run(
        [sys.executable, "-m", "samverify", "predict", *LEAST, "--json", str(target)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Theorem 4.1 (SAM then SGD) predicts benign" in done.stdout
    assert "Not given, so chosen: P = 2" in done.stdout
    read = json.loads(target.read_text(encoding="utf-8"))
    assert read["prediction"]["theorems"]["4.1"]["regime"] == "benign"
    assert read["prediction"]["setting"]["d"] == 10_000
    assert read["simulation"] is None
    assert "eta" in read["chosen"]


def test_every_field_is_an_option(command, tmp_path):
    target = tmp_path / "p.json"
    fields = {"n": 8, "d": 500, "m": 4, "P": 3, "mu-norm": 2.5, "sigma-p": 0.5, "p": 0.2, "sigma-0": 0.25, "B": 2}
    fields["eta"] = 0.125
    code, out, _ = command(*(word for name, v in fields.items() for word in (f"--{name}", v)), "--json", target)
    assert code == 0
    assert "Not given" not in out
    read = json.loads(target.read_text(encoding="utf-8"))
    assert read["prediction"]["setting"] == {name.replace("-", "_"): v for name, v in fields.items()}
    assert read["chosen"] == {}


def test_options_override_the_file(command, tmp_path):
    config = tmp_path / "c.toml"
    config.write_text("[setting]\nn = 30\nd = 10_000\nm = 15\nmu_norm = 2.0\n", encoding="utf-8")
    assert "predicts harmful" in command(config)[1]
    assert "predicts benign" in command(config, "--mu-norm", 13)[1]


def test_delta_reaches_the_thresholds(command, tmp_path):
    assert "SAM benign from     P sigma_p sqrt(log(6n/delta))   5.476" in command(*LEAST)[1]
    assert "SAM benign from     P sigma_p sqrt(log(6n/delta))   6.273" in command(*LEAST, "--delta", 0.0096)[1]


def test_simulation_reaches_text_and_file(command, short, tmp_path):
    target = tmp_path / "p.json"
    code, out, _ = command(*LEAST, "--simulate", "--replicas", 7, "--seed-block", 3, "--epochs", 99, "--json", target)
    assert [asked[1:] for asked in short] == [(7, 3, 99)]
    assert "What happened" in out
    assert "Seeds 3,000,000 to 3,000,001." in out
    read = json.loads(target.read_text(encoding="utf-8"))["simulation"]
    assert read["first_seed"] == 3_000_000
    assert len(read["sgd"]["errors"]) == 2
    assert code == 0


def test_disagreement_is_one(command, short, monkeypatch):
    real = verify.simulate.simulate

    def disagreeing(*arguments):
        found = real(*arguments)
        return replace(found, sgd=replace(found.sgd, outcome="disagrees"))

    monkeypatch.setattr(verify.simulate, "simulate", disagreeing)
    assert command(*LEAST, "--simulate")[0] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--n", 30), "d is missing; m is missing; mu_norm is missing"),
        ((*LEAST, "--B", 7), "B = 7 is not allowed: it must divide n = 30"),
        ((*LEAST, "--p", 0.7), "p = 0.7 is not allowed"),
        ((*LEAST, "--delta", 2), "delta = 2.0 is not allowed"),
        (("/no/such.toml",), "it cannot be read"),
    ],
)
def test_bad_input_is_two_in_one_sentence(command, arguments, message):
    code, out, err = command(*arguments)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("samverify: ")
    assert message in line


@pytest.mark.parametrize("d", ["1.5", "many", "inf", "nan", "1e30"])
def test_d_is_a_whole_number(command, d):
    code, out, err = command("--n", 30, "--d", d, "--m", 15, "--mu-norm", 6)
    assert (code, out) == (2, "")
    assert f"'{d}' is not allowed: it must be a whole number" in err


def test_unwritable_file_is_refused_before_anything_runs(command, short, tmp_path):
    code, out, err = command(*LEAST, "--simulate", "--json", tmp_path / "none" / "p.json")
    assert (code, out, short) == (2, "", [])
    assert "it must be a file in a folder that exists" in err


def test_divergence_is_two(command):
    code, out, err = command(*LEAST, "--eta", 1e308, "--simulate", "--replicas", 1)
    assert (code, out) == (2, "")
    assert "is too large for this setting" in err
