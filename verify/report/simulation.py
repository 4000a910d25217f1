"""The form of what a simulation of one setting finds, in memory and in files."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from verify.report.schema import Proportion

Outcome = Literal["agrees", "disagrees", "too few to tell", "not predicted"]


@dataclass(frozen=True)
class Trained:
    """One algorithm over all replicas; the tuples hold a number a replica.

    Attributes
    ----------
    algorithm : str
    schedule : str
        In words.
    errors, losses : tuple of float
        Test error and training loss at the end.
    epochs : tuple of int
        Epochs until the loss asked for, or the budget.
    rho : tuple of float
        `max_jri rho_bar` at `T_1`, or at the end of the run where that comes first.
    error, low, high : float
        Mean test error and its 95% interval over the replicas (Student's); the limits are NaN for one replica.
    reached : int
        Replicas that reached the loss asked for.
    benign, harmful : int
        Replicas with test error at most `p + 0.05`, and at least `p + 0.1`, up to three standard errors.
    outcome : {"agrees", "disagrees", "too few to tell", "not predicted"}
    held : Proportion or None
        How often the statement that predicts held, if one does.
    """

    algorithm: str
    schedule: str
    errors: tuple[float, ...]
    losses: tuple[float, ...]
    epochs: tuple[int, ...]
    rho: tuple[float, ...]
    error: float
    low: float
    high: float
    reached: int
    benign: int
    harmful: int
    outcome: Outcome
    held: Proportion | None


@dataclass(frozen=True)
class Simulation:
    """What happened.

    Attributes
    ----------
    replicas, seed_block, first_seed : int
    budget : int
        Epochs of SGD at most, after the SAM stage where there is one.
    tol : float
        Training stops at this loss.
    sgd : Trained
    sam : Trained or None
        None where the SAM stage is longer than the budget.
    skipped : str
        Why there is no SAM, in one sentence; empty if there is.
    """

    replicas: int
    seed_block: int
    first_seed: int
    budget: int
    tol: float
    sgd: Trained
    sam: Trained | None
    skipped: str

    @property
    def disagrees(self) -> bool:
        """Whether a theorem predicted something else than what was seen."""
        return any(run is not None and run.outcome == "disagrees" for run in (self.sgd, self.sam))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON; the interval of a single replica is null."""
        plain = asdict(self)
        for run in (plain["sgd"], plain["sam"]):
            if run is not None and math.isnan(run["low"]):
                run["low"] = run["high"] = None
            if run is not None and run["held"] is not None:
                del run["held"]["setting"]  # the prediction says it
        return plain
