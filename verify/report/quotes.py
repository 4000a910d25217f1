"""Numbers quoted in prose: each stands between its markers and is written from the results files, never by hand.

    python -m verify.report.quotes docs/findings.md results

`<!-- q STATEMENT / LADDER -->...<!-- /q -->` quotes the exponent of a ladder with its interval,
`<!-- q STATEMENT / LADDER / KEY -->` another number of its evidence (`constant`: with its
interval), `<!-- q STATEMENT / status -->` the verdict, and
`<!-- q FILE.nc / KEY -->` what an experiment's data set says of itself in its attribute `quote_KEY`.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

from verify.report.blocks import quoted
from verify.report.results import Record, Results, read_results
from verify.schema import Height


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
    ladders = {slope.name: slope for slope in verdict.slopes}
    if not path or path[0] not in ladders or len(path) > 2:
        raise ValueError(f"marker {key!r} is not allowed: the ladders of {source!r} are {', '.join(ladders) or 'none'}")
    ladder = ladders[path[0]]
    if len(path) == 1:
        return f"{ladder.exponent:.3f} [{ladder.lower:.3f}, {ladder.upper:.3f}]"
    if path[1] not in vars(ladder):
        raise ValueError(f"marker {key!r} is not allowed: the evidence has no {path[1]!r}")
    return _number(getattr(ladder, path[1]))


def _number(value: Any) -> str:
    if isinstance(value, Height):  # a constant with its interval
        return f"{_number(value.value)} [{_number(value.lower)}, {_number(value.upper)}]"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Rewrite the page named first from the results in the folder named second."""
    page, folder = (Path(argument) for argument in sys.argv[1:3])
    experiments = {path.name: xr.load_dataset(path).attrs for path in sorted(folder.glob("*.nc"))}
    page.write_text(render(page.read_text("utf-8"), read_results(folder / "full.json"), experiments), "utf-8")


if __name__ == "__main__":
    main()
