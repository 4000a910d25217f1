"""The paper as executable statements: hypotheses as margins, claims as inequalities, controls."""

from theorems.catalogue import catalogue
from theorems.statement import Control, Inequality, Ladder, Observation, Statement, World, worst

__all__ = ["Control", "Inequality", "Ladder", "Observation", "Statement", "World", "catalogue", "worst"]
