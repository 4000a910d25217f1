"""Running a sweep: cells go to an executor in small tasks, and are saved by the worker that made them."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from dynamics.validation import instance, integer, shown
from sweeps.cell import run_cell
from sweeps.config import Config
from sweeps.folder import opened, versions
from sweeps.plan import Cell, Formulas, Job, Plan
from sweeps.store import Store

if TYPE_CHECKING:
    import xarray

_TASK_SECONDS = 0.5  # a task makes cells for about this long, so that handing them out costs nothing, and gives back
_MOST_CELLS_A_TASK = 64  # the rest
_ROUNDS_LEFT = 4  # near the end tasks are small, so that no worker is left with many cells
_TASKS_OUT = 1_000  # tasks that an executor of unknown size holds at a time
_LISTEN_SECONDS = 0.2  # between looks whether Ctrl-C was pressed
_DEATHS_IN_A_ROW = 3  # pools that may break without a finished task between them

Progress = Callable[[int], None]


class Interrupted(RuntimeError):
    """A sweep stopped before its end; what was done is kept, and the same call goes on from there."""


def sweep(
    config: Config,
    folder: Path,
    executor: Executor | None = None,
    *,
    workers: int | None = None,
    formulas: Formulas | None = None,
    provenance: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> "xarray.Dataset":
    """Run a sweep, or what is left of it, and return its dataset.

    Parameters
    ----------
    config : Config
    folder : Path
        New, empty, or begun by the same CONFIG; every worker must see it under this path. It holds one
        file a cell (see `sweeps.store`) and, at the end, `sweep.nc`.
    executor : concurrent.futures.Executor, optional
        By default a pool of processes with one BLAS thread each; a script that uses it must start
        under `if __name__ == "__main__"`. Processes that train set their BLAS threads to one.
    workers : int, optional
        Processes of the default pool, one a core if not given.
    formulas : mapping, optional
        Field to name to function of a setting: what CONFIG may name for `epochs` and `tau`
        (`theorems.prescriptions.FORMULAS` holds those of the paper).
    provenance : mapping of str to str or number, optional
        Attributes of the dataset; those of the first call for this folder count.
    progress : callable, optional
        Called with the number of cells that are done: once at the start, and whenever there are more.

    Returns
    -------
    xarray.Dataset
        With the axes `(*grid, phases, replica)`, read from `folder/sweep.nc` when asked for; close it.

    Raises
    ------
    ValueError
        Before any cell starts: CONFIG cannot be run, or the folder is not this sweep's.
    Interrupted
        Ctrl-C, a full disk, workers that keep dying. The same call goes on from what was done.

    Notes
    -----
    Results are the same bit for bit for any executor, number of workers, order and interruption, on
    one kind of processor and one version of NumPy and SciPy.
    """
    import xarray

    from sweeps.dataset import write

    instance("config", config, Config)
    if not isinstance(folder, str | os.PathLike):
        raise ValueError(f"folder = {shown(folder)} is not allowed: it must be a path")
    if workers is not None:
        integer("workers", workers, least=1)
    folder, plan = Path(folder), Plan(config, formulas or {})
    with opened(folder, plan, provenance or {}) as (store, manifest):
        done = np.zeros(plan.size, dtype=bool)
        try:
            done = store.finished(plan.size)
            report = progress or (lambda number: None)
            report(int(done.sum()))
            with _interrupts_on_demand() as interrupt:
                _fill(plan, store, done, executor, workers, report, interrupt)
            write(folder / "sweep.nc", plan, store, manifest)
        except KeyboardInterrupt:
            raise Interrupted(_kept("stopped", done, folder)) from None
        except OSError as error:
            raise Interrupted(_kept(f"{error.strerror or error}", done, folder)) from error
        except MemoryError as error:
            raise Interrupted(_kept(f"no memory for a cell: {error}", done, folder)) from error
        except CancelledError as error:
            raise Interrupted(_kept("the cluster was lost", done, folder)) from error
        except BrokenExecutor as error:
            raise Interrupted(_kept(f"the workers were lost: {error}", done, folder)) from error
    return xarray.open_dataset(folder / "sweep.nc", engine="scipy")


def run_task(
    cells: Sequence[Cell], job: Job, store: Store, expected: Mapping[str, str], seconds: float = _TASK_SECONDS
) -> tuple[int, float]:
    """Make and save cells one after the other, in a worker; those that are there already are left as they are.

    Returns
    -------
    int
        How many are done, from the first on: at least one, and all unless the time was over before.
    float
        Seconds that it took.

    Raises
    ------
    ValueError
        If this worker would compute other numbers, or does not see the folder.
    """
    if versions() != expected:
        raise ValueError(f"a worker has other versions, {versions()}, than the folder, {dict(expected)}")
    if not store.cells.is_dir():
        raise ValueError(f"a worker does not see the folder {store.folder}: all workers need it under this path")
    _one_thread()
    if job.files:
        from theorems.load import load  # late: it brings the catalogue, which a sweep does not need

        for file in job.files:
            load(file)
    began = time.perf_counter()
    count = 0
    while count < len(cells) and (count == 0 or time.perf_counter() - began < seconds):
        if store.load(cells[count].number) is None:
            store.save(cells[count].number, run_cell(cells[count], job))
        count += 1
    return count, time.perf_counter() - began


def _fill(
    plan: Plan,
    store: Store,
    done: NDArray[np.bool_],
    executor: Executor | None,
    workers: int | None,
    report: Progress,
    interrupt: Callable[[], None],
) -> None:
    if executor is not None:
        _work(executor, _TASKS_OUT, plan, store, done, report, interrupt)
        return
    workers, deaths = workers or len(os.sched_getaffinity(0)), 0
    while not done.all():
        before = int(done.sum())
        try:
            with _pool(workers) as processes:
                _work(processes, 3 * workers, plan, store, done, report, interrupt)
        except BrokenExecutor:  # a worker died, and its pool with it; the next pool takes over
            deaths = 1 if int(done.sum()) > before else deaths + 1
            if deaths == _DEATHS_IN_A_ROW:
                raise BrokenExecutor(
                    f"processes died {deaths} times before they finished a task (no memory?)"
                ) from None


def _work(
    executor: Executor,
    tasks_out: int,
    plan: Plan,
    store: Store,
    done: NDArray[np.bool_],
    report: Progress,
    interrupt: Callable[[], None],
) -> None:
    new = (cell for cell in plan.cells() if not done[cell.number])
    given_back: list[Cell] = []
    waiting: dict[Future[tuple[int, float]], list[Cell]] = {}
    size, expected = 1, versions()
    try:
        while True:
            while len(waiting) < tasks_out and (cells := _take(given_back, new, size)):
                with _without_interrupts():
                    future = executor.submit(run_task, cells, plan.job, store, expected)
                waiting[future] = cells
            if not waiting:
                return
            interrupt()
            for future in wait_for(waiting, timeout=_LISTEN_SECONDS, return_when=FIRST_COMPLETED).done:
                cells = waiting.pop(future)
                count, seconds = future.result()
                _mark(done, cells[:count])
                given_back += cells[count:]
                share = (done.size - int(done.sum())) // (_ROUNDS_LEFT * tasks_out)
                fitting = round(_TASK_SECONDS * count / max(seconds, 1e-9))
                size = max(1, min(share, fitting, _MOST_CELLS_A_TASK))
            report(int(done.sum()))
    finally:
        for future, cells in waiting.items():
            if not future.cancel() and future.done() and future.exception() is None:
                _mark(done, cells[: future.result()[0]])


def _take(given_back: list[Cell], new: Iterator[Cell], size: int) -> list[Cell]:
    taken = [given_back.pop() for _ in range(min(size, len(given_back)))]
    return taken + list(islice(new, size - len(taken)))


def _mark(done: NDArray[np.bool_], cells: Sequence[Cell]) -> None:
    done[[cell.number for cell in cells]] = True


@contextmanager
def _pool(workers: int) -> Iterator[Executor]:
    """A pool of processes that end at once when this process leaves the context, or dies."""
    context = get_context("spawn")
    lifeline, held = context.Pipe(duplex=False)
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_live_on, initargs=(lifeline,))
    try:
        yield executor
        executor.shutdown()
    finally:
        held.close()
        executor.shutdown(cancel_futures=True)
        lifeline.close()


def _live_on(lifeline: Connection) -> None:
    """Start a worker: one BLAS thread, and gone when the other end of its lifeline is closed."""

    def watch() -> None:
        lifeline.poll(None)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    _one_thread()


@contextmanager
def _interrupts_on_demand() -> Iterator[Callable[[], None]]:
    """Note Ctrl-C, and yield the call that raises it: inside a lock of an executor it could leave the lock closed."""
    heard: list[int] = []
    listens = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if listens else signal.SIG_IGN

    def interrupt() -> None:
        if heard:
            raise KeyboardInterrupt

    if before is signal.SIG_IGN or before is None:  # deaf, as background programs are, or not ours to hear
        yield interrupt
        return
    signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back while a process may be started: it inherits that for life, and ends by its lifeline."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_limited = threading.Lock()


def _one_thread() -> None:
    if _limited.acquire(blocking=False):  # once a process, and never given back
        threadpool_limits(1)


def _kept(why: str, done: NDArray[np.bool_], folder: Path) -> str:
    return (
        f"{why}; at least {int(done.sum()):,} of {done.size:,} cells are kept in {str(folder)!r}, "
        "and the same command goes on from there"
    )
