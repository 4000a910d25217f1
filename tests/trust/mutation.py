"""Does the suite see a fault? A random sample of mutants of the code, and flips of the theory, each run by its tests.

    git worktree add --detach ../mutants                        # where mutants are applied, one at a time
    python -m tests.trust.mutation map ../mutants               # which test runs which line, and how long it takes
    python -m tests.trust.mutation run ../mutants --seed 0      # a sample of 300, drawn by a seed, 60 a folder
    python -m tests.trust.mutation flips ../mutants             # the theory's own, from tests/trust/mutations/
    python -m tests.trust.mutation score                        # how many were killed, by folder, and what survived

A mutant is first run by the tests that reach its statement, the shortest first, a quarter of a minute of them; in
`theorems/` then by the check of the statement that it is in, or of one that reads it, with its controls. It is killed
if one of these turns red, or does not end. What was found is kept after each mutant; `run` goes on where it was ended.
"""

import argparse
import json
import multiprocessing
import os
import re
import resource
import signal
import subprocess
import sys
import time
import tomllib
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "results" / "mutation.json"
EQUIVALENT = Path(__file__).parent / "mutations" / "equivalent.toml"
_MAP = ROOT / ".mutation"  # not in the repository
_FOLDERS = {"dynamics", "theorems", "verify", "sweeps", "figures"}
_PACKAGES = _FOLDERS | {"samverify", "tests", "command", "made_up", "conftest"}
_READY = ["numpy", "scipy.stats", "matplotlib.pyplot", "xarray", "pydantic", "pytest", "rich.console"]
_BUDGET = 15.0  # seconds of tests that a mutant may cost, as they took when mapped
_NOT_STARTED = 97
_CONTROL = ["tests/test_setting.py"]
_STILL = 300.0  # seconds after which a mutant that only waits is given up


def _inside(tree: Path, log: Path, arguments: list[str], check: bool, seconds: float) -> None:
    """In a process of its own: run pytest or the command on the packages of a tree, and end with its exit code."""
    try:
        os.setsid()
        os.chdir(tree)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
        said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    except BaseException:
        traceback.print_exc()
        os._exit(_NOT_STARTED)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.path[:] = [str(tree), *(p for p in sys.path if p and Path(p).resolve() not in (ROOT, tree))]
    for name in [name for name in sys.modules if name.split(".")[0] in _PACKAGES]:
        del sys.modules[name]
    main: Any = sys.modules["__main__"]
    main.__spec__ = main.__file__ = None  # processes that the tests start do not run this file
    os.environ |= {"PYTHONPATH": str(tree), "OPENBLAS_NUM_THREADS": "1"}
    code: Any = 4
    try:
        if check:
            import samverify  # the tree's

            sys.argv = ["samverify", "check", *arguments, "--workers", "1"]
            samverify.main()
            code = 0
        else:
            import pytest

            code = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--no-header", *arguments]))
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 4)


