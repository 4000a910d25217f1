"""A run's verdicts for the terminal: an end that fits a screen, and the long table."""

import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from theorems import catalogue
from theorems.statement import Kind
from verify.check import random_statements
from verify.evidence import LEVEL
from verify.report import wording
from verify.report.schema import Verdict
from verify.verdict import Failure

_COLOURS = {"confirmed": "green", "refuted": "red", "inconclusive": "yellow", "hypotheses not met": "yellow"}
_ERROR = ": test error - p"
_WIDTH, _BAR, _SHOWN, _FEW = 80, 48, 3, 3


def table(
    verdicts: Sequence[Verdict],
    width: int = 120,
    colour: bool = False,
    long: bool = True,
    failed: Sequence[Failure] = (),
    tried: str = "",
) -> str:
    """Return the end of a run: the table of statements if it is to be long, then what fits 25 lines of 80 characters.

    Parameters
    ----------
    verdicts : sequence of Verdict
    width : int
        Characters of the table.
    colour : bool
        With terminal colours.
    long : bool
        With the table, which a run of few statements has anyway.
    failed : sequence of Failure
        Checks that ended without a verdict.
    tried : str
        A line on what was attacked, if anything was.

    Returns
    -------
    str
    """
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=colour, highlight=False, emoji=False, markup=False)
    long = long or sum(v.control is None for v in verdicts) <= _FEW
    if long:
        console.print(_grid(verdicts))
    counts, level = summary(verdicts).splitlines()
    console.print(counts, soft_wrap=True)
    for lines in (
        _groups(verdicts),
        [_cut(tried)] * bool(tried),
        [_filled(level)],
        _headline(verdicts),
        _closest(verdicts),
        _loosest(verdicts),
    ):
        if lines:
            console.print("\n".join(lines), soft_wrap=True)
    for failure in failed:
        console.print(_cut(f"no verdict: {failure.name}: {failure.reason}"), style="red", soft_wrap=True)
    for line in _attention(verdicts):
        console.print(line if long else _cut(line), style="red", soft_wrap=True)
    if not long:
        console.print("What each statement predicts and what was measured: --table.")
    return stream.getvalue()


def _grid(verdicts: Sequence[Verdict]) -> Table:
    grid = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    for name, ratio in (("statement", None), ("kind", None), ("the paper predicts", 4), ("measured", 5)):
        grid.add_column(name, ratio=ratio, overflow="fold", no_wrap=ratio is None)
    grid.add_column("draws", justify="right")
    grid.add_column("verdict", no_wrap=True)
    for v in verdicts:
        if v.control is None:
            measured = wording.readable(v.measured).replace("; ", "\n")
            cells = (v.id, v.kind, v.predicts, measured, f"{v.draws:,}")
            grid.add_row(*map(Text, cells), Text(v.status, style=_COLOURS[v.status]))
    return grid


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


def where(json: Path | None, page: Path | None, unasked: str = "") -> str:
    """Say in a line where a run's evidence and page are, or how they are had; what was written unasked says itself."""
    command = f"`samverify report {json} --html FILE`" if json else "`samverify check --html FILE`"
    evidence = f"Evidence: {json}. " if json else ""
    return evidence + (unasked or (f"Page: {page}." if page else f"Page: {command}."))


def attacks(stats: Mapping[str, Sequence[Any]]) -> str:
    """Return a line on the tests of `test_attacks.py`: how many statements and kept cases stood; empty without any."""
    told = []
    for test, words in (("test_quick_attack", "statements attacked"), ("test_case", "kept cases replayed")):
        ends = {end: sum(f"::{test}" in str(r.nodeid) for r in stats.get(end, ())) for end in ("passed", "failed")}
        if total := sum(ends.values()):
            told.append(f"{total} {words}, {ends['failed'] or 'no'} counterexample{'s' * (ends['failed'] > 1)}")
    return f"Attacks: {'; '.join(told)}." if told else ""


