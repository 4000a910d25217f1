"""Which line of Condition 3.1 is needed by what: lines against statements, with the margin at which each falls.

For each line a sequence of settings is planned in which its margin falls while all others are kept
(`figures.necessity.lines`). In each, every statement that can be asked is asked (`figures.necessity.groups`), on the
same seeds, its training made for the setting. Two lines follow from others; they are broken together with one of
those.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from tqdm import tqdm

from dynamics import Setting
from figures.dataset import in_words, signed
from figures.necessity import lines
from figures.necessity.contours import HEADLINE, SAM_CONTOUR, SGD_CONTOUR
from figures.necessity.groups import (
    BATCHES,
    BENIGN,
    HARMFUL,
    NETWORK,
    PATH,
    RIVAL,
    SAM,
    STAGE,
    START,
    WEAK_TO_NOISE,
    Group,
    holds,
)
from figures.necessity.lines import Own, implied_by, plan
from figures.necessity.scales import CLOSED_FORM, FIRST_STAGE, RATE
from theorems.condition import margins
from theorems.overfitting import DELTA, EPSILON
from theorems.statement import Inequality, Observation, World
from verify.evidence import proportion
from verify.observe import observe

NAME = "necessity"
GROUPS = (
    HARMFUL,
    BENIGN,
    RATE,
    SAM,
    HEADLINE,
    SGD_CONTOUR,
    SAM_CONTOUR,
    STAGE,
    RIVAL,
    FIRST_STAGE,
    PATH,
    CLOSED_FORM,
    NETWORK,
    START,
    BATCHES,
)
DRAWS = {
    START.name: 60,
    BATCHES.name: 40,
    STAGE.name: 10,
    RIVAL.name: 10,
    NETWORK.name: 6,
    HEADLINE.name: 8,
    SGD_CONTOUR.name: 8,
    SAM_CONTOUR.name: 8,
}
"""Draws of a group; 20 of the others."""
LEVEL = 0.025
"""Error level of either limit of an interval."""
_OTHERS = 20


@dataclass(frozen=True)
class Break:
    """A line to be broken, alone or together with lines that follow from it or bound it."""

    line: str
    together: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The line, and what falls with it."""
        return " and ".join((self.line, *self.together))


BREAKS = (
    Break(lines.SIGNAL),
    Break(lines.SIGNAL_OF_A_BATCH),
    Break(lines.SIGNAL, (lines.SIGNAL_OF_A_BATCH,)),
    Break(lines.SAMPLES),
    Break(lines.FILTERS),
    Break(lines.SAMPLES_LOG),
    Break(lines.STRENGTH),
    Break(lines.FLIPS),
    Break(lines.START),
    Break(lines.START_SIGNAL),
    Break(lines.START, (lines.START_SIGNAL,)),
    Break(lines.STEP),
    Break(lines.FINE_STEP),
    Break(lines.FINE_STEP, (lines.STEP,)),
)


RESTORES: Mapping[str, Callable[[Setting], Setting]] = {
    lines.SIGNAL: lambda s: s.replace(mu_norm=s.mu_norm / 10**0.5),
    lines.STEP: lambda s: s.replace(eta=s.eta / 10),
    lines.FINE_STEP: lambda s: s.replace(eta=s.eta / 10),
}
"""What makes a margin ten times as large by its own field, of lines that other sizes have to move to break alone."""
_START = Break(lines.START, (lines.START_SIGNAL,)).name
_ETA = Break(lines.FINE_STEP, (lines.STEP,)).name
_MU = Break(lines.SIGNAL, (lines.SIGNAL_OF_A_BATCH,)).name
QUOTED = {
    "start_harmful": (_START, "harmful_overfitting"),
    "start_benign": (_START, "benign_overfitting"),
    "start_sam": (_START, "sam_benign"),
    "start_prevention": (_START, "noise_prevention"),
    "eta_harmful": (_ETA, "harmful_overfitting"),
    "eta_benign": (_ETA, "benign_overfitting"),
    "eta_sam": (_ETA, "sam_benign"),
    "eta_rho_under": (_ETA, "coefficient_scale: rho_under"),
    "eta_rho_bar": (_ETA, "coefficient_scale: rho_bar"),
    "eta_prevention": (_ETA, "noise_prevention"),
    "mu_benign": (_MU, "benign_overfitting"),
    "mu_sam": (_MU, "sam_benign"),
    "mu_deactivation": (_MU, "deactivation"),
    "mu_margin": (_MU, "margin_is_memorisation"),
    "samples_benign": (lines.SAMPLES, "benign_overfitting"),
    "samples_sam": (lines.SAMPLES, "sam_benign"),
    "filters_sam": (lines.FILTERS, "sam_benign"),
    "filters_benign": (lines.FILTERS, "benign_overfitting"),
    "flips_sam": (lines.FLIPS, "sam_benign"),
    "strength_sam": (lines.STRENGTH, "sam_benign"),
    "eta_headline": (_ETA, "headline"),
    "eta_linear": (_ETA, "first_stage: linear"),
    "start_headline": (_START, "headline"),
    "start_sgd_contour": (_START, "sgd_boundary"),
    "start_sam_contour": (_START, "sam_boundary"),
    "start_rate": (_START, "benign_rate: exponent"),
    "mu_rate": (_MU, "benign_rate: exponent"),
    "mu_stage": (_MU, "first_stage: gamma"),
    "samples_gap": (lines.SAMPLES, "gap"),
    "samples_recursion": (lines.SAMPLES, "coefficient_recursion"),
    "flips_batches": (lines.FLIPS, "batch_balance"),
}
"""What the text quotes: a key, the line and the statement."""


