"""What a sweep will do: its cells in a fixed order, each with all its numbers."""

import hashlib
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dynamics.phase import Phase
from dynamics.rules import RULES
from dynamics.setting import Setting
from dynamics.streams import SEEDS_PER_BLOCK
from dynamics.units import natural_eta, natural_sigma_0, stable_eta
from dynamics.validation import named, shown
from sweeps.config import Config, Value
from theorems.condition import FORMULAS

MOST_CELLS = 1_000_000
MOST_RUNS = 2**31 // 8 - 1
"""A quantity of the dataset has 8 bytes a run, and its format has no more than 2^31 for one."""

NATURAL: Mapping[str, Mapping[str, Callable[[Setting], float]]] = {
    "eta": {"natural": natural_eta, "stable": stable_eta},
    "sigma_0": {"natural": natural_sigma_0},
}
"""Formulas by the field that they may give, and by name; those of the paper are in `theorems.condition`."""


@dataclass(frozen=True)
class Cell:
    """One point of the grid, in numbers only: nothing about it is left to be looked up.

    Attributes
    ----------
    number : int
        Its place in the order of cells; the last axis of the grid runs fastest.
    setting : Setting
    schedules : tuple of tuple of Phase
        In the order of the names in CONFIG.
    """

    number: int
    setting: Setting
    schedules: tuple[tuple[Phase, ...], ...]


@dataclass(frozen=True)
class Job:
    """What every cell of a sweep shares, and all that a worker needs besides the cells.

    Attributes
    ----------
    replicas, test_samples : int
    first_seed : int
        Of replica 0.
    tol : float or None
    schedules : int
        How many each cell has.
    files : tuple of str
        Files of the user's own rules, which every worker loads, and must see under these paths.
    """

    replicas: int
    test_samples: int
    first_seed: int
    tol: float | None
    schedules: int
    files: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Plan:
    """What a CONFIG asks for.

    Attributes
    ----------
    config : Config
    """

    config: Config

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis of the grid."""
        return tuple(len(values) for values in self.config.grid.values())

    @property
    def size(self) -> int:
        """Number of cells."""
        return math.prod(self.shape)

    @property
    def job(self) -> Job:
        """What all cells share."""
        c = self.config
        rules = (RULES.get(str(phase["rule"])) for row in c.phases.values() for phase in row)
        used = {rule.source for rule in rules if rule is not None}
        files = tuple(sorted(source for source in used if source.endswith(".py")))
        return Job(c.replicas, c.test_samples, c.seed_block * SEEDS_PER_BLOCK, c.tol, len(c.phases), files)

    @cached_property
    def by_formula(self) -> tuple[str, ...]:
        """Names of the parameters that CONFIG gives by a formula."""
        words = {"B": "n", "activation": self.config.setting.get("activation")}
        return tuple(k for k, value in self.config.setting.items() if _is_formula(value) and words.get(k) != value)

    def check(self) -> str:
        """Resolve every cell, and return the fingerprint of all numbers that decide the results.

        Raises
        ------
        ValueError
            For the first cell that cannot be run: which, and why; or for more cells than `MOST_CELLS`, or more runs
            than `MOST_RUNS`.
        """
        if self.size > MOST_CELLS:
            raise ValueError(f"Config: grid of {self.size:,} cells is not allowed: it must have at most {MOST_CELLS:,}")
        schedules, replicas = len(self.config.phases), self.config.replicas
        if self.size * schedules * replicas > MOST_RUNS:
            raise ValueError(
                f"Config: grid, phases and replicas of {self.size:,} * {schedules:,} * {replicas:,} runs are not "
                f"allowed: they must have at most {MOST_RUNS:,}, what a quantity in sweep.nc can hold"
            )
        digest = hashlib.sha256(repr(self.job).encode())
        for cell in self.cells():
            digest.update(repr((cell.setting, cell.schedules)).encode())
        return digest.hexdigest()

    def cells(self) -> Iterator[Cell]:
        """Go through all cells in their order; each is made when it is asked for."""
        for number, values in enumerate(itertools.product(*self.config.grid.values())):
            yield self._cell(number, dict(zip(self.config.grid, values, strict=True)))

    def _cell(self, number: int, point: dict[str, Any]) -> Cell:
        try:
            setting = self._setting(point)
            return Cell(number, setting, self._same_schedules or self._schedules(setting))
        except (ValueError, ArithmeticError) as error:
            at = ", ".join(f"{name} = {shown(value)}" for name, value in point.items())
            why = "a formula leaves the range of numbers: " if isinstance(error, ArithmeticError) else ""
            raise ValueError(f"Config: cell {at}: {why}{error}") from None

    def _setting(self, point: dict[str, Any]) -> Setting:
        for name in self.by_formula:
            self._formula(name, self.config.setting[name])
        given: dict[str, Any] = self.config.setting | point
        if given.get("B") == "n":
            given["B"] = given.get("n")
        s = Setting(**(given | dict.fromkeys(self.by_formula, 1.0)))
        if not self.by_formula:
            return s
        return s.replace(**{name: self._number(name, given[name], s) for name in self.by_formula})

    @cached_property
    def _same_schedules(self) -> tuple[tuple[Phase, ...], ...] | None:
        """The schedules, if no formula makes them depend on the cell."""
        numbers = all(
            not _is_formula(phase.get(field))
            for schedule in self.config.phases.values()
            for phase in schedule
            for field in ("epochs", "tau")
        )
        return self._schedules(None) if numbers else None

    def _schedules(self, s: Setting | None) -> tuple[tuple[Phase, ...], ...]:
        found = []
        for name, schedule in self.config.phases.items():
            phases = []
            for k, fields in enumerate(schedule):
                try:
                    numbers = {
                        field: self._number(field, value, s) if field in ("epochs", "tau") else value
                        for field, value in fields.items()
                    }
                    phases.append(Phase(**numbers))
                except ValueError as error:
                    raise ValueError(f"phases.{named(name)}[{k}]: {error}") from None
            found.append(tuple(phases))
        return tuple(found)

    def _number(self, field: str, value: Value, s: Setting | None) -> Any:
        """Return a value as it is, or a formula's number in a setting; epochs are rounded up."""
        if not _is_formula(value):
            return value
        formula, factor = self._formula(field, value)
        assert s is not None  # `_same_schedules` asks without a setting only where there is no formula
        number = factor * formula(s)
        return math.ceil(number) if field == "epochs" else float(number)

    def _formula(self, field: str, value: Value) -> tuple[Callable[[Setting], float], float]:
        """Return the formula that a field's value names, and its factor."""
        known = {**NATURAL.get(field, {}), **FORMULAS.get(field, {})}
        name, factor = (value, 1) if isinstance(value, str) else next(iter(value.items()), ("", 1))
        if name not in known or (isinstance(value, dict) and len(value) > 1):
            names = " or ".join(repr(name) for name in known) or "none, it must be a number"
            raise ValueError(f"{field} = {shown(value)} is not one of the named formulas; allowed: {names}")
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor < math.inf:
            raise ValueError(f"{field} = {shown(value)} is not allowed: the factor must be positive and finite")
        return known[name], factor


def _is_formula(value: Value) -> bool:
    return isinstance(value, str | dict)
