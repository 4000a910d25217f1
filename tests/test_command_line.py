"""`samverify check` and the options of `pytest verify/`: exit codes, messages, tables."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import samverify
import verify.run

ROOT = Path(__file__).parent.parent


@pytest.fixture
def command(monkeypatch, capsys):
    """Run the command in this process, with the verdicts changed on their way; return code, output, errors."""

    def call(*arguments, change=lambda verdict: verdict):
        asked = []

        def run(wanted, workers=None):
            asked.append((wanted, workers))
            for job in wanted:
                yield job, change(job())

        monkeypatch.setattr(verify.run, "run", run)
        monkeypatch.setattr(sys, "argv", ["samverify", *map(str, arguments)])
        try:
            samverify.main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code or 0
        out, err = capsys.readouterr()
        call.asked = asked
        return code, out, err

    return call


def statement_becomes(status):
    return lambda v: replace(v, status=status) if v.control is None else v


def control_becomes(status):
    return lambda v: v if v.control is None else replace(v, status=status)


# --- samverify check


def test_check_in_a_process_of_its_own(tmp_path):
    target = tmp_path / "run.json"
    done = subprocess.run(
        [sys.executable, "-m", "samverify", "check", "noise_norms", "--json", str(target), "--workers", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "noise_norms" in done.stdout
    assert "1 statements: 1 confirmed. 2 controls: 2 refuted, as they must be." in done.stdout
    read = json.loads(target.read_text(encoding="utf-8"))
    assert [v["status"] for v in read["verdicts"]] == ["confirmed", "refuted", "refuted"]
    assert read["provenance"]["seed_block"] == 0


def test_confirmed_is_zero(command):
    code, out, err = command("check", "noise_norms", "init_norms")
    assert (code, err) == (0, "")
    assert out.index("noise_norms") < out.index("init_norms")
    assert "2 statements: 2 confirmed. 4 controls: 4 refuted" in out


def test_refuted_is_one(command):
    code, out, _ = command("check", "noise_norms", change=statement_becomes("refuted"))
    assert code == 1
    assert "1 statements: 1 refuted" in out


@pytest.mark.parametrize("status", ["inconclusive", "hypotheses not met"])
def test_left_open_is_three(command, status):
    code, out, _ = command("check", "noise_norms", change=statement_becomes(status))
    assert code == 3
    assert f"1 statements: 1 {status}" in out


@pytest.mark.parametrize("status", ["confirmed", "inconclusive"])
def test_a_control_that_is_not_refuted_is_three(command, status):
    code, out, _ = command("check", "noise_norms", change=control_becomes(status))
    assert code == 3
    assert "control not refuted: noise_norms" in out


def test_refuted_outweighs_open(command):
    def change(v):
        return replace(v, status="refuted" if v.id == "init_norms" else "inconclusive")

    assert command("check", "noise_norms", "init_norms", "--no-controls", change=change)[0] == 1


def test_verdicts_are_settled_by_holm(command):
    code, out, _ = command(
        "check", "noise_norms", "--no-controls", change=lambda v: replace(v, status="inconclusive", p_value=1e-12)
    )
    assert code == 1
    assert "1 statements: 1 refuted" in out


def test_without_controls(command):
    code, out, _ = command("check", "noise_norms", "--no-controls")
    assert code == 0
    assert "0 controls" in out
    assert [job.name for job in command.asked[0][0]] == ["noise_norms"]


def test_options_reach_the_checks(command, tmp_path):
    target = tmp_path / "run.json"
    code, _, _ = command("check", "noise_norms", "--seed-block", 2, "--json", target, "--workers", 3)
    assert code == 0
    ((wanted, workers),) = command.asked
    assert workers == 3
    assert {(job.scale, job.seed) for job in wanted} == {("quick", 2)}
    read = json.loads(target.read_text(encoding="utf-8"))
    assert read["provenance"]["first_seed"] == 2_000_000
    assert {v["seed"] for v in read["verdicts"]} == {2}


def test_a_statement_named_twice_is_checked_once(command):
    code, out, _ = command("check", "noise_norms", "noise_norms", "--no-controls")
    assert code == 0
    assert "1 statements: 1 confirmed" in out


def assert_one_sentence(err):
    (line,) = err.splitlines()
    assert line.startswith("samverify: ")
    assert "Traceback" not in err


def test_unknown_statement_is_two(command):
    code, out, err = command("check", "noise_norm")
    assert (code, out) == (2, "")
    assert_one_sentence(err)
    assert "statement 'noise_norm' is not known" in err
    assert "noise_norms" in err
    assert not command.asked


def test_unknown_scale_is_two(command):
    code, out, err = command("check", "noise_norms", "--scale", "slow")
    assert (code, out) == (2, "")
    assert_one_sentence(err)
    assert "scale = 'slow' is not allowed: it must be 'quick' or 'full'" in err
    assert not command.asked


def test_missing_folder_is_two_before_any_work(command, tmp_path):
    target = tmp_path / "nowhere" / "run.json"
    code, out, err = command("check", "noise_norms", "--json", target)
    assert (code, out) == (2, "")
    assert_one_sentence(err)
    assert str(target) in err
    assert "it must be a file in a folder that exists" in err
    assert not command.asked


def test_a_folder_for_a_file_is_two_before_any_work(command, tmp_path):
    code, out, err = command("check", "noise_norms", "--json", tmp_path)
    assert (code, out) == (2, "")
    assert_one_sentence(err)
    assert not command.asked


@pytest.mark.parametrize("arguments", [("--seed-block", -1), ("--workers", 0), ("--seed-block", "x"), ("--nothing",)])
def test_bad_options_are_two(command, arguments):
    code, out, err = command("check", "noise_norms", *arguments)
    assert (code, out) == (2, "")
    assert arguments[0] in err
    assert "Traceback" not in err


def test_unknown_statement_leaves_no_traceback_in_a_process_of_its_own():
    done = subprocess.run(
        [sys.executable, "-m", "samverify", "check", "sam_benine"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert_one_sentence(done.stderr)


# --- pytest verify/


def pytest_verify(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "verify/", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seed-block", "-1"), "--seed-block = -1 is not allowed: it must be >= 0"),
        (("--json", "/no/such/folder/run.json"), "it must be a file in a folder that exists"),
        (("--scale", "slow"), "invalid choice: 'slow'"),
    ],
)
def test_pytest_refuses(arguments, message):
    done = pytest_verify(*arguments)
    assert done.returncode == 4
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "passed" not in done.stdout


def test_pytest_refuses_a_folder_for_a_file(tmp_path):
    done = pytest_verify("-k", "noise_norms", "--workers", "1", "--json", str(tmp_path))
    assert done.returncode == 4
    assert str(tmp_path) in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_pytest_selects_one_statement_and_ends_with_the_table(tmp_path):
    target = tmp_path / "run.json"
    done = pytest_verify("-k", "noise_norms", "--seed-block", "1", "--workers", "1", "--json", str(target))
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
    verdicts = done.stdout[done.stdout.index("= verdicts =") :]
    assert "held in" in verdicts
    assert "1 statements: 1 confirmed. 2 controls: 2 refuted, as they must be." in verdicts
    read = json.loads(target.read_text(encoding="utf-8"))
    assert {v["id"] for v in read["verdicts"]} == {"noise_norms"}
    assert read["provenance"]["first_seed"] == 1_000_000


def test_pytest_knows_every_check_by_name():
    done = pytest_verify("--collect-only", "-q")
    assert done.returncode == 0
    collected = [line.split("::")[1] for line in done.stdout.splitlines() if "::" in line]
    names = [job.name for job in verify.run.in_order(verify.run.jobs())]
    assert collected == [f"test_statement_is_confirmed[{name}]" for name in names if "-control" not in name] + [
        f"test_control_is_refuted[{name}]" for name in names if "-control" in name
    ]
