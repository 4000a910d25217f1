"""Ctrl-C ends a run cleanly: exit code 3, no traceback, and what was finished is kept and called partial."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import samverify
import verify.run
from dynamics.processes import Pool, one_stop
from verify.run import Job, submit
from verify.verdict import as_json

ROOT = Path(__file__).parent.parent
LONG = "loss_convergence"  # takes many times longer than what is waited here


@pytest.fixture
def ctrl_c_as_before():
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def command(monkeypatch, capsys, tmp_path, ctrl_c_as_before):
    """Check two statements, of which the first check is finished when `end` is raised; return all that is seen."""

    def call(end, finished=1):
        target = tmp_path / "run.json"

        def run(wanted, workers=None):
            for job in wanted[:finished]:
                yield job, job()
            raise end

        monkeypatch.setattr(verify.run, "run", run)
        files = ["--json", str(target), "--html", str(target.with_suffix(".html"))]
        monkeypatch.setattr(sys, "argv", ["samverify", "check", "noise_norms", "init_norms", *files])
        with pytest.raises(SystemExit) as caught:
            samverify.main()
        return caught.value.code, *capsys.readouterr(), json.loads(target.read_text(encoding="utf-8"))

    return call


@pytest.mark.parametrize(
    ("end", "reason"),
    [(KeyboardInterrupt(), "interrupted")],
)
def test_what_was_finished_is_kept_and_called_partial(command, end, reason):
    code, out, err, read = command(end)
    assert code == 3
    assert "1 statements: 1 confirmed. 0 controls" in out
    assert err == f"samverify: {reason}; 1 of 6 checks were made\n"
    assert [v["id"] for v in read["verdicts"]] == ["noise_norms"]
    assert read["partial"] is True
    assert read["missing"] == [
        "noise_norms-control0",
        "noise_norms-control1",
        "init_norms",
        "init_norms-control0",
        "init_norms-control1",
    ]


def test_the_page_says_that_it_is_partial(command, tmp_path):
    command(KeyboardInterrupt(), finished=2)
    page = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert "this page is partial: 4 checks are missing, noise_norms-control1, init_norms," in page
    command(KeyboardInterrupt(), finished=6)
    assert "partial" not in (tmp_path / "run.html").read_text(encoding="utf-8")


def test_nothing_finished(command):
    code, out, err, read = command(KeyboardInterrupt(), finished=0)
    assert (code, out, err) == (3, "", "samverify: interrupted; 0 of 6 checks were made\n")
    assert read["verdicts"] == []
    assert read["partial"] is True


def test_interrupted_at_the_very_end_is_whole(command):
    code, _, _, read = command(KeyboardInterrupt(), finished=6)
    assert code == 3
    assert (read["partial"], read["missing"]) == (False, [])


def test_a_whole_run_is_not_partial():
    made = as_json([], "quick", 0)
    assert (made["partial"], made["missing"]) == (False, [])


def test_ctrl_c_before_any_check_is_three(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(verify.run, "jobs", interrupted)
    monkeypatch.setattr(sys, "argv", ["samverify", "check", "noise_norms"])
    with pytest.raises(SystemExit) as caught:
        samverify.main()
    assert caught.value.code == 3
    assert capsys.readouterr().err == "samverify: interrupted\n"


def test_only_the_first_interrupt_counts(ctrl_c_as_before):
    def twice():
        with one_stop():
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        twice()
    signal.raise_signal(signal.SIGINT)  # nothing


def test_without_an_interrupt_all_is_as_before(ctrl_c_as_before):
    before = signal.getsignal(signal.SIGINT)
    with one_stop():
        pass
    assert signal.getsignal(signal.SIGINT) is before


def test_workers_stop_in_the_middle_of_a_check():
    executor = Pool(1)
    future = submit(executor, [Job(LONG, None, "full", 0)])[Job(LONG, None, "full", 0)]
    while not future.running():
        time.sleep(0.01)
    began = time.monotonic()
    executor.end()
    assert time.monotonic() - began < 10
    assert future.done()


def held_signals():
    return signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_workers_do_not_hear_of_ctrl_c():
    # in a terminal it reaches all processes, and each worker would print a traceback
    with Pool(1) as executor:
        submit(executor, [Job("noise_norms", None, "quick", 0)])  # this starts the only worker
        assert signal.SIGINT in executor.submit(held_signals).result()
    assert signal.SIGINT not in held_signals()


def test_a_consumer_that_stops_early_does_not_wait():
    made = verify.run.run([Job("noise_norms", None, "quick", 0), Job(LONG, 0, "full", 0)], workers=2)
    assert next(made)[0].id == "noise_norms"
    began = time.monotonic()
    made.close()
    assert time.monotonic() - began < 10


# processes of their own


def children(process):
    try:
        return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    except OSError:
        return []


def hear_ctrl_c():
    """Undo that a program started in the background of a shell is deaf to Ctrl-C, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(*arguments, times=1, number=signal.SIGINT):
    """Start a program, press Ctrl-C once its workers are there, and return its exit code, output and errors."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
        start_new_session=True,  # a group of its own: as in a terminal, all its processes hear of Ctrl-C
    )
    while len(children(process)) < 2 and process.poll() is None:
        time.sleep(0.01)
    workers = children(process)
    assert len(workers) >= 2, process.communicate()
    for _ in range(times):
        os.killpg(process.pid, number)
        time.sleep(0.02)
    out, err = process.communicate(timeout=300)
    assert not any("spawn_main" in command_line(worker) for worker in workers)
    return process.returncode, out, err


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@pytest.mark.parametrize(("times", "number"), [(4, signal.SIGINT), (1, signal.SIGTERM), (1, signal.SIGHUP)])
def test_samverify_in_a_process_of_its_own(tmp_path, times, number):
    target = tmp_path / "run.json"
    code, _, err = interrupted(
        "samverify", "check", LONG, "--scale", "full", "--json", str(target), times=times, number=number
    )
    assert code == 3
    assert err == "samverify: interrupted; 0 of 3 checks were made\n"
    assert json.loads(target.read_text(encoding="utf-8"))["partial"] is True
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_pytest_in_a_process_of_its_own():
    options = ("-p", "no:cacheprovider", "-k", LONG, "--scale", "full")
    code, out, err = interrupted("pytest", "verify/", *options, number=signal.SIGTERM)
    assert code == 2
    assert "KeyboardInterrupt" in out
    assert "Traceback" not in out + err


def test_pytest_keeps_what_was_finished(tmp_path):
    # the first check that is done interrupts the run
    target = tmp_path / "run.json"
    plugin = tmp_path / "interrupt_after_the_first.py"
    plugin.write_text(
        "import os, signal\n"
        "def pytest_runtest_logreport(report):\n"
        "    if report.when == 'call':\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
    )
    options = ["-p", "no:cacheprovider", "-p", plugin.stem, "--workers", "1", "--json", str(target)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "verify/", "-k", "noise_norms or noise_cross", *options],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        preexec_fn=hear_ctrl_c,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "statements: " in done.stdout
    read = json.loads(target.read_text(encoding="utf-8"))
    assert read["verdicts"]
    assert read["partial"] is True
    kept = len(read["verdicts"])
    assert len(read["missing"]) + kept == len(verify.run.jobs(["noise_norms", "noise_cross"]))
