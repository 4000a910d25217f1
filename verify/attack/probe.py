"""One evaluation of a search: the margins of the hypotheses at a point, and the inequalities of the claim."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from dynamics import Phase, Sample, TestError, Trajectory, draw, test_error, train, train_network
from theorems.beyond.constants.limits import loss_scale
from theorems.concentration.typical import typical_start
from theorems.statement import Inequality, Observation, World
from verify.attack.family import AXES, Family, Point, moved, natural, sorted_batches
from verify.evidence import proportion
from verify.observe import observe

_MORE_DRAWS, _LEVEL, _APART = 40, 1e-6, 10_000
Status = Literal["inside", "outside", "over budget", "diverged"]


@dataclass(frozen=True)
class Limits:
    """What one evaluation may cost: multiplications, recorded coefficients, and dimensions of a frame squared."""

    work: float = 1.5e8
    records: float = 3e5
    frame: int = 800
    draws: int = 4

    @classmethod
    def of(cls, family: Family) -> "Limits":
        """Return limits within which the cheapest of a statement's own worlds is, trained to the end."""
        worlds = [world for world in family.statement.worlds if world.images is None]
        return cls(work=max(cls.work, 1.5 * min(map(_to_the_end, worlds))))


@dataclass(frozen=True)
class Look:
    """What was seen at a point.

    Attributes
    ----------
    status : {"inside", "outside", "over budget", "diverged"}
        Inside the hypotheses or not; not evaluated; or training that left the numbers.
    margins : mapping
    inequalities : mapping of str to Inequality
        By label; of a claim that holds with a probability, the median of a few draws. Empty unless inside.
    excess : float
        Of "over budget": cost over what is allowed.
    """

    status: Status
    margins: Mapping[str, float]
    inequalities: Mapping[str, Inequality]
    excess: float = 1.0

    @property
    def broken(self) -> list[str]:
        """Labels that fail, for certain."""
        return [label for label, found in self.inequalities.items() if found.count and found.holds is False]


def objective(look: Look, label: str) -> float:
    """Return what a search makes small: slack below 1 inside the hypotheses, the way back to them above 1 outside."""
    if look.status in ("over budget", "diverged"):
        return 200.0 + min(math.log10(max(look.excess, 1.0)), 100.0)
    if look.status == "outside":
        return 1.0 + min(sum(_miss(margin) for margin in look.margins.values()), 100.0)
    found = look.inequalities.get(label)
    if found is None or not found.count:
        return 1.0
    return squashed(found.slack)


def squashed(slack: float) -> float:
    """Return slack / (1 + |slack|): the same order, between -1 and 1; a NaN is the least."""
    return (
        -1.0 if math.isnan(slack) else 1.0 if slack == math.inf else max(slack, -1e300) / (1 + min(abs(slack), 1e300))
    )


def _miss(margin: float) -> float:
    if margin >= 1:
        return 0.0
    return min(-math.log(margin), 20.0) if margin > 0 else 20.0


def cost(world: World) -> tuple[float, float, float]:
    """Return the work of a world's training, the coefficients recorded, and `n + 2m`: estimates."""
    s = world.setting
    work = records = 0.0
    for phases in (world.phases, world.rival):
        epochs = sum(phase.epochs for phase in phases)
        per_step = 4 * s.m * (s.B + 1) * (s.n + 1) + 5_000
        if world.record_every == "step" or world.engine == "network":  # steps of Python
            per_step += 500_000
        work += epochs * s.H * per_step
        kept = epochs * s.H if world.record_every == "step" else 2 * epochs.bit_length()
        if isinstance(world.record_every, int):
            kept = epochs // world.record_every
        records += kept * 2 * s.m * (s.n + 1)
    return work + 50.0 * world.test_samples * s.m, records, s.n + 2 * s.m


def _to_the_end(world: World) -> float:
    """Return the work of a world's training, until its loss where it ends by that: the theory's time, thrice."""
    s = world.setting
    free, last = (world.phases, world.rival), 0.0
    if world.tol is not None:
        free = (world.phases[:-1], world.rival[:-1])
        last = 3 * loss_scale(world.tol) / natural(s)["step"] * (1 + bool(world.rival))
    epochs = last + sum(phase.epochs for run in free for phase in run)
    return epochs * s.H * (4 * s.m * (s.B + 1) * (s.n + 1) + 5_000)