def _groups(verdicts: Sequence[Verdict]) -> list[str]:
    """Count what was confirmed by part and by kind."""
    statements = [v for v in verdicts if v.control is None]
    own = {s.id for s in catalogue.values() if s.beyond}
    groups = {"paper": [v for v in statements if v.id not in own], "beyond": [v for v in statements if v.id in own]}
    groups |= {kind: [v for v in statements if v.kind == kind] for kind in get_args(Kind)}
    counts = [
        f"{name} {sum(v.status == 'confirmed' for v in found)} of {len(found)}"
        for name, found in groups.items()
        if found
    ]
    return [_filled(f"Confirmed: {', '.join(counts)}.")] if counts else []


def _filled(text: str) -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 3] + "..."


def _parts(verdict: Verdict) -> list[Mapping[str, Any]]:
    return [e for e in verdict.evidence if e.get("form") == "part" and "bound" in e]


def _headline(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the mean test errors of the headline's last world as bars."""
    verdict = next((v for v in verdicts if v.id == "headline" and v.control is None), None)
    errors = [e for e in _parts(verdict) if e["label"].endswith(_ERROR)] if verdict else []
    if not errors:
        return []
    setting = errors[-1]["setting"]
    p = setting["p"]
    values = {e["label"].removesuffix(_ERROR): p + e["mean"] for e in errors if e["setting"] == setting}
    most = max(values.values())
    size = ", ".join(f"{k} = {setting[k]:g}" for k in ("n", "d", "mu_norm", "p"))
    bars = [
        f"  {name:<12} {'#' * max(round(_BAR * value / most), 1):<{_BAR}} {value:.4f}" for name, value in values.items()
    ]
    return [_cut(f"Test error, same data and start ({size}):"), *bars]


def _shares(verdicts: Sequence[Verdict]) -> list[tuple[float, str]]:
    """Return of each bound that is checked as such the share that is used, where it is most, and its name."""
    most: dict[str, float] = {}
    for v in verdicts:
        if v.control is None and v.kind == "bound":
            for e in _parts(v):
                share = wording.share_used(e["measured"], e["bound"], e["sense"])
                if share is not None and 0 < share < math.inf:
                    name = f"{v.id}: {e['label']}"
                    most[name] = max(share, most.get(name, 0.0))
    return sorted(((share, name) for name, share in most.items()), reverse=True)


def _closest(verdicts: Sequence[Verdict]) -> list[str]:
    found = [f"  {wording.number(100 * share)}% of {name}" for share, name in _shares(verdicts)[:_SHOWN]]
    return ["Closest calls, share of the bound that was used:", *map(_cut, found)] if found else []


def _loosest(verdicts: Sequence[Verdict]) -> list[str]:
    found = [(1 / share, name) for share, name in _shares(verdicts)[::-1] if 1 / share >= wording.LOOSE]
    lines = [f"  {wording.number(room, 2)} times {name}" for room, name in found[:_SHOWN]]
    return [f"Loosest bounds, of {len(found)} by ten or more:", *map(_cut, lines)] if lines else []


def _attention(verdicts: Sequence[Verdict]) -> list[str]:
    """Return a line for what is not as it must be, the worst first, and how many more there are."""
    order = ("refuted", "inconclusive", "hypotheses not met", "confirmed")
    open_ = sorted((v for v in verdicts if not v.as_expected), key=lambda v: (v.control is None, order.index(v.status)))
    lines = [
        f"{v.status}: {v.id}"
        if v.control is None
        else f"control not refuted: {v.id}, {v.control}: {v.status}; {wording.readable(v.measured)}"
        for v in open_
    ]
    lines += [f"{v.status}, declared open: {v.id}: {v.unsettled}" for v in verdicts if v.unsettled and v.as_expected]
    rest = len(lines) - 2 * _SHOWN + 1
    return lines[: 2 * _SHOWN - 1] + ([f"and {rest} more, in the table"] if rest > 0 else [])
