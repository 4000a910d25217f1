"""`samverify check` and `predict`, and what `pytest verify/` ends with: exit codes, tables, files."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from command import command
from made_up import verdict

import verify.conftest
import verify.run
import verify.simulate
from verify.check import random_statements
from verify.evidence import LEVEL
from verify.run import Job
from verify.verdict import Verdict

ROOT = Path(__file__).parent.parent
LEAST = ("predict", "--n", "30", "--d", "1e4", "--m", "15", "--mu-norm", "6")


def as_expected(job):
    """Return the verdict that a job should come to."""
    status, control = ("confirmed", None) if job.control is None else ("refuted", f"broken {job.control}")
    return Verdict(**verdict(job.id, status, control, scale=job.scale, seed=job.seed))


@pytest.fixture
def check(monkeypatch):
    """Run `samverify check` in this process, with verdicts that nobody made."""

    def call(*arguments, change=lambda verdict: verdict):
        call.asked = []

        def run(wanted, workers=None):
            call.asked.append((wanted, workers))
            for job in wanted:
                yield job, change(as_expected(job))

        monkeypatch.setattr(verify.run, "run", run)
        return command("check", *arguments)

    return call


def test_check_in_a_process_of_its_own(tmp_path):
    target = tmp_path / "run.json"
    done = subprocess.run(
        [sys.executable, "-m", "samverify", "check", "noise_norms", "--json", str(target), "--workers", "1"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    lines = [line.split()[:4] for line in done.stderr.splitlines()]
    assert [line[:2] for line in lines] == [["1/3", "ok"], ["2/3", "ok"], ["3/3", "ok"]]
    assert ["noise_norms", "confirmed"] in [line[2:] for line in lines]
    assert "1 statements: 1 confirmed. 2 controls: 2 refuted, as they must be." in done.stdout
    read = json.loads(target.read_text(encoding="utf-8"))
    assert [v["status"] for v in read["verdicts"]] == ["confirmed", "refuted", "refuted"]
    assert read["provenance"]["seed_block"] == 0


@pytest.mark.parametrize(
    ("statement", "control", "code", "said"),
    [
        ("confirmed", "refuted", 0, "2 statements: 2 confirmed. 4 controls: 4 refuted"),
        ("refuted", "refuted", 1, "2 statements: 2 refuted"),
        ("inconclusive", "refuted", 3, "2 statements: 2 inconclusive"),
        ("hypotheses not met", "refuted", 3, "2 statements: 2 hypotheses not met"),
        ("confirmed", "confirmed", 3, "control not refuted: noise_norms"),
        ("confirmed", "inconclusive", 3, "4 controls: 0 refuted"),
        ("refuted", "inconclusive", 1, "control not refuted: init_norms"),
    ],
)
def test_exit_code_of_a_check(check, statement, control, code, said):
    found, out, err = check(
        "noise_norms", "init_norms", change=lambda v: replace(v, status=control if v.control else statement)
    )
    good = 2 * (statement == "confirmed") + 4 * (control == "refuted")
    assert (found, len(err.splitlines()), err.count(" ok ")) == (code, 6, good)
    assert said in out
    assert out.index("noise_norms") < out.index("init_norms")


def test_options_reach_the_checks_and_both_files_are_of_one_run(check, tmp_path):
    target, page = tmp_path / "run.json", tmp_path / "page.html"
    files = ("--json", target, "--html", page)
    code, _, _ = check("noise_norms", "noise_norms", "--seed-block", 2, "--workers", 3, "--no-controls", *files)
    assert code == 0
    ((wanted, workers),) = check.asked
    assert (workers, wanted) == (3, [Job("noise_norms", None, "quick", 2)])
    read = json.loads(target.read_text(encoding="utf-8"))
    assert (read["provenance"]["first_seed"], [v["seed"] for v in read["verdicts"]]) == (2_000_000, [2])
    again = tmp_path / "again.html"
    assert command("report", target, "--html", again) == (0, "", "")
    assert again.read_bytes() == page.read_bytes()


# --- Holm's procedure reaches what is printed and written


def open_verdicts():
    """Two open verdicts: the first is rejected by Holm's first step, the second only by its second."""
    n = len(random_statements())
    p_values = {"noise_norms": 0.5 * LEVEL / n, "noise_cross": 0.5 * (LEVEL / n + LEVEL / (n - 1)), "noise_signal": 0.1}
    jobs = [Job(id, None, "quick", 0) for id in p_values]
    return {job: replace(as_expected(job), status="inconclusive", p_value=p_values[job.id]) for job in jobs}


def test_samverify_check_takes_holms_later_steps(check, tmp_path):
    found = {job.id: verdict for job, verdict in open_verdicts().items()}
    code, out, _ = check(
        *found, "--no-controls", "--json", tmp_path / "run.json", change=lambda verdict: found[verdict.id]
    )
    assert code == 1
    assert "3 statements: 2 refuted, 1 inconclusive" in out
    read = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert [v["status"] for v in read["verdicts"]] == ["refuted", "refuted", "inconclusive"]


