"""Runs of one's own as observations: which statements can be asked of them, and what their rounding leaves open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dynamics import Phase, Trajectory, test_error
from dynamics.given import kept_in
from dynamics.validation import instance, row
from theorems.statement import Claim, Inequality, Observation, Statement, World

_PERTURBED = 3
"""Runs with weights moved in their last places that a claim is compared on."""

_PLACES = 8
"""Last places that they are moved by: a step's own arithmetic rounds too."""

_MARGIN = 8.0
"""How many times the largest change among them a number may be off by."""

_SMALL = 1e-4
"""Largest budget that widens a bound, in units of the bound or of 1."""

RELU = "the activation is relu"

_AS_STATED = "the phases are those of the statement"

_TO_THE_END = "the loss that training goes on to / last loss"


@dataclass(frozen=True)
class Asked:
    """One run, and what a statement can be asked of it.

    Attributes
    ----------
    observation : Observation or None
        None if it cannot be asked.
    as_stated : float
        Margin: 1 if the statement speaks of such phases, 0 if not.
    why_not : str
        Why it cannot be asked, in one clause; empty if it can.
    """

    observation: Observation | None
    as_stated: dict[str, float]
    why_not: str = ""


def checked_runs(runs: object) -> list[Trajectory]:
    """Return a list of runs, or raise `ValueError` that says what is none."""
    found = [instance(f"runs[{k}]", run, Trajectory) for k, run in enumerate(row("runs", runs, "Trajectory"))]
    if not found:
        raise ValueError("runs = [] is not allowed: it must be a list of one or more Trajectory")
    return found


def can_ask(statement: Statement) -> bool:
    """Say whether a statement can be asked of runs: not a scaling, which needs a ladder of settings, nor of images."""
    return statement.kind != "scaling" and not any(world.images for world in statement.worlds)


def speaks_of(statement: Statement, world: World) -> bool:
    """Say whether a statement is made for the activation of a world; where nothing is trained there is none."""
    return statement.any_activation or not world.phases or world.setting.phi.is_relu


def observations(statement: Statement, runs: Sequence[Trajectory], first: int) -> Iterator[Asked]:
    """Go through runs as observations of a statement; `first` is the seed of the test noise of the first run.

    Notes
    -----
    A run that goes on after the phases that a statement speaks of is cut at their end. The rival, where a statement
    compares two trainings, is another run of the list from the same setting and sample.
    """
    if not can_ask(statement):
        yield Asked(None, {}, "it speaks of a ladder of settings, or of images, not of runs")
        return
    for k, run in enumerate(runs):
        yield _observed(statement, run, runs, first + k)


def _observed(statement: Statement, run: Trajectory, runs: Sequence[Trajectory], seed: int) -> Asked:
    world = _spoken_of(statement, run)
    if world is None:
        return Asked(None, {_AS_STATED: 0.0})
    path = _cut(run, world.phases)
    own = replace(world, setting=run.setting, phases=path.phases if world.phases else (), rival=())
    if not speaks_of(statement, own):
        return Asked(None, {RELU: 0.0})
    if not world.phases:
        return Asked(Observation(own, seed, run.sample), {_AS_STATED: 1.0})
    if world.record_every == "step" and path.batches is None:
        return Asked(None, {}, "it needs every step's weights, and the batches")
    rival = None
    if world.rival:
        rival = next((_cut(other, world.rival) for other in runs if _rivals(other, run, world.rival)), None)
        if rival is None:
            rules = " then ".join(_rules(world.rival))
            return Asked(None, {}, f"it needs a second run, by {rules}, from the same start")
        own = replace(own, rival=rival.phases)
    error, rival_error = (
        None if p is None or not world.test_samples else
        test_error(run.setting, run.sample, p.weights(-1), world.test_samples, seed) for p in (path, rival)
    )  # fmt: skip
    margins = {_AS_STATED: 1.0}
    if world.tol is not None:  # the statement speaks of what training ends in
        margins[_TO_THE_END] = world.tol / max(float(p.loss[-1]) for p in (path, rival) if p is not None)
    return Asked(Observation(own, seed, run.sample, path, error, rival, rival_error), margins)


