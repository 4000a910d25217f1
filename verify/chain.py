"""The chain of proofs, draw by draw: where the statements that a proof uses hold, its conclusion is asked.

python -m verify.chain results/chain.json
"""

import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from dynamics.files import write_whole
from dynamics.processes import Pool
from dynamics.provenance import origin
from theorems import catalogue
from theorems.statement import Observation, Statement, World
from theorems.whole import WHOLE
from verify.observe import observe
from verify.own import can_ask, observations


def premises(statement: Statement) -> dict[str, Statement]:
    """Return what a proof uses, by id; a scaling, which no single draw can be asked, by what its own proof uses."""
    found: dict[str, Statement] = {}
    for used in (catalogue[id] for id in statement.uses):
        found |= {used.id: used} if can_ask(used) else premises(used)
    return found


def chained(id: str, worlds: tuple[World, ...], draws: int) -> dict[str, Any]:
    """Ask a statement and its premises of the same draws.

    Returns
    -------
    dict
        "premises" (each -> draws that it could be asked of, on which it holds, on which its hypotheses are met),
        "draws" (that some premise could be asked of), "held" (of these, all premises that could be asked hold),
        "concluded" (of these, the conclusion holds), "inside" (of "held", the hypotheses of these premises are met),
        "own" (those of the statement are), and "holes": seed, dimension and label of each conclusion that fails, or
        is left open, where the premises hold.
    """
    statement, total, holes = catalogue[id], Counter[str](), []
    asked: dict[str, list[int]] = {}
    for o in (o for world in worlds for o in observe(_thin(world), range(draws))):
        found = {name: answer for name, used in premises(statement).items() if (answer := _ask(used, o))}
        for name, answer in found.items():
            asked[name] = [count + more for count, more in zip(asked.get(name, [0, 0, 0]), (1, *answer), strict=True)]
        total["draws"] += bool(found)
        if found and all(held for held, _ in found.values()):
            failed = [i.label for i in statement.claim(o) if i.count and not i.holds]
            total["held"] += 1
            total["concluded"] += not failed
            total["inside"] += all(met for _, met in found.values())
            total["own"] += _met(statement, o)
            holes += [[o.seed, o.world.setting.d, label] for label in failed]
    names = ("draws", "held", "concluded", "inside", "own")
    return {"id": id, "premises": asked} | {name: total[name] for name in names} | {"holes": holes}


def _thin(world: World) -> World:
    """Return the world with ten records a run, unless every step counts: `decomposition` builds weights at each."""
    epochs, every = sum(phase.epochs for phase in world.phases), world.record_every
    return replace(world, record_every=max(every, epochs // 10)) if isinstance(every, int) else world


def _ask(used: Statement, o: Observation) -> tuple[bool, bool] | None:
    """Return whether a premise's conclusion holds on a draw, and its hypotheses; None if it cannot be asked."""
    runs = [path for path in (o.path, o.rival_path) if path is not None]
    seen = [a.observation for a in observations(used, runs, o.seed)] if runs else [o]
    for found in (replace(s, world=replace(s.world, delta=o.world.delta)) for s in seen if s is not None):
        try:
            compared = [i.holds for i in used.claim(found) if i.count]
            return (all(compared), _met(used, found)) if compared else None
        except ValueError:
            continue  # it needs records that this run has not kept
    return None


def _met(statement: Statement, o: Observation) -> bool:
    return all(margin >= 1 for margin in statement.hypotheses(o).values())


if __name__ == "__main__":
    jobs = [(s.id, s.worlds, s.draws["quick"]) for s in catalogue.values() if can_ask(s) and premises(s)]
    jobs += [(id, (world,), 4) for id, world in WHOLE.items()]
    with Pool(1) as pool:
        links = list(pool.map(chained, *zip(*jobs, strict=True)))
    write_whole(Path(sys.argv[1]), {"provenance": origin(), "links": links})