def _told(before: float, after: float, status: str) -> str:
    """Say in words where a statement falls."""
    if status == "falls":
        return f"between {before:.2g} and {after:.2g}"
    if status == "at the base":
        return f"above {after:.2g}"
    if status == "never":
        return f"not down to {before:.2g}"
    return f"perhaps at {before:.2g}" if status == "open" else status


@dataclass
class Cell:
    """One line against one statement; a number a step.

    Attributes
    ----------
    margin, share, low, high : list of float
        Margin of the line; share of draws in which the claim holds, with its Clopper-Pearson limits.
    reached, error : list of float
        Share of draws whose runs all reached the loss asked for, and mean test error minus p (of one run); NaN where
        nothing was tested.
    settings : list of Setting
    restored : tuple of float
        Where it falls by a line that other sizes had to move to break (`RESTORES`): the share with the margin ten times
        as large by the line's own field, and its upper limit.
    reason : str
        Why there are no steps; empty if there are.
    """

    margin: list[float] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    reached: list[float] = field(default_factory=list)
    error: list[float] = field(default_factory=list)
    settings: list[Setting] = field(default_factory=list)
    restored: tuple[float, float] = (np.nan, np.nan)
    reason: str = ""


def targets(line: str, first: float, group: Group) -> list[float]:
    """Return the margins to go through, from that of the base down, by factors of about 3 (finer where few fit)."""
    grid: list[float]
    if line == lines.FLIPS:
        grid = list(np.geomspace(first, 2.05, 9))
    elif line in (lines.FILTERS, lines.SAMPLES_LOG):
        grid = list(np.geomspace(group.finest or first, 0.05, 16))
    else:
        grid = [first, *(m for m in 10.0 ** (1.5 - np.arange(14) / 2) if m < 0.9 * first)]
    return [float(value) for value in grid]


def kept(broken: Break, group: Group) -> tuple[Own, ...]:
    """Return what a group keeps besides the condition, less what is the broken line itself with another constant."""
    same = {lines.STRENGTH: lines.STRONG_FOR_SAM, lines.SIGNAL: WEAK_TO_NOISE}.get(broken.line)
    return tuple(o for o in group.own if o is not same)


def settings_of(broken: Break, group: Group) -> tuple[list[Setting], str]:
    """Return the settings in which the line falls, the base first, or why there are none."""
    own = kept(broken, group)
    follows = implied_by(broken.line, [o for o in own if o.hypothesis], broken.together)
    if follows is not None and follows.least >= 1 and broken.line != lines.FLIPS:
        powers = ", ".join(f"({name})^{power:.3g}" for name, power in follows.powers.items())
        return [], f"follows from the others: at least {follows.least:.3g} x {powers}"
    first = margins(group.base, DELTA)[broken.line]
    found = plan(
        group.base, broken.line, targets(broken.line, first, group), delta=DELTA, own=own, together=broken.together,
        most_n=group.most_n, most_m=group.most_m,
    )  # fmt: skip
    reached = margins(found[-1], DELTA)[broken.line] if found else first
    return (found, "") if reached < 1 or broken.line == lines.FLIPS else ([], "no affordable setting breaks it alone")


