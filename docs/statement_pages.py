"""A page for each statement of the catalogue, and the graph of proofs, written before Sphinx reads its sources."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from theorems import catalogue
from theorems.statement import Statement
from verify.report import wording
from verify.report.results import Record, Results, attacked, read_results

ROOT = Path(__file__).parent.parent
GROUPS = {"concentration": "Data and start", "sgd": "SGD", "sam": "SAM", "beyond": "Beyond the paper"}
_COLOURS = {"concentration": "#56708f", "sgd": "#d55e00", "sam": "#0072b2", "beyond": "#6b6b6b"}
_WIDTH, _HEIGHT, _ACROSS, _DOWN = 150, 18, 178, 24


def group_of(statement: Statement) -> str:
    """Return the folder of `theorems/` that states it."""
    return statement.module.split(".")[1]


def depths(statements: Mapping[str, Statement]) -> dict[str, int]:
    """Return for each statement how many steps its proof is from one that uses none.

    Parameters
    ----------
    statements : mapping
        By id; what a proof uses beyond them is left out.

    Returns
    -------
    dict of str to int
    """
    found: dict[str, int] = {}

    def depth(id: str) -> int:
        if id not in found:
            found[id] = 1 + max((depth(used) for used in statements[id].uses if used in statements), default=-1)
        return found[id]

    for id in statements:
        depth(id)
    return found


def graph(statements: Mapping[str, Statement]) -> str:
    """Draw the graph of proofs: a column a depth, a line from each statement to those whose proof uses it.

    Parameters
    ----------
    statements : mapping
        By id.

    Returns
    -------
    str
        An SVG whose boxes are links to the pages of the statements.
    """
    columns: dict[int, list[str]] = {}
    linked = {used for s in statements.values() for used in s.uses} | {s.id for s in statements.values() if s.uses}
    depth = depths({id: s for id, s in statements.items() if id in linked})
    for id, column in depth.items():
        columns.setdefault(column, []).append(id)
    place: dict[str, tuple[int, float]] = {}
    tallest = max(map(len, columns.values()))
    for column in sorted(columns):  # a box near the middle of those that its proof uses
        wanted = {id: _middle(id, statements, place) for id in columns[column]}
        for row, id in enumerate(sorted(columns[column], key=lambda id: wanted[id])):
            place[id] = (column, row + (tallest - len(columns[column])) / 2)
    lines, boxes = [], []
    for id, (column, row) in place.items():
        x, y = 4 + column * _ACROSS, 4 + row * _DOWN
        for used in statements[id].uses:
            if used in place:
                x0, y0 = 4 + place[used][0] * _ACROSS + _WIDTH, 4 + place[used][1] * _DOWN + _HEIGHT / 2
                y1, bend = y + _HEIGHT / 2, (x - x0) / 2
                lines.append(f'<path d="M{x0} {y0:g}C{x0 + bend:g} {y0:g} {x - bend:g} {y1:g} {x} {y1:g}"/>')
        colour = _COLOURS[group_of(statements[id])]
        boxes.append(
            f'<a href="{id}.html"><title>{escape(statements[id].title)}</title>'
            f'<rect x="{x}" y="{y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="3" fill="{colour}"/>'
            f'<text x="{x + _WIDTH / 2:g}" y="{y + 12.5:g}">{escape(id)}</text></a>'
        )
    width, height = 8 + max(columns) * _ACROSS + _WIDTH, 8 + tallest * _DOWN
    return (
        f'<div class="graph"><svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        'aria-label="Which statement is used in the proof of which">'
        f'<g class="lines">{"".join(lines)}</g>{"".join(boxes)}</svg></div>'
    )


def _middle(id: str, statements: Mapping[str, Statement], place: Mapping[str, tuple[int, float]]) -> float:
    rows = [place[used][1] for used in statements[id].uses if used in place]
    return sum(rows) / len(rows) if rows else 0.0


def links_of(source: Path) -> list[dict[str, Any]]:
    """Return the links of the chain that `python -m verify.chain` wrote; none without the file."""
    return json.loads(source.read_text("utf-8"))["links"] if source.is_file() else []


def told(link: Mapping[str, Any]) -> str:
    """Say on how many draws a statement's premises held, and on how many of these its conclusion."""
    held, concluded = link["held"], link["concluded"]
    if not link["premises"]:
        return "no premise can be asked of its draws"
    if not held:
        least = min(link["premises"], key=lambda id: link["premises"][id][1])
        asked, holds, met = link["premises"][least]
        return f"all premises held in no draw: `{least}` in {holds} of {asked}, its hypotheses in {met}"
    return f"premises held in {held} draws, conclusion in {'all' if concluded == held else concluded}"


def chain(links: Sequence[Mapping[str, Any]]) -> str:
    """Return the table of the chain: a row a statement and place, with its premises and the holes."""
    rows = [
        "| statement | asked of the same draws (held of asked) | | hypotheses of the premises met | its own | holes |",
        "|---|---|---|---|---|---|",
    ]
    for link in links:
        asked = ", ".join(f"`{id}` {held} of {n}" for id, (n, held, _) in link["premises"].items())
        holes = "<br>".join(_cell(f"seed {seed}, d = {d:g}: {label}") for seed, d, label in link["holes"]) or "none"
        name = f"[`{link['id']}`]({link['id']}.md)"
        rows.append(f"| {name} | {asked} | {told(link)} | {link['inside']} | {link['own']} | {holes} |")
    return "\n".join(rows)


