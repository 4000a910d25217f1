"""A whole run as plain data: what made it, and all verdicts with their evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dynamics.provenance import origin
from dynamics.streams import SEEDS_PER_BLOCK
from theorems.statement import Scale
from verify.evidence import LEVEL
from verify.report.schema import Verdict


@dataclass(frozen=True)
class Failure:
    """A check that ended without a verdict.

    Attributes
    ----------
    id : str
        The statement.
    control : int or None
        Which of its controls, if it is the check of one.
    reason : str
        What was raised, or how the process ended, in one line.
    unexpected : bool
        Whether that is a fault of this program, and not of the machine.
    details : str
        For a report: where it was raised.
    """

    id: str
    control: int | None
    reason: str
    unexpected: bool
    details: str = ""

    @property
    def name(self) -> str:
        """Name of the check, as tests are called."""
        return self.id if self.control is None else f"{self.id}-control{self.control}"


def provenance(scale: Scale, seed: int) -> dict[str, Any]:
    """Return what made a run: commit, versions, seeds, date."""
    return origin() | {
        "scale": scale,
        "seed_block": seed,
        "first_seed": seed * SEEDS_PER_BLOCK,
        "level": LEVEL,
    }


def as_json(
    verdicts: Sequence[Verdict],
    scale: Scale,
    seed: int,
    missing: Sequence[str] = (),
    failed: Sequence[Failure] = (),
) -> dict[str, Any]:
    """Return a run as plain data: its provenance, and all verdicts with their evidence.

    Parameters
    ----------
    verdicts : sequence of Verdict
    scale : {"quick", "full"}
    seed : int
        The block of seeds.
    missing : sequence of str
        Names of the checks that were asked for and not made, if the run was interrupted.
    failed : sequence of Failure
        The checks that ended without a verdict.

    Returns
    -------
    dict
        With the keys "provenance", "partial" (whether checks are missing or failed), "missing", "failed" and
        "verdicts".
    """
    return {
        "provenance": provenance(scale, seed),
        "partial": bool(missing or failed),
        "missing": list(missing),
        "failed": [{"id": f.id, "control": f.control, "reason": f.reason} for f in failed],
        "verdicts": [v.to_dict() for v in verdicts],
    }
