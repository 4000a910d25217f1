"""What README and docs quote in blocks: written between their markers from the results files, never by hand.

python -m verify.report.readme . results figures/gallery
"""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from theorems import catalogue
from verify.report.blocks import filled
from verify.report.results import Record, Results, attacked, read_results
from verify.report.schema import Part, Proportion
from verify.report.wording import readable

HEADLINE = "headline"
ERROR, LOSS = ": test error - p", ": training loss"
"""How the headline's parts are labelled, after the name of an algorithm."""
PAGES = {
    "README.md": ("headline",),
    "docs/results.md": ("headline", "verdicts", "beyond", "provenance", "trust"),
    "docs/gallery.md": ("figures",),
}
"""The pages that hold blocks, and the names of these."""


def render(
    text: str,
    names: Sequence[str],
    results: Results,
    trust: Mapping[str, dict[str, Any]],
    gallery: Mapping[str, str],
    attacks: Mapping[str, str] | None = None,
) -> str:
    """Return the text with its marked blocks written anew.

    Parameters
    ----------
    text : str
        Markdown with blocks `<!-- begin NAME -->` ... `<!-- end NAME -->`.
    names : sequence of str
        Of the blocks that it must hold; see `PAGES`.
    results : Results
    trust : mapping
        What `python -m tests.trust.calibration --json`, `python -m tests.trust.mutation --json` and `make properties`
        wrote, by the name of the file: "calibration", "mutation" or "properties", and "_" with more if
        there are several.
    gallery : mapping
        Pages of figures by the path of each from the page, as written by `samverify figures`.
    attacks : mapping, optional
        What an attack says of each statement (`attacked`).

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a block is missing, or the run is partial.
    """
    if results.missing or results.failed:
        raise ValueError(
            f"results is not allowed: the run is partial, {len(results.missing)} checks were not made and "
            f"{len(results.failed)} ended without a verdict"
        )
    statements = results.statements
    own = {s.id for s in catalogue.values() if s.beyond}
    write: dict[str, Callable[[], str]] = {
        "headline": lambda: _headline(statements),
        "figures": lambda: _figures(gallery),
        "verdicts": lambda: _verdicts([v for v in statements if v.id not in own], "the paper predicts", attacks or {}),
        "beyond": lambda: _verdicts([v for v in statements if v.id in own], "predicted", attacks or {}),
        "provenance": lambda: _provenance(results),
        "trust": lambda: "\n".join(_TRUST[name.partition("_")[0]](name, kept) for name, kept in trust.items()),
    }
    return filled(text, {name: write[name]() for name in names})


def _headline(statements: Sequence[Record]) -> str:
    """Return a row a world and algorithm: what was measured beside what the claim's own parts ask for."""
    verdict = next(v for v in statements if v.id == HEADLINE)
    settings = [frequency.setting for frequency in verdict.proportions]
    names = ("n", "d", "m", "P", "B", "mu_norm", "sigma_p", "p")
    varied = [k for k in names if any(s[k] != settings[0][k] for s in settings)] or ["d"]
    rows = [
        f"| {' | '.join(f'`{k}`' for k in varied)} | | test error | closest call | claimed | training loss | held in |",
        "|---" * (len(varied) + 6) + "|",
    ]
    for frequency in verdict.proportions:
        setting, label_noise = frequency.setting, frequency.setting["p"]
        parts = {e.label: e for e in verdict.parts if e.setting == setting}
        for name in (label.removesuffix(ERROR) for label in parts if label.endswith(ERROR)):
            error, loss = parts[name + ERROR], parts[name + LOSS]
            cells = [f"{setting[k]:,g}" for k in varied] + [
                name,
                f"{label_noise + error.mean:.4f}",
                f"{label_noise + error.measured:.4f}",
                _asked(error),
                f"{loss.sense.replace('<=', 'at most')} {loss.bound:g}",
                _held(frequency),
            ]
            rows.append(f"| {' | '.join(cells)} |")
    size = ", ".join(f"`{k}` = {settings[0][k]:,g}" for k in names if k not in varied)
    return "\n".join(
        [
            *rows,
            "",
            f"{size}. Both from the same data, initial weights and batches. Test error: the mean; closest call: "
            "the run nearest to breaking the claim.",
        ]
    )


def _asked(error: Part) -> str:
    return f"{'at most' if error.sense == '<=' else 'at least'} p + {error.bound:g}"


def _held(frequency: Proportion) -> str:
    return f"{frequency.held} of {frequency.draws}"


def _figures(gallery: Mapping[str, str]) -> str:
    """Return each figure with its caption folded below it."""
    parts = []
    for path, page in gallery.items():
        title, picture, caption = page.strip().split("\n\n", 2)
        picture = picture.replace("](", f"]({path.rpartition('/')[0]}/")
        parts.append(
            f"#{title}\n\n{picture}\n\n<details><summary>What is predicted, what was measured</summary>\n\n{caption}"
            "\n\n</details>"
        )
    return "\n\n".join(parts)


