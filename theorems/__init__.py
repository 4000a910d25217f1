"""The paper as executable statements: hypotheses as margins, claims as inequalities, controls."""

from theorems.catalogue import catalogue
from theorems.statement import (
    Control,
    Inequality,
    Ladder,
    Observation,
    Statement,
    World,
    bound,
    identity,
    probability,
    scaling,
    worst,
)

__all__ = [
    "Control",
    "Inequality",
    "Ladder",
    "Observation",
    "Statement",
    "World",
    "bound",
    "catalogue",
    "identity",
    "probability",
    "scaling",
    "worst",
]
