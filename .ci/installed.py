"""What a user may do to an installed wheel: killed, stopped, no room, nobody listening, a cache that cannot be written.

python .ci/installed.py dist/*.whl [OPTIONS OF PIP ...]: installs the wheel in a new environment outside any checkout,
inside a git repository of something else, and prints a table; exit code 1 if a row is wrong. Linux, as root.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# one that is done in seconds, and one that is not
LONG = (
    "check",
    "init_norms",
    "loss_convergence",
    "--no-controls",
    "--scale",
    "full",
    "--workers",
    "2",
    "--json",
    "a.json",
)
SHORT = ("check", "init_norms", "--no-controls", "--workers", "1", "--json", "a.json", "--html", "a.html")
PREDICT = ("predict", "--n", "8", "--d", "1e4", "--m", "4", "--mu-norm", "4", "--simulate", "--replicas", "2")


class Installed:
    """A wheel in an environment of its own, inside a foreign repository."""

    def __init__(self, wheel: Path, folder: Path, options: list[str]) -> None:
        self.work = folder / "somebody's work"
        self.work.mkdir()
        for command in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "theirs")):
            subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *command], cwd=self.work, check=True)
        self.environment = self.work / ".venv"
        subprocess.run([sys.executable, "-m", "venv", self.environment], check=True)
        self.python = self.environment / "bin" / "python"
        subprocess.run(
            [self.python, "-m", "pip", "install", "-q", *options, f"{wheel}[fast]", "pytest-xdist"], check=True
        )
        self.command = self.environment / "bin" / "samverify"

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        """Start the command at the head of a group of processes."""
        for left in ("a.json", "a.html"):
            (self.work / left).unlink(missing_ok=True)
        environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "NUMBA_CACHE_DIR")}
        return subprocess.Popen(
            [self.command, *arguments],
            cwd=self.work,
            env=environment | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def shell(self, script: str, *arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run a shell script in the folder; "$@" in it is the command with its arguments."""
        for left in ("a.json", "a.html"):
            (self.work / left).unlink(missing_ok=True)
        command = [*prefix, "bash", "-c", script, "bash", self.command, *arguments]
        return subprocess.run(command, cwd=self.work, capture_output=True, text=True, check=False)

    @property
    def evidence(self) -> dict:
        """What was written to a.json."""
        return json.loads((self.work / "a.json").read_text(encoding="utf-8"))


def fields(pid: int) -> list[str]:
    """Return what the system says of a process, from its state on; nothing if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def group(leader: int) -> list[int]:
    """Return the processes of a group that are alive."""
    found = {int(stat.parent.name): fields(int(stat.parent.name)) for stat in Path("/proc").glob("[0-9]*/stat")}
    return [pid for pid, told in found.items() if told and int(told[2]) == leader and told[0] != "Z"]


def workers(leader: int) -> list[int]:
    """Return the processes of a pool."""
    return [pid for pid in group(leader) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def done(pid: int) -> bool:
    """Say whether a worker has computed for a second or more, and now waits."""
    for _ in range(20):
        told = fields(pid)
        if not told or told[0] != "S" or int(told[11]) < 100:
            return False
        time.sleep(0.1)
    return True


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition, and say whether it came."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def computing(process: subprocess.Popen[str]) -> bool:
    """Wait until one worker is done, and one is not."""
    return until(lambda: len(at := workers(process.pid)) == 2 and any(map(done, at)), 400)


def stopped(number: signal.Signals, to_all: bool) -> Callable[[Installed], str]:
    """Stop a check by a signal: exit code 3, its file is there, no process stays."""

    def row(it: Installed) -> str:
        process = it.start(*LONG)
        assert computing(process)
        (os.killpg if to_all else os.kill)(process.pid, number)
        _, err = process.communicate(timeout=300)
        assert process.returncode == 3, (process.returncode, err)
        assert "Traceback" not in err, err
        assert it.evidence["partial"]
        assert until(lambda: not group(process.pid), 30), "a process stays"
        assert [v["id"] for v in it.evidence["verdicts"]] == ["init_norms"], it.evidence
        return f"exit code 3, what was finished is kept, {it.evidence['missing']} called missing, no process stays"

    return row


def kill_9(it: Installed) -> str:
    """Kill the command alone: its workers end too."""
    process = it.start(*LONG)
    assert computing(process)
    process.kill()
    process.communicate()
    assert until(lambda: not group(process.pid), 60), "a process stays"
    return "no process stays"


def kill_9_of_a_worker(it: Installed) -> str:
    """Kill a worker: its own check is lost, with the reason, and the others are made."""
    process = it.start("check", "init_norms", "sam_benign", "--no-controls", "--workers", "2", "--json", "a.json")
    assert until(lambda: len(workers(process.pid)) == 2, 300)
    os.kill(max(workers(process.pid)), signal.SIGKILL)
    _, err = process.communicate(timeout=600)
    assert process.returncode == 3, (process.returncode, err)
    assert len(it.evidence["verdicts"]) == 1, it.evidence
    return it.evidence["failed"][0]["reason"]


def printed(redirection: str) -> Callable[[Installed], str]:
    """Check with output that cannot be printed: both files are there, and the exit code is that of the verdicts."""

    def row(it: Installed) -> str:
        done = it.shell(f'set -o pipefail; "$@" {redirection}', *SHORT)
        assert done.returncode == 0, (done.returncode, done.stderr)
        assert [v["status"] for v in it.evidence["verdicts"]] == ["confirmed"]
        assert (it.work / "a.html").stat().st_size > 10_000
        assert "Traceback" not in done.stderr
        return "exit code 0, JSON and HTML are there"

    return row


def own_commit(it: Installed) -> str:
    """Ask for the version inside a foreign repository."""
    foreign = subprocess.run(["git", "rev-parse", "HEAD"], cwd=it.work, capture_output=True, text=True, check=True)
    out, _ = it.start("--version", GIT_DIR=str(it.work / ".git"), GIT_WORK_TREE=str(it.work)).communicate(timeout=100)
    assert foreign.stdout.strip() not in out, out
    return out.strip()


def trains(script: str, *told: str, **changes: str) -> Callable[[Installed], str]:
    """Train where numba's cache has no room or no place: one line of warning, exit code 0."""

    def row(it: Installed) -> str:
        given = "; ".join(f"export {name}={value}" for name, value in changes.items())
        done = it.shell(f'{given or ":"}; {script} && exec "$@"', *PREDICT, prefix=("unshare", "--mount"))
        assert done.returncode == 0, (done.returncode, done.stderr)
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        assert len(lines) == bool(told), lines
        assert all(word in done.stderr for word in told), lines
        return lines[0][:110] if lines else "exit code 0, silent"

    return row


