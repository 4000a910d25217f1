"""What a counterexample is worth: looked at again with the other engine and on fresh seeds, and classed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from theorems.statement import Statement
from verify.attack.case import Case, replay
from verify.evidence import proportion

Grade = Literal["outside the hypotheses after all", "a constant of ours", "a tail event that delta allows", "genuine"]
_LEVEL = 0.01
_CONSTANT = 2.0
_TOO_LARGE = 3e9  # multiplications of the network


@dataclass(frozen=True)
class Confirmation:
    """What a second look at a case says.

    Attributes
    ----------
    grade : str
        "outside the hypotheses after all": on being looked at again, a fault of the search. "a tail event that delta
        allows": of a claim with a probability, fresh draws do not refute that it holds in `1 - delta` of them.
        "a constant of ours": a bound that would hold there with a constant up to twice as large. "genuine": else.
    other_engine : bool or None
        Whether the network itself, trained on its weights, fails too; None if that would take too long.
    fresh, fresh_inside : int
        Fresh draws of the same world on which the inequality fails, and how many of them are inside the hypotheses.
    """

    grade: Grade
    other_engine: bool | None
    fresh: int
    fresh_inside: int

    @property
    def sentence(self) -> str:
        """The class and what it rests on, in one clause."""
        engine = {True: "the other engine agrees", False: "the other engine does not agree", None: "one engine only"}
        return f"{self.grade}; {engine[self.other_engine]}; fails in {self.fresh} of {self.fresh_inside} fresh draws"


def confirm(case: Case, statement: Statement, draws: int = 20) -> Confirmation:
    """Look at a case again: the same, with the other engine, and on fresh seeds.

    Parameters
    ----------
    case : Case
    statement : Statement
    draws : int
        Fresh ones.
    """
    if replay(case, statement).answer != "fails" and statement.kind != "probability":
        return Confirmation("outside the hypotheses after all", None, 0, 0)
    other = None if _work(case) > _TOO_LARGE else _fails(case, statement, engine="network")
    seen = [_fails(case, statement, seed=seed) for seed in _fresh(case.seed, draws)]
    inside = [fails for fails in seen if fails is not None]
    return Confirmation(_grade(case, statement, inside), other, inside.count(True), len(inside))


def _fresh(seed: int, draws: int) -> Sequence[int]:
    return range(seed + 1_000_003, seed + 1_000_003 + draws)


def _fails(case: Case, statement: Statement, engine: str | None = None, seed: int | None = None) -> bool | None:
    """Whether the inequality fails; None outside the hypotheses."""
    try:
        o = case.observe(engine, seed)
    except FloatingPointError:
        return None
    if any(not margin >= 1 for margin in statement.hypotheses(o).values()):
        return None
    return any(i.label == case.label and i.count and i.holds is False for i in statement.claim(o))


def _grade(case: Case, statement: Statement, inside: Sequence[bool]) -> Grade:
    if statement.kind == "probability":
        found = proportion(inside.count(False), 0, len(inside), 1 - case.world.delta, _LEVEL)
        if found.status != "refuted":
            return "a tail event that delta allows"
    ratio = case.measured / case.bound if case.bound else np.inf
    return "a constant of ours" if 1 / _CONSTANT <= ratio <= _CONSTANT else "genuine"


def _work(case: Case) -> float:
    s = case.world.setting
    epochs = sum(phase.epochs for phase in (*case.world.phases, *case.world.rival))
    return epochs * (s.n * 2 * s.m * s.P * (s.n + 2 * s.m + 1) * 6 + s.H * 500_000)
