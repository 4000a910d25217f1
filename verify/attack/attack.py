"""An attack on statements: rounds of search shared out over processes, kept as JSON, resumed from it."""

import io
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from dynamics.processes import Pool
from dynamics.provenance import origin
from dynamics.validation import shown
from theorems import catalogue
from theorems.load import load
from theorems.statement import Statement
from verify.attack.case import Case, Replay, case_of
from verify.attack.confirm import Confirmation, confirm
from verify.attack.family import Family
from verify.attack.probe import Limits
from verify.attack.search import ROUND, Findings, make_round
from verify.attack.shrink import shrunk

FORMAT = "samverify attack 1"


@dataclass(frozen=True)
class Target:
    """A statement under attack: by its id, or in a file of the user's.

    With `cheap` an evaluation costs no more than `Limits()` say; theorems whose own worlds cost more are then hardly
    looked at.
    """

    id: str
    file: str | None = None
    cheap: bool = False

    @property
    def statement(self) -> Statement:
        """The statement itself."""
        if self.file is not None:
            load(self.file)
        return catalogue[self.id]

    def __call__(self, before: Findings, seed: int, evaluations: int) -> Findings:
        """Make one round."""
        return make_round(Family.of(self.statement), before, seed, evaluations, self.limits)

    @property
    def limits(self) -> Limits:
        """What one evaluation may cost."""
        return Limits() if self.cheap else Limits.of(Family.of(self.statement))


def targets(ids: Sequence[str] | None = None, file: Path | None = None) -> list[Target]:
    """Return what is to be attacked: the statements named, or all that have worlds.

    Raises
    ------
    ValueError
        For an unknown statement, one without worlds, or a file that cannot be loaded.
    """
    if file is not None:
        mine = load(file).statements
        if not mine:
            raise ValueError(f"load = {str(file)!r} is not allowed: it must define a Statement to be attacked")
        unknown = [id for id in ids or () if id not in mine]
        if unknown:
            raise ValueError(f"statement {shown(unknown[0])} is not known: the file defines {', '.join(mine)}")
        return [Target(Family.of(catalogue[id]).statement.id, str(file)) for id in ids or mine]
    if ids:
        return [Target(Family.of(catalogue[id]).statement.id) for id in dict.fromkeys(ids)]
    return [Target(s.id) for s in catalogue.values() if any(world.images is None for world in s.worlds)]


def attack(
    wanted: Sequence[Target],
    *,
    evaluations: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    before: Mapping[str, Findings] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
) -> Iterator[dict[str, Findings]]:
    """Attack statements, and yield what is found of all of them, after every round.

    Parameters
    ----------
    wanted : sequence of Target
    evaluations : int, optional
        Of each statement; the same seed and evaluations give the same findings, whatever else runs.
    minutes : float, optional
        Of all together, in place of evaluations.
    seed : int
    before : mapping, optional
        Findings to go on from; their evaluations count.
    workers : int, optional
        Processes; one a core by default.
    executor : Executor, optional
        One that runs already.

    Raises
    ------
    ValueError
        If both budgets are given, or none, or one is not positive.
    """
    if (evaluations is None) == (minutes is None):
        raise ValueError("evaluations and minutes are not allowed together, nor neither: one of them is the budget")
    for name, value in (("evaluations", evaluations), ("minutes", minutes)):
        if value is not None and not value > 0:
            raise ValueError(f"{name} = {value} is not allowed: it must be more than 0")
    found = {target.id: (before or {}).get(target.id, Findings(target.id)) for target in wanted}
    until = time.monotonic() + 60 * minutes if minutes is not None else float("inf")
    own = executor or Pool(workers)
    running: dict[Future[Findings], Target] = {}

    def submit(target: Target) -> None:
        left = ROUND if evaluations is None else min(ROUND, evaluations - found[target.id].evaluations)
        if left > 0 and time.monotonic() < until:
            running[own.submit(target, found[target.id], seed, left)] = target

    try:
        for target in wanted:
            submit(target)
        while running:
            ready, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                target = running.pop(future)
                found[target.id] = future.result()
                submit(target)
            yield dict(found)
    except BaseException:
        if isinstance(own, Pool):
            own.end()
        raise
    if executor is None:
        own.shutdown()


@dataclass(frozen=True)
class Counterexample:
    """What is shown of a statement that fell: the worst place, the smallest, and what they are worth."""

    worst: Case
    smallest: Case
    worst_is: Confirmation
    smallest_is: Confirmation


