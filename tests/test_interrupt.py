"""Ctrl-C ends a run cleanly: exit code 3, no traceback, and what was finished is kept and called partial."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import command
from made_up import verdict

import verify.run
from dynamics.processes import Pool, one_stop
from verify.report.schema import Verdict
from verify.run import Job, submit

ROOT = Path(__file__).parent.parent
LONG = "loss_convergence"  # takes many times longer than what is waited here


@pytest.fixture
def ctrl_c_as_before():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("finished", [0, 1, 6])
@pytest.mark.usefixtures("ctrl_c_as_before")
def test_what_was_finished_is_kept_and_called_partial(monkeypatch, tmp_path, finished):
    def run(wanted, workers=None):
        for job in wanted[:finished]:
            yield job, Verdict(**verdict(job.id, control=None if job.control is None else f"broken {job.control}"))
        raise KeyboardInterrupt

    monkeypatch.setattr(verify.run, "run", run)
    target = tmp_path / "run.json"
    files = ("--json", target, "--html", target.with_suffix(".html"))
    code, _, err = command("check", "noise_norms", "init_norms", *files)
    *lines, last = err.splitlines()
    assert (code, len(lines), last) == (3, finished, f"samverify: interrupted; {finished} of 6 checks were made")
    read = json.loads(target.read_text(encoding="utf-8"))
    names = [job.name for job in verify.run.jobs(["noise_norms", "init_norms"])]
    assert read["missing"] == names[finished:]
    assert read["partial"] is (finished < 6)
    told = f"this page is partial: {6 - finished} checks are missing, {', '.join(names[finished:])}"
    assert (told in target.with_suffix(".html").read_text(encoding="utf-8")) == (finished < 6)


@pytest.mark.usefixtures("ctrl_c_as_before")
def test_only_the_first_interrupt_counts():
    def twice():
        with one_stop():
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        twice()
    signal.raise_signal(signal.SIGINT)  # nothing


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


# processes of their own


def lines_of(file):
    try:
        return Path(file).read_text()
    except OSError:
        return ""


def children(process):
    return lines_of(f"/proc/{process.pid}/task/{process.pid}/children").split()


def hear_ctrl_c():
    """Undo that a program started in the background of a shell is deaf to Ctrl-C, and so are its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(*arguments, times=1, number=signal.SIGINT):
    """Start a program, press Ctrl-C once its workers are there, and return its exit code, output and errors."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=hear_ctrl_c, start_new_session=True,  # as in a terminal, all its processes hear of Ctrl-C
    )  # fmt: skip
    while len(children(process)) < 2 and process.poll() is None:
        time.sleep(0.01)
    workers = children(process)
    assert len(workers) >= 2, process.communicate()
    for _ in range(times):
        os.killpg(process.pid, number)
        time.sleep(0.02)
    out, err = process.communicate(timeout=300)
    assert not any("spawn_main" in lines_of(f"/proc/{worker}/cmdline") for worker in workers)
    return process.returncode, out, err


@pytest.mark.parametrize(("times", "number"), [(4, signal.SIGINT), (1, signal.SIGTERM), (1, signal.SIGHUP)])
def test_samverify_in_a_process_of_its_own(tmp_path, times, number):
    target = tmp_path / "run.json"
    code, _, err = interrupted(
        "samverify", "check", LONG, "--scale", "full", "--json", str(target), times=times, number=number
    )
    assert (code, err) == (3, "samverify: interrupted; 0 of 3 checks were made\n")
    assert json.loads(target.read_text(encoding="utf-8"))["partial"] is True
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


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
        [sys.executable, "-m", "pytest", "verify/", "-k", "(noise_norms or noise_cross) and not attack", *options],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}, preexec_fn=hear_ctrl_c,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "statements: " in done.stdout
    read = json.loads(target.read_text(encoding="utf-8"))
    assert read["verdicts"]
    assert read["partial"] is True
    assert len(read["missing"]) + len(read["verdicts"]) == len(verify.run.jobs(["noise_norms", "noise_cross"]))