def measure(breaks: Sequence[Break] = BREAKS, groups: Sequence[Group] = GROUPS, draws: int | None = None) -> xr.Dataset:
    """Break each line step by step and ask every statement.

    Parameters
    ----------
    breaks : sequence of Break
    groups : sequence of Group
    draws : int, optional
        Draws of every group; by default those of `DRAWS`.

    Returns
    -------
    Dataset
        With dimensions line, statement and step. `margin` of the line; `share` of draws in which the claim holds, with
        limits `low` and `high`; where something is tested, `reached`: the share of draws in which all runs reach the
        loss asked for, and, of one run, `error`: its mean test error minus p. `before` and `after`: the
        margins between which the statement falls: `high` is below `least` (1 - delta, or 1/2) at `after` for the first
        time; `after` is NaN where it never does. `status` says so in a word, and `reason` why there is none. "open":
        at the last step the share is below `least`, but not surely so. "not by it": the statement falls just as
        well with the margin made ten times as large by eta, or by ||mu|| (`restored`), so that the sizes did it that
        the plan moved to break the line alone.
    """
    planned = [(b, g, *settings_of(b, g)) for g in groups for b in breaks]
    cells: dict[tuple[str, str], Cell] = {}
    bar = tqdm(total=sum(len(found) for *_, found, _ in planned), desc=NAME, unit=" settings")
    seen: dict[tuple[tuple[World, ...], int], Mapping[str, list[bool | None]]] = {}
    for broken, group, found, reason in planned:
        count = draws or DRAWS.get(group.name, _OTHERS)
        of_all = {name: claim for g in groups if g.world is group.world for name, claim in g.claims.items()}
        for statement in group.claims:
            cells[broken.name, statement] = Cell(reason=reason, settings=found)
        for s in found:
            worlds, margin = group.worlds(s), margins(s, DELTA)[broken.line]
            if (worlds, count) not in seen:
                seen[worlds, count] = _ask(worlds, of_all, range(count))
            for statement in group.claims:
                _note(cells[broken.name, statement], seen[worlds, count], statement, group, margin)
            bar.update()
    bar.close()
    for broken, group, *_ in planned:
        for statement, claim in group.claims.items():
            cell = cells[broken.name, statement]
            _, after = fall(cell.margin, cell.high, group.least) if cell.margin else (0.0, np.nan)
            if broken.line in RESTORES and not broken.together and np.isfinite(after):
                worlds = group.worlds(RESTORES[broken.line](cell.settings[cell.margin.index(after)]))
                count = draws or DRAWS.get(group.name, _OTHERS)
                outcomes = _ask(worlds, {statement: claim}, range(count))[statement]
                held = proportion(outcomes.count(True), outcomes.count(None), len(outcomes), group.least, LEVEL)
                cell.restored = held.held / held.draws, held.upper
    return _dataset(cells, [b.name for b in breaks], groups)


_LOSS, _ERROR = "loss reached", "test error - p"


def _ask(
    worlds: tuple[World, ...], claims: Mapping[str, Callable[..., Sequence[Inequality]]], seeds: Sequence[int]
) -> dict[str, list[bool | None]]:
    """Return for each claim whether it holds, draw by draw; a run that diverges in one of the worlds fails them all."""
    answers: dict[str, list[bool | None]] = {name: [] for name in (*claims, _LOSS, _ERROR)}
    with np.errstate(all="ignore"):
        for draw in zip(*(_observed(world, seeds) for world in worlds), strict=True):
            runs = [o for o in draw if o is not None]
            whole = len(runs) == len(draw)
            for name, claim in claims.items():
                answers[name].append(holds(claim(*runs)) if whole else False)
            if worlds[0].test_samples:
                answers[_LOSS].append(whole and all(_trained(o) for o in runs))
            if worlds[0].test_samples and len(worlds) == 1:
                answers[_ERROR].append(runs[0].tested.value - worlds[0].setting.p if whole else np.nan)  # type: ignore[arg-type]
    return answers


def _trained(o: Observation) -> bool:
    """Whether the run, and the rival, reached the loss asked for."""
    return all(run is None or float(run.loss[-1]) <= EPSILON for run in (o.path, o.rival_path))


