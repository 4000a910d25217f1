"""One cell of a sweep: every replica under every schedule, trained and tested."""

from collections.abc import Sequence

import numpy as np

from dynamics.arrays import Array
from dynamics.generalization import test_error
from dynamics.phase import Phase
from dynamics.sample import Sample, draw
from dynamics.setting import Setting
from dynamics.training import train_ensemble
from dynamics.trajectory import Trajectory
from sweeps.plan import Cell, Job

QUANTITIES = {
    "test_error": "probability of error on fresh data, P(y f < 0)",
    "test_error_stderr": "standard error of test_error, of its test noise only",
    "loss": "mean logistic loss over the training samples, at the end",
    "epochs": "epochs trained",
    "gamma_max": "largest gamma_jr, at the end",
    "gamma_mean": "mean of gamma_jr over j and r, at the end",
    "rho_max": "largest rho_jri, at the end",
    "rho_mean": "mean of rho_jri over j, r and i, at the end",
}
"""What is kept of a run, in the order of a cell's first axis. All are pure numbers."""

_ONLY_THE_ENDS = 2**62  # epochs between records


def run_cell(cell: Cell, job: Job) -> Array:
    """Train and test all runs of a cell.

    Parameters
    ----------
    cell : Cell
    job : Job

    Returns
    -------
    ndarray, shape (len(QUANTITIES), schedules, replicas)
        A run whose training diverged is nan in all of them.

    Notes
    -----
    Data, initial weights, order of the batches and test noise of replica `k` come from the seed
    `first_seed + k` alone: they are the same under every schedule, so that schedules differ by
    nothing else. A schedule that is the beginning of another is not trained again: its end is a record of
    the longer run. Cells are trained one by one, so that no result depends on which cells share a task.
    """
    s = cell.setting
    seeds = [job.first_seed + k for k in range(job.replicas)]
    samples = [draw(s, seed) for seed in seeds]
    values = np.full((len(QUANTITIES), len(cell.schedules), job.replicas), np.nan)
    longer: dict[int, list[Trajectory | None]] = {}
    for a in sorted(range(len(cell.schedules)), key=lambda a: -len(cell.schedules[a])):
        schedule = cell.schedules[a]
        whole = next((b for b in longer if cell.schedules[b][: len(schedule)] == schedule), None)
        if whole is not None and None not in longer[whole]:
            paths = longer[whole]
        else:
            paths = longer[a] = _trained(s, samples, schedule, seeds, job.tol)
        for k, path in enumerate(paths):
            if path is not None:
                values[:, a, k] = _measured(path, _end(path, schedule), job.test_samples, seeds[k])
    return values


def _end(path: Trajectory, schedule: Sequence[Phase]) -> int:
    """Return the record at which a schedule ends on a run that may go on with more phases."""
    return int(np.searchsorted(path.epoch, sum(phase.epochs for phase in schedule), side="right")) - 1


def _trained(
    s: Setting, samples: Sequence[Sample], schedule: Sequence[Phase], seeds: Sequence[int], tol: float | None
) -> list[Trajectory | None]:
    try:
        return [*train_ensemble(s, samples, schedule, seeds, record_every=_ONLY_THE_ENDS, tol=tol)]
    except FloatingPointError:
        if len(samples) == 1:
            return [None]
    return [path for x, seed in zip(samples, seeds, strict=True) for path in _trained(s, [x], schedule, [seed], tol)]


def _measured(path: Trajectory, end: int, test_samples: int, seed: int) -> list[float]:
    gamma, rho = path.gamma[end], path.rho[end]
    with np.errstate(over="ignore", invalid="ignore"):  # weights near the largest numbers end as inf or nan
        tested = test_error(path.setting, path.sample, path.weights(end), samples=test_samples, seed=seed)
        return [
            tested.value,
            tested.stderr,
            path.loss[end],
            path.epoch[end],
            gamma.max(),
            gamma.mean(),
            rho.max(),
            rho.mean(),
        ]