def fitted(world: World, limits: Limits) -> tuple[World, float]:
    """Return a world with fewer records and a nearer cap on its epochs, and how far beyond the limits it is still."""
    if isinstance(world.record_every, int):
        _, records, _ = cost(world)
        if records > limits.records:
            world = replace(world, record_every=math.ceil(world.record_every * records / limits.records))
    if world.tol is not None:  # the last phase ends by its loss: its epochs are a cap
        s = world.setting
        per_epoch = s.H * (4 * s.m * (s.B + 1) * (s.n + 1) + 5_000)
        most = max(1, int(limits.work / per_epoch))
        world = replace(world, phases=_capped(world.phases, most), rival=_capped(world.rival, most))
        free = sum(phase.epochs for run in (world.phases, world.rival) for phase in run[:-1])
        return world, max(per_epoch * free / limits.work, cost(world)[2] / limits.frame)
    work, records, frame = cost(world)
    return world, max(work / limits.work, records / limits.records, frame / limits.frame)


def _capped(phases: tuple[Phase, ...], most: int) -> tuple[Phase, ...]:
    if not phases:
        return ()
    return (*phases[:-1], phases[-1].model_copy(update={"epochs": min(phases[-1].epochs, most)}))


def affordable(family: Family, point: Point, limits: Limits) -> Point:
    """Return a point as near as can be at which an evaluation is within the limits: fewer filters, samples, epochs."""
    units = {name: 1.0 for name in ("B", "H", "m", "length") if name in family.axes}
    there = point
    for _ in range(60):
        excess = fitted(family.world(there), limits)[1]
        if excess <= 1 or not units:
            return there
        units = {name: factor * 0.9 for name, factor in units.items()}
        u = [math.log(units[name]) / AXES[name].unit if name in units else 0.0 for name in family.axes]
        there = family.decode(point, np.array(u))
    return point


def probe(family: Family, point: Point, limits: Limits) -> Look:
    """Evaluate a statement at a point.

    Raises
    ------
    ValueError
        If the statement itself raises: which, and at which setting.
    """
    try:
        world, excess = fitted(family.world(point), limits)
    except ValueError:  # a setting or a phase that cannot be: too large a count, a group that does not fit
        return Look("over budget", {}, {}, math.inf)
    if excess > 1:
        return Look("over budget", {}, {}, excess)
    try:
        return _look(family, point, world, limits)
    except FloatingPointError:
        return Look("diverged", {}, {}, math.inf)
    except Exception as error:
        raise ValueError(
            f"statement {family.statement.id!r} raised {type(error).__name__} ({error}) at {point.setting!r}"
        ) from error


def _look(family: Family, point: Point, world: World, limits: Limits) -> Look:
    statement = family.statement
    if statement.kind == "probability":
        start = Observation(world, point.seed, draw(world.setting, point.seed))
        margins = dict(statement.hypotheses(start))  # of the setting, so one draw tells
        if not _met(margins):
            return Look("outside", margins, {})
        seen = [statement.claim(o) for o in observe(world, range(point.seed, point.seed + limits.draws))]
        unfinished = any(_cut_short(family, point, world, i) for claims in seen for i in claims)
        if unfinished:
            return Look("over budget", margins, {})
        found = _medians(seen)
        failing = [label for label, i in found.items() if i.count and i.holds is False]
        return Look("inside", margins, found | _doubted(family, point, world, [found[label] for label in failing]))
    sample = sample_of(world, point)
    start = Observation(world, point.seed, sample)
    # many margins are of the start alone; those that read the run are asked of one epoch before it is trained
    margins = margins_of(family, point, start, asks_path=False) or {"": 1.0}
    if "" in margins and world.phases:
        margins = margins_of(family, point, observation(_first_epoch(world), point, sample, world))
    if not _met(margins):
        return Look("outside", margins, {})
    o = observation(world, point, sample)
    margins = margins_of(family, point, o)
    if not _met(margins):
        return Look("outside", margins, {})
    claims = statement.claim(o)
    caps = (o.path, world.phases), (o.rival_path, world.rival)
    if world.tol is not None and any(_at_cap(path, phases, world.tol) for path, phases in caps):
        asked = family.world(point)
        if (asked.phases, asked.rival) != (world.phases, world.rival):
            return Look("over budget", margins, {})
    return Look("inside", margins, {i.label: i for i in claims})


def _first_epoch(world: World) -> World:
    first, *_ = world.phases
    return replace(world, phases=(first.model_copy(update={"epochs": 1}),), rival=(), test_samples=0, tol=None)


def _at_cap(path: Trajectory | None, phases: tuple[Phase, ...], tol: float) -> bool:
    return path is not None and path.epoch[-1] == sum(phase.epochs for phase in phases) and path.loss[-1] > tol


