"""Do verdicts err as rarely as they say? The whole quick run over many blocks of seeds.

    python -m tests.trust.calibration --blocks 20 --json results/calibration.json
    python -m tests.trust.calibration tau_window gap_lost --blocks 6 --json FILE   # some only

Counts, for each statement, how often each verdict was reached, and for each control how often it was
refuted. A true statement may be refuted in a share of the blocks that is compatible with the error level
of a run, spread over the random statements; a control must be refuted in every block.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from scipy.special import bdtrc
from tqdm import tqdm

from dynamics.files import write_whole
from dynamics.processes import Pool
from verify.evidence import LEVEL
from verify.run import Job, jobs, with_holm
from verify.verdict import Verdict, provenance


def blocks_of_verdicts(
    blocks: int, ids: Sequence[str] | None = None, workers: int | None = None
) -> Iterator[list[Verdict]]:
    """Yield the verdicts, after Holm's procedure, of one quick run a block, in order.

    Parameters
    ----------
    blocks : int
        How many blocks of seeds, 0, 1, ....
    ids : sequence of str, optional
        Statements; all by default.
    workers : int, optional
        Processes; one a core by default.

    Yields
    ------
    list of Verdict
    """
    wanted: list[list[Job]] = [jobs(ids, seed=block) for block in range(blocks)]
    with Pool(workers) as executor:
        futures = [[executor.submit(job) for job in block] for block in wanted]
        for block in futures:
            yield with_holm([future.result() for future in block])


def count(verdicts: list[Verdict], table: dict[str, Counter[str]]) -> None:
    """Add a block's verdicts to the counts, by the name of the check."""
    for verdict in verdicts:
        name = verdict.id if verdict.control is None else f"{verdict.id}: {verdict.control}"
        table[name][verdict.status] += 1


def summarise(table: dict[str, Counter[str]], controls: set[str], blocks: int) -> dict[str, Any]:
    """Return the counts, and whether they agree with what is promised.

    Parameters
    ----------
    table : dict of Counter
        Verdicts by check.
    controls : set of str
        Which checks are controls.
    blocks : int

    Returns
    -------
    dict
        `false_alarms`: blocks in which statements were refuted, in all; `false_alarm_p_value`: the chance of so many
        or more, if each block had one with probability `LEVEL`; `controls_missed`: controls that
        were not refuted in every block; `inconclusive`: statements that were left open, and how often.
    """
    statements = {name: counts for name, counts in table.items() if name not in controls}
    alarms = sum(counts["refuted"] for counts in statements.values())
    return {
        "blocks": blocks,
        "level": LEVEL,
        "false_alarms": alarms,
        "false_alarm_p_value": float(bdtrc(alarms - 1, blocks, LEVEL)) if alarms else 1.0,
        "controls_missed": {name: dict(table[name]) for name in controls if table[name]["refuted"] < blocks},
        "inconclusive": {name: c["inconclusive"] for name, c in statements.items() if c["inconclusive"]},
        "hypotheses_not_met": {
            name: c["hypotheses not met"] for name, c in statements.items() if c["hypotheses not met"]
        },
        "statements": {name: dict(counts) for name, counts in statements.items()},
        "controls": {name: dict(table[name]) for name in sorted(controls)},
    }


def main() -> int:
    """Run the calibration, write its result, and say whether it holds."""
    parser = argparse.ArgumentParser(description="Repeat the quick run over blocks of seeds.")
    parser.add_argument("ids", nargs="*", help="statements; all by default")
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--workers", type=int, default=None)
    parser.add_argument("--json", type=Path, default=None)
    arguments = parser.parse_args()
    table: dict[str, Counter[str]] = defaultdict(Counter)
    controls: set[str] = set()
    runs = blocks_of_verdicts(arguments.blocks, arguments.ids or None, arguments.workers)
    for done, verdicts in enumerate(tqdm(runs, total=arguments.blocks, unit="block"), start=1):
        count(verdicts, table)
        controls |= {f"{v.id}: {v.control}" for v in verdicts if v.control is not None}
        result = summarise(table, controls, done)
        if arguments.json:
            write_whole(arguments.json, {"provenance": provenance("quick", 0)} | result)
    shown = {key: value for key, value in result.items() if key not in ("statements", "controls")}
    print(json.dumps(shown, indent=1))
    return 0 if result["false_alarm_p_value"] >= LEVEL and not result["controls_missed"] else 1


if __name__ == "__main__":
    sys.exit(main())
