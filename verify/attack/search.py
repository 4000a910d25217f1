"""The search: rounds of evaluations, each from a world or from the tightest point so far, towards one inequality."""

import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorems.statement import Inequality
from verify.attack.family import Batches, Family, Point
from verify.attack.methods import Method, evolution
from verify.attack.probe import Limits, Look, affordable, near_edges, objective, probe, squashed

ROUND = 80
"""Evaluations of a round."""
_AT_ONCE = 6  # coordinates


@dataclass(frozen=True)
class Tightest:
    """The tightest place of one inequality that a search has seen inside the hypotheses.

    Attributes
    ----------
    label : str
    slack, measured, bound : float
    sense : {"<=", ">="}
    point : Point
    margins : mapping
        There.
    breaks : bool
        Whether the inequality fails there.
    """

    label: str
    slack: float
    measured: float
    bound: float
    sense: str
    point: Point
    margins: Mapping[str, float]
    breaks: bool

    @property
    def factor(self) -> float:
        """What the bound could have been multiplied with; beyond 1 (`<=`), or below (`>=`), where it fails."""
        return self.measured / self.bound if self.bound else math.nan

    @property
    def edges(self) -> list[str]:
        """Hypotheses whose margin is nearly 1 there."""
        return list(near_edges(self.margins))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; numbers that JSON lacks become strings."""
        plain = vars(self) | {"point": self.point.to_dict()}
        for name in ("slack", "measured", "bound"):
            plain[name] = _plain(plain[name])
        return plain | {"margins": {name: _plain(margin) for name, margin in self.margins.items()}}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Tightest":
        """Return what `to_dict` wrote."""
        numbers = {name: float(plain[name]) for name in ("slack", "measured", "bound")}
        margins = {name: float(margin) for name, margin in plain["margins"].items()}
        return cls(**{**plain, **numbers, "margins": margins, "point": Point.from_dict(plain["point"])})


def _plain(number: float) -> float | str:
    return float(number) if math.isfinite(number) else str(number)


@dataclass(frozen=True)
class Findings:
    """What a search of one statement has found so far; rounds add to it.

    Attributes
    ----------
    id : str
    rounds, evaluations, inside : int
        Rounds made, points looked at, and how many of these were inside the hypotheses.
    seconds : float
    tightest : dict of str to Tightest
        By label.
    nearest : tuple of (str, float)
        Of the points outside the one that misses least: which margin, and its value.
    first : int
        Evaluations until the first counterexample; 0 if there is none.
    """

    id: str
    rounds: int = 0
    evaluations: int = 0
    inside: int = 0
    seconds: float = 0.0
    tightest: dict[str, Tightest] = field(default_factory=dict)
    nearest: tuple[str, float] = ("", 0.0)
    first: int = 0

    @property
    def broken(self) -> list[Tightest]:
        """The inequalities that fail, the worst first."""
        return sorted((t for t in self.tightest.values() if t.breaks), key=lambda t: squashed(t.slack))

    @property
    def least(self) -> Tightest | None:
        """The tightest place of all; inequalities that hold with equality by construction count only if alone."""
        found = sorted(self.tightest.values(), key=lambda t: (not t.breaks, t.measured == t.bound, squashed(t.slack)))
        return found[0] if found else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return vars(self) | {
            "tightest": [found.to_dict() for found in self.tightest.values()],
            "nearest": [self.nearest[0], _plain(self.nearest[1])],
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Findings":
        """Return what `to_dict` wrote."""
        found = [Tightest.from_dict(item) for item in plain["tightest"]]
        name, value = plain["nearest"]
        return cls(**{**plain, "tightest": {t.label: t for t in found}, "nearest": (name, float(value))})


class _Enough(Exception):
    """The evaluations of a round are used up, or its search has found what it may stop at."""


class _Round:
    """Counts and keeps what one round sees."""

    def __init__(self, family: Family, before: Findings, limits: Limits, evaluations: int, stops: bool) -> None:
        self.family, self.limits, self.stops = family, limits, stops
        self.left, self.found = evaluations, before

    def look(self, point: Point) -> Look:
        if not self.left:
            raise _Enough
        self.left -= 1
        look = probe(self.family, point, self.limits)
        found = self.found
        changes: dict[str, Any] = {"evaluations": found.evaluations + 1}
        if look.status == "inside":
            changes["inside"] = found.inside + 1
            changes["tightest"] = dict(found.tightest)
            for label, inequality in look.inequalities.items():
                _keep(changes["tightest"], label, inequality, point, look.margins)
            if look.broken and not found.first:
                changes["first"] = found.evaluations + 1
        elif look.status == "outside":
            worst = min(look.margins.items(), key=lambda item: item[1] if item[1] == item[1] else -1)
            if worst[1] > found.nearest[1] or not found.nearest[0]:
                changes["nearest"] = (worst[0], float(worst[1]))
        self.found = replace(found, **changes)
        if self.stops and self.found.broken:
            raise _Enough
        return look


def _keep(kept: dict[str, Tightest], label: str, found: Inequality, point: Point, margins: Mapping[str, float]) -> None:
    breaks = bool(found.count) and found.holds is False
    new = Tightest(label, found.slack, found.measured, found.bound, found.sense, point, dict(margins), breaks)
    before = kept.get(label)
    if found.count and (
        before is None or (not new.breaks, squashed(new.slack)) < (not before.breaks, squashed(before.slack))
    ):
        kept[label] = new


def seed_of(id: str, seed: int, round: int) -> int:
    """Return the seed of a round: the same for the same statement, seed and round, on any machine."""
    text = f"{id} {seed} {round}".encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:4], "little")


def make_round(
    family: Family,
    before: Findings,
    seed: int = 0,
    evaluations: int = ROUND,
    limits: Limits | None = None,
    method: Method = evolution,
    stops: bool = False,
) -> Findings:
    """Go on with a search for one round.

    Parameters
    ----------
    family : Family
    before : Findings
        Of the rounds before; `Findings(id)` at the start.
    seed : int
    evaluations : int
        Of this round, at most.
    limits : Limits, optional
        What one evaluation may cost.
    method : callable
        What searches.
    stops : bool
        Whether the round ends at the first counterexample.

    Returns
    -------
    Findings

    Notes
    -----
    The first round looks at every world of the statement. Later ones go for one inequality each, in turn: from a
    world with a new draw; from the tightest point so far; from that with another draw; and from a world far and wide,
    with a new draw each time. Where a claim is about every run, batches are sorted by class now and then. All of it
    depends on `before`, `seed` and `evaluations` only.
    """
    began = time.perf_counter()
    k = before.rounds
    run = _Round(family, before, limits or Limits(), evaluations, stops)
    rng = np.random.default_rng(seed_of(family.statement.id, seed, k))
    draw = int(rng.integers(2**31))
    worlds = [w for w, world in enumerate(family.statement.worlds) if world.images is None]
    try:
        if k == 0:
            for world in worlds:
                run.look(affordable(family, family.base(world, int(rng.integers(2**31))), run.limits))
        else:
            _go(family, run, k, worlds, draw, rng, method)
    except _Enough:
        pass
    seconds = before.seconds + time.perf_counter() - began
    return replace(run.found, rounds=k + 1, seconds=seconds)


def _go(
    family: Family, run: _Round, k: int, worlds: list[int], draw: int, rng: np.random.Generator, method: Method
) -> None:
    open_labels = [label for label, t in run.found.tightest.items() if t.measured != t.bound] or list(
        run.found.tightest
    )
    label = open_labels[(k - 1) % len(open_labels)] if open_labels else ""
    turn = (k - 1) // max(len(open_labels), 1)
    best = run.found.tightest.get(label)
    home = family.base(worlds[int(rng.integers(len(worlds)))], draw)
    origin, spread = affordable(family, home, run.limits), 2.0 if turn % 4 == 3 else 0.7
    if best is not None and turn % 4 == 1:
        origin, spread = best.point, 0.5
    elif best is not None and turn % 4 == 2:
        origin = replace(best.point, seed=draw)
    keeps_law = family.statement.kind == "probability" or any(world.test_samples for world in family.statement.worlds)
    sorts: Batches = "sorted" if turn % 8 == 4 and not keeps_law else origin.batches
    origin = replace(origin, batches=sorts)
    if not family.axes:  # only the draw is free
        while True:
            run.look(replace(origin, seed=int(rng.integers(2**31))))

    some = rng.permutation(len(family.axes))[:_AT_ONCE]  # in twenty, an evolution learns little in one round
    redraws = turn % 4 == 3

    def f(v: NDArray[np.float64]) -> float:
        u = np.zeros(len(family.axes))
        u[some] = v
        point = family.decode(origin, u)
        return objective(run.look(replace(point, seed=int(rng.integers(2**31))) if redraws else point), label)

    method(f, len(some), run.left, int(rng.integers(2**31)), spread)
