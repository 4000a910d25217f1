"""Many checks at once: statements and controls on a pool of processes, and Holm's procedure over all of them."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from dataclasses import dataclass, replace

from dynamics.processes import CannotStart, Died, Pool
from dynamics.validation import printable
from theorems import catalogue
from theorems.load import load, loaded
from theorems.statement import Scale
from verify.check import check, check_control, random_statements
from verify.evidence import LEVEL, holm
from verify.report.schema import Verdict
from verify.verdict import Failure


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


def in_order(wanted: Sequence[Job]) -> list[Job]:
    """Sort checks as they are best started: statements first, and those with the longest training first."""

    def epochs(job: Job) -> int:
        worlds = catalogue[job.id].worlds + tuple(
            w for ladder in catalogue[job.id].ladders for w in ladder.rungs[-1][1]
        )
        return max((phase.epochs for world in worlds for phase in world.phases), default=0)

    return sorted(wanted, key=lambda job: (job.control is not None, -epochs(job)))


def submit(executor: Executor, wanted: Sequence[Job]) -> dict[Job, "Future[Verdict]"]:
    """Hand checks to an executor, those that take long first, so that none is left for the end."""
    return {job: executor.submit(job) for job in in_order(wanted)}


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
