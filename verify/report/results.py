"""A results file as typed data: what `verify.verdict.write_json` writes, and nothing else."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationError

from dynamics.validation import printable
from theorems.statement import Kind, Scale
from verify.evidence import Status

_WORDS = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}


def _number(value: Any) -> Any:
    """Turn the words that stand for the numbers that JSON lacks into those numbers."""
    return _WORDS.get(value, value) if isinstance(value, str) else value


Number = Annotated[float, BeforeValidator(_number)]


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class PartRecord(_Record):
    """One inequality over the draws of one setting (`verify.evidence.Part`)."""

    form: Literal["part"]
    label: str
    sense: Literal["<=", ">="]
    measured: Number
    bound: Number
    mean: Number
    count: int
    status: Status
    setting: dict[str, Any] = Field(default_factory=dict)


class ProportionRecord(_Record):
    """A frequency with its exact limits (`verify.evidence.Proportion`)."""

    form: Literal["proportion"]
    draws: int = Field(gt=0)
    held: int
    unclear: int
    target: Number
    lower: Number
    upper: Number
    level: Number
    status: Status
    setting: dict[str, Any] = Field(default_factory=dict)


class HeightRecord(_Record):
    """A constant along a ladder (`verify.evidence.Height`)."""

    value: Number
    lower: Number
    upper: Number
    low: Number
    high: Number
    derived: Number


class SlopeRecord(_Record):
    """A fitted exponent (`verify.evidence.Slope`); files of older versions hold no ladder."""

    form: Literal["slope"]
    name: str
    exponent: Number
    lower: Number
    upper: Number
    low: Number
    high: Number
    drift: Number
    drift_lower: Number
    drift_upper: Number
    replicas: int
    rungs: int
    level: Number
    values: tuple[Number, ...] = ()
    means: tuple[Number, ...] = ()
    means_lower: tuple[Number, ...] = ()
    means_upper: tuple[Number, ...] = ()
    constant: HeightRecord | None = None
    status: Status | None = None


class OtherRecord(_Record):
    """Evidence of a form that this version does not know: shown as it stands."""

    model_config = ConfigDict(extra="allow")

    form: str


def _form(evidence: Any) -> str:
    form = evidence.get("form") if isinstance(evidence, dict) else None
    return form if form in ("part", "proportion", "slope") else "other"


Evidence = Annotated[
    Annotated[PartRecord, Tag("part")]
    | Annotated[ProportionRecord, Tag("proportion")]
    | Annotated[SlopeRecord, Tag("slope")]
    | Annotated[OtherRecord, Tag("other")],
    Discriminator(_form),
]


class VerdictRecord(_Record):
    """One verdict (`verify.verdict.Verdict`)."""

    id: str
    control: str | None
    kind: Kind
    title: str
    predicts: str
    status: Status
    measured: str
    evidence: tuple[Evidence, ...]
    margins: dict[str, Number]
    draws: int
    unmet: int
    p_value: Number
    scale: Scale
    seed: int
    seconds: Number


class FailedRecord(_Record):
    """A check that ended without a verdict (`verify.verdict.Failure`)."""

    id: str
    control: int | None
    reason: str

    @property
    def name(self) -> str:
        """Name of the check, as tests are called."""
        return self.id if self.control is None else f"{self.id}-control{self.control}"


class Provenance(_Record):
    """What made a run (`verify.verdict.provenance`); `again` names statements made at another commit, and that."""

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


class Results(_Record):
    """A run; `missing` names the checks that an interrupt left out, `failed` those that ended without a verdict."""

    provenance: Provenance
    verdicts: tuple[VerdictRecord, ...]
    missing: tuple[str, ...] = ()
    failed: tuple[FailedRecord, ...] = ()


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


def _first(error: ValidationError) -> str:
    """Say in one clause what is wrong first: the field, its value and the rule."""
    found = error.errors(include_url=False)[0]
    if found["type"] == "json_invalid":
        return f"it is not JSON ({found['ctx']['error']})"
    where = ".".join(str(step) for step in found["loc"] if step not in ("part", "proportion", "slope", "other"))
    where = printable(where)
    rule = found["msg"][:1].lower() + found["msg"][1:]
    if found["type"] == "missing":
        return f"{where} is missing"
    value = repr(found["input"])
    shown = value if len(value) <= 60 else value[:57] + "..."
    return f"{where or 'the whole'} = {shown} is not allowed: {rule}"
