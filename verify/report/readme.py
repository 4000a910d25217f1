"""The README's numbers: written between its markers from the results files, never by hand.

python -m verify.report.readme README.md results figures/gallery
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from theorems import catalogue
from verify.report.blocks import filled
from verify.report.results import Record, Results, read_results

HEADLINE = "headline"
FIGURES = ("phase_large", "phase_paper", "stages", "deactivation")
"""The figures that the README shows, with their captions."""


def render(
    text: str,
    results: Results,
    trust: Mapping[str, dict[str, Any]],
    gallery: Mapping[str, str],
) -> str:
    """Return the text with its marked blocks written anew.

    Parameters
    ----------
    text : str
        Markdown with blocks `<!-- begin NAME -->` ... `<!-- end NAME -->`; the names are "headline",
        "figures", "verdicts", "beyond", "provenance" and "trust".
    results : Results
    trust : mapping
        What `python -m tests.trust.calibration --json`, `python -m tests.trust.mutation --json` and `make properties`
        wrote, by the name of the file: "calibration", "mutation" or "properties", and "_" with more if
        there are several.
    gallery : mapping
        Pages of figures by the path of each, as written by `samverify figures`.

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
    trusted = [_TRUST[name.partition("_")[0]](name, kept) for name, kept in trust.items()]
    own = {s.id for s in catalogue.values() if s.beyond}
    return filled(
        text,
        {
            "headline": _headline(statements),
            "figures": _figures(gallery),
            "verdicts": _verdicts([v for v in statements if v.id not in own], "the paper predicts"),
            "beyond": _verdicts([v for v in statements if v.id in own], "predicted"),
            "provenance": _provenance(results),
            "trust": "\n".join(trusted),
        },
    )


def _headline(statements: Sequence[Record]) -> str:
    verdict = next(v for v in statements if v.id == HEADLINE)
    parts = {e.label: e for e in verdict.parts}
    (frequency,) = verdict.proportions
    setting = frequency.setting
    rows = [
        "| | test error (label noise p = {p:g}) | worst of {n} runs | training loss |".format(
            p=setting["p"], n=frequency.draws
        ),
        "|---|---|---|---|",
    ]
    for name in ("SGD", "SAM then SGD"):
        error, loss = parts[f"{name}: test error - p"], parts[f"{name}: training loss"]
        rows.append(
            f"| {name} | {setting['p'] + error.mean:.4f} | {setting['p'] + error.measured:.4f} | {loss.measured:.3f} |"
        )
    size = ", ".join(f"{k} = {setting[k]:g}" for k in ("n", "d", "m", "P", "mu_norm", "sigma_p"))
    least, most = (f"p + {parts[f'{name}: test error - p'].bound:g}" for name in ("SGD", "SAM then SGD"))
    rows += [
        "",
        f'({size}. Same data, initial weights and batches for both. "Worst" is the run nearest to breaking the claim: '
        f"SGD at least {least}, SAM then SGD at most {most}; it held in {frequency.held} of {frequency.draws} "
        "runs.)",
    ]
    return "\n".join(rows)


def _figures(gallery: Mapping[str, str]) -> str:
    """Return each figure with its caption folded below it."""
    parts = []
    for path, page in gallery.items():
        title, _, caption = page.strip().split("\n\n", 2)
        parts.append(
            f"![{title.removeprefix('# ')}]({path.removesuffix('.md')}.svg)\n\n<details><summary>What is predicted, "
            f"what was measured</summary>\n\n{caption}\n\n</details>"
        )
    return "\n\n".join(parts)


def _verdicts(statements: Sequence[Record], predicts: str) -> str:
    rows = [
        f"| statement | kind | {predicts} | measured, at the tightest setting | draws | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for v in statements:
        measured = "<br>".join(_cell(line) for line in v.measured.split("; "))
        rows.append(f"| `{v.id}` | {v.kind} | {_cell(v.predicts)} | {measured} | {v.draws:,} | {v.status} |")
    return "\n".join(rows)


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
        f"{controls - missed} were refuted in every block ([results/{name}.json](results/{name}.json))."
    )


def _mutated(name: str, mutation: dict[str, Any]) -> str:
    killed = mutation["mutations"] - len(mutation["survived"])
    return (
        f"- Mutation: of {mutation['mutations']} single flips of the theory or the code (a sign, a factor P-1, an "
        f"exponent, l' at W in the place of W + eps, ...) {killed} turned a check or a test red "
        f"([results/{name}.json](results/{name}.json))."
    )


def _tried(name: str, properties: dict[str, Any]) -> str:
    total = properties["total"]
    return (
        "- Properties (symmetries, scaling laws, agreement of the engines, exact files): "
        f"{len(properties['properties'])} tried on {total['passing'] + total['failing']:,} random examples, "
        f"{total['failing']} failed ([results/{name}.json](results/{name}.json))."
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


def main() -> None:
    """Rewrite the README named first from the results in the second folder and the figures in the third."""
    target, folder, figures = (Path(argument) for argument in sys.argv[1:4])
    run = folder / "full.json"
    if not run.exists():
        raise SystemExit(f"{run} is not there: make it with `make results`")
    trust = {path.stem: json.loads(path.read_text("utf-8")) for path in kept(folder)}
    pages = [figures / f"{name}.md" for name in FIGURES]
    missing = [page for page in pages if not page.exists()]
    if missing:
        raise SystemExit(f"{missing[0]} is not there: make it with `make figures`")
    gallery = {page.as_posix(): page.read_text("utf-8") for page in pages}
    target.write_text(render(target.read_text("utf-8"), read_results(run), trust, gallery), "utf-8")


if __name__ == "__main__":
    main()
