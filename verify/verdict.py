"""A whole run as plain data: what made it, and all verdicts with their evidence."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dynamics.files import write_whole
from dynamics.provenance import origin
from dynamics.streams import SEEDS_PER_BLOCK
from theorems.statement import Scale
from verify.evidence import LEVEL
from verify.schema import Verdict


def provenance(scale: Scale, seed: int) -> dict[str, Any]:
    """Return what made a run: commit, versions, seeds, date."""
    return origin() | {
        "scale": scale,
        "seed_block": seed,
        "first_seed": seed * SEEDS_PER_BLOCK,
        "level": LEVEL,
    }


def as_json(verdicts: Sequence[Verdict], scale: Scale, seed: int, missing: Sequence[str] = ()) -> dict[str, Any]:
    """Return a run as plain data: its provenance, and all verdicts with their evidence.

    Parameters
    ----------
    verdicts : sequence of Verdict
    scale : {"quick", "full"}
    seed : int
        The block of seeds.
    missing : sequence of str
        Names of the checks that were asked for and not made, if the run was interrupted.

    Returns
    -------
    dict
        With the keys "provenance", "partial" (whether checks are missing), "missing" and "verdicts".
    """
    return {
        "provenance": provenance(scale, seed),
        "partial": bool(missing),
        "missing": list(missing),
        "verdicts": [v.to_dict() for v in verdicts],
    }


def write_json(target: Path, verdicts: Sequence[Verdict], scale: Scale, seed: int, missing: Sequence[str] = ()) -> None:
    """Write a run to a file, whole or not at all; arguments as for `as_json`."""
    write_whole(target, as_json(verdicts, scale, seed, missing))