def index(
    statements: Mapping[str, Statement], verdicts: Mapping[str, Record], links: Sequence[Mapping[str, Any]] = ()
) -> str:
    """Return the front page: the graph, the chain, and the statements of each group with their verdicts."""
    parts = [
        "# Statements",
        "A line leads from a statement to one whose proof uses it. Statements without a line stand alone.",
        graph(statements),
        "## The chain",
        "On each draw the premises that can be asked of it are asked, then the conclusion. A scaling, which speaks of "
        "no single draw, is replaced by what its own proof uses. A draw with premises and without conclusion is a "
        "hole. Outside its hypotheses an explicit bound may be void, or even negative: then the premise does not hold. "
        "A statement that stands twice is asked beyond its own worlds too, where the explicit hypotheses of its "
        "lemmas hold.",
        chain(links),
    ]
    for group, title in GROUPS.items():
        rows = ["| statement | claim | kind | verdict |", "|---|---|---|---|"]
        for s in statements.values():
            if group_of(s) == group:
                rows.append(f"| [`{s.id}`]({s.id}.md) | {_cell(s.title)} | {s.kind} | {_status(verdicts.get(s.id))} |")
        parts += [f"## {title}", "\n".join(rows)]
    names = "\n".join(statements)
    return "\n\n".join([*parts, f"```{{toctree}}\n:hidden:\n\n{names}\n```"]) + "\n"


def page(
    statement: Statement,
    results: Results,
    links: Sequence[Mapping[str, Any]] = (),
    attacks: Mapping[str, str] | None = None,
) -> str:
    """Return the page of one statement: what it claims, why, what its proof uses, and what was found."""
    said = wording.sections(statement.id)
    verdict = next((v for v in results.statements if v.id == statement.id), None)
    source = statement.source if statement.beyond else f"{statement.source}. The paper's text was not at hand"
    parts = [
        f"# `{statement.id}`",
        f"**{_text(statement.title)}.** {statement.kind.capitalize()}; {GROUPS[group_of(statement)]}; "
        f"verdict: **{_status(verdict)}**.",
        f"$$\n{statement.formula}\n$$",
    ]
    for heading in ("Statement", "Hypotheses", "Proof idea"):
        if heading in said:
            parts += [f"## {heading}", *map(_text, said[heading])]
    uses = ", ".join(f"[`{id}`]({id}.md)" for id in statement.uses) or "no other statement"
    used = ", ".join(f"[`{s.id}`]({s.id}.md)" for s in catalogue.values() if statement.id in s.uses) or "no other"
    parts.append(f"Its proof uses {uses}. It is used by {used}.")
    parts += [f"Draw by draw: {told(link)}." for link in links if link["id"] == statement.id]
    parts.append("## Evidence")
    parts += _evidence(verdict) if verdict else ["The kept run has no verdict on it."]
    if attacks and statement.id in attacks:
        parts.append(f"{attacks[statement.id][0].upper()}{attacks[statement.id][1:]} ([attack](../attack.md)).")
    parts += ["## Controls", *_controls(statement, results)]
    notebooks = [f"[{Path(name).stem}](../../{name})" for name in wording.notebooks_of(statement.id)]
    parts += [
        "## Again",
        f"```sh\nsamverify check {statement.id}\n```",
        f"{_text(source)}. Stated in `{wording.file_of(statement.id)}`"
        + (f", derived in {', '.join(notebooks)}." if notebooks else "."),
    ]
    return "\n\n".join(parts) + "\n"


def _evidence(verdict: Record) -> list[str]:
    rows = [f"- {_text(line)}" for line in wording.readable(verdict.measured).split("; ")]
    margins = [f"| {_cell(name)} | {wording.number(margin)} |" for name, margin in verdict.margins.items()]
    found = [f"At the tightest setting of {verdict.draws:,} draws:", "\n".join(rows)]
    if margins:
        found.append("\n".join(["| hypothesis | least margin |", "|---|---|", *margins]))
    return found


def _controls(statement: Statement, results: Results) -> list[str]:
    found = {v.control: v.status for v in results.controls if v.id == statement.id}
    broken = [f"| {_cell(c.why)} | {found.get(c.why, 'not in the kept run')} |" for c in statement.controls]
    return [
        "Each is broken on purpose, and must be refuted.",
        "\n".join(["| broken | verdict |", "|---|---|", *broken]),
    ]


def _status(verdict: Record | None) -> str:
    return verdict.status if verdict is not None else "not in the kept run"


def _text(text: str) -> str:
    """Escape what Markdown would read as its own, outside of backticks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return _escaped(text)
    return "`".join(part if k % 2 else _escaped(part) for k, part in enumerate(parts))


def _escaped(text: str) -> str:
    for sign in ("\\", "*", "_", "[", "]", "$"):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("<", "&lt;")


def _cell(text: str) -> str:
    return _text(text).replace("|", "\\|")


def write(folder: Path) -> None:
    """Write the pages into a folder, and nothing that is there already with the same text."""
    results = read_results(ROOT / "results" / "full.json")
    verdicts = {v.id: v for v in results.statements}
    links, attacks = links_of(ROOT / "results" / "chain.json"), attacked(ROOT / "results" / "attack.json")
    texts = {"index": index(catalogue, verdicts, links)}
    texts |= {s.id: page(s, results, links, attacks) for s in catalogue.values()}
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.md"):
        if old.stem not in texts:
            old.unlink()
    for name, text in texts.items():
        target = folder / f"{name}.md"
        if not target.exists() or target.read_text("utf-8") != text:
            target.write_text(text, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages when a build begins."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir) / "statements"))
    return {"parallel_read_safe": True}