def _verdicts(statements: Sequence[Record], predicts: str, attacks: Mapping[str, str]) -> str:
    rows = [
        f"| statement | kind | {predicts} | measured, at the tightest setting | draws | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for v in statements:
        lines = [*readable(v.measured).split("; "), *([attacks[v.id]] if v.kind == "bound" and v.id in attacks else [])]
        measured = "<br>".join(_cell(line) for line in lines)
        rows.append(f"| `{v.id}` | {v.kind} | {_cell(v.predicts)} | {measured} | {v.draws:,} | {_verdict(v)} |")
    return "\n".join(rows)


def _verdict(v: Record) -> str:
    return f"{v.status} (declared open: {_cell(v.unsettled)})" if v.unsettled else v.status


def _provenance(results: Results) -> str:
    made, controls = results.provenance, results.controls
    refuted = sum(v.status == "refuted" for v in controls)
    again = "".join(f" (`{id}` again, at `{commit[:12]}`)" for id, commit in made.again.items())
    return (
        f"Made on {made.date[:10]} by `pytest verify/ --scale {made.scale}` at commit `{made.commit[:12]}`"
        f"{again}, seed block {made.seed_block}, Python {made.python}, NumPy {made.numpy}, "
        f"SciPy {made.scipy}. "
        f"{refuted} of {len(controls)} controls were refuted, as they must be. The chance that such a run refutes (or "
        f"confirms) any random statement wrongly is at most {made.level:.0%}."
    )


def _calibrated(name: str, calibration: dict[str, Any]) -> str:
    blocks, controls = calibration["blocks"], len(calibration["controls"])
    missed = len(calibration["controls_missed"])
    opened = sum(calibration["inconclusive"].values())
    return (
        f"- Calibration of {len(calibration['statements'])} statements: the quick run over {blocks} blocks of seeds "
        f"refuted one {calibration['false_alarms']} times (at most {calibration['level']:.0%} of whole runs may) and "
        f"left one open {opened} times in {blocks * len(calibration['statements'])} verdicts; of {controls} controls "
        f"{controls - missed} were refuted in every block (`results/{name}.json`)."
    )


def _mutated(name: str, mutation: dict[str, Any]) -> str:
    scores, flips = dict(mutation["summary"]), mutation["flips"]["rows"]
    every = scores.pop("all")
    judged, red = every["killed"] + every["survived"], every["killed"]
    folders = ", ".join(f"`{folder}` {one['score']:.2f}" for folder, one in scores.items())
    drawn = f"{mutation['size']} drawn by seed {mutation['seed']} from all places of the code, as many a folder"
    if judged + every["equivalent"] < mutation["size"]:
        drawn = f"the first {judged + every['equivalent']} of {drawn}"
    return (
        f"- Mutation ({drawn}): of {judged} mutants {red} turned a test or a check red, {every['score']:.2f} "
        f"[{every['lower']:.2f}, {every['upper']:.2f}] ({folders}); {every['equivalent']} more change nothing that "
        f"anybody could see. Tests that were added for mutants that had survived count: the share is not that of a "
        f"sample not looked at. Of {len(flips)} flips of the theory (a sign, a factor P-1, an exponent, l' at W for "
        f"l' at W + eps, ...) {sum(bool(row['by']) for row in flips)} did, at commit "
        f"`{str(mutation['flips']['provenance']['commit'])[:7]}` (`results/{name}.json`)."
    )


def _tried(name: str, properties: dict[str, Any]) -> str:
    total = properties["total"]
    return (
        "- Properties (symmetries, scaling laws, agreement of the engines, exact files): "
        f"{len(properties['properties'])} tried on {total['passing'] + total['failing']:,} random examples, "
        f"{total['failing']} failed (`results/{name}.json`)."
    )


_TRUST: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "calibration": _calibrated,
    "mutation": _mutated,
    "properties": _tried,
}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")


def kept(folder: Path) -> list[Path]:
    """Return the files of a folder that say how far to trust the run: calibrations, then mutations, properties."""
    return [path for name in _TRUST for path in sorted(folder.glob(f"{name}*.json"))]


def gallery_of(folder: Path, root: str = "") -> dict[str, str]:
    """Return the pages of a folder of figures by their paths, after `root`, in the order that its README says."""
    shown = re.findall(r"\(([a-z_]+)\.(?:svg|pdf)\)", (folder / "README.md").read_text("utf-8"))
    pages = [folder / f"{name}.md" for name in shown]
    return {f"{root}{page.as_posix()}": page.read_text("utf-8") for page in pages}


def main() -> None:
    """Rewrite the pages in the folder named first from the results in the second and the figures in the third."""
    root, folder, figures = (Path(argument) for argument in sys.argv[1:4])
    run = folder / "full.json"
    if not run.exists():
        raise SystemExit(f"{run} is not there: make it with `make results`")
    trust = {path.stem: json.loads(path.read_text("utf-8")) for path in kept(folder)}
    results, attacks = read_results(run), attacked(folder / "attack.json")
    for page, names in PAGES.items():
        text = render((root / page).read_text("utf-8"), names, results, trust, gallery_of(figures, "../"), attacks)
        (root / page).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