def _runs(session: int) -> bool:
    """Say whether a process of a session wants to compute."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, own = stat.read_text().rsplit(")", 1)[1].split()[:4]
            if int(own) == session and state in "RD":
                return True
    return False


class Tree:
    """A worktree in which mutants are applied, one at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        if self.folder == ROOT or self._git("status", "--porcelain"):
            raise ValueError(f"{str(folder)!r} must be another worktree, without changes")
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_READY)
        _MAP.mkdir(exist_ok=True)

    def without_a_mutant(self, tests: list[str], checks: list[str] | None = None) -> None:
        """Raise ValueError if what should kill is red on its own, as where this tool itself does not work."""
        for arguments, check in ((tests, False), (checks, True)):
            if arguments and (said := self.red(arguments, check)):
                raise ValueError(
                    f"without a mutant it is red, too: {said}\n{(_MAP / 'log').read_text('utf-8')[-2000:]}"
                )

    def _git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", self.folder, *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    @contextmanager
    def changed(self, file: str, source: str) -> Iterator[None]:
        """Put a text in the place of a file's, and everything back afterwards, times included."""
        path = self.folder / file
        before, kept = path.read_bytes(), path.stat()
        path.write_text(source, encoding="utf-8")
        try:
            yield
        finally:
            path.write_bytes(before)
            os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
            if self._git("status", "--porcelain"):  # what a mutant did to other files
                self._git("checkout", "--quiet", "--", ".")
                self._git("clean", "--quiet", "-d", "--force")

    def red(self, arguments: list[str], check: bool = False, seconds: float = 600.0) -> str:
        """Run tests or a check; return what turned red, or nothing."""
        log = _MAP / "log"
        process = self._context.Process(target=_inside, args=(self.folder, log, arguments, check, seconds))
        process.start()
        awake = time.monotonic()
        while process.is_alive() and time.monotonic() - awake < _STILL:
            process.join(5)
            if _runs(process.pid or 0):  # on a busy machine it may take long
                awake = time.monotonic()
        over = process.is_alive()
        with suppress(ProcessLookupError):
            os.killpg(process.pid or 0, 9)  # also what it left behind
        process.join()
        said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        if over or process.exitcode in (-24, -9):
            return "it did not end"
        if process.exitcode == _NOT_STARTED:
            raise ValueError(f"{arguments[0]!r} was not started")
        if process.exitcode == 0 or (process.exitcode == 5 and not check):
            return ""
        gone = re.findall(r"^ERROR: (?:file or directory )?not found: (\S.*)$", said, re.M)
        if gone:  # tests that were renamed since the map was made
            left = [test for test in arguments if not any(name.endswith(test) for name in gone)]
            if len(left) == len(arguments):
                raise ValueError(f"{gone[0]!r} is not in the tree: make the map anew")
            return self.red(left, seconds=seconds) if left else ""
        if check:
            return f"check {arguments[0]}: exit code {process.exitcode}"
        failed = re.search(r"^(?:FAILED|ERROR) (\S+)", said, re.M)
        return failed[1] if failed else f"pytest: exit code {process.exitcode}"


class Map:
    """Which tests run which line, and how long they take: of tests that pass without a mutant."""

    def __init__(self) -> None:
        from coverage import CoverageData

        self.seconds: dict[str, float] = json.loads((_MAP / "seconds.json").read_text(encoding="utf-8"))
        self._data = CoverageData(str(_MAP / "coverage"))
        self._data.read()
        measured = self._data.measured_files()
        self._here = {Path(name).relative_to(os.path.commonpath(measured)).as_posix(): name for name in measured}

    def tests(self, file: str, first: int, last: int) -> list[str]:
        """Return the tests that run a statement, else those that run the module, the shortest first."""
        lines = self._data.contexts_by_lineno(self._here[file]) if file in self._here else {}
        found = {test for k in range(first, last + 1) for test in lines.get(k, ())} & self.seconds.keys()
        for name in () if found else (file, *importers(file)):  # run on import, or compiled
            lines = self._data.contexts_by_lineno(self._here[name]) if name in self._here else {}
            found |= {test for tests in lines.values() for test in tests} & self.seconds.keys()
        name = Path(file).stem
        chosen, total = [], 0.0
        for test in sorted(found, key=lambda test: (name not in test.split("::")[0], self.seconds[test])):
            total += self.seconds[test]
            if total > _BUDGET and chosen:
                break
            chosen.append(test)
        return sorted(chosen[:400], key=self.seconds.__getitem__)


def _map(tree: Path, tests: Sequence[str]) -> int:
    """Run tests under coverage, a context a test, and keep what is found beside what was found before."""
    _MAP.mkdir(exist_ok=True)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tree), os.environ.get("PYTHONPATH", "")]),
        "COVERAGE_FILE": str(_MAP / "coverage"),
        "OPENBLAS_NUM_THREADS": "1",
        "MUTATION_MAP": str(_MAP / "seconds.json"),
    }
    plugin = ["-p", "tests.trust.contexts", "-p", "no:cacheprovider", "-q"]
    source = ",".join(sorted(_FOLDERS))
    command = [sys.executable, "-m", "coverage", "run", "--append", f"--source={source}", "-m", "pytest", *plugin]
    return subprocess.run([*command, *(tests or ["tests"])], cwd=tree, env=environment, check=False).returncode


