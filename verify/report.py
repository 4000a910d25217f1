"""A run's verdicts as a table for the terminal and as JSON with its provenance."""

import io
import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy
import scipy
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dynamics.storage import checked_target, whole
from theorems.statement import Scale
from verify.check import LEVEL, SEEDS_PER_BLOCK, random_statements
from verify.verdict import Verdict

_COLOURS = {"confirmed": "green", "refuted": "red", "inconclusive": "yellow", "hypotheses not met": "yellow"}


def table(verdicts: Sequence[Verdict], width: int = 120, colour: bool = False) -> str:
    """Return the verdicts on statements as a table, and those on controls as a count.

    Parameters
    ----------
    verdicts : sequence of Verdict
    width : int
        Characters.
    colour : bool
        With terminal colours.

    Returns
    -------
    str
    """
    grid = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for name, ratio in (("statement", None), ("kind", None), ("the paper predicts", 4), ("measured", 5)):
        grid.add_column(name, ratio=ratio, overflow="fold", no_wrap=ratio is None)
    grid.add_column("draws", justify="right")
    grid.add_column("verdict", no_wrap=True)
    controls: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.control is not None:
            controls.setdefault(verdict.id, []).append(verdict)
    for v in verdicts:
        if v.control is None:
            cells = (v.id, v.kind, v.predicts, v.measured.replace("; ", "\n"), f"{v.draws:,}")
            grid.add_row(*map(Text, cells), Text(v.status, style=_COLOURS[v.status]))
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=colour, highlight=False, emoji=False, markup=False)
    console.print(grid)
    console.print(summary(verdicts))
    for found in controls.values():
        for v in found:
            if not v.as_expected:
                console.print(f"control not refuted: {v.id}, {v.control}: {v.status}; {v.measured}")
    return stream.getvalue()


def summary(verdicts: Sequence[Verdict]) -> str:
    """Return the count of verdicts, and the error level of the run, in two lines."""
    statements = [v for v in verdicts if v.control is None]
    controls = [v for v in verdicts if v.control is not None]
    counts = ", ".join(
        f"{sum(v.status == status for v in statements)} {status}"
        for status in _COLOURS
        if any(v.status == status for v in statements)
    )
    refuted = sum(v.as_expected for v in controls)
    return (
        f"{len(statements)} statements: {counts or 'none'}. "
        f"{len(controls)} controls: {refuted} refuted, as they must be.\n"
        f"Chance that a run refutes (or confirms) one of the {len(random_statements())} random statements wrongly: "
        f"at most {LEVEL:.0%}."
    )


def provenance(scale: Scale, seed: int) -> dict[str, Any]:
    """Return what made a run: commit, versions, seeds, date."""
    return origin() | {
        "scale": scale,
        "seed_block": seed,
        "first_seed": seed * SEEDS_PER_BLOCK,
        "level": LEVEL,
    }


def origin() -> dict[str, str | None]:
    """Return where results of any kind come from: commit, date, versions, machine."""
    return {
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "samverify": version("samverify"),
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "numba": _numba(),
        "machine": platform.machine(),
    }


def _numba() -> str:
    try:
        return version("numba")
    except PackageNotFoundError:
        return "not installed"


def as_json(verdicts: Sequence[Verdict], scale: Scale, seed: int, missing: Sequence[str] = ()) -> dict[str, Any]:
    """Return a run as plain data: its provenance, and all verdicts with their evidence.

    Parameters
    ----------
    verdicts : sequence of Verdict
    scale : {"quick", "full"}
    seed : int
        The block of seeds.
    missing : sequence of str
        Names of the checks that were asked for and not made, if the run was interrupted.

    Returns
    -------
    dict
        With the keys "provenance", "partial" (whether checks are missing), "missing" and "verdicts".
    """
    return {
        "provenance": provenance(scale, seed),
        "partial": bool(missing),
        "missing": list(missing),
        "verdicts": [v.to_dict() for v in verdicts],
    }


def write_json(target: Path, verdicts: Sequence[Verdict], scale: Scale, seed: int, missing: Sequence[str] = ()) -> None:
    """Write a run to a file, whole or not at all; arguments as for `as_json`."""
    write_whole(target, as_json(verdicts, scale, seed, missing))


def write_whole(target: Path, data: dict[str, Any]) -> None:
    """Write plain data as JSON, whole or not at all."""
    write_text(target, json.dumps(data, indent=1, allow_nan=False) + "\n")


def write_text(target: Path, text: str) -> None:
    """Write a text, whole or not at all.

    Raises
    ------
    OSError
        If the disk is full, or fails. What may have taken hours is then kept in the system's folder for
        temporary files, if that has room, and the message says where.
    """
    try:
        with whole(target) as draft:
            draft.write_text(text, encoding="utf-8")
    except OSError as error:
        try:
            spare = Path(tempfile.mkdtemp(prefix="samverify-")) / target.name
            spare.write_text(text, encoding="utf-8")
        except OSError:
            raise error from None
        raise OSError(error.errno, f"{error.strerror}; it is in {str(spare)!r} instead", str(target)) from None


def not_written(error: OSError) -> str:
    """Say in one clause which file could not be written, and why."""
    what = "the output" if error.filename is None else repr(os.fspath(error.filename))
    return f"{what} could not be written: {error.strerror or error}"


def check_targets(**targets: Path | None) -> None:
    """Refuse files that could not be written, before any work is done for them.

    Parameters
    ----------
    **targets : Path or None
        By the names of their options; None is an option that was not given.

    Raises
    ------
    ValueError
        One sentence: which option, which file, and why not.
    """
    given = {name: target for name, target in targets.items() if target is not None}
    for name, target in given.items():
        checked_target(target, name)
    places = [target.resolve() for target in given.values()]
    if len(set(places)) < len(places):
        raise ValueError(f"{' and '.join(given)} = {str(places[0])!r} is not allowed: they must be different files")


def _commit() -> str:
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found.stdout.strip()
