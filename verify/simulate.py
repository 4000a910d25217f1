"""What happens in one setting: SGD, and SAM then SGD, from the same starts, against what the theorems predict."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import stdtrit

from dynamics import Phase
from dynamics.streams import SEEDS_PER_BLOCK
from dynamics.validation import instance
from theorems import catalogue
from theorems.overfitting import EPSILON, benign, harmful
from theorems.prediction import Forecast, Prediction
from theorems.statement import Observation, World
from verify.evidence import proportion
from verify.observe import observe
from verify.report.schema import Proportion
from verify.report.simulation import Outcome, Simulation, Trained

Progress = Callable[[], Any] | None

LEVEL = 0.05
"""Error level of every interval here, and of each comparison with a theorem."""

_TEST_SAMPLES = 10_000
_LARGEST_FRAME = 5_000  # n + 2m; beyond it one replica fills gigabytes


def simulate(
    prediction: Prediction, replicas: int = 20, seed_block: int = 0, budget: int = 200_000, progress: Progress = None
) -> Simulation:
    """Train SGD, and SAM for `T_1` epochs then SGD, and compare with what is predicted.

    Parameters
    ----------
    prediction : Prediction
    replicas : int
        Independent runs, at least 1; the seeds are `seed_block * 1_000_000 + (0..replicas-1)`.
    seed_block : int
        Not negative.
    budget : int
        Epochs of SGD at most, at least 1; a run stops sooner, at training loss 0.05. A SAM stage that is longer
        than the budget is not run.
    progress : callable, optional
        Called after each replica; they are then trained one by one, which changes no number.

    Returns
    -------
    Simulation

    Raises
    ------
    ValueError
        For arguments out of range, a setting too large to hold, or a learning rate at which training diverges.

    Notes
    -----
    A theorem says that its claim holds with probability at least `1 - delta`. "disagrees": the exact 95% upper limit
    of that probability is below `1 - delta`. "agrees": not so, and the claim held in at least that share of the
    replicas. "too few to tell": neither.
    """
    s = instance("prediction", prediction, Prediction).setting
    for name, value, least in (("replicas", replicas, 1), ("seed_block", seed_block, 0), ("budget", budget, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} = {value!r} is not allowed: it must be an integer >= {least}")
    if s.n + 2 * s.m > _LARGEST_FRAME:
        raise ValueError(
            f"n + 2m = {s.n + 2 * s.m} is not allowed with a simulation: it must be at most {_LARGEST_FRAME}"
        )
    seeds = range(seed_block * SEEDS_PER_BLOCK, seed_block * SEEDS_PER_BLOCK + replicas)
    t1, skipped = prediction.t1, ""
    stage: tuple[int, ...] = ()
    if t1 is None:
        skipped = "The SAM stage was not run: without signal T_1 is infinite."
    elif t1 > budget:
        skipped = (
            f"The SAM stage was not run: T_1 = {t1:,} epochs, the budget is {budget:,}. T_1 falls like 1/eta; a larger "
            "eta may leave Condition 3.1."
        )
    else:
        stage = (t1,)
    first = tuple(Phase("sgd", epochs=t) for t in stage if t < budget)  # the same epochs of SGD, split at T_1
    sgd_phases = (*first, Phase("sgd", epochs=budget - sum(phase.epochs for phase in first)))
    sam_phases = tuple(Phase("sam", epochs=t, tau=prediction.tau) for t in stage)
    world = World(
        s,
        phases=sgd_phases,
        rival=(*sam_phases, Phase("sgd", epochs=budget)) if stage else (),
        delta=prediction.delta,
        record_every=10 * budget,
        tol=EPSILON,
        test_samples=_TEST_SAMPLES,
    )
    seen_sgd, seen_sam = [], []
    try:
        together: list[Sequence[int]] = [seeds] if progress is None else [[seed] for seed in seeds]
        for o in (o for some in together for o in observe(world, some)):  # only a few numbers of each are kept
            seen_sgd.append(_look(prediction.sgd, o, t1))
            if stage:
                seen_sam.append(_look(prediction.sam, replace(o, path=o.rival_path, error=o.rival_error), t1))
            if progress is not None:
                progress()
    except FloatingPointError as error:
        raise ValueError(str(error)) from None
    after = f"SGD until the loss is {EPSILON:g}, at most {budget:,} epochs"
    before = f"SAM with tau = {prediction.tau:.4g} for T_1 = {t1:,} epochs" if stage else ""
    return Simulation(
        replicas=replicas,
        seed_block=seed_block,
        first_seed=seeds[0],
        budget=budget,
        tol=EPSILON,
        sgd=_summary(prediction.sgd, after, seen_sgd, 1 - prediction.delta),
        sam=_summary(prediction.sam, f"{before}, then {after}", seen_sam, 1 - prediction.delta) if stage else None,
        skipped=skipped,
    )


@dataclass(frozen=True)
class _Seen:
    """What is kept of one run."""

    error: float
    loss: float
    epochs: int
    rho: float
    benign: bool
    harmful: bool
    claim: bool | None


def _look(forecast: Forecast, o: Observation, t1: int | None) -> _Seen:
    path = o.trained
    # T_1 ends a phase, so it is recorded if the run came so far
    record = int(next(iter(np.flatnonzero(path.epoch == t1)), -1))
    holds = [inequality.holds for inequality in catalogue[forecast.statement].claim(o)] if forecast.statement else []
    return _Seen(
        error=o.tested.value,
        loss=float(path.loss[-1]),
        epochs=int(path.epoch[-1]),
        rho=float(np.where(path.sample.own, path.rho[record], 0.0).max()),
        benign=benign(o).holds is True,
        harmful=harmful(o).holds is True,
        claim=False if False in holds else None if None in holds else True,
    )


def _summary(forecast: Forecast, schedule: str, seen: Sequence[_Seen], target: float) -> Trained:
    errors = np.array([run.error for run in seen])
    mean, k = float(errors.mean()), len(errors)
    width = float(stdtrit(k - 1, 1 - LEVEL / 2) * errors.std(ddof=1) / math.sqrt(k)) if k > 1 else math.nan
    claims = [run.claim for run in seen]
    held = proportion(claims.count(True), claims.count(None), k, target, LEVEL) if forecast.statement else None
    return Trained(
        algorithm=forecast.algorithm,
        schedule=schedule,
        errors=tuple(run.error for run in seen),
        losses=tuple(run.loss for run in seen),
        epochs=tuple(run.epochs for run in seen),
        rho=tuple(run.rho for run in seen),
        error=mean,
        low=mean - width,
        high=mean + width,
        reached=sum(run.loss <= EPSILON for run in seen),
        benign=sum(run.benign for run in seen),
        harmful=sum(run.harmful for run in seen),
        outcome=_outcome(held),
        held=held,
    )


def _outcome(held: Proportion | None) -> Outcome:
    if held is None or held.status == "refuted":
        return "not predicted" if held is None else "disagrees"
    return "agrees" if held.held >= held.target * held.draws else "too few to tell"