def importers(file: str) -> list[str]:
    """Return the files that import a module."""
    package, _, name = file.removesuffix(".py").replace("/", ".").rpartition(".")
    line = re.compile(
        rf"^\s*(from {package}\.{name} import|import {package}\.{name}\b|from {package} import .*\b{name}\b)", re.M
    )
    everywhere = (path for folder in sorted(_FOLDERS) for path in sorted((ROOT / folder).rglob("*.py")))
    return [p.relative_to(ROOT).as_posix() for p in everywhere if line.search(p.read_text(encoding="utf-8"))]


def readers(file: str) -> list[str]:
    """Return the statements that read a module of `theorems/`: its own, or else the two quickest."""
    last = json.loads((ROOT / "results" / "full.json").read_text(encoding="utf-8"))["verdicts"]
    cost: dict[str, float] = {}
    for verdict in last:
        cost[verdict["id"]] = cost.get(verdict["id"], 0.0) + verdict["seconds"]
    if (own := Path(file).stem) in cost:
        return [own]
    return sorted({Path(name).stem for name in importers(file)} & cost.keys(), key=cost.__getitem__)[:1]


def _write(kept: Path, found: dict[str, Any]) -> None:
    from dynamics.files import write_whole

    write_whole(kept, found)


def _read(kept: Path) -> dict[str, Any]:
    return json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}


def _equivalents() -> dict[tuple[str, str, str], str]:
    rows = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("equivalent", [])
    return {(row["file"], row["before"], row["after"]): row["why"] for row in rows}


def run(tree: Path, seed: int, size: int, again: bool, kept: Path) -> int:
    """Run a sample, or what is left of it; with `again` what survived, too."""
    from tests.trust.sites import sample
    from verify.verdict import provenance

    place, tests = Tree(tree), Map()
    before = _read(kept)
    known = {(row["file"], row["before"], row["after"]): row for row in before.get("mutants", [])}
    if before and before["seed"] != seed:
        known = {}
    place.without_a_mutant(_CONTROL, ["noise_norms", "--no-controls"])
    mutants, rows = sample(ROOT, seed, size), []
    for k, mutant in enumerate(mutants, start=1):
        row = known.get(mutant.key)
        if row is None or (again and row["outcome"] == "survived" and mutant.key not in _equivalents()):
            began = time.perf_counter()
            with place.changed(mutant.file, mutant.source):
                chosen = tests.tests(mutant.file, mutant.first, mutant.last)
                killer = place.red(chosen) if chosen else ""
                for statement in readers(mutant.file) if not killer and mutant.file.startswith("theorems/") else ():
                    killer = killer or place.red([statement], check=True)
            row = {name: getattr(mutant, name) for name in ("file", "line", "operator", "before", "after")}
            row |= {"outcome": "killed" if killer else "survived", "by": killer, "tests": len(chosen)}
            row |= {"seconds": round(time.perf_counter() - began, 1)}
            print(f"[{k}/{size}] {mutant.file}:{mutant.line} {mutant.after!r}: {killer or 'SURVIVED'}", flush=True)
        rows.append(row)
        found = {"provenance": provenance("quick", 0), "seed": seed, "size": size, "mutants": rows}
        _write(kept, {name: before[name] for name in ("flips",) if name in before} | found)
    return score(kept)


