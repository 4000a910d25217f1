"""What a release must bear: lost terminals, dying workers, foreign repositories, caches, systems, names and limits."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import matplotlib
import pytest
from command import command
from sweep_process import CONFIG

import verify.run
from dynamics import provenance, training
from dynamics.engines import compiled, jit
from dynamics.output import lasting, lost
from dynamics.processes import CannotStart, Died, Pool
from figures import FIGURES
from sweeps import Config, sweep
from sweeps.plan import MOST_RUNS, Plan
from verify.report.render import page
from verify.report.results import read_results
from verify.run import Job, outcome, run
from verify.verdict import Failure

ROOT = Path(__file__).parent.parent
SETTING = {"n": 4, "d": 50, "m": 2, "P": 2, "B": 2, "p": 0.1, "sigma_p": 1.0, "sigma_0": 0.01, "eta": 0.01}
PHASES = {"sgd": [{"rule": "sgd", "epochs": 3}]}
SMALL = {"setting": SETTING, "grid": {"mu_norm": [4.0]}, "phases": PHASES, "test_samples": 10, "replicas": 1}


def python(*arguments, cwd=ROOT, **environment):
    environment = {"PYTHONPATH": str(ROOT)} | environment
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False)


# --- output


@pytest.mark.parametrize("redirection", [">/dev/full", ">&- 2>&-", "2>&1 | true"])
def test_evidence_is_there_whatever_becomes_of_the_terminal(tmp_path, redirection):
    check = f"'{sys.executable}' -m samverify check init_norms --no-controls --workers 1 --json a.json --html a.html"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    script = f"set -o pipefail; {check} {redirection}"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [v["status"] for v in json.loads((tmp_path / "a.json").read_text())["verdicts"]] == ["confirmed"]
    assert "init_norms" in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_a_stream_lasts(tmp_path):
    with Path("/dev/full").open("w") as full:
        stream = lasting(full)
        print("lost", file=stream, flush=True)
        assert isinstance(lost(stream), OSError)
    with (tmp_path / "text").open("w", encoding="ascii") as ascii_only:
        stream = lasting(ascii_only)
        print("swü", file=stream)
        assert lost(stream) is None
    assert (tmp_path / "text").read_text() == "sw\\xfc\n"
    with lasting(None) as nowhere:
        print("nothing", file=nowhere, flush=True)
    text = io.StringIO()
    assert lasting(text) is text


# --- workers


class Odd(Job):
    """A check that goes wrong."""

    def __call__(self):
        if self.scale == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        raise KeyError("odd\n")


def test_a_check_that_raises_or_dies_loses_itself_only():
    odd = [Odd("noise_norms", None, "dies", 0), Odd("init_norms", 1, "raises", 0)]
    found = dict(run([odd[0], Job("noise_norms", 0, "quick", 0), odd[1], Job("init_norms", 0, "quick", 0)], workers=1))
    assert [v.status for v in found.values() if not isinstance(v, Failure)] == ["refuted", "refuted"]
    assert found[odd[0]].reason == "its process was ended by SIGKILL (no memory?)"
    assert not found[odd[0]].unexpected
    assert (found[odd[1]].name, found[odd[1]].unexpected) == ("init_norms-control1", True)
    assert found[odd[1]].reason == r"KeyError: 'odd\n'"
    assert "in __call__" in found[odd[1]].details


@pytest.mark.parametrize(("unexpected", "code"), [(True, 4), (False, 3)])
def test_a_failure_is_told_and_kept(monkeypatch, tmp_path, unexpected, code):
    def run(wanted, workers=None):
        yield wanted[0], Failure(wanted[0].id, None, "KeyError: 'x'", unexpected, "Traceback ...")
        yield wanted[1], wanted[1]()

    monkeypatch.setattr(verify.run, "run", run)
    target = tmp_path / "run.json"
    ended, out, err = command("check", "noise_norms", "init_norms", "--no-controls", "--json", target)
    assert ended == code
    assert "no verdict: noise_norms: KeyError: 'x'" in out
    assert ("please report this line" in err) == unexpected
    read = json.loads(target.read_text())
    assert read["failed"] == [{"id": "noise_norms", "control": None, "reason": "KeyError: 'x'"}]
    assert (read["partial"], read["missing"]) == (True, [])
    assert "1 checks ended without a verdict: <code>noise_norms</code> (KeyError" in page(read_results(target))


def unpickled(*_):
    raise AssertionError("this cannot be opened")


class Stubborn(Exception):
    def __reduce__(self):
        return unpickled, ()


def raise_stubborn():
    raise Stubborn("no way back")


def test_results_that_cannot_travel_are_told():
    with Pool(1) as executor:
        with pytest.raises(RuntimeError, match="Stubborn: no way back"):
            executor.submit(raise_stubborn).result()
        with pytest.raises(RuntimeError, match="pickle"):
            executor.submit(eval, "lambda: 0").result()
        assert executor.submit(abs, -3).result() == 3  # the process is the same and well


def test_tasks_of_a_pool_that_was_ended_do_not_wait():
    executor = Pool(1)
    futures = [executor.submit(time.sleep, 600) for _ in range(3)]
    while not futures[0].running():
        time.sleep(0.01)
    executor.end()
    assert isinstance(futures[0].exception(), Died)
    assert [future.cancelled() for future in futures[1:]] == [True, True]


def test_no_process_at_all_is_an_error_and_not_a_list_of_failures():
    future = SimpleNamespace(exception=lambda: CannotStart("why"))
    with pytest.raises(CannotStart, match="why"):
        outcome(Job("noise_norms", None, "quick", 0), future)


def test_a_script_without_a_guard_is_told(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(f"from sweeps import Config, sweep\nsweep(Config(**{SMALL}), 'out')\n")
    done = python(script, cwd=tmp_path)
    assert done.returncode == 1
    assert 'under `if __name__ == "__main__":`' in done.stderr.splitlines()[-1]
    assert "no memory" not in done.stderr


# --- where results come from


@pytest.mark.parametrize("tracked", [False, True])
def test_the_commit_of_another_repository_is_not_ours(tmp_path, tracked):
    place = tmp_path / "vendor" / "dynamics" / "provenance.py"
    place.parent.mkdir(parents=True)
    shutil.copy(provenance.__file__, place)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@x"]
    add = [("add", "-A")] if tracked else []
    for words in (("init", "-q"), *add, ("commit", "-q", "--allow-empty", "-m", "x")):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    says = f"import runpy; print(runpy.run_path({str(place)!r})['commit']())"
    assert python("-c", says).stdout == "unknown\n"
    assert python("-c", says, GIT_DIR=str(ROOT / ".git"), GIT_WORK_TREE=str(ROOT)).stdout == "unknown\n"
    place.with_name(provenance.BUILT).write_text("0123abc\n")
    assert python("-c", says).stdout == "0123abc\n"


def test_the_environment_does_not_name_another_repository(monkeypatch, tmp_path):
    before = provenance.commit()
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / ".git"))
    assert provenance.commit() == before


# --- numba


class Spoiled:
    cache_path = "the folder"

    def load_overload(self, *_):
        raise EOFError

    def save_overload(self, *_):
        raise OSError(28, "No space left on device")

    def flush(self):
        self.flushed = True


def test_a_cache_that_fails_is_passed_over():
    jit._tell.cache_clear()
    cache = jit._Cache(Spoiled())
    assert cache.load_overload() is None
    assert cache.flushed
    with pytest.warns(RuntimeWarning, match="cannot be kept in 'the folder', .*No space left on device"):
        cache.save_overload()
    cache.save_overload()  # once is enough: warnings are errors here


def test_without_any_folder_for_the_cache_a_function_is_compiled_all_the_same(monkeypatch):
    jit._tell.cache_clear()
    monkeypatch.setattr("numba.core.caching.CacheImpl._locator_classes", [])
    with pytest.warns(RuntimeWarning, match="cannot be kept, so that each process compiles it anew"):
        kernel = jit.jit(lambda x: x + 1.0)
    assert kernel(1.0) == 2.0


def test_numba_that_does_not_work_is_passed_over(monkeypatch):
    def fails(*_):
        raise RuntimeError("no such machine\nmore")

    monkeypatch.setattr(compiled, "run", fails)
    with pytest.warns(RuntimeWarning, match=r"NumPy trains, more slowly \(no such machine\)"):
        assert training._compiled.__wrapped__() is None


# --- systems, names, settings of the user


def test_a_system_without_what_posix_has(tmp_path):
    (tmp_path / "small.toml").write_text(CONFIG.replace("[1000, 3000, 10000]", "[1000]").replace(", 30.0, 40.0", ""))
    program = """
