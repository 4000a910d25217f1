"""Cases: counterexamples as files that replay bit for bit."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dynamics import Phase, Sample, Setting, Trajectory, draw
from dynamics.files import write_text
from dynamics.validation import shown
from theorems import catalogue
from theorems.statement import Observation, Statement, World
from verify.attack.family import Family, Point
from verify.attack.probe import Limits as Limits
from verify.attack.probe import fitted, observation, sample_of

FORMAT = "samverify case 1"
Answer = Literal["fails", "holds", "outside"]
_OF_WORLD = ("delta", "engine", "record_every", "tol", "test_samples")


@dataclass(frozen=True)
class Case:
    """A counterexample: one observation of one world, and which inequality of which statement fails on it.

    Attributes
    ----------
    id, label : str
        Statement and inequality.
    world : World
    seed : int
    batches : {"random", "sorted"}
    sample : Sample or None
        If data or start were moved; else they are the draw of the seed.
    measured, bound : float
    margins : mapping
    step : int
        Steps after which it fails first; the last for claims about the end.
    grade : str
        Its class, in one clause.
    """

    id: str
    label: str
    world: World
    seed: int
    batches: Literal["random", "sorted"] = "random"
    sample: Sample | None = None
    measured: float = math.nan
    bound: float = math.nan
    margins: Mapping[str, float] = ()  # type: ignore[assignment]
    step: int = 0
    grade: str = ""

    @property
    def point(self) -> Point:
        """The seed and batches as a point, for training."""
        return Point(0, self.world.setting, self.world.delta, self.seed, batches=self.batches)

    def observe(self, engine: str | None = None, seed: int | None = None) -> Observation:
        """Train and test it again; with another engine, or afresh with another seed."""
        fresh = seed is not None and seed != self.seed
        point = replace(self.point, seed=self.seed if seed is None else seed)
        sample = draw(self.world.setting, point.seed) if fresh or self.sample is None else self.sample
        return observation(self.world, point, sample, engine=engine)


@dataclass(frozen=True)
class Replay:
    """What a case gives today.

    Attributes
    ----------
    answer : {"fails", "holds", "outside"}
        The inequality still fails inside the hypotheses; it holds; or the case is outside them.
    measured, bound : float
    same_bits : bool
        Whether both numbers are those of the file, bit for bit.
    margins : dict
    """

    answer: Answer
    measured: float
    bound: float
    same_bits: bool
    margins: dict[str, float]


def case_of(family: Family, point: Point, label: str, limits: Limits | None = None) -> Case:
    """Return the case of a point of a search, measured."""
    world, _ = fitted(family.world(point), limits or Limits())
    sample = sample_of(world, point) if any(point.moves) else None
    case = Case(family.statement.id, label, world, point.seed, point.batches, sample)
    return measured_again(case, family.statement)


def measured_again(case: Case, statement: Statement) -> Case:
    """Return a case with the numbers that it gives: measured, bound, margins, and the step at which it fails."""
    o = case.observe()
    found = next(i for i in statement.claim(o) if i.label == case.label)
    margins = {name: float(margin) for name, margin in statement.hypotheses(o).items()}
    step = _fails_at(statement, o, case.label)
    return replace(case, measured=found.measured, bound=found.bound, margins=margins, step=step)


def replay(case: Case, statement: Statement | None = None) -> Replay:
    """Train a case again and compare it with what its file says.

    Parameters
    ----------
    case : Case
    statement : Statement, optional
        That of the catalogue by default.
    """
    statement = statement or catalogue[case.id]
    o = case.observe()
    margins = {name: float(margin) for name, margin in statement.hypotheses(o).items()}
    found = next((i for i in statement.claim(o) if i.label == case.label), None)
    if found is None:
        raise ValueError(f"case is not allowed: statement {case.id!r} compares no {case.label!r}")
    answer: Answer = "outside" if any(not margin >= 1 for margin in margins.values()) else "holds"
    if answer == "holds" and found.count and found.holds is False:
        answer = "fails"
    same = (found.measured, found.bound) == (case.measured, case.bound)
    return Replay(answer, found.measured, found.bound, same, margins)


def _fails_at(statement: Statement, o: Observation, label: str) -> int:
    """Return the steps after which the claim fails first, by bisection over the records of the run."""
    path = o.path
    if path is None:
        return 0
    if o.error is not None or o.rival_path is not None:
        return int(path.step[-1])  # a claim about the end

    def fails(k: int) -> bool:
        found = [i for i in statement.claim(replace(o, path=_until(path, k))) if i.label == label]
        return bool(found) and found[0].count > 0 and found[0].holds is False

    low, high = 0, len(path.step) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fails(middle) else (middle, high)
    return int(path.step[high])


def _until(path: Trajectory, k: int) -> Trajectory:
    cut = {name: getattr(path, name)[: k + 1] for name in ("step", "epoch", "phase", "gamma", "rho", "loss")}
    batches = None if path.batches is None else path.batches[:k]
    weights = None if path.trained_weights is None else path.trained_weights[: k + 1]
    return replace(path, **cut, batches=batches, trained_weights=weights)


def save(case: Case, target: Path) -> None:
    """Write a case as TOML; moved data go beside it, into a file of the same name that ends in `.sample`."""
    w = case.world
    lines = [
        f"# {case.id}: {case.label} is {case.measured:.6g} where the bound is {case.bound:.6g}, after {case.step} "
        "steps.",
        f"# Replay: samverify check --case {target.name}",
        f'format = "{FORMAT}"',
        *_fields({"statement": case.id, "label": case.label, "class": case.grade, "seed": case.seed}),
        *_fields({"batches": case.batches, "moved": case.sample is not None, "step": case.step}),
        *_fields({"measured": case.measured, "bound": case.bound}),
        *_fields({name: getattr(w, name) for name in _OF_WORLD}),
        "[setting]",
        *_fields(w.setting.model_dump()),
        "[margins]",
        *_fields(case.margins),
    ]
    for name, phases in (("phases", w.phases), ("rival", w.rival)):
        for phase in phases:
            lines += [f"[[{name}]]", *_fields(phase.model_dump())]
    if case.sample is not None:
        case.sample.save(_beside(target))
    write_text(target, "\n".join(lines) + "\n")


def load(source: Path) -> Case:
    """Read a case.

    Raises
    ------
    ValueError
        One sentence: no such file, not ours, another version, or fields that do not make a case.
    """
    refusal = f"case = {str(source)!r} is not allowed: it must be a file of format {FORMAT!r}"
    try:
        given = tomllib.loads(Path(source).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{refusal} ({error.strerror})") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise ValueError(f"{refusal}, and is no TOML") from None
    if given.get("format") != FORMAT:
        raise ValueError(f"{refusal}, and says {shown(given.get('format'))}")
    try:
        return _case(given, source)
    except KeyError as error:
        raise ValueError(f"{refusal}, and lacks the field {error}") from None
    except (TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{refusal}; {error}") from None


def _case(given: Mapping[str, Any], source: Path) -> Case:
    phases, rival = (tuple(Phase(**phase) for phase in given.get(name, ())) for name in ("phases", "rival"))
    world = World(
        Setting(**given["setting"]),
        phases=phases,
        rival=rival,
        delta=float(given["delta"]),
        engine=given["engine"],
        record_every=given["record_every"],
        tol=given.get("tol"),
        test_samples=given["test_samples"],
    )
    return Case(
        id=given["statement"],
        label=given["label"],
        world=world,
        seed=given["seed"],
        batches=given["batches"],
        sample=Sample.load(_beside(source)) if given["moved"] else None,
        measured=float(given["measured"]),
        bound=float(given["bound"]),
        margins={name: float(margin) for name, margin in given["margins"].items()},
        step=given["step"],
        grade=given["class"],
    )


def _beside(target: Path) -> Path:
    return target.with_suffix(".sample")


def _fields(values: Mapping[str, Any]) -> list[str]:
    return [f"{_key(name)} = {_toml(value)}" for name, value in values.items() if value is not None]


def _key(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else _toml(name)


def _toml(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return repr(float(value))  # all digits: the same bits again; inf and nan as TOML has them
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
