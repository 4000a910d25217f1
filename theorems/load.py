"""Statements and rules from files of one's own, and from installed packages: one loader for every command."""

import sys
import traceback
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from dynamics.rules import RULES
from dynamics.validation import printable, shown
from theorems import catalogue
from theorems.statement import Statement


@dataclass(frozen=True)
class Loaded:
    """What a file brought.

    Attributes
    ----------
    path : Path
    statements, rules : tuple of str
        Their ids and names; the statements are in `theorems.catalogue` now, the rules in `dynamics.rules.RULES`.
    """

    path: Path
    statements: tuple[str, ...]
    rules: tuple[str, ...]


_LOADED: dict[Path, Loaded] = {}


def load(path: str | Path) -> Loaded:
    """Run a Python file, and keep the statements that it defines and the rules that it registers.

    Parameters
    ----------
    path : path
        Every `Statement` among the file's own names joins the catalogue; rules join by `dynamics.rules.register_rule`.

    Returns
    -------
    Loaded
        The same for a file that was loaded before: it runs once in a process.

    Raises
    ------
    ValueError
        For a file that is not there, does not run (the message has its line), defines nothing, or takes a name that is
        known; nothing of it is kept then.
    """
    place = _file(path)
    if place in _LOADED:
        return _LOADED[place]
    what = f"load = {str(path)!r} is not allowed"
    rules_before = dict(RULES)
    try:
        found = _kept(what, names_of(path))
        rules = tuple(name for name in RULES if name not in rules_before)
        if not found and not rules:
            raise ValueError(f"{what}: it defines no Statement and registers no rule")
    except ValueError:
        RULES.clear()
        RULES.update(rules_before)
        raise
    catalogue.update(found)
    _LOADED[place] = Loaded(place, tuple(found), rules)
    return _LOADED[place]


def _file(path: str | Path) -> Path:
    if not isinstance(path, str | Path):
        raise ValueError(f"load = {shown(path)} is not allowed: it must be the path of a Python file")
    place = Path(path).resolve()
    if place.suffix != ".py" or not place.is_file():
        raise ValueError(f"load = {str(path)!r} is not allowed: it must be a Python file (.py) that exists")
    return place


def names_of(path: str | Path) -> dict[str, Any]:
    """Run a Python file, and return its names.

    Raises
    ------
    ValueError
        For a file that is not there, or does not run; the message has its line.
    """
    place = _file(path)
    module = ModuleType(f"loaded.{place.stem}")
    module.__file__ = str(place)
    sys.modules[module.__name__] = module  # dataclasses of the file look for it
    try:
        exec(compile(place.read_bytes(), str(place), "exec"), vars(module))
    except Exception as error:  # a foreign file can break anywhere
        raise ValueError(f"load = {str(path)!r} is not allowed: {_where(error, place)}") from None
    return vars(module)


def loaded() -> tuple[str, ...]:
    """Return the files that were loaded, for other processes to load too."""
    return tuple(map(str, _LOADED))


def load_installed() -> None:
    """Keep the statements of installed packages: entry points of the group `samverify.statements`.

    Each names a `Statement`, or a module with some. (Rules, group `samverify.rules`, are found by `dynamics.rules`.)

    Raises
    ------
    ValueError
        For an entry point that does not load, holds no statement, or takes an id that is known.
    """
    for entry in entry_points(group="samverify.statements"):
        catalogue.update(_installed(entry))


def _installed(entry: EntryPoint) -> dict[str, Statement]:
    what = f"entry point {entry.name} = {entry.value} is not allowed"
    try:
        target = entry.load()
    except Exception as error:
        raise ValueError(f"{what}: {type(error).__name__}: {printable(str(error))[:200]}") from None
    found = _kept(what, vars(target) if isinstance(target, ModuleType) else {entry.name: target})
    if not found:
        raise ValueError(f"{what}: it must be a Statement, or a module with some")
    return found


def _kept(what: str, names: dict[str, Any]) -> dict[str, Statement]:
    """Return the statements among some names that are not the catalogue's own."""
    own = [_named(s, names) for s in names.values() if isinstance(s, Statement)]
    found: dict[str, Statement] = {}
    for statement in own:
        if catalogue.get(statement.id) is statement:
            continue
        if statement.id in catalogue or found.get(statement.id, statement) is not statement:
            raise ValueError(f"{what}: there is a statement {statement.id!r} already")
        found[statement.id] = statement
    return found


def _named(statement: Statement, names: dict[str, Any]) -> Statement:
    """Return a statement that has no id yet under the name of its file, with the first line of its docstring."""
    if statement.id != "unnamed":
        return statement
    title = str(names.get("__doc__") or "").partition("\n")[0].removesuffix(".")
    return replace(statement, id=str(names.get("__name__", "own")).rpartition(".")[2], title=statement.title or title)


def _where(error: Exception, place: Path) -> str:
    """Say in which line of a file what happened."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(place)]
    line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
    return f"line {line} raised {type(error).__name__}: {printable(str(error))[:300]}"
