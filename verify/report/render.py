"""From a run's plain data to the page: one view a statement, one template, nothing from outside."""

import json
import math
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from dynamics.files import write_text
from theorems import catalogue
from theorems.statement import Kind
from verify.check import random_statements
from verify.report import wording
from verify.report.ladder import LadderPlot, ladder_plot
from verify.report.mathematics import mathml
from verify.report.picture import Picture, pictures
from verify.report.results import Record, Results
from verify.report.schema import Part, Proportion, Slope

_FOLDER = Path(__file__).parent / "page"
_ORDER = ("refuted", "hypotheses not met", "inconclusive", "confirmed")
HEADLINE = "headline"
PAGE = Path("report.html")
"""Where a run of all statements leaves its page."""
_MADE_HERE = '<meta name="generator" content="samverify">'


@dataclass(frozen=True)
class PartGroup:
    """The parts of one label, a row a setting: letter, part, what room it left, whether that is loose."""

    label: str
    count: int
    rows: tuple[tuple[str, Part, str, bool], ...]


@dataclass(frozen=True)
class StatementView:
    """Everything that the page says of one statement."""

    anchor: str
    verdict: Record
    formula: tuple[Markup, ...]
    source: str
    file: str
    notebooks: tuple[str, ...]
    hypotheses: tuple[str, ...]
    idea: tuple[str, ...]
    known: bool
    changed: bool
    parts: tuple[PartGroup, ...]
    proportions: tuple[tuple[str, Proportion], ...]
    slopes: tuple[Slope, ...]
    constants: tuple[Slope, ...]
    settings: tuple[tuple[str, str], ...]
    controls: tuple[Record, ...]
    pictures: tuple[Picture, ...]
    ladders: tuple[LadderPlot, ...]
    loose: float
    command: str
    premises: tuple[tuple[str, str], ...] = ()
    conclusions: tuple[tuple[str, str], ...] = ()


@dataclass
class _Letters:
    """Names the settings of one statement A, B, C, ... in the order in which they appear."""

    found: dict[str, str]

    def __call__(self, setting: dict[str, Any]) -> str:
        text = ", ".join(f"{name} = {wording.number(value, 6)}" for name, value in setting.items())
        if text not in self.found:
            k = len(self.found)
            self.found[text] = chr(ord("A") + k) if k < 26 else f"A{k}"
        return self.found[text]


