"""Numbers quoted in prose: each stands between its markers and is written from the results files, never by hand.

    python -m verify.report.quotes docs/findings.md results

`<!-- q STATEMENT / LADDER -->...<!-- /q -->` quotes the exponent of a ladder with its interval,
`<!-- q STATEMENT / LADDER / KEY -->` another number of its evidence (`constant`: with its
interval), `<!-- q STATEMENT / status -->` the verdict, and
`<!-- q FILE.nc / KEY -->` what an exhibit says of itself in its attribute `quote_KEY`.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xarray as xr

_QUOTE = re.compile(r"(<!-- q (?P<key>.+?) -->).*?(<!-- /q -->)", re.DOTALL)


def render(text: str, results: Mapping[str, Any], exhibits: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text with every quoted number written anew.

    Parameters
    ----------
    text : str
        Markdown with markers, see above.
    results : mapping
        As written by `pytest verify/ --json`.
    exhibits : mapping
        Attributes of the exhibits, by the name of the file.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a marker names what the results do not hold.
    """
    verdicts = {v["id"]: v for v in results["verdicts"] if v["control"] is None}
    return _QUOTE.sub(lambda found: found[1] + _quote(found["key"], verdicts, exhibits) + found[3], text)


def _quote(key: str, verdicts: Mapping[str, Any], exhibits: Mapping[str, Mapping[str, Any]]) -> str:
    source, *path = (part.strip() for part in key.split(" / "))
    if source.endswith(".nc"):
        attributes = exhibits.get(source)
        name = f"quote_{path[0]}" if len(path) == 1 else ""
        if attributes is None or name not in attributes:
            raise ValueError(f"marker {key!r} is not allowed: {source} has no attribute {name!r}")
        return str(attributes[name])
    if source not in verdicts:
        raise ValueError(f"marker {key!r} is not allowed: the run has no verdict on {source!r}")
    verdict = verdicts[source]
    if path == ["status"]:
        return str(verdict["status"])
    ladders = {e["name"]: e for e in verdict["evidence"] if "exponent" in e}
    if not path or path[0] not in ladders or len(path) > 2:
        raise ValueError(f"marker {key!r} is not allowed: the ladders of {source!r} are {', '.join(ladders) or 'none'}")
    ladder = ladders[path[0]]
    if len(path) == 1:
        return f"{ladder['exponent']:.3f} [{ladder['lower']:.3f}, {ladder['upper']:.3f}]"
    if path[1] not in ladder:
        raise ValueError(f"marker {key!r} is not allowed: the evidence has no {path[1]!r}")
    return _number(ladder[path[1]])


def _number(value: Any) -> str:
    if isinstance(value, dict):  # a constant with its interval
        return f"{_number(value['value'])} [{_number(value['lower'])}, {_number(value['upper'])}]"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Rewrite the page named first from the results in the folder named second."""
    page, folder = (Path(argument) for argument in sys.argv[1:3])
    results = json.loads((folder / "full.json").read_text("utf-8"))
    exhibits = {path.name: xr.load_dataset(path).attrs for path in sorted(folder.glob("*.nc"))}
    page.write_text(render(page.read_text("utf-8"), results, exhibits), "utf-8")


if __name__ == "__main__":
    main()
