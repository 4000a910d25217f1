"""Planted faults: statements made false where their own worlds do not look, and how many of them a search finds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from theorems import catalogue
from theorems.statement import Inequality, Observation, Statement
from verify.attack.family import Family
from verify.attack.methods import Method, evolution
from verify.attack.probe import Limits
from verify.attack.search import ROUND, Findings, make_round


@dataclass(frozen=True)
class Plant:
    """A fault that is planted: the bound of one inequality, cut.

    Attributes
    ----------
    id : str
        The statement.
    label : str
        Of the inequality.
    factor : float
        The bound is multiplied with this. The statement's own worlds still confirm it so.
    """

    id: str
    label: str
    factor: float

    @property
    def statement(self) -> Statement:
        """The statement with the fault."""
        whole = catalogue[self.id]

        def claim(o: Observation) -> Sequence[Inequality]:
            return tuple(
                replace(i, bound=self.factor * i.bound) if i.label == self.label else i for i in whole.claim(o)
            )

        return replace(whole, claim=claim)


PLANTS = (
    Plant("coefficient_scale", "max rho_bar", 0.25),
    Plant("gradient_norm", "||grad||_F", 0.2),
    Plant("deactivation", "-<eps,xi> / (tau sigma_p sqrt(d/(Bm)))", 27.0),
    Plant("noise_prevention", "SAM: max rho_bar up to T_1", 0.5),
    Plant("signal_learning", "gamma_jr(T_1)", 2.12),
)


@dataclass(frozen=True)
class Recall:
    """Whether and when a planted fault was found."""

    id: str
    found: bool
    evaluations: int
    seconds: float


def recall(
    plants: Sequence[Plant] = PLANTS,
    evaluations: int = 600,
    seed: int = 0,
    method: Method = evolution,
    make: Callable[[Plant], Statement] = lambda plant: plant.statement,
    limits: Limits | None = None,
) -> list[Recall]:
    """Search for each planted fault from scratch, until it is found or the evaluations are used up."""
    found = []
    for plant in plants:
        family = Family.of(make(plant))
        seen: Any = Findings(plant.id)
        while not seen.first and seen.evaluations < evaluations:
            left = min(ROUND, evaluations - seen.evaluations)
            seen = make_round(family, seen, seed, left, limits, method, stops=True)
        found.append(Recall(plant.id, bool(seen.first), seen.first or seen.evaluations, seen.seconds))
    return found