def _rules(phases: Sequence[Phase]) -> tuple[str, ...]:
    """Return the rules of a schedule, without repetitions in a row and phases of no epochs."""
    rules = [phase.rule for phase in phases if phase.epochs]
    return tuple(rule for k, rule in enumerate(rules) if k == 0 or rules[k - 1] != rule)


def _spoken_of(statement: Statement, run: Trajectory) -> World | None:
    """Return a world of the statement whose schedule is that of the run, begins it, or (without a test) has it."""
    trained = _rules(run.phases)
    for world in statement.worlds:
        wanted = _rules(world.phases)
        part = not world.test_samples and any(trained == wanted[k : k + len(trained)] for k in range(len(wanted)))
        plain = all(phase.plain for phase in run.phases)
        if not world.phases or (plain and (part or trained[: len(wanted)] == wanted)):
            return world
    return None


def _cut(run: Trajectory, phases: Sequence[Phase]) -> Trajectory:
    """Return the run up to the end of the phases whose rules are those of a schedule."""
    wanted, count = _rules(phases), len(run.phases)
    while count > 1 and len(_rules(run.phases[:count])) > len(wanted):
        count -= 1
    if count == len(run.phases):
        return run
    kept = run.step <= run.setting.H * sum(phase.epochs for phase in run.phases[:count])
    arrays = ("step", "epoch", "phase", "gamma", "rho", "loss", "trained_weights", "left")
    parts = {name: getattr(run, name)[kept] for name in arrays if getattr(run, name) is not None}
    parts["phase"] = np.minimum(parts["phase"], count - 1)
    batches = None if run.batches is None else run.batches[: kept.sum() - 1]
    return replace(run, phases=run.phases[:count], batches=batches, **parts)


def _rivals(other: Trajectory, run: Trajectory, phases: Sequence[Phase]) -> bool:
    same = other is not run and other.setting == run.setting
    rules = _rules(phases)
    return (
        same
        and _rules(other.phases)[: len(rules)] == rules
        and all(
            np.array_equal(a, b) for a, b in zip(vars(other.sample).values(), vars(run.sample).values(), strict=True)
        )
    )


def with_rounding(claim: Claim, o: Observation) -> Sequence[Inequality]:
    """Return a claim's inequalities, each with what rounding of the weights can do to it.

    Notes
    -----
    The weights are moved at random by eight last places of the largest of their filter, in the type they were kept in,
    and the claim is made again: the budget is eight times the largest change that three such runs show. A budget that
    is small (1e-4) widens the bound, and the label says so: an identity holds to the rounding of the run. A larger one
    leaves the number open by as much.
    """
    found = list(claim(o))
    if o.path is None or o.path.trained_weights is None:
        return found
    rng = np.random.default_rng(0)
    budgets = np.zeros(len(found))
    for _ in range(_PERTURBED):
        moved = replace(o, path=_moved(o.path, rng), rival_path=o.rival_path and _moved(o.rival_path, rng))
        changes = [abs(b.measured - a.measured) for a, b in zip(found, claim(moved), strict=True)]
        budgets = np.maximum(budgets, _MARGIN * np.array(changes))
    return [_widened(inequality, float(budget)) for inequality, budget in zip(found, budgets, strict=True)]


def _widened(inequality: Inequality, budget: float) -> Inequality:
    if inequality.holds or inequality.count == 0 or budget == 0:
        return inequality
    if not budget <= _SMALL * max(inequality.scale, abs(inequality.bound), 1.0):
        return replace(inequality, uncertainty=max(inequality.uncertainty, budget))
    bound = inequality.bound + (budget if inequality.sense == "<=" else -budget)
    return replace(inequality, label=f"{inequality.label}, to rounding", bound=bound)


def _moved(run: Trajectory, rng: np.random.Generator) -> Trajectory:
    W = run.trained_weights
    if W is None:
        return run
    kind = kept_in(W)
    place = np.spacing(np.abs(W).max(-1, keepdims=True).astype(kind)).astype(np.float64)
    moved = W + _PLACES * place * rng.choice([-1.0, 1.0], W.shape)
    moved = moved.astype(kind).astype(np.float64)
    moved[0] = W[0]
    again = Trajectory.from_weights(run.setting, run.sample, run.phases, moved, steps=run.step)
    return replace(again, batches=run.batches)
