"""Numbers quoted in prose: each stands between its markers and is written from the results files, never by hand.

    python -m verify.report.quotes results docs/findings.md docs/theory.md ...

`<!-- q STATEMENT / LADDER -->...<!-- /q -->` quotes the exponent of a ladder with its interval,
`<!-- q STATEMENT / LADDER / KEY -->` another number of its evidence (`constant`: with its
interval), `<!-- q STATEMENT / LABEL -->` what a part measured at its tightest place beside the bound,
`<!-- q STATEMENT / held -->` in how many draws it held, `<!-- q STATEMENT / status -->` the verdict, and
`<!-- q FILE.nc / KEY -->` what an experiment's data set says of itself in its attribute `quote_KEY`.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from verify.report.blocks import quoted
from verify.report.results import Record, Results, read_results
from verify.report.schema import Height, Part, Slope
from verify.report.wording import number


def render(text: str, results: Results, experiments: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text with every quoted number written anew.

    Parameters
    ----------
    text : str
        Markdown with markers, see above.
    results : Results
    experiments : mapping
        Attributes of the experiments' data sets, by the name of the file.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a marker names what the results do not hold.
    """
    verdicts = {v.id: v for v in results.statements}
    return quoted(text, lambda key: _quote(key, verdicts, experiments))


def _quote(key: str, verdicts: Mapping[str, Record], experiments: Mapping[str, Mapping[str, Any]]) -> str:
    source, *path = (part.strip() for part in key.split(" / "))
    if source.endswith(".nc"):
        attributes = experiments.get(source)
        name = f"quote_{path[0]}" if len(path) == 1 else ""
        if attributes is None or name not in attributes:
            raise ValueError(f"marker {key!r} is not allowed: {source} has no attribute {name!r}")
        return str(attributes[name])
    if source not in verdicts:
        raise ValueError(f"marker {key!r} is not allowed: the run has no verdict on {source!r}")
    verdict = verdicts[source]
    if path == ["status"]:
        return verdict.status
    if path == ["held"] and verdict.proportions:
        held, draws = (sum(getattr(e, name) for e in verdict.proportions) for name in ("held", "draws"))
        return f"{held:,} of {draws:,}"
    tightest: dict[str, Part] = {}
    for part in verdict.parts:
        known = tightest.get(part.label)
        tightest[part.label] = part if known is None or part.slack < known.slack else known
    found: dict[str, Part | Slope] = {**tightest, **{slope.name: slope for slope in verdict.slopes}}
    if not path or path[0] not in found or len(path) > 2:
        raise ValueError(f"marker {key!r} is not allowed: {source!r} measured {', '.join(found) or 'nothing by name'}")
    evidence = found[path[0]]
    if len(path) == 2:
        if path[1] not in vars(evidence):
            raise ValueError(f"marker {key!r} is not allowed: the evidence has no {path[1]!r}")
        return _number(getattr(evidence, path[1]))
    if isinstance(evidence, Part):
        sense = "at most" if evidence.sense == "<=" else "at least"
        return f"{number(evidence.measured)} ({sense} {number(evidence.bound)})"
    return f"{evidence.exponent:.3f} [{evidence.lower:.3f}, {evidence.upper:.3f}]"


def _number(value: Any) -> str:
    if isinstance(value, Height):  # a constant with its interval
        return f"{_number(value.value)} [{_number(value.lower)}, {_number(value.upper)}]"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Rewrite pages from the results in the folder named first."""
    folder, *pages = (Path(argument) for argument in sys.argv[1:])
    experiments = {path.name: xr.load_dataset(path).attrs for path in sorted(folder.glob("*.nc"))}
    results = read_results(folder / "full.json")
    for page in pages:
        page.write_text(render(page.read_text("utf-8"), results, experiments), "utf-8")


if __name__ == "__main__":
    main()
