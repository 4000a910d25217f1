"""The one reader of a results file, as `verify.verdict.as_json` makes it: for page, README, quotes and figures."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, ValidationError

from dynamics.validation import printable
from theorems.statement import Scale
from verify.report.schema import Number, Part, Proportion, Slope, Verdict

_FORMS = ("part", "proportion", "slope")


def _form(evidence: Any) -> str | None:
    return evidence.get("form") if isinstance(evidence, dict) else None


Evidence = Annotated[
    Annotated[Part, Tag("part")] | Annotated[Proportion, Tag("proportion")] | Annotated[Slope, Tag("slope")],
    Discriminator(
        _form,
        custom_error_type="form",
        custom_error_message="its form must be 'part', 'proportion' or 'slope'",
    ),
]


@dataclass(frozen=True)
class Record(Verdict):
    """A verdict of a results file; its evidence has types."""

    evidence: tuple[Evidence, ...]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The inequalities."""
        return tuple(e for e in self.evidence if isinstance(e, Part))

    @property
    def proportions(self) -> tuple[Proportion, ...]:
        """The frequencies."""
        return tuple(e for e in self.evidence if isinstance(e, Proportion))

    @property
    def slopes(self) -> tuple[Slope, ...]:
        """The fitted ladders."""
        return tuple(e for e in self.evidence if isinstance(e, Slope))


class FailedRecord(BaseModel):
    """A check that ended without a verdict (`verify.verdict.Failure`)."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: str
    control: int | None
    reason: str

    @property
    def name(self) -> str:
        """Name of the check, as tests are called."""
        return self.id if self.control is None else f"{self.id}-control{self.control}"


class Provenance(BaseModel):
    """What made a run (`verify.verdict.provenance`); `again` names statements made at another commit, and that."""

    model_config = ConfigDict(strict=True, frozen=True)

    commit: str
    date: str
    scale: Scale
    seed_block: int
    first_seed: int
    level: Number
    samverify: str
    python: str
    numpy: str
    scipy: str
    machine: str
    again: dict[str, str] = {}


class Results(BaseModel):
    """A run; `missing` names the checks that an interrupt left out, `failed` those that ended without a verdict."""

    model_config = ConfigDict(strict=True, frozen=True)

    provenance: Provenance
    verdicts: tuple[Record, ...]
    missing: tuple[str, ...] = ()
    failed: tuple[FailedRecord, ...] = ()

    @property
    def statements(self) -> tuple[Record, ...]:
        """The verdicts on statements."""
        return tuple(v for v in self.verdicts if v.control is None)

    @property
    def controls(self) -> tuple[Record, ...]:
        """The verdicts on controls."""
        return tuple(v for v in self.verdicts if v.control is not None)


def read_results(source: Path) -> Results:
    """Read a results file.

    Parameters
    ----------
    source : Path
        Written by `samverify check --json` or `pytest verify/ --json`.

    Returns
    -------
    Results

    Raises
    ------
    ValueError
        One sentence, if the file cannot be read or is not a results file.
    """
    try:
        text = source.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(f"results = {str(source)!r} cannot be read: {reason}") from None
    try:
        return Results.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(f"results = {str(source)!r} is not a results file of samverify: {_first(error)}") from None


def read_statements(source: Path) -> tuple[Record, ...]:
    """Return the verdicts on statements of a results file; it is refused as by `read_results`."""
    return read_results(source).statements


def read_seconds(source: Path) -> dict[tuple[str, str | None], float]:
    """Return what each check of a results file took, by statement and control; nothing if there is no such file."""
    try:
        return {(v.id, v.control): v.seconds for v in read_results(source).verdicts}
    except ValueError:
        return {}


def attacked(source: Path) -> dict[str, str]:
    """Return "attacked N times, least slack s" of each statement in the JSON of `samverify attack`; {} without a file.

    The least slack is that of the inequalities that do not hold with equality by construction, unless all do.
    """
    if not source.is_file():
        return {}
    told = {}
    for found in json.loads(source.read_text("utf-8"))["statements"]:
        parts = found["tightest"]
        tight = [part for part in parts if part["measured"] != part["bound"]] or parts
        where = f"least slack {min(float(part['slack']) for part in tight):.2g}" if parts else "never inside"
        told[found["id"]] = f"attacked {found['inside']} times, {where}" if parts else f"attacked, {where}"
        if any(part["breaks"] for part in parts):
            told[found["id"]] += f" ({found['grade'] or 'it fell'})"
    return told


def _first(error: ValidationError) -> str:
    """Say in one clause what is wrong first: the field, its value and the rule."""
    found = error.errors(include_url=False)[0]
    if found["type"] == "json_invalid":
        return f"it is not JSON ({found['ctx']['error']})"
    where = printable(".".join(str(step) for step in found["loc"] if step not in _FORMS))
    rule = found["msg"][:1].lower() + found["msg"][1:]
    if found["type"] in ("missing", "missing_argument"):
        return f"{where} is missing"
    value = repr(found["input"])
    shown = value if len(value) <= 60 else value[:57] + "..."
    return f"{where or 'the whole'} = {shown} is not allowed: {rule}"
