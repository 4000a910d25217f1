"""What a check found: a status, and the numbers behind it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dynamics.files import write_whole
from dynamics.provenance import origin
from dynamics.streams import SEEDS_PER_BLOCK
from theorems.statement import Kind, Scale
from verify.evidence import LEVEL, Status


@dataclass(frozen=True)
class Verdict:
    """The result of one check.

    Attributes
    ----------
    id : str
        The statement.
    control : str or None
        What was broken, if this is the check of a control; then "refuted" is the right answer.
    kind, title, predicts : str
        Copied from the statement.
    status : {"confirmed", "refuted", "inconclusive", "hypotheses not met"}
    measured : str
        The decisive number with its interval, in one line.
    evidence : tuple of dict
        All numbers: a dict a part, proportion or slope.
    margins : dict
        The smallest margin of each hypothesis over the draws that were used; at least 1 when met.
    draws : int
        Draws that the verdict rests on.
    unmet : int
        Draws set aside because a hypothesis did not hold on them.
    p_value : float
        Of the claim; 1 for identities and bounds, where a failure is a counterexample.
    scale : {"quick", "full"}
    seed : int
        The block of seeds.
    seconds : float
    """

    id: str
    control: str | None
    kind: Kind
    title: str
    predicts: str
    status: Status
    measured: str
    evidence: tuple[dict[str, Any], ...]
    margins: dict[str, float]
    draws: int
    unmet: int
    p_value: float
    scale: Scale
    seed: int
    seconds: float

    @property
    def as_expected(self) -> bool:
        """Whether a statement was confirmed, or a control refuted."""
        return self.status == ("confirmed" if self.control is None else "refuted")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; numbers that JSON lacks become strings ("inf", "nan")."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


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


def write_json(
    target: Path,
    verdicts: Sequence[Verdict],
    scale: Scale,
    seed: int,
    missing: Sequence[str] = (),
    failed: Sequence[Failure] = (),
) -> None:
    """Write a run to a file, whole or not at all; arguments as for `as_json`."""
    write_whole(target, as_json(verdicts, scale, seed, missing, failed))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value
