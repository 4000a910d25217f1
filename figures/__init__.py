"""Pictures of the results, a folder each: the experiment that makes its data set, and the drawing of it."""

from figures.catalogue import FIGURES
from figures.make import make

__all__ = ["FIGURES", "make"]