def _cut_short(family: Family, point: Point, world: World, found: Inequality) -> bool:
    return found.label.endswith("training loss") and found.holds is False and family.world(point).phases != world.phases


def _met(margins: Mapping[str, float]) -> bool:
    return all(margin >= 1 for margin in margins.values())


def _medians(seen: Sequence[Sequence[Inequality]]) -> dict[str, Inequality]:
    """Return for each label the inequality whose slack is the lower median of the draws."""
    found = {}
    for together in zip(*seen, strict=True):
        spoken = [i for i in together if i.count] or list(together)
        found[together[0].label] = sorted(spoken, key=lambda i: squashed(i.slack))[(len(spoken) - 1) // 2]
    return found


def _doubted(family: Family, point: Point, world: World, failing: Sequence[Inequality]) -> dict[str, Inequality]:
    """Return what the median says fails, and more draws do not refute at the world's delta: as left open."""
    if not failing:
        return {}
    seeds = range(point.seed + _APART, point.seed + _APART + _MORE_DRAWS)
    seen = [{i.label: i.holds for i in family.statement.claim(o)} for o in observe(world, seeds)]
    open_still = {}
    for found in failing:
        held = sum(claims[found.label] is not False for claims in seen)
        if proportion(held, 0, _MORE_DRAWS, 1 - world.delta, _LEVEL).status != "refuted":
            open_still[found.label] = replace(found, uncertainty=2 * abs(found.bound - found.measured))
    return open_still


def margins_of(family: Family, point: Point, o: Observation, asks_path: bool = True) -> dict[str, float]:
    """Return the margins of an observation; empty if `asks_path` is False and they cannot be had from the start.

    Where the draw was moved, that it is still typical is asked for too.
    """
    typical = {"typical start": typical_start(o)} if any(point.moves) else {}
    try:
        found = dict(family.statement.hypotheses(o))
    except ValueError:
        if asks_path:
            raise
        return typical  # they read the run
    return typical | {name: float(margin) for name, margin in found.items()}


def sample_of(world: World, point: Point) -> Sample:
    """Return the draw of a point, moved as it says."""
    return moved(world.setting, draw(world.setting, point.seed), point.moves)


def observation(
    world: World, point: Point, sample: Sample, told: World | None = None, engine: str | None = None
) -> Observation:
    """Train and test what a point says, from a sample.

    Parameters
    ----------
    world : World
    point : Point
        For its seed and its batches.
    sample : Sample
    told : World, optional
        The world that the observation says it is of, if another is trained.
    engine : {"coefficients", "network"}, optional
        That of the world by default.
    """
    engine = engine or world.engine
    path, rival = (_trained(world, point, sample, phases, engine) for phases in (world.phases, world.rival))
    return Observation(
        world=told or world,
        seed=point.seed,
        drawn=sample,
        path=path,
        error=_tested(world, point, sample, path),
        rival_path=rival,
        rival_error=_tested(world, point, sample, rival),
    )


def _trained(world: World, point: Point, sample: Sample, phases: tuple[Phase, ...], engine: str) -> Trajectory | None:
    if not phases:
        return None
    s, every, tol = world.setting, world.record_every, world.tol
    epochs = sum(phase.epochs for phase in phases)
    table = sorted_batches(sample, s, epochs) if point.batches == "sorted" else None
    if engine == "coefficients":
        return train(s, sample, phases, point.seed, table, every, tol)
    if tol is not None:  # the network has no tolerance: as many epochs as the coefficients take
        phases = _ended(phases, int(train(s, sample, phases, point.seed, table, every, tol).epoch[-1]))
        table = None if table is None else table[: sum(phase.epochs for phase in phases)]
    return train_network(s, sample, phases, point.seed, table, every)


def _ended(phases: tuple[Phase, ...], epochs: int) -> tuple[Phase, ...]:
    kept, left = [], epochs
    for phase in phases:
        kept.append(phase.model_copy(update={"epochs": min(phase.epochs, left)}))
        left -= kept[-1].epochs
    return tuple(kept)


def _tested(world: World, point: Point, sample: Sample, path: Trajectory | None) -> TestError | None:
    if path is None or not world.test_samples:
        return None
    return test_error(world.setting, sample, path.weights(-1), world.test_samples, point.seed)


def near_edges(margins: Mapping[str, float], within: float = 1.1) -> dict[str, float]:
    """Return the margins that are nearly 1."""
    return {name: margin for name, margin in margins.items() if np.isfinite(margin) and margin <= within}
