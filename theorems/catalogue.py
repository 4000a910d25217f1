"""All statements, found by walking the folders of statements; a file is a statement."""

import importlib
import pkgutil
from collections.abc import Iterator
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


def _statements(package: ModuleType) -> Iterator[Statement]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        found = getattr(importlib.import_module(module.name), "STATEMENT", None)
        if found is not None:
            yield found


catalogue = Catalogue({s.id: s for package in (concentration, sgd, sam, beyond) for s in _statements(package)})
