"""How far outside its hypotheses a conclusion goes on holding, margin by margin: the attack's search, turned outward.

Of each hypothesis in turn a setting, a draw and moved data are searched at which its margin is a given power of ten
below 1 while all others are at least 1. There a few draws are trained, and every statement that has the hypothesis is
asked. SGD's six statements on the path share their worlds and runs, and so do SAM's three lemmas.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from dynamics import Phase
from figures.dataset import in_words, signed
from theorems import catalogue
from theorems.sam import deactivation
from theorems.sam.noise_prevention import step_of
from theorems.sgd import path
from theorems.statement import Hypotheses, Observation, Statement, World
from theorems.worlds import sam_stage
from verify.attack.family import MOVES, Family, Point
from verify.attack.methods import evolution
from verify.attack.probe import Limits, affordable, observation, sample_of

NAME = "true_region"
LEVELS = tuple(10.0**-power for power in (0.5, 1.0, 1.5, 2.0, 3.0, 4.0))
"""Margins that one hypothesis is brought down to."""
DRAWS = 2
SEARCH = 80
"""Starts looked at for each level; nothing is trained in this."""
NEAR = 0.25
"""How far a margin may be from its level, in powers of ten."""


@dataclass(frozen=True)
class Group:
    """Statements that can be asked of the same run, and the world that the search sets out from.

    The hypotheses of the last one are those that can be had without training, of all.
    """

    statements: tuple[str, ...]
    home: World
    free: tuple[str, ...]


def _sam_home() -> World:
    home = deactivation.STRONG[1]
    s = home.setting.replace(n=30, B=30, p=0.02)
    return replace(home, setting=s, phases=(sam_stage(s),), rival=(Phase("sgd", math.ceil(10 / step_of(s))),))


GROUPS = (
    Group(
        (
            "coefficient_scale",
            "inner_product_tracking",
            "activation_persistence",
            "margin_is_memorisation",
            "balanced_logits",
            "noise_growth_closed_form",
        ),
        path.world(n=30, B=30, m=250, epochs=200, record_every=10, p=0.0),
        ("m", "d", "signal", "start", "step", "delta", "length", *MOVES),
    ),
    Group(
        ("deactivation", "signal_learning", "noise_prevention"),
        _sam_home(),
        ("m", "d", "signal", "start", "step", "radius", "length", *MOVES),
    ),
)


def measure(levels: Sequence[float] = LEVELS, draws: int = DRAWS, search: int = SEARCH) -> xr.Dataset:
    """Search and ask.

    Parameters
    ----------
    levels : sequence of float
        Below 1, falling.
    draws, search : int
        At each level.

    Returns
    -------
    Dataset
        With dimension pair (a statement and one of its hypotheses) and level. `held`: draws on which the conclusion
        held; `asked`: draws; `alone`: whether all other margins were at least 1 there, and where that cannot be, others
        fall with it; `margin`: the one that was brought down, on average.
        `fails`: the largest level with a failure, NaN without one; `least`: the smallest level that was reached.
    """
    rows: dict[tuple[str, str], NDArray[np.float64]] = {}
    for group in GROUPS:
        statements = {id: catalogue[id] for id in group.statements}
        first = replace(statements[group.statements[0]], worlds=(group.home,))
        family = Family(first, group.free)
        hypotheses = statements[group.statements[-1]].hypotheses
        for name in hypotheses(_start(family, family.base(0))):
            point, alone = affordable(family, family.base(0), Limits()), True
            for k, level in enumerate(levels):
                found = _brought_down(family, hypotheses, name, level, point, search) if alone else None
                if found is None:  # from here on others fall with it
                    alone = False
                    found = _brought_down(family, hypotheses, name, level, point, 0, alone)
                if found is None:
                    break
                point = found
                for id, answer in _asked(family, statements, name, point, draws, alone).items():
                    row = rows.setdefault((id, name), np.zeros((4, len(levels))))
                    row[:, k] = (*answer, alone)
    pairs, kept = list(rows), np.array(list(rows.values()))
    held, asked, margin = kept[:, 0], kept[:, 1], kept[:, 2]
    failing = np.where((held < asked) & (asked > 0), np.array(levels), np.nan)
    data = xr.Dataset(
        {
            "held": (("pair", "level"), held.astype(int)),
            "asked": (("pair", "level"), asked.astype(int)),
            "margin": (("pair", "level"), margin),
            "alone": (("pair", "level"), kept[:, 3].astype(int)),
            "fails": ("pair", [np.nanmax(row) if np.isfinite(row).any() else np.nan for row in failing]),
            "least": ("pair", np.where(asked > 0, np.array(levels), np.inf).min(1)),
        },
        coords={
            "statement": ("pair", [id for id, _ in pairs]),
            "hypothesis": ("pair", [name for _, name in pairs]),
            "level": list(levels),
        },
    ).assign_attrs(draws=draws, homes="; ".join(in_words(group.home.setting) for group in GROUPS))
    return signed(data, NAME, range(draws), "One margin brought down, by a search over settings and moved data.")


def _start(family: Family, point: Point) -> Observation:
    world = family.world(point)
    return Observation(world, point.seed, sample_of(world, point))


def _brought_down(
    family: Family, hypotheses: Hypotheses, name: str, level: float, origin: Point, search: int, alone: bool = True
) -> Point | None:
    """Return a point at which the margin is near a level and all others are at least 1; None if none was found.

    First along each coordinate, then by the attack's search in all of them. Not `alone`: others may fall with it, as
    little as can be along one coordinate.
    """
    best: list[tuple[float, Point]] = []

    def own_at(u: NDArray[np.float64]) -> tuple[float, float]:
        """Return the margin, and how much the others miss, in powers of ten."""
        try:
            point = affordable(family, family.decode(origin, u), Limits())
            margins = {key: float(value) for key, value in hypotheses(_start(family, point)).items()}
        except (ValueError, FloatingPointError):
            return math.nan, 100.0
        own = margins.pop(name)
        missed = sum(min(-math.log10(m), 20.0) if 0 < m < 1 else 20.0 * (not m >= 1) for m in margins.values())
        off = abs(math.log10(own / level)) if own > 0 else 20.0
        score = off if alone else missed if off <= NEAR else math.inf
        if (missed == 0 or not alone) and (not best or score < best[0][0]):
            best[:] = [(score, point)]
        return own, missed

    def f(u: NDArray[np.float64]) -> float:
        if best and best[0][0] < NEAR:
            return 0.0
        own, missed = own_at(u)
        return (abs(math.log10(own / level)) if own > 0 else 20.0) + 3 * missed

    with np.errstate(all="ignore"):
        for direction in np.vstack([np.eye(len(family.axes)), -np.eye(len(family.axes))]):
            near, far = 0.0, 0.5
            while far <= 16 and own_at(far * direction)[0] > level:
                near, far = far, 2 * far
            for _ in range(5 if far <= 16 else 0):
                middle = (near + far) / 2
                near, far = (near, middle) if own_at(middle * direction)[0] <= level else (middle, far)
            if alone and best and best[0][0] < NEAR:
                break
        else:
            if search:
                evolution(f, len(family.axes), search, 0, 0.5)
    most = NEAR if alone else math.inf
    return best[0][1] if best and best[0][0] <= most and best[0][0] < math.inf else None


def _asked(
    family: Family, statements: Mapping[str, Statement], name: str, point: Point, draws: int, alone: bool = True
) -> dict[str, tuple[int, int, float]]:
    """Return for each statement with this hypothesis: draws held, draws asked, and the mean margin."""
    found: dict[str, list[tuple[bool, float]]] = {id: [] for id in statements}
    for seed in range(point.seed, point.seed + draws):
        there = replace(point, seed=seed)
        world = family.world(there)
        o = observation(world, there, sample_of(world, there))
        for id, statement in statements.items():
            margins = dict(statement.hypotheses(o))
            own = margins.pop(name, None)
            if own is not None and own < 1 and (not alone or all(margin >= 1 for margin in margins.values())):
                held = all(i.holds is not False for i in statement.claim(o) if i.count)
                found[id].append((held, float(own)))
    return {
        id: (sum(held for held, _ in seen), len(seen), float(np.mean([own for _, own in seen])))
        for id, seen in found.items()
        if seen
    }
