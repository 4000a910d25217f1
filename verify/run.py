"""Many checks at once: statements and controls on a pool of processes, each with one BLAS thread."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context

from threadpoolctl import threadpool_limits

from theorems import catalogue
from theorems.load import load, loaded
from theorems.statement import Scale
from verify.check import check, check_control, random_statements
from verify.evidence import LEVEL, holm
from verify.schema import Verdict


@dataclass(frozen=True)
class Job:
    """One check to be made: a statement, or one of its controls."""

    id: str
    control: int | None
    scale: Scale
    seed: int

    @property
    def name(self) -> str:
        """Name of the job, as tests are called."""
        return self.id if self.control is None else f"{self.id}-control{self.control}"

    def __call__(self) -> Verdict:
        """Make the check."""
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
        Job(statement.id, index, scale, seed)
        for statement in chosen
        for index in (None, *range(len(statement.controls) if controls else 0))
    ]


def pool(workers: int | None = None) -> Executor:
    """Return a pool of processes, one a core by default, that use one BLAS thread each."""
    return ProcessPoolExecutor(
        workers or len(os.sched_getaffinity(0)),
        mp_context=get_context("spawn"),
        initializer=_start,
        initargs=(loaded(),),
    )


def _start(files: Sequence[str]) -> None:
    """Start a worker: one BLAS thread, and the files of the user that the run has loaded."""
    threadpool_limits(1)
    for file in files:
        load(file)


def in_order(wanted: Sequence[Job]) -> list[Job]:
    """Sort checks as they are best started: statements first, and those with the longest training first."""

    def epochs(job: Job) -> int:
        worlds = catalogue[job.id].worlds + tuple(
            w for ladder in catalogue[job.id].ladders for w in ladder.rungs[-1][1]
        )
        return max((phase.epochs for world in worlds for phase in world.phases), default=0)

    return sorted(wanted, key=lambda job: (job.control is not None, -epochs(job)))


@contextmanager
def one_interrupt() -> Iterator[None]:
    """Let the first Ctrl-C inside the block raise `KeyboardInterrupt`, and ignore all others from then on.

    So what comes after the first, such as writing down what is finished, is done whole, up to the end of the
    process. For programs; main thread only.
    """

    def first(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is first:
            signal.signal(signal.SIGINT, before)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """Start processes that never hear of Ctrl-C; one that comes meanwhile is raised at the end of the block."""
    heard: list[int] = []
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number)) if in_main else None
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # children inherit what this thread blocks
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if before is not None:
            signal.signal(signal.SIGINT, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


def submit(executor: Executor, wanted: Sequence[Job]) -> dict[Job, "Future[Verdict]"]:
    """Hand checks to an executor, those that take long first, so that none is left for the end."""
    with _deaf_children():  # the workers start here, and Ctrl-C is for the process that started them
        return {job: executor.submit(job) for job in in_order(wanted)}


def stop(executor: Executor) -> None:
    """End an executor, and its processes if it has any, without waiting for what they compute."""
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.terminate()
    executor.shutdown(cancel_futures=True)


def run(wanted: Sequence[Job], workers: int | None = None) -> Iterator[tuple[Job, Verdict]]:
    """Make checks in parallel and yield each as it is ready.

    If the caller stops, or Ctrl-C comes, or a check fails, the workers end at once.
    """
    executor = pool(workers)
    try:
        owner = {future: job for job, future in submit(executor, wanted).items()}
        for future in as_completed(owner):
            yield owner[future], future.result()
    except BaseException:
        stop(executor)
        raise
    executor.shutdown()


def settle(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Apply Holm's procedure to a whole run: open verdicts that it rejects become "refuted".

    Each check was made at Holm's first step, `LEVEL` over the number of random statements; later
    steps are less strict, and can only be taken when all p-values are known.
    """
    chosen = set(random_statements())
    random = [k for k, v in enumerate(verdicts) if v.control is None and v.id in chosen]
    p_values = [verdicts[k].p_value for k in random]
    p_values += [1.0] * (len(random_statements()) - len(random))
    settled = list(verdicts)
    for k, rejected in zip(random, holm(p_values, LEVEL), strict=False):
        if rejected and verdicts[k].status == "inconclusive":
            settled[k] = replace(verdicts[k], status="refuted")
    return settled
