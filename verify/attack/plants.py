"""Planted faults: statements made false where their own worlds do not look, and how many of them a search finds.

::

    python -m verify.attack.plants [SEED]
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

from theorems import catalogue
from theorems.beyond.radius import tau_rule
from theorems.condition import over
from theorems.overfitting import condition_margins, sam_margin, sam_world, settings
from theorems.statement import Inequality, Margins, Observation, Statement
from verify.attack.family import Family
from verify.attack.methods import Method, evolution
from verify.attack.probe import Limits
from verify.attack.search import ROUND, Findings, make_round


@dataclass(frozen=True)
class Plant:
    """A fault that is planted, and that the statement's own worlds do not show.

    Attributes
    ----------
    id : str
        The statement.
    label : str
        The inequality whose bound is cut; empty if a hypothesis is what is missing.
    factor : float
        The bound is multiplied with this.
    """

    id: str
    label: str = ""
    factor: float = 1.0

    @property
    def statement(self) -> Statement:
        """The statement with the fault."""
        whole = catalogue[self.id]
        if self.id == "tau_rule":
            return replace(whole, hypotheses=_flips_alone, worlds=_WINDOW)
        if self.id == "sam_benign":
            return replace(whole, hypotheses=_condition_alone, worlds=_SMALL)

        def claim(o: Observation) -> Sequence[Inequality]:
            return tuple(
                replace(i, bound=self.factor * i.bound) if i.label == self.label else i for i in whole.claim(o)
            )

        return replace(whole, claim=claim)


def _flips_alone(o: Observation) -> Margins:
    """The only hypothesis that `tau_rule` had until an attack found others missing."""
    x = o.sample
    counts = [((x.y_hat == j) & (x.y == j), (x.y_hat == j) & (x.y != j)) for j in (1, -1)]
    return {"clean / (4 flipped)": min(over(clean.sum(), 4 * flipped.sum()) for clean, flipped in counts)}


def _condition_alone(o: Observation) -> Margins:
    """The hypotheses that `sam_benign` had before it asked for batches of both classes, and a signal not hidden."""
    return condition_margins(o) | {"||mu|| / (P sigma_p sqrt(log(1/epsilon)))": sam_margin(o)}


_SMALL = tuple(sam_world(s) for s in settings(8.0))
_WINDOW = tuple(tau_rule.world(s, 1.0, factor) for s in tau_rule.SETTINGS for factor in tau_rule.FACTORS)
PLANTS = (
    Plant("coefficient_scale", "max rho_bar", 0.25),
    Plant("gradient_norm", "||grad||_F", 0.2),
    Plant("deactivation", "-<eps,xi> / (tau sigma_p sqrt(d/(Bm)))", 27.0),
    Plant("noise_prevention", "SAM: max rho_bar up to T_1", 0.5),
    Plant("signal_learning", "gamma_jr(T_1)", 2.12),
    Plant("tau_rule"),
    Plant("sam_benign"),
)
"""Constants cut to where the worlds of today confirm them still, and two hypotheses that are missing."""


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
    limits: Limits | None = None,
) -> list[Recall]:
    """Search for each planted fault from scratch, until it is found or the evaluations are used up."""
    found = []
    for plant in plants:
        family = Family.of(plant.statement)
        seen = Findings(plant.id)
        while not seen.first and seen.evaluations < evaluations:
            left = min(ROUND, evaluations - seen.evaluations)
            seen = make_round(family, seen, seed, left, limits, method, stops=True)
        found.append(Recall(plant.id, bool(seen.first), seen.first or seen.evaluations, seen.seconds))
    return found


if __name__ == "__main__":
    results = recall(seed=int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    for result in results:
        print(f"{result.id}: {'found' if result.found else 'not found'} in {result.evaluations} evaluations")
    print(f"found {sum(result.found for result in results)} of {len(results)} planted faults")
