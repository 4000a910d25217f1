"""Mutation test of the theory: flip one thing at a time, and insist that a test or a check turns red.

`python -m tests.trust.mutation [--json FILE] [--only NAME...]` takes a snapshot of the tree, makes sure that everything
that the mutations name is green on it, and then, for each mutation, runs what it names on a mutated copy. Exit code
0 if all were killed, 1 if one survived (or broke the run instead of a test), 2 if the mutation test itself could not be
made.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from dynamics.files import write_whole
from tests.trust.mutations import MUTATIONS, Mutation
from verify.verdict import provenance

ROOT = Path(__file__).parents[2]
_COPIED = (
    *("dynamics", "theorems", "verify", "sweeps", "figures", "tests", "examples", "benchmarks"),
    *("samverify.py", "pyproject.toml"),
)
_PACKAGES = ("dynamics", "theorems", "verify", "sweeps", "figures", "samverify")
_AT_MOST = 300  # seconds for one test file or check
_ORIGINS = f"import importlib.util as u; print(*[u.find_spec(n).origin for n in {_PACKAGES}], sep='\\n')"

Form = Literal["test", "check", "controls"]
Colour = Literal["green", "red", "broken"]


@dataclass(frozen=True)
class Trial:
    """Something that a mutation should turn red.

    Attributes
    ----------
    form : {"test", "check", "controls"}
        Tests of `tests/`; a statement's check; or that check together with its controls.
    target : str
        A file of `tests/`, with or without `::` and a test; or the id of a statement.
    """

    form: Form
    target: str


@dataclass(frozen=True)
class Outcome:
    """What a trial came to: its colour, and in one line what was seen."""

    trial: Trial
    colour: Colour
    seen: str


@dataclass(frozen=True)
class Result:
    """A mutation with the outcomes of all its trials."""

    mutation: Mutation
    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def killed_by(self) -> tuple[str, ...]:
        """What turned red."""
        return tuple(outcome.seen for outcome in self.outcomes if outcome.colour == "red")

    @property
    def missed_by(self) -> tuple[str, ...]:
        """What stayed green."""
        return tuple(outcome.seen for outcome in self.outcomes if outcome.colour == "green")

    @property
    def broken(self) -> tuple[str, ...]:
        """What ended in neither green nor red, so that it kills nothing."""
        return tuple(outcome.seen for outcome in self.outcomes if outcome.colour == "broken")

    @property
    def verdict(self) -> str:
        """What killed it, or "survived"."""
        return "; ".join(self.killed_by) or "; ".join(("survived", *self.broken))


def trials_of(mutations: Sequence[Mutation]) -> list[Trial]:
    """List what some mutations name, each once."""
    named: list[tuple[Form, str]] = []
    for mutation in mutations:
        named += [("test", target) for target in mutation.tests]
        named += [("check", target) for target in mutation.checks]
        named += [("controls", target) for target in mutation.controls]
    return [Trial(form, target) for form, target in dict.fromkeys(named)]


def mutated(source: str, mutation: Mutation) -> str:
    """Return a file's text with the mutation applied.

    Raises
    ------
    ValueError
        If the old text does not occur exactly once, or the new text is no different: the mutation is stale.
    """
    count = source.count(mutation.old)
    if count != 1 or mutation.old == mutation.new:
        raise ValueError(
            f"mutation {mutation.name!r} is stale: {mutation.old!r} must occur once in {mutation.file}, "
            f"not {count} times, and differ from its replacement"
        )
    return source.replace(mutation.old, mutation.new)


def copy_tree(source: Path, target: Path) -> None:
    """Copy the packages and the tests, without anything compiled."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    target.mkdir(parents=True)
    for name in _COPIED:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, ignore=ignored)
        else:
            shutil.copy2(source / name, target / name)


