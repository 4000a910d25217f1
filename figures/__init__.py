"""Pictures, a folder each: `measure` makes the data set of an experiment, `draw` only draws what is kept."""

from figures.catalogue import FIGURES
from figures.make import make

__all__ = ["FIGURES", "make"]
