"""All statements, found by walking the folders of statements; a file is a statement."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from types import ModuleType

from dynamics.validation import shown
from theorems import beyond, concentration, sam, sgd
from theorems.statement import Statement


class Catalogue(dict[str, Statement]):
    """Statements by id: start, SGD, SAM, beyond the paper; an unknown id is answered with the nearest known ones."""

    def __getitem__(self, id: str) -> Statement:
        if isinstance(id, str) and id in self:
            return super().__getitem__(id)
        near = (get_close_matches(id, self, n=3, cutoff=0.4) if isinstance(id, str) else []) or list(self)
        raise ValueError(f"statement {shown(id)} is not known; the nearest known ones: {', '.join(near)}")


def named(statement: Statement, module: ModuleType) -> Statement:
    """Return a statement under the name of its file, with the title and the source that the docstring gives."""
    text = module.__doc__ or ""
    title, _, _ = text.partition("\n")
    _, _, source = text.partition("Source\n------\n")
    return replace(
        statement,
        id=module.__name__.rpartition(".")[2],
        title=title.removesuffix("."),
        source=" ".join(source.split()).removesuffix("."),
        module=module.__name__,
    )


def _statements(package: ModuleType) -> Iterator[Statement]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        if "STATEMENT" in vars(module):
            statement = vars(module)["STATEMENT"] = named(vars(module)["STATEMENT"], module)
            yield statement


catalogue = Catalogue({s.id: s for package in (concentration, sgd, sam, beyond) for s in _statements(package)})
