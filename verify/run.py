"""Many checks at once: statements and controls on a pool of processes, and Holm's procedure over all of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dynamics.processes import CannotStart, Died, Pool
from dynamics.validation import printable
from theorems import catalogue
from theorems.load import load, loaded
from theorems.statement import Scale, Training
from verify.check import check, check_control, random_statements
from verify.evidence import LEVEL, holm
from verify.observe import keep_runs
from verify.report.results import read_seconds
from verify.report.schema import Verdict
from verify.verdict import Failure

_RUN_BYTES = 1_500_000  # of a run that is kept for other checks


@dataclass(frozen=True)
class Job:
    """One check to be made: a statement, or one of its controls."""

    id: str
    control: int | None
    scale: Scale
    seed: int
    files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the job, as tests are called."""
        return self.id if self.control is None else f"{self.id}-control{self.control}"

    def __call__(self) -> Verdict:
        """Make the check, in a process that may not know the files of the user yet."""
        for file in self.files:
            load(file)
        if self.control is None:
            return check(self.id, self.scale, self.seed)
        return check_control(self.id, self.control, self.scale, self.seed)


def jobs(ids: Sequence[str] | None = None, controls: bool = True, scale: Scale = "quick", seed: int = 0) -> list[Job]:
    """List the checks of some statements (all by default), each followed by its controls.

    Raises
    ------
    ValueError
        For an unknown statement, naming the nearest known ones.
    """
    chosen = [catalogue[id] for id in dict.fromkeys(ids or catalogue)]
    return [
        Job(statement.id, index, scale, seed, loaded())
        for statement in chosen
        for index in (None, *range(len(statement.controls) if controls else 0))
    ]


def expected(wanted: Sequence[Job]) -> dict[Job, float]:
    """Return the seconds that each check took in the run that is kept in `results/`; where it has none, the mean."""
    known = read_seconds(Path(__file__).parent.parent / "results" / "full.json")
    usual = sum(known.values()) / len(known) if known else 1.0
    why = {job: None if job.control is None else catalogue[job.id].controls[job.control].why for job in wanted}
    return {job: known.get((job.id, why[job]), usual) for job in wanted}


def in_turns(wanted: Sequence[Job]) -> list[list[Job]]:
    """Sort checks into turns, those that train the same together, and turns as they are best started.

    A quick one comes first, for a first verdict soon; then those that take longest, so that none is left for the end.
    """
    of: dict[Job, list[Job]] = {job: [job] for job in sorted(wanted, key=lambda job: job.name)}
    first: dict[Training, Job] = {}
    for job in list(of):  # by name, so that ties are broken in one way
        for what in _trainings(job):
            one, other = of[first.setdefault(what, job)], of[job]
            if one is not other:
                one += other
                of.update(dict.fromkeys(other, one))
    seconds = expected(wanted)
    turns = sorted({id(t): t for t in of.values()}.values(), key=lambda turn: -sum(seconds[job] for job in turn))
    at_once = [t for t in turns if not any(w.phases for job in t for w in catalogue[job.id].all_worlds(job.control))]
    turns = [*at_once[-1:], *(turn for turn in turns if turn not in at_once[-1:])]
    return [sorted(turn, key=lambda job: (job.control is not None, -seconds[job])) for turn in turns]


def in_order(wanted: Sequence[Job]) -> list[Job]:
    """Return checks in the order in which they are started."""
    return [job for turn in in_turns(wanted) for job in turn]


def submit(executor: Pool, wanted: Sequence[Job]) -> dict[Job, "Future[Verdict]"]:
    """Hand checks to a pool, those that train the same to one process, which keeps their runs."""
    futures: dict[Job, Future[Verdict]] = {}
    for turn in in_turns(wanted):
        times = Counter(what for job in turn for what in _trainings(job))
        shared = frozenset(what for what, count in times.items() if count > 1)
        calls = [partial(_make, job, shared if job == turn[0] else None) for job in turn]
        futures |= zip(turn, executor.submit_in_turn(calls), strict=True)
    return futures


def _trainings(job: Job) -> list[Training]:
    """Return what a check trains, but what is too large to be kept for another."""
    worlds = (world for world in catalogue[job.id].all_worlds(job.control) if world.run_bytes <= _RUN_BYTES)
    return [what for world in worlds for what in world.trainings]


def _make(job: Job, shared: frozenset[Training] | None) -> Verdict:
    """Make a check in a process of a pool; the first of a turn says which runs the turn shares."""
    if shared is not None:
        keep_runs(shared)
    return job()


def outcome(job: Job, future: "Future[Verdict]") -> Verdict | Failure:
    """Return what came of a check that is done: a verdict, or why there is none.

    Raises
    ------
    CannotStart
        If no process could be started, so that no check can be made.
    """
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, CannotStart):
        raise error
    reason = str(error) if isinstance(error, Died) else f"{type(error).__name__}: {error}"
    details = "\n".join(getattr(error, "__notes__", ()))
    return Failure(job.id, job.control, printable(reason), not isinstance(error, Died | MemoryError), details)


def run(wanted: Sequence[Job], workers: int | None = None) -> Iterator[tuple[Job, Verdict | Failure]]:
    """Make checks in parallel and yield each as it is ready; one that raises, or whose process dies, loses itself only.

    If the caller stops, or Ctrl-C comes, the workers end at once.
    """
    with Pool(workers) as executor:
        owner = {future: job for job, future in submit(executor, wanted).items()}
        for future in as_completed(owner):
            yield owner[future], outcome(owner[future], future)


def with_holm(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Apply Holm's procedure to a whole run: open verdicts that it rejects become "refuted".

    Each check was made at Holm's first step, `LEVEL` over the number of random statements; later
    steps are less strict, and can only be taken when all p-values are known.
    """
    chosen = set(random_statements())
    random = [k for k, v in enumerate(verdicts) if v.control is None and v.id in chosen]
    p_values = [verdicts[k].p_value for k in random]
    p_values += [1.0] * (len(random_statements()) - len(random))
    final = list(verdicts)
    for k, rejected in zip(random, holm(p_values, LEVEL), strict=False):
        if rejected and verdicts[k].status == "inconclusive":
            final[k] = replace(verdicts[k], status="refuted")
    return final
