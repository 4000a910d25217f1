"""The mutations, as data: each flips one thing in what happens, what is claimed, how it is judged or shown."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutation:
    """One flip, and what should turn red because of it.

    A constant that is made more generous turns no check red by itself, since the measured value stays inside: such
    flips name the test that derives the constant again. One that is made stricter, or a sign in the dynamics, names
    the check.

    Attributes
    ----------
    name : str
        Unique.
    file : str
        Relative to the root of the repository.
    old, new : str
        The text replaced, which occurs once in the file, and its replacement.
    why : str
        The mistake that it stands for.
    tests : tuple of str
        Files of `tests/`, each with or without `::` and the name of a test.
    checks : tuple of str
        Statements whose check should be confirmed no longer.
    controls : tuple of str
        Statements whose check, or one of whose controls, should come out wrong.
    """

    name: str
    file: str
    old: str
    new: str
    why: str
    tests: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()


def mutated(source: str, mutation: Mutation) -> str:
    """Return a file's text with the mutation applied.

    Raises
    ------
    ValueError
        If the old text does not occur exactly once, or the new text is no different: the mutation is stale.
    """
    count = source.count(mutation.old)
    if count != 1 or mutation.old == mutation.new:
        raise ValueError(
            f"mutation {mutation.name!r} is stale: {mutation.old!r} must occur once in {mutation.file}, "
            f"not {count} times, and differ from its replacement"
        )
    return source.replace(mutation.old, mutation.new)


def _read(path: Path) -> list[Mutation]:
    """Return the rows [[mutation]] of a table."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["mutation"]
    return [Mutation(**{name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}) for row in rows]


MUTATIONS = tuple(
    mutation
    for path in sorted(Path(__file__).parent.glob("*.toml"))
    if path.stem != "equivalent"
    for mutation in _read(path)
)
