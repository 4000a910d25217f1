"""Training in coefficient space: one run, or many replicas and cells at once."""

import warnings
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from types import ModuleType
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from dynamics.batches import Draws, checked_batches
from dynamics.engines import stacked
from dynamics.engines.replica import Replica
from dynamics.phase import Phase
from dynamics.rules import RULES, estimated_sam, global_sam, sam, sgd
from dynamics.sample import Sample, draw
from dynamics.setting import Setting
from dynamics.trajectory import RecordEvery, Trajectory, timetable
from dynamics.validation import instance, row, shown


def train(
    s: Setting,
    x: Sample,
    phases: Phase | Sequence[Phase],
    seed: int = 0,
    batches: ArrayLike | None = None,
    record_every: RecordEvery = 1,
    tol: float | None = None,
) -> Trajectory:
    """Train one network and return its coefficients; O(m B n) a step, whatever `d` is.

    Parameters
    ----------
    s : Setting
    x : Sample
        Its sizes must be those of the setting; its own `mu` counts, not `s.mu_norm`.
    phases : sequence of Phase
        Trained one after the other, from the weights where the last one ended.
    seed : int
        Of the batches, and of what else the rules draw.
    batches : array_like of int, shape (epochs, H, B), optional
        The batches of every epoch of all phases, in place of random ones; a partition of the samples, unless the
        phase has `replacement`.
    record_every : int, "step" or "geometric"
        Epochs between records; every step; or epochs 0, 1, 2, 4, 8, .... The start, the end and
        the ends of phases are always recorded.
    tol : float, optional
        Stop after the first epoch at whose end the training loss is at most this.

    Returns
    -------
    Trajectory

    Raises
    ------
    ValueError
        For arguments that do not fit; nothing has been computed then.
    FloatingPointError
        If the weights stop being finite; says in which epoch.

    Notes
    -----
    The recursions are exact: `gamma` and `rho` are those of the signal-noise decomposition (statement
    `coefficient_recursion`); the engine is derived in `dynamics.engines.coefficients`.
    """
    s, x = instance("s", s, Setting), instance("x", x, Sample)
    tables = None if batches is None else [batches]
    phases = timetable(phases, record_every).phases
    return train_ensemble(s, [x], phases, [seed], tables, record_every, tol)[0]


