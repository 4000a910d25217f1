"""What a run of `pytest benchmarks/` measured, as one small file, with its machine and versions.

python -m benchmarks.results RAW.json results/bench.json
"""

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dynamics.files import write_whole
from dynamics.provenance import origin

Results = dict[str, Any]


def collect(raw: Results, origin: dict[str, str | None], seconds: Mapping[str, float] | None = None) -> Results:
    """Return the costs of a run.

    Parameters
    ----------
    raw : dict
        As written by pytest-benchmark.
    origin : dict
        As returned by `dynamics.provenance.origin`.
    seconds : mapping, optional
        What each statement took in `pytest verify/`, its controls included.

    Returns
    -------
    dict
        "provenance"; "costs", by name, a list of blocks, each a list of rounds, in seconds a unit; "facts", by name;
        "statements", seconds by id.
    """
    costs: dict[str, dict[int, list[float]]] = defaultdict(dict)
    facts: dict[str, dict[str, Any]] = {}
    for found in raw["benchmarks"]:
        about = found["extra_info"]
        costs[about["name"]][about["block"]] = [float(f"{t / about['units']:.4g}") for t in found["stats"]["data"]]
        if about["facts"]:
            facts[about["name"]] = about["facts"]
    machine = raw["machine_info"]
    torch = {about["torch"] for about in facts.values() if "torch" in about}
    provenance = origin | {
        "cpu": machine["cpu"].get("brand_raw", "unknown"),
        "cores": machine["cpu"]["count"],
        "blas": machine["blas"],
        "load": machine["load"],
        "torch": min(torch, default=None),
    }
    return {
        "provenance": provenance,
        "costs": {name: [blocks[k] for k in sorted(blocks)] for name, blocks in costs.items()},
        "facts": facts,
        "statements": dict(seconds or {}),
    }


def seconds_of_statements(verdicts: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return what each statement of a results file took, with its controls."""
    taken: dict[str, float] = defaultdict(float)
    for verdict in verdicts:
        taken[verdict["id"]] += verdict["seconds"]
    return {id: round(seconds, 1) for id, seconds in taken.items()}


def main() -> None:
    """Write the second file named from the first."""
    raw, target = json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2])
    verdicts = json.loads((target.parent / "full.json").read_text("utf-8"))["verdicts"]
    write_whole(target, collect(raw, origin(), seconds_of_statements(verdicts)))


if __name__ == "__main__":
    main()
