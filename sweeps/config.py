"""The CONFIG of a sweep: what a TOML file may say, and the sentences that refuse the rest."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from dynamics.files import read_toml
from dynamics.phase import Phase
from dynamics.setting import Setting
from dynamics.validation import Refusing, named, shown

Value = Any  # a number, the name of a formula, or {name = factor}; `sweeps.plan` says which fit where


class Config(Refusing):
    """A sweep: every combination of the grid's values, every schedule, every replica.

    Parameters
    ----------
    replicas : int
        Runs of each cell and schedule, 1 to 10,000. Replica `k` has the seed `1_000_000 seed_block + k`
        for its data, initial weights, batches and test noise, in every cell and under every schedule.
    setting : dict
        Parameters of `Setting` that are the same everywhere. `eta` and `sigma_0` may also be given by
        a formula, `{natural = factor}` (see Notes); `B = "n"` is the full batch of every cell.
    grid : dict of str to list
        Parameters of `Setting` that vary, each with its values; numbers, each once. The order is that
        of the axes.
    phases : dict of str to list
        A schedule a name: a list of phases `{rule, epochs, tau, ...}`, as for `Phase`. `epochs` and `tau`
        may also be a formula's name, or `{name = factor}` (see Notes).
    test_samples : int
        Fresh noise vectors behind each test error; 2,000 by default.
    tol : float, optional
        Each run stops after the first epoch at whose end its training loss is at most this.
    seed_block : int
        Block of seeds; 0 by default.

    Raises
    ------
    ValueError
        If a field is unknown, missing, of the wrong type or empty; the message names the field, the
        value and what is allowed.

    Notes
    -----
    The natural formulas, with which `d` can range over orders of magnitude:
    `eta = {natural = c}` is `eta = c B m / ((P-1)^2 sigma_p^2 d)`, and `sigma_0 = {natural = c}` is
    `sigma_0 = c sqrt(n) / ((P-1) sigma_p d)`. `eta = {stable = c}` is
    `eta = c B m / ((P-1)^2 sigma_p^2 d + n ||mu||^2)`: where `n ||mu||^2` exceeds `d`, outside Condition
    3.1, natural steps are too long for the signal. Those of the paper: `epochs = "T1"` is
    `T_1 = m B / (eta n ||mu||^2)`, `tau = "tau_paper"` is `m sqrt(B) / (P sigma_p sqrt(d))`, and
    `tau = {tau_paper = 0.5}` half of that. Nothing in a CONFIG is evaluated as code.
    """

    replicas: Annotated[int, Field(ge=1, le=10_000)]
    setting: dict[str, Value] = {}  # noqa: RUF012 (pydantic copies it)
    grid: dict[str, list[Any]]
    phases: dict[str, list[dict[str, Value]]]
    test_samples: Annotated[int, Field(ge=1, le=10_000_000)] = 2_000
    tol: Annotated[float | None, Field(gt=0)] = None
    seed_block: Annotated[int, Field(ge=0, le=10**9)] = 0

    @model_validator(mode="after")
    def _every_parameter_once(self) -> Self:
        known = list(Setting.model_fields)
        for table, given in (("setting", self.setting), ("grid", self.grid)):
            for name in given:
                if name not in known:
                    raise ValueError(f"{table}.{named(name)} is not a parameter; allowed: {', '.join(known)}")
        if not self.grid:
            raise ValueError("grid is empty: it must name one or more parameters, each with a list of values")
        for name, field in Setting.model_fields.items():
            if not field.is_required() and name not in self.grid:
                continue
            if (name in self.setting) == (name in self.grid):
                where = "both [setting] and [grid]" if name in self.grid else "neither [setting] nor [grid]"
                raise ValueError(f"{name} is in {where}: it must be in one of them")
        return self

    @model_validator(mode="after")
    def _values_are_numbers_each_once(self) -> Self:
        for name, values in self.grid.items():
            if not values:
                raise ValueError(f"grid.{name} = [] is not allowed: it must hold one value or more")
            seen: set[float] = set()
            for value in values:
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise ValueError(f"grid.{name} with {shown(value)} is not allowed: its values must be numbers")
                if value in seen:
                    raise ValueError(f"grid.{name} with {shown(value)} twice is not allowed: its values must differ")
                seen.add(value)
        return self

    @model_validator(mode="after")
    def _schedules_have_phases(self) -> Self:
        if not self.phases:
            raise ValueError("phases is empty: it must name one or more schedules, each a list of phases")
        allowed = list(Phase.model_fields)
        for name, schedule in self.phases.items():
            if not name or not name.isprintable():
                raise ValueError(f"phases with the name {shown(name)} is not allowed: it must be printable, not empty")
            if not schedule:
                raise ValueError(f"phases.{named(name)} = [] is not allowed: it must hold one phase or more")
            for k, phase in enumerate(schedule):
                for field in phase:
                    if field not in allowed:
                        raise ValueError(
                            f"phases.{named(name)}[{k}].{named(field)} is not known; allowed: {', '.join(allowed)}"
                        )
                for field in ("rule", "epochs"):
                    if field not in phase:
                        raise ValueError(f"phases.{named(name)}[{k}].{field} is missing")
        return self


def read_config(source: Path) -> Config:
    """Read a CONFIG from a TOML file.

    Parameters
    ----------
    source : Path

    Returns
    -------
    Config

    Raises
    ------
    ValueError
        One sentence: the file is missing, unreadable or not TOML, or what `Config` refuses.
    """
    return Config(**read_toml(source))
