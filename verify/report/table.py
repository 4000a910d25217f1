"""A run's verdicts as a table for the terminal."""

import io
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from verify.check import random_statements
from verify.evidence import LEVEL
from verify.schema import Verdict
from verify.verdict import Failure

_COLOURS = {"confirmed": "green", "refuted": "red", "inconclusive": "yellow", "hypotheses not met": "yellow"}


def table(verdicts: Sequence[Verdict], width: int = 120, colour: bool = False, failed: Sequence[Failure] = ()) -> str:
    """Return the verdicts on statements as a table, those on controls as a count, and why others are missing.

    Parameters
    ----------
    verdicts : sequence of Verdict
    width : int
        Characters.
    colour : bool
        With terminal colours.
    failed : sequence of Failure

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
    for failure in failed:
        console.print(f"no verdict: {failure.name}: {failure.reason}")
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