def damaged(suffix: str) -> Callable[[Installed], str]:
    """Train with a cache whose files are cut short."""

    def row(it: Installed) -> str:
        cache = it.work / "cache"
        for attempt in range(2):
            out, err = it.start(*PREDICT, NUMBA_CACHE_DIR=str(cache)).communicate(timeout=600)
            assert not err.strip(), err
            assert "SAM" in out
            if attempt == 0:
                files = list(cache.rglob(f"*.{suffix}"))
                assert files
                for file in files:
                    file.write_bytes(file.read_bytes()[:100])
        return f"{len(files)} files cut short, compiled anew"

    return row


def xdist(it: Installed) -> str:
    """Check by pytest on two processes of pytest-xdist."""
    verify = next(it.environment.glob("lib/*/site-packages/verify"))
    command = [it.python, "-m", "pytest", verify, "-q", "-n", "2", "-k", "init_norms", "--json", "a.json"]
    done = subprocess.run(command, cwd=it.work, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("1 statements: 1 confirmed. 2 controls: 2 refuted") == 1, done.stdout
    assert len(it.evidence["verdicts"]) == 3
    return "one table, one JSON"


def full_disk(it: Installed) -> str:
    """Write a page to a disk without room for it: exit code 3, and where it is instead."""
    script = 'mkdir -p small && mount -t tmpfs -o size=8k tmpfs small && cd small && exec "$@"'
    done = it.shell(script, *SHORT, prefix=("unshare", "--mount"))
    assert done.returncode == 3, (done.returncode, done.stderr)
    assert "confirmed" in done.stdout
    return done.stderr.strip().splitlines()[-1][:110]


READ_ONLY = 'mount --bind "$PWD/.venv" "$PWD/.venv" && mount -o remount,bind,ro "$PWD/.venv"'
ROWS: dict[str, Callable[[Installed], str]] = {
    "inside a foreign repository, GIT_DIR set": own_commit,
    "SIGTERM": stopped(signal.SIGTERM, to_all=False),
    "SIGTERM to all its processes": stopped(signal.SIGTERM, to_all=True),
    "SIGHUP": stopped(signal.SIGHUP, to_all=True),
    "kill -9": kill_9,
    "kill -9 of a worker": kill_9_of_a_worker,
    "| true": printed("| true"),
    ">/dev/full": printed(">/dev/full"),
    ">&-": printed(">&-"),
    "2>&-": printed("2>&-"),
    ">&- 2>&-": printed(">&- 2>&-"),
    "disk full": full_disk,
    "environment read-only, no HOME": trains(READ_ONLY, "cannot be kept", HOME="/proc/nope"),
    "disk of numba's cache full": trains(
        'mkdir -p tiny && mount -t tmpfs -o size=16k tmpfs tiny && export NUMBA_CACHE_DIR="$PWD/tiny"',
        "cannot be kept in",
        "tiny",
    ),
    "numba's cache is a file": trains('touch file && export NUMBA_CACHE_DIR="$PWD/file"'),
    "every .nbi cut short": damaged("nbi"),
    "every .nbc cut short": damaged("nbc"),
    "pytest -n 2": xdist,
}


def main() -> int:
    """Install, try every row, and print the table."""
    folder = Path(tempfile.mkdtemp(prefix="installed-"))
    wrong = 0
    try:
        it = Installed(Path(sys.argv[1]).resolve(), folder, sys.argv[2:])
        for name, row in ROWS.items():
            try:
                told = f"fine   {row(it)}"
            except (AssertionError, subprocess.TimeoutExpired, OSError, IndexError) as error:
                wrong += 1
                told = f"WRONG  {type(error).__name__}: {error}"
            print(f"{name:42} {told}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(ROWS) - wrong} passed, {wrong} failed")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