def page(results: Results) -> str:
    """Return a run as one HTML page that needs nothing else.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
        All text from the results is escaped; the page's own policy forbids any request and any other script.
    """
    statements, controls = results.statements, results.controls
    views = _linked(_views(sorted(statements, key=_place), controls))
    style, script = ((_FOLDER / f"page.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    ids = {v.id for v in statements}
    return (
        _environment()
        .get_template("page.html")
        .render(
            made=results.provenance,
            missing=results.missing,
            failed=results.failed,
            views=views,
            strays=[v for v in controls if v.id not in ids],
            statuses={status: [v for v in views if v.verdict.status == status] for status in _ORDER},
            kinds={kind: sum(v.kind == kind for v in statements) for kind in get_args(Kind)},
            controls=controls,
            missed=[v for v in controls if v.status != "refuted"],
            loose=[view for view in views if view.loose >= wording.LOOSE],
            contrast=_contrast(statements),
            draws=sum(v.draws for v in results.verdicts),
            seconds=sum(v.seconds for v in results.verdicts if math.isfinite(v.seconds)),
            random=len(random_statements()),
            script=Markup(script),
            style=Markup(style),
            policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'",
        )
    )


def write_page(target: Path, results: Results | dict[str, Any]) -> None:
    """Write the page of a run, whole or not at all.

    Parameters
    ----------
    target : Path
    results : Results or dict
        A dict as `verify.verdict.as_json` returns it.
    """
    if isinstance(results, dict):
        results = Results.model_validate_json(json.dumps(results))
    write_text(target, page(results))


def keep_page(results: dict[str, Any]) -> str:
    """Write the page of a run where nobody asked for it, and say in a line what became of it; nothing is an error.

    Parameters
    ----------
    results : dict
        As `verify.verdict.as_json` returns it.

    Returns
    -------
    str
        `PAGE` is written in the current folder, over an older page of this kind and nothing else.
    """
    try:
        if PAGE.exists() and _MADE_HERE not in PAGE.read_text(encoding="utf-8", errors="replace")[:2000]:
            return f"{PAGE} was not written: there is another file of this name."
        write_page(PAGE, results)
    except Exception as error:  # a page that nobody asked for ends no run
        reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        return f"{PAGE} was not written ({reason})."
    return f"Page: {PAGE}."


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": wording.number,
        "exponent": wording.exponent,
        "duration": _duration,
        "code": _code,
        "words": _words,
        "readable": wording.readable,
        "stated": wording.stated,
        "signs": _signs,
        "symbols": wording.symbols,
    }
    return environment


def _hash(text: str) -> str:
    """Return what a browser asks of an inline script or style that a policy allows."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _place(verdict: Record) -> int:
    """Put the headline first, and what concentrates at the start last."""
    if verdict.id == HEADLINE:
        return 0
    return 2 if wording.file_of(verdict.id).startswith("theorems/concentration/") else 1


def _views(statements: Sequence[Record], controls: Sequence[Record]) -> list[StatementView]:
    anchors: set[str] = set()
    views = []
    for verdict in statements:
        name = "statement-" + re.sub(r"[^A-Za-z0-9_]+", "-", verdict.id)
        anchor = name if name not in anchors else f"{name}-{len(anchors)}"
        anchors.add(anchor)
        views.append(_view(anchor, verdict, [v for v in controls if v.id == verdict.id]))
    return views


def _linked(views: Sequence[StatementView]) -> list[StatementView]:
    """Tell each view what its proof uses and what uses it: ids with their anchors, empty for what this page lacks."""
    anchors = {view.verdict.id: view.anchor for view in views}
    uses = {statement.id: statement.uses for statement in catalogue.values()}
    return [
        replace(
            view,
            premises=tuple((id, anchors.get(id, "")) for id in uses.get(view.verdict.id, ())),
            conclusions=tuple((id, anchors.get(id, "")) for id, used in uses.items() if view.verdict.id in used),
        )
        for view in views
    ]


def _view(anchor: str, verdict: Record, controls: Sequence[Record]) -> StatementView:
    letters = _Letters({})
    groups: dict[str, list[Part]] = {}
    for e in verdict.evidence:
        if isinstance(e, Part | Proportion):
            letters(e.setting)
        if isinstance(e, Part):
            groups.setdefault(e.label, []).append(e)
    statement = catalogue.get(verdict.id)
    said = wording.sections(verdict.id)
    stated = (verdict.kind, verdict.title, verdict.predicts)
    return StatementView(
        anchor=anchor,
        verdict=verdict,
        formula=mathml(statement.formula) if statement else (),
        source=statement.source if statement else "",
        file=wording.file_of(verdict.id),
        notebooks=tuple(wording.notebooks_of(verdict.id)) if statement else (),
        hypotheses=tuple(said.get("Hypotheses", ())),
        idea=tuple(said.get("Proof idea", ())),
        known=statement is not None,
        changed=statement is not None and stated != (statement.kind, statement.title, statement.predicts),
        parts=tuple(_group(label, found, verdict.kind, letters) for label, found in groups.items()),
        proportions=tuple((letters(e.setting), e) for e in verdict.proportions),
        slopes=verdict.slopes,
        constants=tuple(e for e in verdict.slopes if e.constant is not None),
        settings=tuple((letter, text) for text, letter in letters.found.items() if text),
        controls=tuple(controls),
        pictures=tuple(pictures(verdict, controls, letters)),
        ladders=tuple(plot for plot in map(ladder_plot, verdict.slopes) if plot is not None),
        loose=_looseness(verdict),
        command=wording.command(verdict),
    )


def _group(label: str, found: Sequence[Part], kind: Kind, letters: _Letters) -> PartGroup:
    rows = tuple((letters(part.setting), part, *wording.reading(part, kind)) for part in found)
    return PartGroup(label, sum(part.count for part in found), rows)


def _looseness(verdict: Record) -> float:
    """Return by which factor the loosest of a statement's bounds is loose, each where it is tightest; 0 if none is."""
    if verdict.kind != "bound":
        return 0.0
    tightest: dict[str, float] = {}
    for e in verdict.parts:
        share = wording.share_used(e.measured, e.bound, e.sense)
        if share is not None and 0 < share < math.inf:
            tightest[e.label] = max(share, tightest.get(e.label, 0.0))
    return max((1 / share for share in tightest.values()), default=0.0)


def _contrast(statements: Sequence[Record]) -> dict[str, Any] | None:
    """Return the test errors of the headline's runs, if the run holds them."""
    verdict = next((v for v in statements if v.id == HEADLINE), None)
    if verdict is None:
        return None
    parts = {e.label: e for e in verdict.parts}
    sgd, sam = (parts.get(f"{name}: test error - p") for name in ("SGD", "SAM then SGD"))
    p = sgd.setting.get("p") if sgd else None
    if sgd is None or sam is None or not isinstance(p, int | float):
        return None
    return {"sgd": p + sgd.mean, "sam": p + sam.mean, "p": p, "setting": sgd.setting}


def _duration(seconds: float) -> str:
    """Return a time in the unit in which it is short."""
    if not math.isfinite(seconds):
        return wording.number(seconds)
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _words(text: str) -> Markup:
    """Escape a command whose lines may break between its words only, not at their hyphens."""
    return Markup(" ").join(Markup('<span class="word">{}</span>').format(word) for word in text.split(" "))


def _code(text: str) -> Markup:
    """Escape a text, then set what stands between backticks as code, and between asterisks as emphasis."""
    parts = wording.symbols(str(text)).split("`")
    if len(parts) % 2 == 0:
        return _signs(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(_signs(part)) if k % 2 else _emphasis(part) for k, part in enumerate(parts)
    )


def _signs(text: str) -> Markup:
    """Escape a text whose mathematics is set in symbols, powers above the line."""
    parts = re.split(r"\^(\([^()]*\)|[−-]?[\w½¼]+)", wording.symbols(str(text)))
    raised = (part.strip("()") if k % 2 else part for k, part in enumerate(parts))
    return Markup("").join(
        Markup("<sup>{}</sup>").format(part) if k % 2 else Markup("{}").format(part) for k, part in enumerate(raised)
    )


def _emphasis(text: str) -> Markup:
    words = re.split(r"\*(\w[^*\n]*\w|\w)\*", text)
    return Markup("").join(
        Markup("<em>{}</em>").format(_signs(word)) if k % 2 else _signs(word) for k, word in enumerate(words)
    )
