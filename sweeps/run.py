"""Running a sweep: cells go to an executor in small tasks, and are saved by the worker that made them."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future
from concurrent.futures import wait as wait_for
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dynamics.processes import Pool, cores, guarded, masked, one_thread, stops_on_demand
from dynamics.validation import instance, integer, shown
from sweeps.cell import run_cell
from sweeps.config import Config
from sweeps.folder import opened, versions
from sweeps.plan import Cell, Job, Plan
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
        Ctrl-C, SIGTERM, SIGHUP, a full disk, workers that keep dying. The same call goes on from what was done.
    dynamics.processes.CannotStart
        The script has no `__main__` guard.

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
    if executor is None:
        guarded()  # before the folder is asked for, which the script's first reading holds
    folder, plan = Path(folder), Plan(config)
    with opened(folder, plan) as (store, manifest):
        done = np.zeros(plan.size, dtype=bool)
        try:
            done = store.finished(plan.size)
            report = progress or (lambda number: None)
            report(int(done.sum()))
            with stops_on_demand() as interrupt:
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
    one_thread()
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
    workers, deaths = workers or cores(), 0
    while not done.all():
        before = int(done.sum())
        try:
            with Pool(workers) as processes:
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
                with masked({signal.SIGINT}):  # a process that starts here is deaf for life
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


def _kept(why: str, done: NDArray[np.bool_], folder: Path) -> str:
    return (
        f"{why}; at least {int(done.sum()):,} of {done.size:,} cells are kept in {str(folder)!r}, "
        "and the same command goes on from there"
    )