def test_pytest_verify_takes_holms_later_steps_in_table_and_file(tmp_path):
    verdicts, said = open_verdicts(), []
    options = {"--json": tmp_path / "run.json", "--scale": "quick", "--seed-block": 0, "--workers": None}
    config = SimpleNamespace(getoption=options.get, stash=pytest.Stash())
    config.stash[verify.conftest._VERDICTS] = verdicts
    config.stash[verify.conftest._WANTED] = list(verdicts)
    verify.conftest.pytest_sessionfinish(SimpleNamespace(config=config, exitstatus=0))
    reporter = SimpleNamespace(
        section=said.append, write=said.append, _tw=SimpleNamespace(fullwidth=120, hasmarkup=False), stats={}
    )
    verify.conftest.pytest_terminal_summary(reporter, config)
    assert "3 statements: 2 refuted, 1 inconclusive" in said[-1]
    read = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert [v["status"] for v in read["verdicts"]] == ["refuted", "refuted", "inconclusive"]
    assert read["partial"] is False


@pytest.mark.parametrize("asked", [{}, {"--no-page": True}, {"--page": "other.html"}])
def test_a_run_of_everything_leaves_its_page_unless_told_otherwise(tmp_path, monkeypatch, asked):
    monkeypatch.chdir(tmp_path)
    verdicts = open_verdicts()
    options = {"--scale": "quick", "--seed-block": 0} | {k: Path(v) if k == "--page" else v for k, v in asked.items()}
    config = SimpleNamespace(getoption=options.get, stash=pytest.Stash())
    config.stash[verify.conftest._VERDICTS] = verdicts
    config.stash[verify.conftest._WANTED] = list(verdicts)
    for everything in (False, True):
        wanted = [*verdicts] if everything else [*verdicts, Job("gap", None, "quick", 0)]
        monkeypatch.setattr(verify.conftest, "_all_jobs", lambda config, wanted=wanted: wanted)
        verify.conftest.pytest_sessionfinish(SimpleNamespace(config=config, exitstatus=0))
        assert (tmp_path / "report.html").exists() == (everything and not asked)


def pytest_verify(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "verify/", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_pytest_selects_one_statement_and_ends_with_the_table(tmp_path):
    target = tmp_path / "run.json"
    done = pytest_verify("-k", "noise_norms", "--seed-block", "1", "--workers", "1", "--json", str(target))
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout  # the statement, two controls, and the attack
    verdicts = done.stdout[done.stdout.index("= verdicts =") :]
    assert "1 statements: 1 confirmed. 2 controls: 2 refuted, as they must be." in verdicts
    assert "Attacks: 1 statements attacked, no counterexample." in verdicts
    read = json.loads(target.read_text(encoding="utf-8"))
    assert {v["id"] for v in read["verdicts"]} == {"noise_norms"}
    assert read["provenance"]["first_seed"] == 1_000_000


def test_pytest_knows_every_check_by_name():
    done = pytest_verify("--collect-only", "-q")
    assert done.returncode == 0
    found = [line.split("::") for line in done.stdout.splitlines() if "::" in line]
    collected = [name for file, name in found if not file.endswith("test_attacks.py")]
    names = [job.name for job in verify.run.in_order(verify.run.jobs())]
    tests = ("test_statement_is_confirmed", "test_control_is_refuted")
    assert collected == [f"{tests['-control' in name]}[{name}]" for name in names]


# --- samverify predict


@pytest.fixture
def short(monkeypatch):
    """Simulate for a few epochs only, whatever is asked; keep what was asked."""
    asked, real = [], verify.simulate.simulate

    def simulate(prediction, replicas, seed_block, budget, progress):
        asked.append((replicas, seed_block, budget))
        return real(prediction, 2, seed_block, 3)

    monkeypatch.setattr(verify.simulate, "simulate", simulate)
    return asked


def test_every_field_is_an_option(tmp_path):
    target = tmp_path / "p.json"
    fields = {"n": 8, "d": 500, "m": 4, "P": 3, "mu-norm": 2.5, "sigma-p": 0.5, "p": 0.2, "sigma-0": 0.25, "B": 2}
    fields["eta"] = 0.125
    words = [word for name, value in fields.items() for word in (f"--{name}", value)]
    code, out, _ = command("predict", *words, "--json", target)
    assert code == 0
    assert "Not given" not in out
    read = json.loads(target.read_text(encoding="utf-8"))
    assert read["prediction"]["setting"] == {name.replace("-", "_"): v for name, v in fields.items()}
    assert (read["chosen"], read["simulation"]) == ({}, None)


def test_options_override_the_file_and_delta_is_read(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text("[setting]\nn = 30\nd = 10_000\nm = 15\nmu_norm = 2.0\n", encoding="utf-8")
    assert "predicts harmful" in command("predict", config)[1]
    assert "predicts benign" in command("predict", config, "--mu-norm", 13)[1]
    assert "SAM benign from     P sigma_p sqrt(log(1/epsilon))  3.462" in command(*LEAST)[1]
    assert "n / log(m/delta)" in command(*LEAST)[1]
    assert command(*LEAST, "--delta", 0.0096)[1] != command(*LEAST)[1]


def test_simulation_reaches_text_and_file(short, tmp_path):
    target = tmp_path / "p.json"
    code, out, _ = command(*LEAST, "--simulate", "--replicas", 7, "--seed-block", 3, "--epochs", 99, "--json", target)
    assert (code, short) == (0, [(7, 3, 99)])
    assert "Seeds 3,000,000 to 3,000,001." in out
    read = json.loads(target.read_text(encoding="utf-8"))["simulation"]
    assert (read["first_seed"], len(read["sgd"]["errors"])) == (3_000_000, 2)
