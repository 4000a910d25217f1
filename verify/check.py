"""The verdict engine: statements are confronted with observations, each kind in its own way."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dynamics import Trajectory
from dynamics.digits.images import missing
from dynamics.streams import SEEDS_PER_BLOCK
from dynamics.validation import integer, shown, word
from theorems import catalogue
from theorems.statement import Claim, Inequality, Ladder, Margins, Observation, Scale, Statement, World
from verify.evidence import LEVEL, as_dict, combine, proportion, slope, worst_case
from verify.observe import observe
from verify.own import RELU, checked_runs, observations, speaks_of, with_rounding
from verify.report.schema import Part, Proportion, Slope, Status, Verdict

_LOOKS = 3  # probability statements may draw twice more, doubling, before they stay inconclusive


def check(
    id: str | Statement, scale: Scale = "quick", seed: int = 0, runs: Sequence[Trajectory] | None = None
) -> Verdict:
    """Confront one statement with evidence.

    Parameters
    ----------
    id : str or Statement
        A key of `theorems.catalogue`, or a statement that need not be in it.
    scale : {"quick", "full"}
        How many draws.
    seed : int
        Block of seeds: block b uses the seeds `b * 1_000_000 + (0..k-1)`.
    runs : sequence of Trajectory, optional
        Runs to ask, in the place of the statement's worlds: of `train`, or `Trajectory.from_weights`.

    Returns
    -------
    Verdict
        Of given runs: "inconclusive" if it cannot be asked of any, and `measured` then says why not; "hypotheses not
        met" if it does not speak of such phases, or its margins are below 1 on all.

    Raises
    ------
    ValueError
        For an unknown statement (the message lists the nearest ones), scale or seed, or runs that are none.
    """
    return _check(_known(id), None, scale, seed, None if runs is None else checked_runs(runs))


def check_control(id: str | Statement, index: int, scale: Scale = "quick", seed: int = 0) -> Verdict:
    """Confront one control of a statement with evidence: it should come out "refuted".

    Parameters
    ----------
    id : str or Statement
    index : int
        Which of the statement's controls.
    scale, seed
        As for `check`.

    Returns
    -------
    Verdict
        Hypotheses are not asked for, since a control may break them; but images that a world asks for are.

    Raises
    ------
    ValueError
        As for `check`, or if there is no such control.
    """
    statement = _known(id)
    known = range(len(statement.controls))
    if isinstance(index, bool) or not isinstance(index, int) or index not in known:
        raise ValueError(f"control {shown(index)} of {statement.id!r} is not known: it has controls 0 to {known[-1]}")
    return _check(statement, index, scale, seed)


def _known(id: str | Statement) -> Statement:
    return id if isinstance(id, Statement) else catalogue[id]


@dataclass
class _Findings:
    """What accumulates while a check runs."""

    evidence: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    tightest: dict[str, tuple[float, str]] = field(default_factory=dict)
    margins: dict[str, float] = field(default_factory=dict)
    draws: int = 0
    unmet: int = 0
    p_value: float = 1.0

    def note(self, name: str, slack: float, line: str) -> None:
        """Keep the line of the setting with the least slack; a NaN is the least of all."""
        slack = -np.inf if np.isnan(slack) else slack
        if name not in self.tightest or slack < self.tightest[name][0]:
            self.tightest[name] = (slack, line)

    def add_margins(self, found: Iterable[Margins]) -> None:
        """Keep the smallest margin of each hypothesis."""
        for margins in found:
            for name, margin in margins.items():
                self.margins[name] = min(float(margin), self.margins.get(name, np.inf))


def _check(
    statement: Statement, control: int | None, scale: Scale, seed: int, runs: Sequence[Trajectory] | None = None
) -> Verdict:
    word("scale", scale, ("quick", "full"))
    integer("seed", seed, least=0, what=" (the block of seeds)")
    began = time.perf_counter()
    broken = None if control is None else statement.controls[control]
    worlds, ladders = statement.looked_at(control)
    claim = statement.claim if broken is None or broken.claim is None else broken.claim
    first = seed * SEEDS_PER_BLOCK
    draws = statement.draws[scale]
    if broken is not None and statement.kind == "probability":
        draws = max(20, draws // 4)  # a control is far from its claim, and may draw more
    findings = _Findings()
    asked = () if runs is not None else statement.all_worlds(control)
    absent = missing() if any(world.images for world in asked) else ""
    if runs is not None:
        _given(findings, statement, runs, first)
        worlds, ladders = (), ()
    if broken is None and not all(speaks_of(statement, world) for world in asked):
        findings.statuses.append("hypotheses not met")
        findings.margins[RELU] = 0.0
        findings.note("activation", 0.0, "its worlds train another activation than relu")
        worlds, ladders = (), ()
    if absent:
        findings.statuses.append("hypotheses not met")
        findings.margins["images are installed"] = 0.0
        findings.note("images", 0.0, absent)
        worlds, ladders = (), ()
    parts = len(ladders) + sum(ladder.constant is not None for ladder in ladders)
    parts += len(worlds) if statement.kind == "probability" else 0
    for world in worlds:
        if statement.kind == "probability":
            _probability(findings, statement, world, claim, draws, first, parts, ask=broken is None)
        else:
            _bound(findings, statement, world, claim, draws, first, ask=broken is None)
    for ladder in ladders:
        _scaling(findings, ladder, statement.replicas[scale], first, parts)
    return Verdict(
        id=statement.id,
        control=broken.why if broken else None,
        kind=statement.kind,
        title=statement.title,
        predicts=statement.predicts,
        status=combine(findings.statuses),
        measured="; ".join(line for _, line in findings.tightest.values()),
        evidence=tuple(findings.evidence),
        margins=findings.margins,
        draws=findings.draws,
        unmet=findings.unmet,
        p_value=findings.p_value,
        scale=scale,
        seed=seed,
        seconds=time.perf_counter() - began,
        unsettled="" if broken else statement.unsettled,
    )


def random_statements() -> list[str]:
    """Return the ids of the statements whose verdict could be wrong by chance."""
    return [s.id for s in catalogue.values() if s.kind == "probability" or s.ladders]


def _level(parts: int) -> float:
    """Share of the run's error level that one part of one statement gets (Bonferroni, Holm's first step)."""
    return LEVEL / (len(random_statements()) * max(parts, 1))


def _met(margins: Margins) -> bool:
    return all(margin >= 1 for margin in margins.values())


def _bound(
    findings: _Findings, statement: Statement, world: World, claim: Claim, draws: int, first: int, ask: bool
) -> None:
    held: list[Sequence[Inequality]] = []
    inside: list[Margins] = []
    outside: list[Margins] = []
    for observation in observe(world, range(first, first + draws)):
        margins = statement.hypotheses(observation) if ask else {}
        (inside if _met(margins) else outside).append(margins)
        if _met(margins):
            held.append(claim(observation))
    findings.draws += len(inside)
    findings.unmet += len(outside)
    findings.add_margins(inside or outside)
    if not held:
        findings.statuses.append("hypotheses not met")
        return
    for part in worst_case(held):
        findings.evidence.append(as_dict(part) | {"setting": world.setting.model_dump()})
        findings.statuses.append(part.status)
        line = f"{part.label}: {part.measured:.3g}, stated {part.sense} {part.bound:.3g}"
        findings.note(part.label, part.slack, line + (_looseness(part) if statement.kind == "bound" else ""))


def _given(findings: _Findings, statement: Statement, runs: Sequence[Trajectory], first: int) -> None:
    """Ask given runs: each that meets the hypotheses is one draw."""
    held: list[Sequence[Inequality]] = []
    inside: list[Margins] = []
    outside: list[Margins] = []
    world = None
    for number, asked in enumerate(observations(statement, runs, first)):
        if asked.why_not:
            findings.note(f"run {number}", -np.inf, f"run {number} not asked: {asked.why_not}")
            continue
        margins: Margins = asked.as_stated
        if asked.observation is None:
            rules = " then ".join(dict.fromkeys(phase.rule for phase in runs[number].phases))
            what = f"{rules} with {runs[number].setting.activation}"
            findings.note(f"run {number}", -np.inf, f"run {number} is of {what}, of which it does not speak")
        else:
            margins = {**margins, **statement.hypotheses(asked.observation)}
        (inside if _met(margins) else outside).append(margins)
        if asked.observation is not None and _met(margins):
            world = asked.observation.world
            held.append(with_rounding(statement.claim, asked.observation))
            findings.evidence += [
                as_dict(part) | {"setting": world.setting.model_dump(), "run": number} for part in worst_case(held[-1:])
            ]
    findings.draws, findings.unmet = len(inside), len(outside)
    findings.add_margins(inside or outside)
    if world is None:
        findings.statuses.append("hypotheses not met" if outside else "inconclusive")
        return
    for part in worst_case(held):
        line = f"{part.label}: {part.measured:.3g}, stated {part.sense} {part.bound:.3g}"
        findings.note(part.label, part.slack, line)
        if statement.kind != "probability":
            findings.statuses.append(part.status)
    if statement.kind == "probability":
        outcomes = [_all_hold(claim) for claim in held]
        result = proportion(outcomes.count(True), outcomes.count(None), len(held), 1 - world.delta, _level(1))
        findings.statuses.append(result.status)
        findings.p_value = result.p_value
        findings.evidence.append(as_dict(result) | {"setting": world.setting.model_dump()})
        findings.note("frequency", -np.inf, _frequency(result))


def _looseness(part: Part) -> str:
    """Say by which factor a bound could have been sharper, if that is ten or more."""
    if not (part.measured > 0 and part.bound > 0):
        return ""
    factor = part.bound / part.measured if part.sense == "<=" else part.measured / part.bound
    return f" (loose by a factor of {factor:.2g})" if factor >= 10 else ""


def _probability(
    findings: _Findings,
    statement: Statement,
    world: World,
    claim: Claim,
    draws: int,
    first: int,
    parts: int,
    ask: bool,
) -> None:
    level = _level(parts) / _LOOKS
    outcomes: list[bool | None] = []
    claims: list[Sequence[Inequality]] = []
    for look in range(_LOOKS):
        for observation in observe(world, range(first + len(outcomes), first + draws * 2**look)):
            if ask and not outcomes:
                margins = statement.hypotheses(observation)  # of the setting, so one draw tells
                findings.add_margins([margins])
                if not _met(margins):
                    findings.unmet += 1
                    findings.statuses.append("hypotheses not met")
                    return
            claims.append(claim(observation))
            outcomes.append(_all_hold(claims[-1]))
        result = proportion(outcomes.count(True), outcomes.count(None), len(outcomes), 1 - world.delta, level)
        if result.status != "inconclusive":
            break
    findings.draws += len(outcomes)
    findings.statuses.append(result.status)
    findings.p_value = min(findings.p_value, result.p_value * _LOOKS * parts)
    extra = {"setting": world.setting.model_dump()}
    findings.evidence.append(as_dict(result) | extra)
    findings.evidence += [as_dict(part) | extra for part in worst_case(claims)]
    findings.note("frequency", result.lower, _frequency(result))


def _all_hold(inequalities: Iterable[Inequality]) -> bool | None:
    verdicts = [inequality.holds for inequality in inequalities if inequality.count]
    return False if False in verdicts else None if None in verdicts or not verdicts else True


def _frequency(result: Proportion) -> str:
    interval = f"[{result.lower:.3f}, {result.upper:.3f}]"
    return f"held in {result.held} of {result.draws}: P in {interval}, stated >= {result.target:g}"


def _scaling(findings: _Findings, ladder: Ladder, draws: int, first: int, parts: int) -> None:
    level = _level(parts)
    seeds = range(first, first + draws)
    columns = [[ladder.quantity(together) for together in _together(worlds, seeds)] for _, worlds in ladder.rungs]
    values = [value for value, _ in ladder.rungs]
    quantities = np.array(columns, float).T
    result = slope(
        ladder.name, values, quantities, ladder.predicted, level, ladder.finite, ladder.constant, ladder.neighbours
    )
    findings.draws += len(seeds) * len(ladder.rungs)
    findings.statuses.append(result.status)
    findings.p_value = min(findings.p_value, result.p_value * parts)
    findings.evidence.append(as_dict(result))
    findings.note(result.name, 0.0, _exponent(result))


def _together(worlds: Sequence[World], seeds: Sequence[int]) -> Iterator[tuple[Observation, ...]]:
    """Yield, seed by seed, the observations of several worlds."""
    yield from zip(*(observe(world, seeds) for world in worlds), strict=True)


def _exponent(result: Slope) -> str:
    if result.missing:
        return f"{result.name}: {result.missing}"
    fitted = f"{result.exponent:.3f} [{result.lower:.3f}, {result.upper:.3f}]"
    c = result.constant
    if c is not None:
        equal = "equal" if c.equal else "not equal"
        off = f"{equal}, right to {100 * c.off:.2g} %"
        return f"{result.name}: {c.value:.3g} [{c.lower:.3g}, {c.upper:.3g}], derived {c.derived:.3g} ({off})"
    if result.exact:
        return f"{result.name}: {result.exponent:.3f}, an exact symmetry"
    if result.correction is not None:
        return f"{result.name}: {fitted}, plain {result.plain[0]:.3f}"
    if result.band_low < result.band_high:
        return f"{result.name}: {fitted}, derived {result.band_low:.3f} to {result.band_high:.3f}"
    return f"{result.name}: {fitted}"