import os, signal, sys
del os.sched_getaffinity, signal.pthread_sigmask, signal.SIGHUP
sys.modules["fcntl"] = None
import samverify
if __name__ == "__main__":
    for words in ("check init_norms --no-controls --json a.json", "report a.json --html a.html",
                  "predict --n 8 --d 1e4 --m 4 --mu-norm 4 --eta 0.01 --simulate --replicas 2",
                  "sweep small.toml --out out"):
        sys.argv = ["samverify", *words.split()]
        try:
            samverify.main()
        except SystemExit as end:
            assert not end.code, (words, end.code)
"""
    (tmp_path / "program.py").write_text(program)
    done = python("program.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.html").exists()
    assert (tmp_path / "out" / "sweep.nc").exists()


def test_a_matplotlibrc_changes_no_byte(tmp_path):
    theirs = {"text.usetex": True, "axes.unicode_minus": False, "savefig.bbox": "tight", "font.size": 20}
    with matplotlib.rc_context(theirs):
        picture = FIGURES["exponents"].make(ROOT / "results", tmp_path)
        assert matplotlib.rcParams["font.size"] == 20
    assert picture.read_bytes() == (ROOT / "figures" / "gallery" / picture.name).read_bytes()


@pytest.mark.parametrize("theirs", ["verify.py", "dynamics/__init__.py"])
def test_a_name_that_is_shadowed_is_told(tmp_path, theirs):
    place = tmp_path / theirs
    place.parent.mkdir(exist_ok=True)
    place.write_text("")
    done = python("-m", "samverify", "check", cwd=tmp_path, PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    ours = ROOT / place.relative_to(tmp_path).parts[0].removesuffix(".py") / "__init__.py"
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"samverify: {str(place)!r} is imported as ")
    assert repr(str(ours)) in line


def test_the_version_is_said():
    code, out, _ = command("--version")
    assert code == 0
    assert out.startswith("samverify ")
    assert provenance.commit() in out


# --- exit codes and limits


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("not ours"), EOFError(), AssertionError(), SystemError()])
def test_an_unexpected_error_is_four(monkeypatch, error):
    def fails(*_):
        raise error

    monkeypatch.setattr(verify.run, "jobs", fails)
    code, out, err = command("check")
    assert (code, out) == (4, "")
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith(f"samverify: unexpected error, {type(error).__name__}")
    assert "please report" in err.splitlines()[-1]


def test_a_value_error_from_below_is_not_bad_input(monkeypatch):
    monkeypatch.setattr(verify.run, "in_order", int)
    monkeypatch.setattr(verify.run, "run", lambda wanted, workers: verify.run.submit(None, "x"))
    assert command("check", "noise_norms")[0] == 4  # int("x") fails inside one of our functions, which raises nothing


def test_a_dataset_that_its_format_cannot_hold_is_refused_before_the_first_cell(monkeypatch):
    assert 8 * MOST_RUNS < 2**31 <= 8 * (MOST_RUNS + 1)
    grid = {"mu_norm": [1.0 + k for k in range(26_844)]}
    with pytest.raises(ValueError, match=r"26,844 \* 1 \* 10,000 runs are not allowed: .* at most 268,435,455"):
        Plan(Config(**SMALL | {"grid": grid, "replicas": 10_000})).check()
    monkeypatch.setattr("sweeps.plan.MOST_RUNS", 2)
    Plan(Config(**SMALL | {"replicas": 2})).check()
    with pytest.raises(ValueError, match="at most 2,"):
        Plan(Config(**SMALL | {"replicas": 3})).check()


def test_what_a_file_browser_leaves_is_no_stranger(tmp_path):
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (tmp_path / name).touch()
    config = Config(**SMALL)
    with Pool(1) as executor:
        sweep(config, tmp_path, executor).close()
    (tmp_path / "sweep.json").unlink()
    shutil.rmtree(tmp_path / "cells")
    with pytest.raises(ValueError, match=r"it holds 'sweep.nc' but no sweep"):
        sweep(config, tmp_path)