def _python(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run this interpreter so that the packages of a folder are those imported."""
    threads = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    environment = os.environ | threads | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_AT_MOST,
        check=False,
    )


def assert_imported_from(folder: Path) -> None:
    """Make sure that an installed copy of the packages does not win over the one in a folder.

    Raises
    ------
    RuntimeError
        If a package would be imported from elsewhere.
    """
    found = _python(["-c", _ORIGINS], folder)
    for origin in found.stdout.splitlines() or [found.stderr]:
        if not Path(origin).resolve().is_relative_to(folder.resolve()):
            raise RuntimeError(f"{origin} would be imported in the place of the copy in {folder}")


def run_trial(trial: Trial, folder: Path) -> Outcome:
    """Run a test file or a check on the packages of a folder."""
    try:
        colour, seen = _test(trial, folder) if trial.form == "test" else _check(trial, folder)
    except subprocess.TimeoutExpired:
        colour, seen = "broken", f"{trial.target}: not ready after {_AT_MOST} s"
    return Outcome(trial, colour, seen)


def _test(trial: Trial, folder: Path) -> tuple[Colour, str]:
    arguments = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", f"tests/{trial.target}"]
    done = _python(arguments, folder)
    if done.returncode not in (0, 1):  # an error of collection would be a typo in the mutation, not a kill
        last = (done.stdout.strip() or done.stderr.strip() or "no output").splitlines()[-1]
        return "broken", f"tests/{trial.target}: pytest ended with exit code {done.returncode}: {last}"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    if done.returncode == 0 or not failed:
        return "green", f"tests/{trial.target}: passed"
    return "red", failed[0].split(" ", 1)[1].split(" - ")[0]


def _check(trial: Trial, folder: Path) -> tuple[Colour, str]:
    target = folder / "verdicts.json"
    target.unlink(missing_ok=True)
    options = ["--workers", "1", "--json", str(target)] + (["--no-controls"] if trial.form == "check" else [])
    done = _python(["-m", "samverify", "check", trial.target, *options], folder)
    if not target.exists():  # an exception is no verdict
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        return "broken", f"check {trial.target} ended with exit code {done.returncode}: {last}"
    verdicts = json.loads(target.read_text(encoding="utf-8"))["verdicts"]
    unexpected = [v for v in verdicts if v["status"] != ("confirmed" if v["control"] is None else "refuted")]
    if done.returncode == 0:
        return "green", f"check {trial.target}: as it must be"
    return "red", ", ".join(_line(v) for v in unexpected) or f"check {trial.target}: exit code {done.returncode}"


def _line(verdict: dict[str, Any]) -> str:
    name = verdict["id"] if verdict["control"] is None else f"{verdict['id']}, control {verdict['control']!r}"
    return f"check {name}: {verdict['status']}"


@contextmanager
def snapshot(mutations: Sequence[Mutation]) -> Iterator[Path]:
    """Copy the tree once, so that edits during the run do not matter; refuse stale mutations at once."""
    with TemporaryDirectory(prefix="mutation-") as scratch:
        folder = Path(scratch) / "original"
        copy_tree(ROOT, folder)
        for mutation in mutations:
            mutated((folder / mutation.file).read_text(encoding="utf-8"), mutation)
        assert_imported_from(folder)
        yield folder


def mutate(mutation: Mutation, original: Path) -> Result:
    """Apply one mutation to a copy of the snapshot, and run everything that it names there."""
    began = time.perf_counter()
    with TemporaryDirectory(prefix="mutant-", dir=original.parent) as scratch:
        folder = Path(scratch) / "mutant"
        copy_tree(original, folder)
        file = folder / mutation.file
        file.write_text(mutated(file.read_text(encoding="utf-8"), mutation), encoding="utf-8")
        assert_imported_from(folder)
        outcomes = tuple(run_trial(trial, folder) for trial in trials_of([mutation]))
    return Result(mutation, outcomes, time.perf_counter() - began)


def as_json(results: Sequence[Result]) -> dict[str, Any]:
    """Return a run as plain data, with its provenance."""
    return {
        "provenance": provenance("quick", 0),
        "mutations": len(results),
        "survived": [r.mutation.name for r in results if not r.killed_by],
        "results": [
            asdict(r.mutation)
            | {
                "killed_by": list(r.killed_by),
                "missed_by": list(r.missed_by),
                "broken": list(r.broken),
                "seconds": round(r.seconds, 1),
            }
            for r in results
        ],
    }


def table(results: Sequence[Result]) -> Table:
    """Return the table of a run: name, file, what was flipped, what killed it."""
    grid = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for name, ratio in (("mutation", 3), ("file", 3), ("flipped", 5), ("killed by", 5)):
        grid.add_column(name, ratio=ratio, overflow="fold")
    for r in results:
        cells = (r.mutation.name, r.mutation.file, f"{r.mutation.old}  ->  {r.mutation.new}")
        grid.add_row(*map(Text, cells), Text(r.verdict, style="" if r.killed_by else "red"))
    return grid


def _chosen(only: Sequence[str] | None) -> list[Mutation]:
    known = {mutation.name: mutation for mutation in MUTATIONS}
    unknown = [name for name in only or () if name not in known]
    if unknown:
        raise ValueError(f"mutation {unknown[0]!r} is not known; known ones: {', '.join(known)}")
    return [known[name] for name in only] if only else list(MUTATIONS)


def run(mutations: Sequence[Mutation], console: Console) -> list[Result]:
    """Run the tests and checks on the snapshot, then every mutation, and say how it goes.

    Raises
    ------
    ValueError
        For a stale mutation.
    RuntimeError
        If something is not green without a mutation.
    """
    results = []
    with snapshot(mutations) as original:
        wanted = trials_of(mutations)
        for k, trial in enumerate(wanted, start=1):
            outcome = run_trial(trial, original)
            console.print(Text(f"[unmutated {k}/{len(wanted)}] {outcome.seen}"), soft_wrap=True)
            if outcome.colour != "green":
                raise RuntimeError(f"not green without a mutation: {outcome.seen}")
        for k, mutation in enumerate(mutations, start=1):
            results.append(mutate(mutation, original))
            line = f"[{k}/{len(mutations)}] {mutation.name}: {results[-1].verdict} ({results[-1].seconds:.1f} s)"
            console.print(Text(line), soft_wrap=True)
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the mutation test from the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.trust.mutation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results and their provenance")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these mutations only")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, emoji=False, width=max(Console().width, 140))
    target: Path | None = options.json
    try:
        if target is not None and (target.is_dir() or not target.parent.is_dir()):
            raise ValueError(f"--json = {str(target)!r} is not allowed: it must be a file in a folder that exists")
        results = run(_chosen(options.only), console)
    except (ValueError, RuntimeError) as error:
        print(f"mutation: {error}", file=sys.stderr)
        return 2
    console.print(table(results))
    survived = [r.mutation.name for r in results if not r.killed_by]
    console.print(Text(f"{len(results)} mutations, {len(results) - len(survived)} killed, {len(survived)} survived."))
    if target is not None:
        write_whole(target, as_json(results))
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
