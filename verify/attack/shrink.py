"""From a counterexample to the smallest and roundest one that still is one."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dynamics import Phase, Setting
from theorems.statement import World
from verify.attack.family import Family, Point
from verify.attack.probe import Limits, probe

_SMALL_SEEDS = range(5)


def shrunk(family: Family, point: Point, label: str, limits: Limits | None = None, evaluations: int = 400) -> Point:
    """Return the smallest and roundest point near a counterexample at which the same inequality still fails.

    Parameters
    ----------
    family : Family
    point : Point
        A counterexample.
    label : str
        Of the inequality that fails.
    limits : Limits, optional
    evaluations : int
        At most.

    Returns
    -------
    Point
        The draw as it came where it can be (nothing moved, random batches, a small seed), then few samples and filters,
        two patches, unit noise, d a power of ten, numbers of one digit, few epochs.

    Notes
    -----
    Greedy: each of a fixed list of changes is kept if the point stays a counterexample, until none is kept.
    """
    limits = limits or Limits()
    left, changed = evaluations, True
    while changed and left > 0:
        changed = False
        for there in _simpler(family, point):
            if there == point:
                continue
            left -= 1
            if left < 0:
                break
            if label in probe(family, there, limits).broken:
                point, changed = there, True
                break
    return point


def _simpler(family: Family, point: Point) -> Iterator[Point]:
    """Go through points that are simpler than one, those that matter most first; each strictly, so that this ends."""
    s = point.setting
    if any(point.moves):
        yield replace(point, moves=(0.0,) * len(point.moves))
        for k, by in enumerate(point.moves):
            if by:
                yield replace(point, moves=(*point.moves[:k], 0.0, *point.moves[k + 1 :]))
    if point.batches == "sorted":
        yield replace(point, batches="random")
    if point.seed not in _SMALL_SEEDS:
        for seed in _SMALL_SEEDS:
            yield replace(point, seed=seed)
    if not family.axes:
        return
    for n, B in _sizes(s):
        yield from _with(point, n=n, B=B)
    for m in _below(s.m):
        yield from _with(point, m=m)
    for P in _below(s.P, least=2):
        yield from _with(point, P=P)
    if not math.log10(s.d).is_integer():
        for d in (10 ** math.floor(math.log10(s.d)), 10 ** math.ceil(math.log10(s.d))):
            yield from _with(point, d=d)
    elif s.d > 10:
        yield from _with(point, d=s.d // 10)
    yield from _with(point, sigma_p=1.0)
    for p in (0.0, 0.1):
        if s.p not in (0.0, p):
            yield from _with(point, p=p)
    if "length" in family.axes:
        for length in (point.length / 8, point.length / 2, point.length * 0.9):
            if _epochs(family.world(point)) > _epochs(family.world(replace(point, length=length))):
                yield replace(point, length=length)
    changes: dict[str, Any]
    for name in ("radius", "rival", "length", "delta"):
        for value in _rounder(getattr(point, name)):
            changes = {name: value}
            yield replace(point, **changes)
    for name in ("mu_norm", "sigma_p", "sigma_0", "eta", "p"):
        for value in _rounder(getattr(s, name)):
            yield from _with(point, **{name: value})


def _with(point: Point, **changes: Any) -> Iterator[Point]:
    """Yield the point with other fields of its setting, at first with eta and sigma_0 kept in natural units."""
    s = point.setting
    if all(getattr(s, name) == value for name, value in changes.items()):
        return
    there = Setting(**(s.model_dump() | changes))
    if changes.keys() & {"n", "B", "m", "P", "d", "sigma_p"}:
        noise = ((there.P - 1) * there.sigma_p / ((s.P - 1) * s.sigma_p)) ** 2 * there.d / s.d
        eta = s.eta * there.B * there.m / (s.B * s.m) / noise
        snr = s.mu_norm * math.sqrt(noise * s.n / there.n)
        for fields in (
            {"eta": eta, "sigma_0": s.sigma_0 / math.sqrt(noise), "mu_norm": snr},
            {"eta": eta, "sigma_0": s.sigma_0 / math.sqrt(noise)},
        ):
            yield replace(point, setting=there.replace(**fields))
    yield replace(point, setting=there)


def _sizes(s: Setting) -> Iterator[tuple[int, int]]:
    for n in _below(s.n):
        for B in sorted({n, max(1, s.B * n // s.n), min(s.B, n)}):
            if n % B == 0:
                yield n, B


def _below(value: int, least: int = 1) -> Iterator[int]:
    """Yield smaller whole numbers, the smallest first."""
    tried = {least, *(value // k for k in (8, 4, 2)), value - value % 10, value * 3 // 4, value - 1}
    yield from sorted(k for k in tried if least <= k < value)


def _rounder(value: float) -> Iterator[float]:
    """Yield a number with one digit, then two, if it has more."""
    for digits in (1, 2):
        rounder = float(f"{value:.{digits - 1}e}")
        if rounder == value:
            return
        yield rounder


def _epochs(world: World) -> int:
    phases: tuple[Phase, ...] = world.phases
    return sum(phase.epochs for phase in phases)