def flips(tree: Path, only: Sequence[str], kept: Path) -> int:
    """Run the theory's flips, each by what it names."""
    from tests.trust.mutations import MUTATIONS, mutated
    from verify.verdict import provenance

    place, rows = Tree(tree), []
    place.without_a_mutant(_CONTROL, ["noise_norms", "--no-controls"])
    for flip in MUTATIONS:
        if only and flip.name not in only:
            continue
        with place.changed(flip.file, mutated((ROOT / flip.file).read_text(encoding="utf-8"), flip)):
            killer = place.red([f"tests/{name}" for name in flip.tests]) if flip.tests else ""
            for ids, options in ((flip.checks, ["--no-controls"]), (flip.controls, [])):
                for statement in ids:
                    killer = killer or place.red([statement, *options], check=True)
        print(f"{flip.name}: {killer or 'SURVIVED'}", flush=True)
        rows.append({"name": flip.name, "file": flip.file, "why": flip.why, "by": killer})
    if not only:
        _write(kept, _read(kept) | {"flips": {"provenance": provenance("quick", 0), "rows": rows}})
    return int(not all(row["by"] for row in rows))


def interval(killed: int, count: int, level: float = 0.05) -> tuple[float, float]:
    """Return the exact (Clopper-Pearson) interval of a proportion."""
    from scipy.special import betaincinv

    low = float(betaincinv(killed, count - killed + 1, level / 2)) if killed else 0.0
    high = float(betaincinv(killed + 1, count - killed, 1 - level / 2)) if killed < count else 1.0
    return low, high


def summary(found: dict[str, Any], equivalents: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, Any]]:
    """Return the score of each folder and of all: killed among those that are not equivalent, with its interval."""
    same, counts = set(equivalents), {}
    for row in found["mutants"]:
        equivalent = row["outcome"] == "survived" and (row["file"], row["before"], row["after"]) in same
        for name in (row["file"].split("/")[0], "all"):
            one = counts.setdefault(name, {"killed": 0, "survived": 0, "equivalent": 0})
            one["equivalent" if equivalent else row["outcome"]] += 1
    for one in counts.values():
        count = one["killed"] + one["survived"]
        one["score"] = one["killed"] / count if count else 1.0
        one["lower"], one["upper"] = interval(one["killed"], count) if count else (0.0, 1.0)
    return counts


def score(kept: Path) -> int:
    """Write the scores beside the mutants, print them and what survived; 1 if anything did."""
    found, same = _read(kept), _equivalents()
    found["summary"] = summary(found, same)
    found["equivalents"] = [
        {"file": row["file"], "before": row["before"], "after": row["after"], "why": same[key]}
        for row in found["mutants"]
        if row["outcome"] == "survived" and (key := (row["file"], row["before"], row["after"])) in same
    ]
    _write(kept, found)
    survived = [row for row in found["mutants"] if row["outcome"] == "survived"]
    left = [row for row in survived if (row["file"], row["before"], row["after"]) not in same]
    for row in left:
        print(f"{row['file']}:{row['line']}\n  - {row['before']}\n  + {row['after']}")
    for name, one in found["summary"].items():
        print(
            f"{name}: {one['killed']} killed, {one['survived']} survived, {one['equivalent']} equivalent; "
            f"{one['score']:.3f} ({one['lower']:.3f} to {one['upper']:.3f})"
        )
    return int(bool(left))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code: 1 if something survived, 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust.mutation", description=(__doc__ or "").splitlines()[0])
    ways = parser.add_subparsers(dest="way", required=True)
    for name in ("map", "run", "flips"):
        way = ways.add_parser(name)
        way.add_argument("tree", type=Path, help="another worktree of the repository, where mutants are applied")
        if name == "run":
            way.add_argument("--seed", type=int, default=0)
            way.add_argument("--size", type=int, default=300)
            way.add_argument("--again", action="store_true", help="run what survived once more")
        else:
            way.add_argument("what", nargs="*", help="some tests, or flips, only")
    ways.add_parser("score")
    parser.add_argument("--json", type=Path, default=KEPT, metavar="FILE", help="results/mutation.json by default")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the worktree is left as it was
    try:
        if given.way == "map":
            return _map(given.tree.resolve(), given.what)
        if given.way == "flips":
            return flips(given.tree, given.what, given.json)
        if given.way == "score":
            return score(given.json)
        return run(given.tree, given.seed, given.size, given.again, given.json)
    except ValueError as error:
        print(f"mutation: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
