"""Pictures of the results: bounds against simulation, exponents, phase diagrams. They compute nothing."""

from figures.catalogue import FIGURES
from figures.make import make

__all__ = ["FIGURES", "make"]
