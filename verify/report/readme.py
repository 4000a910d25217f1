"""The README's numbers: written between its markers from the results files, never by hand.

python -m verify.report.readme README.md results figures/gallery
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from theorems import catalogue

HEADLINE = "headline"
FIGURES = ("phase_large", "phase_paper", "stages", "deactivation")
"""The figures that the README shows, with their captions."""


def render(
    text: str,
    results: dict[str, Any],
    trust: Mapping[str, dict[str, Any]],
    gallery: Mapping[str, str],
) -> str:
    """Return the text with its marked blocks written anew.

    Parameters
    ----------
    text : str
        Markdown with blocks `<!-- begin NAME -->` ... `<!-- end NAME -->`; the names are "headline",
        "figures", "verdicts", "beyond", "provenance" and "trust".
    results : dict
        As written by `pytest verify/ --json`.
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
    if results.get("partial"):
        raise ValueError(
            f"results is not allowed: the run is partial, {len(results['missing'])} checks were not made and "
            f"{len(results.get('failed', ()))} ended without a verdict"
        )
    statements = [v for v in results["verdicts"] if v["control"] is None]
    trusted = [_TRUST[name.partition("_")[0]](name, kept) for name, kept in trust.items()]
    own = {s.id for s in catalogue.values() if s.source == "this suite"}
    blocks = {
        "headline": _headline(statements),
        "figures": _figures(gallery),
        "verdicts": _verdicts([v for v in statements if v["id"] not in own], "the paper predicts"),
        "beyond": _verdicts([v for v in statements if v["id"] in own], "predicted"),
        "provenance": _provenance(results),
        "trust": "\n".join(trusted),
    }
    for name, block in blocks.items():
        pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(
                f"the text has no block {name!r}: it must hold <!-- begin {name} --> and <!-- end {name} -->"
            )
        text = pattern.sub(rf"\g<1>{_literal(block)}\n\g<2>", text)
    return text


def _headline(statements: list[dict[str, Any]]) -> str:
    verdict = next(v for v in statements if v["id"] == HEADLINE)
    parts = {e["label"]: e for e in verdict["evidence"] if e["form"] == "part"}
    setting = next(e["setting"] for e in verdict["evidence"])
    frequency = next(e for e in verdict["evidence"] if e["form"] == "proportion")
    rows = [
        "| | test error (label noise p = {p:g}) | worst of {n} runs | training loss |".format(
            p=setting["p"], n=frequency["draws"]
        ),
        "|---|---|---|---|",
    ]
    for name in ("SGD", "SAM then SGD"):
        error, loss = parts[f"{name}: test error - p"], parts[f"{name}: training loss"]
        rows.append(
            f"| {name} | {setting['p'] + error['mean']:.4f} | {setting['p'] + error['measured']:.4f} | "
            f"{loss['measured']:.3f} |"
        )
    size = ", ".join(f"{k} = {setting[k]:g}" for k in ("n", "d", "m", "P", "mu_norm", "sigma_p"))
    rows += [
        "",
        f'({size}. Same data, initial weights and batches for both. "Worst" is the run nearest to breaking the claim: '
        f"SGD at least p + 0.1, SAM then SGD at most p + 0.01; it held in {frequency['held']} of {frequency['draws']} "
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


def _verdicts(statements: list[dict[str, Any]], predicts: str) -> str:
    rows = [
        f"| statement | kind | {predicts} | measured, at the tightest setting | draws | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for v in statements:
        measured = "<br>".join(_cell(line) for line in v["measured"].split("; "))
        rows.append(
            f"| `{v['id']}` | {v['kind']} | {_cell(v['predicts'])} | {measured} | {v['draws']:,} | {v['status']} |"
        )
    return "\n".join(rows)


def _provenance(results: dict[str, Any]) -> str:
    made = results["provenance"]
    controls = [v for v in results["verdicts"] if v["control"] is not None]
    refuted = sum(v["status"] == "refuted" for v in controls)
    again = "".join(f" (`{id}` again, at `{commit[:12]}`)" for id, commit in made.get("again", {}).items())
    return (
        f"Made on {made['date'][:10]} by `pytest verify/ --scale {made['scale']}` at commit `{made['commit'][:12]}`"
        f"{again}, seed block {made['seed_block']}, Python {made['python']}, NumPy {made['numpy']}, "
        f"SciPy {made['scipy']}. "
        f"{refuted} of {len(controls)} controls were refuted, as they must be. The chance that such a run refutes (or "
        f"confirms) any random statement wrongly is at most {made['level']:.0%}."
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


def _literal(block: str) -> str:
    """Return a text that `re.sub` inserts as it stands."""
    return block.replace("\\", r"\\")


def _cell(text: str) -> str:
    escaped = text.replace("|", "\\|").replace("<", "&lt;").replace("_", "\\_").replace("*", "\\*")
    return escaped


def kept(folder: Path) -> list[Path]:
    """Return the files of a folder that say how far to trust the run: calibrations, then mutations, properties."""
    return [path for name in _TRUST for path in sorted(folder.glob(f"{name}*.json"))]


def main() -> None:
    """Rewrite the README named first from the results in the second folder and the figures in the third."""
    target, folder, figures = (Path(argument) for argument in sys.argv[1:4])
    run = folder / "full.json"
    if not run.exists():
        raise SystemExit(f"{run} is not there: make it with `make results`")
    results = json.loads(run.read_text("utf-8"))
    trust = {path.stem: json.loads(path.read_text("utf-8")) for path in kept(folder)}
    pages = [figures / f"{name}.md" for name in FIGURES]
    missing = [page for page in pages if not page.exists()]
    if missing:
        raise SystemExit(f"{missing[0]} is not there: make it with `make figures`")
    gallery = {page.as_posix(): page.read_text("utf-8") for page in pages}
    target.write_text(render(target.read_text("utf-8"), results, trust, gallery), "utf-8")


if __name__ == "__main__":
    main()