def train_ensemble(
    s: Setting | Sequence[Setting],
    samples: Sequence[Sample],
    phases: Phase | Sequence[Phase] | Sequence[Sequence[Phase]],
    seeds: Sequence[int] | None = None,
    batches: Sequence[ArrayLike] | None = None,
    record_every: RecordEvery = 1,
    tol: float | None = None,
) -> list[Trajectory]:
    """Train many networks at once: the same numbers as a loop over `train`.

    Parameters
    ----------
    s : Setting or sequence of Setting
        One for all, or one a replica; they may differ in everything but `n`, `m` and `B`.
    samples : sequence of Sample
        One a replica.
    phases : sequence of Phase, or sequence of such sequences
        One schedule for all, or one a replica.
    seeds : sequence of int, optional
        Of the batches; 0, 1, 2, ... by default.
    batches : sequence of array_like, optional
        A table of batches a replica.
    record_every, tol
        As for `train`; every replica stops on its own.

    Returns
    -------
    list of Trajectory
        In the order of `samples`.

    Raises
    ------
    ValueError, FloatingPointError
        As for `train`.

    Notes
    -----
    The same bits as `train`, whatever is trained together, in whatever order, on any number of worker processes, as
    long as each uses as many BLAS threads and the same engine (with numba or without). Measured elsewhere: another
    number of threads changes nothing at n m <= 800, and 2e-16 of the largest coefficient at n m = 6,000; with and
    without numba, coefficients differ by up to 6e-16 of the largest after 70 epochs. More if unstable.
    """
    samples = [instance(f"samples[{k}]", x, Sample) for k, x in enumerate(row("samples", samples, "Sample"))]
    R = len(samples)
    settings = [s] * R if isinstance(s, Setting) else list(row("s", s, "Setting"))
    listed = list(phases) if isinstance(phases, list | tuple) else [phases]
    one_each = bool(listed) and all(isinstance(schedule, list | tuple) for schedule in listed)
    schedules = listed if one_each else [phases] * R
    tables: Sequence[ArrayLike | None] = [None] * R if batches is None else row("batches", batches, "tables of batches")
    seeds = range(R) if seeds is None else row("seeds", seeds, "integers")
    for name, given in (("s", settings), ("phases", schedules), ("seeds", seeds), ("batches", tables)):
        if len(given) != R:
            raise ValueError(f"{name} of length {len(given)} is not allowed: there are {R} samples")
    settings = [instance(f"s[{k}]", given, Setting) for k, given in enumerate(settings)]
    is_number = isinstance(tol, int | float | np.integer | np.floating) and not isinstance(tol, bool)
    if tol is not None and not (is_number and 0 < tol < float("inf")):
        raise ValueError(f"tol = {shown(tol)} is not allowed: it must be a positive number")
    sizes = {(t.n, t.m, t.B): None for t in settings}  # in order
    if len(sizes) > 1:
        found = " and ".join(map(str, list(sizes)[:2]))
        raise ValueError(
            f"s with (n, m, B) = {found} is not allowed: settings trained together must agree in n, m and B"
        )
    groups: dict[Any, list[Replica]] = defaultdict(list)
    for k in range(R):
        plan = timetable(cast(Sequence[Phase], schedules[k]), record_every)
        samples[k].check_fits(settings[k])
        samples[k].check_scales(settings[k])
        given_table = tables[k]
        for phase in plan.phases:
            phase.check_fits(settings[k])
            if RULES[phase.rule].direction is None:
                raise ValueError(f"rule {phase.rule!r} has no direction in coefficients: train cannot run it")
        table = None if given_table is None else checked_batches(settings[k], given_table, plan.phases)
        replica = Replica(k, settings[k], samples[k], plan, Draws(settings[k], seeds[k], table, samples[k].y))
        groups[(settings[k].phi, *(phase.plan for phase in plan.phases))].append(replica)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is reported with its epoch
        for group in groups.values():
            phases_of_group, setting = group[0].timetable.phases, group[0].setting
            engine = _compiled() if all(_has_kernel(phase, setting) for phase in phases_of_group) else None
            (engine or stacked).run(group, tol)
        in_order = sorted((replica for group in groups.values() for replica in group), key=lambda r: r.index)
        return [replica.trajectory() for replica in in_order]


@cache
def _compiled() -> ModuleType | None:
    """Return the compiled engine; None where numba is not installed, or, with a warning, does not work."""
    try:
        import numba  # noqa: F401
    except Exception as error:  # installed, but not for this NumPy or this machine
        if not (isinstance(error, ModuleNotFoundError) and error.name == "numba"):
            _warn_without_numba(error)
        return None
    from dynamics.engines import compiled

    s = Setting(n=1, d=1, m=1, P=2, mu_norm=1.0, sigma_p=1.0, p=0.0, sigma_0=1.0, B=1, eta=0.1)
    try:
        compiled.run([Replica(0, s, draw(s, 0), timetable(Phase("sgd", 1), 1), Draws(s, 0, None))], None)
    except Exception as error:
        _warn_without_numba(error)
        return None
    return compiled


def _warn_without_numba(error: Exception) -> None:
    why = str(error).partition("\n")[0]
    with suppress(RuntimeWarning):  # not even where warnings are errors
        warnings.warn(f"numba cannot be used, so that NumPy trains, more slowly ({why})", RuntimeWarning, stacklevel=2)


def _has_kernel(phase: Phase, s: Setting) -> bool:
    # kernels take a batch of n samples for all of them
    whole = s.B < s.n or not phase.replacement
    return RULES[phase.rule].direction in (sgd, sam, global_sam, estimated_sam) and not phase.weight_decay and whole