def counterexample(target: Target, found: Findings, limits: Limits | None = None) -> Counterexample | None:
    """Shrink and confirm the worst failure of a search; None if there is none."""
    if not found.broken:
        return None
    statement = target.statement
    family, worst, limits = Family.of(statement), found.broken[0], limits or target.limits
    small = shrunk(family, worst.point, worst.label, limits)
    (first, first_is), (last, last_is) = (
        _graded(case_of(family, point, worst.label, limits), statement) for point in (worst.point, small)
    )
    return Counterexample(first, last, first_is, last_is)


def _graded(case: Case, statement: Statement) -> tuple[Case, Confirmation]:
    seen = confirm(case, statement)
    return replace(case, grade=seen.sentence), seen


def as_json(found: Mapping[str, Findings], seed: int, grades: Mapping[str, str]) -> dict[str, Any]:
    """Return an attack as plain data: its provenance, and the findings of each statement with their class."""
    return {
        "format": FORMAT,
        "provenance": origin() | {"seed": seed, "evaluations": sum(f.evaluations for f in found.values())},
        "statements": [f.to_dict() | {"grade": grades.get(f.id, "")} for f in found.values()],
    }


def resumed(source: Path) -> dict[str, Findings]:
    """Return the findings of an attack's JSON, to go on from; ValueError if it is none."""
    refusal = f"resume = {str(source)!r} is not allowed: it must be a file that `samverify attack --json` wrote"
    try:
        given = json.loads(source.read_text(encoding="utf-8"))
        if given["format"] != FORMAT:
            raise ValueError(refusal)
        plain = [{name: value for name, value in item.items() if name != "grade"} for item in given["statements"]]
        return {item["id"]: Findings.from_dict(item) for item in plain}
    except OSError as error:
        raise ValueError(f"{refusal} ({error.strerror})") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(refusal) from None


def table(found: Mapping[str, Findings], grades: Mapping[str, str], width: int = 100) -> str:
    """Return the table of an attack: a row a statement, ordered by least slack."""
    out = Console(width=width, file=io.StringIO(), color_system=None)
    grid = Table(box=box.SIMPLE, show_edge=False, pad_edge=False)
    for name in (
        "statement",
        "tried",
        "inside",
        "least slack",
        "constant x",
        "where; margins near 1",
        "counterexample",
    ):
        grid.add_column(name, justify="right" if name in ("tried", "inside", "least slack", "constant x") else "left")
    for item in sorted(found.values(), key=lambda f: f.least.slack if f.least else math.inf):
        grid.add_row(*row(item, grades.get(item.id, "")))
    out.print(grid)
    tried = sum(item.evaluations for item in found.values())
    fell = sum(bool(item.broken) for item in found.values())
    out.print(
        f"{len(found)} statements attacked, {tried} settings tried, {fell} fell. A statement that survived is not "
    )
    out.print("proved: what share of planted faults this search finds is in docs/attack.md.")
    return out.file.getvalue()  # type: ignore[attr-defined]


def row(found: Findings, grade: str = "") -> list[str]:
    """Return one row: statement, tried, inside, least slack, constant, where, counterexample."""
    least = found.least
    counts = [found.id, str(found.evaluations), str(found.inside)]
    if least is None:
        name, value = found.nearest
        why = f"no setting inside the hypotheses in {found.evaluations} tries"
        why += f"; the nearest misses margin {name!r} at {value:.2g}" if name else "; all cost more than one may"
        return [*counts, "", "", why, ""]
    factor = f"{least.factor:.3g}" if math.isfinite(least.factor) else ""
    where = f"{least.label}; {', '.join(least.edges) or 'none'}"
    return [*counts, f"{least.slack:.3g}", factor, where, (grade or "yes") if found.broken else "none"]


def told(case: Case, answer: Replay) -> str:
    """Say in one sentence what a case gives today."""
    what = {
        "fails": "still is a counterexample",
        "holds": "is none: the inequality holds",
        "outside": "is outside the hypotheses as they stand",
    }[answer.answer]
    bits = "bit for bit as in the file" if answer.same_bits else f"in the file {case.measured!r} and {case.bound!r}"
    numbers = f"{case.label} is {answer.measured!r} and its bound {answer.bound!r}, {bits}"
    missed = min(answer.margins.items(), key=lambda item: item[1], default=None)
    edge = f"; the least margin is {missed[0]!r} at {missed[1]:.3g}" if missed else ""
    return f"{case.id}: the case {what}; {numbers}{edge}."
