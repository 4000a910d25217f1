"""Draw by draw, where what a proof uses holds its conclusion is asked: `python -m verify.chain results/chain.json`."""

import sys
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


def chained(id: str | Statement, worlds: tuple[World, ...], draws: int) -> dict[str, Any]:
    """Ask a statement and its premises of the same draws, and count.

    Returned are "premises" (each -> draws asked, on which it holds, inside its hypotheses), "draws" (asked of any),
    "held" (all that could be asked hold), and of these "concluded", "inside" (the premises' hypotheses are met), "own"
    (the statement's are), and "holes": seed, d and label of a conclusion that fails, or is left open.
    """
    statement, asked, holes = id if isinstance(id, Statement) else catalogue[id], dict[str, list[int]](), []
    total = dict.fromkeys(("draws", "held", "concluded", "inside", "own"), 0)
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
            total["own"] += all(margin >= 1 for margin in statement.hypotheses(o).values())
            holes += [[o.seed, o.world.setting.d, label] for label in failed]
    return {"id": statement.id, "premises": asked, **total, "holes": holes}


def _thin(world: World) -> World:
    """Return the world with ten records a run, unless every step counts: `decomposition` builds weights at each."""
    every, tenth = world.record_every, sum(phase.epochs for phase in world.phases) // 10
    return replace(world, record_every=max(every, tenth)) if isinstance(every, int) else world


def _ask(used: Statement, o: Observation) -> tuple[bool, bool] | None:
    """Return whether a premise's conclusion holds on a draw, and its hypotheses; None if it cannot be asked."""
    runs = [path for path in (o.path, o.rival_path) if path is not None]
    if runs and runs[0].batches is None and (loose := [w for w in used.worlds if w.record_every != "step"]):
        used = replace(used, worlds=tuple(loose))
    for found in [a.observation for a in observations(used, runs, o.seed)] if runs else [o]:
        try:
            if found is not None:
                found = replace(found, world=replace(found.world, delta=o.world.delta))
                compared = [i.holds for i in used.claim(found) if i.count]
                met = all(margin >= 1 for margin in used.hypotheses(found).values())
                return (all(compared), met) if compared else None
        except ValueError:  # it needs records that this run has not kept
            continue
    return None


if __name__ == "__main__":
    asked = [s for s in catalogue.values() if can_ask(s) and premises(s)]
    jobs = [(s.id, s.worlds, min(s.draws["quick"], 8 if s.worlds[0].phases else 200)) for s in asked]
    jobs += [(id, (world,), 2) for id, world in WHOLE.items()]
    with Pool(1) as pool:
        links = list(pool.map(chained, *zip(*jobs, strict=True)))
    write_whole(Path(sys.argv[1]), {"provenance": origin(), "links": links})