def _observed(world: World, seeds: Sequence[int]) -> Iterator[Observation | None]:
    try:
        together: list[Observation | None] = list(observe(world, seeds))
    except FloatingPointError:  # one diverged: one by one
        together = []
        for seed in seeds:
            try:
                together += observe(world, [seed])
            except FloatingPointError:
                together.append(None)
    yield from together


def _note(cell: Cell, answers: Mapping[str, list[bool | None]], statement: str, group: Group, margin: float) -> None:
    outcomes = answers[statement]
    result = proportion(outcomes.count(True), outcomes.count(None), len(outcomes), group.least, LEVEL)
    cell.margin.append(margin)
    cell.share.append(result.held / result.draws)
    cell.low.append(result.lower)
    cell.high.append(result.upper)
    cell.reached.append(float(np.mean(np.array(answers[_LOSS], float))) if answers[_LOSS] else np.nan)
    cell.error.append(float(np.mean(np.array(answers[_ERROR], float))) if answers[_ERROR] else np.nan)


def fall(margin: Sequence[float], high: Sequence[float], least: float) -> tuple[float, float]:
    """Return the margins before and after a statement has surely fallen; (last margin, NaN) if it never does.

    Parameters
    ----------
    margin : sequence of float
        Falling.
    high : sequence of float
        Upper limit of the share of draws in which the claim holds.
    least : float

    Returns
    -------
    tuple of float
        (inf, first margin) if it has fallen at the base.
    """
    for k, upper in enumerate(high):
        if upper < least:
            return (margin[k - 1] if k else np.inf), margin[k]
    return margin[-1], np.nan


def _dataset(cells: Mapping[tuple[str, str], Cell], names: Sequence[str], groups: Sequence[Group]) -> xr.Dataset:
    statements = {statement: group for group in groups for statement in group.claims}
    steps = max((len(cell.margin) for cell in cells.values()), default=0)
    shape = (len(names), len(statements))
    arrays = {key: np.full((*shape, steps), np.nan) for key in ("margin", "share", "low", "high", "reached", "error")}
    before, after = np.full(shape, np.nan), np.full(shape, np.nan)
    restored = np.full(shape, np.nan)
    status, reason, last = np.full(shape, "", object), np.full(shape, "", object), np.full(shape, "", object)
    for (name, statement), cell in cells.items():
        at = names.index(name), list(statements).index(statement)
        reason[at] = cell.reason
        status[at] = "not applicable"
        if not cell.margin:
            continue
        for key, values in arrays.items():
            values[at][: len(cell.margin)] = getattr(cell, key)
        before[at], after[at] = fall(cell.margin, cell.high, statements[statement].least)
        status[at] = "never" if np.isnan(after[at]) else "at the base" if np.isinf(before[at]) else "falls"
        restored[at] = cell.restored[0]
        if status[at] == "never" and cell.share[-1] < statements[statement].least:
            status[at] = "open"
        if status[at] == "falls" and cell.restored[1] < statements[statement].least:
            status[at] = "not by it"
        last[at] = in_words(cell.settings[-1])
    each = ("line", "statement")
    data = xr.Dataset(
        {key: ((*each, "step"), values.astype(np.float32)) for key, values in arrays.items()}
        | {"before": (each, before), "after": (each, after), "restored": (each, restored)}
        | {"status": (each, status.astype(str)), "reason": (each, reason.astype(str))}
        | {"last_setting": (each, last.astype(str))}
        | {"least": ("statement", [group.least for group in statements.values()])}
        | {"group": ("statement", [group.name for group in statements.values()])},
        coords={"line": list(names), "statement": list(statements)},
    )
    found = {(name, statement): _told(before[i, k], after[i, k], str(status[i, k]))
             for i, name in enumerate(names) for k, statement in enumerate(statements)}  # fmt: skip
    quotes = {f"quote_{key}": found[place] for key, place in QUOTED.items() if place in found}
    bases = {f"base: {group.name}": in_words(group.base) for group in groups}
    data = data.assign_attrs(**bases, **quotes, level=1 - 2 * LEVEL, delta=DELTA)
    return signed(data, NAME, range(max(DRAWS.values())), "Each line of Condition 3.1 broken, every statement asked.")
