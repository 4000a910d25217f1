"""One flip of the theory, and what should turn red."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One flip, and what should turn red because of it.

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
