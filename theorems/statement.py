"""The form of a statement: hypotheses as margins, a claim as inequalities, worlds, and controls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics import Phase, Sample, Setting, TestError, Trajectory
from dynamics.trajectory import RecordEvery

Kind = Literal["identity", "bound", "probability", "scaling"]
Scale = Literal["quick", "full"]
Margins = Mapping[str, float]


@dataclass(frozen=True)
class World:
    """Where a statement is looked at: one setting and what happens in it.

    Attributes
    ----------
    setting : Setting
    phases : tuple of Phase
        The training; empty if the statement speaks of the start only.
    rival : tuple of Phase
        A second training from the same data, initial weights and batches, to compare with.
    delta : float
        Failure probability that the statement is stated with.
    engine : {"coefficients", "network"}
        Which engine trains.
    record_every : int, "step" or "geometric"
    tol : float, optional
        Training stops at this loss.
    test_samples : int
        Fresh noise vectors for the test error; 0 if it is not needed. With images: for each held-out image.
    images : tuple of int, optional
        Two classes of handwritten digits whose images stand in the place of the signal patch: no sample of the
        model is drawn then, no coefficients are recorded, and training is by SGD and SAM only.
    """

    setting: Setting
    phases: tuple[Phase, ...] = ()
    rival: tuple[Phase, ...] = ()
    delta: float = 0.05
    engine: Literal["coefficients", "network"] = "coefficients"
    record_every: RecordEvery = 1
    tol: float | None = None
    test_samples: int = 0
    images: tuple[int, int] | None = None

    @property
    def records(self) -> int:
        """How many records a run has at most, with those of its rival."""
        epochs = sum(phase.epochs for phase in self.phases + self.rival)
        if isinstance(self.record_every, int):
            return 2 + epochs // self.record_every
        return 2 + (2 * epochs.bit_length() if self.record_every == "geometric" else epochs * self.setting.H)

    @property
    def run_bytes(self) -> int:
        """Size of a run at most: of its records and its sample; of images only the test error is kept."""
        s = self.setting
        if self.images is not None:
            return 1_000
        return 8 * (2 * s.m * (s.n + 1) * self.records + 2 * (s.n + 2 * s.m) ** 2)

    @property
    def trainings(self) -> "tuple[Training, ...]":
        """What is trained, of phases and rival all that makes a run but the seed; with images the whole world."""
        if self.images is not None:
            return (self,)
        of = (self.phases, self.rival)
        return tuple((self.setting, phases, self.engine, self.record_every, self.tol) for phases in of if phases)


Training = World | tuple[Setting, tuple[Phase, ...], str, RecordEvery, float | None]


@dataclass(frozen=True)
class Observation:
    """One draw of a world. `path` and `error` belong to its phases, the `rival_` ones to its rival."""

    world: World
    seed: int
    drawn: Sample | None
    path: Trajectory | None = None
    error: TestError | None = None
    rival_path: Trajectory | None = None
    rival_error: TestError | None = None

    @property
    def sample(self) -> Sample:
        """Data and initial weights; raises ValueError if the world is one of images."""
        if self.drawn is None:
            raise ValueError(f"world {self.world} has images, so no sample of the model was drawn")
        return self.drawn

    @property
    def trained(self) -> Trajectory:
        """The run of the world's phases; raises ValueError if it has none, or is one of images."""
        return self._of_model(self.path, "phases")

    @property
    def rival_trained(self) -> Trajectory:
        """The run of the rival; raises ValueError if there is none, or the world is one of images."""
        return self._of_model(self.rival_path, "rival")

    def _of_model(self, path: Trajectory | None, what: str) -> Trajectory:
        if self.world.images is not None:
            raise ValueError(f"world {self.world} has images, so no coefficients were recorded")
        if path is None:
            raise ValueError(f"world {self.world} has no {what}, so nothing was trained")
        return path

    @property
    def tested(self) -> TestError:
        """Test error of the run; raises ValueError if it was not asked for."""
        if self.error is None:
            raise ValueError(f"world {self.world} has test_samples = 0, so nothing was tested")
        return self.error


@dataclass(frozen=True)
class Inequality:
    """One comparison of a claim on one draw, at its tightest place.

    Attributes
    ----------
    label : str
        What is compared, in the paper's symbols.
    measured, bound : float
    sense : {"<=", ">="}
    count : int
        How many comparisons of this kind the draw offered; 0 means that it says nothing.
    uncertainty : float
        Half-width within which `measured` is not known.
    scale : float
        What slack is measured in; the size of the bound, unless the bound is zero.
    """

    label: str
    measured: float
    bound: float
    sense: Literal["<=", ">="]
    count: int = 1
    uncertainty: float = 0.0
    scale: float = 0.0

    @property
    def slack(self) -> float:
        """How far inside the bound, in units of the bound: positive holds, negative fails."""
        gap = self.bound - self.measured if self.sense == "<=" else self.measured - self.bound
        return float(gap / (self.scale or _unit(self.bound)))

    @property
    def holds(self) -> bool | None:
        """Whether it holds; None while the uncertainty leaves it open."""
        gap = self.bound - self.measured if self.sense == "<=" else self.measured - self.bound
        if not abs(gap) >= self.uncertainty:
            return None if np.isfinite(gap) else False
        return bool(gap >= 0)


def _unit(bound: ArrayLike) -> NDArray[np.float64]:
    """What slack is measured in: the size of the bound, or 1 where that is zero or infinite."""
    size = np.abs(bound)
    return np.where(np.isfinite(size) & (size > 0), size, 1.0)


def worst(
    label: str,
    measured: ArrayLike,
    sense: Literal["<=", ">="],
    bound: ArrayLike,
    *,
    scale: float = 0.0,
) -> Inequality:
    """Reduce many comparisons to the one with the least slack; a NaN is the worst of all.

    Parameters
    ----------
    label : str
    measured, bound : array_like
        Broadcast together.
    sense : {"<=", ">="}
    scale : float
        Unit of slack, where the bound is zero.

    Returns
    -------
    Inequality
        With `count = 0` and `measured = bound` if there was nothing to compare.
    """
    left, right = np.broadcast_arrays(np.asarray(measured, float), np.asarray(bound, float))
    if left.size == 0:
        return Inequality(label, 0.0, 0.0, sense, count=0)
    with np.errstate(invalid="ignore"):  # inf - inf: a NaN, which never holds
        gap = right - left if sense == "<=" else left - right
    slack = gap / (scale or _unit(right))
    k = int(np.argmin(slack))  # NaN wins
    return Inequality(label, float(left.flat[k]), float(right.flat[k]), sense, count=left.size, scale=scale)


Inequalities = Sequence[Inequality]
Observations = Sequence[Observation]
Claim = Callable[[Observation], Inequalities]
Hypotheses = Callable[[Observation], Margins]
Quantity = Callable[[Observations], float]


@dataclass(frozen=True)
class Constant:
    """What a statement says of the constant that a ladder measures.

    Attributes
    ----------
    derived : float
        Its value in the limit, derived; positive.
    low, high : float
        The equivalence margin: the statement says that the constant is the derived one up to this.
    """

    derived: float
    low: float
    high: float


@dataclass(frozen=True)
class Finite:
    """What is derived of a ladder because its sizes are finite.

    Attributes
    ----------
    source : str
        The notebook that derives it.
    low, high : float
        Band of exponents for ladders of these sizes; NaN where only a correction is derived.
    correction : float, optional
        The quantity is `x^e (1 + c x^correction)` with the exponent e predicted and an unknown c.
    """

    source: str
    low: float = float("nan")
    high: float = float("nan")
    correction: float | None = None


@dataclass(frozen=True)
class Ladder:
    """One exponent of a scaling statement: how a quantity moves along a ladder of worlds.

    Attributes
    ----------
    name : str
        What is fitted, for example "SGD boundary against d".
    rungs : tuple of (float, tuple of World)
        Value of the ladder's parameter, and the worlds that one value of the quantity is read off;
        at least five rungs.
    quantity : callable
        Maps the observations of a rung's worlds, all with one seed, to a positive number.
    predicted : float
        The exponent of the theory.
    finite : Finite, optional
        What is derived of it at finite sizes.
    neighbours : tuple of float
        Exponents that the data must tell from the predicted one: each must come out refuted in its place. Without any,
        those a twelfth away (1/3 for 1/4).
    constant : Constant, optional
        If the quantity is a ratio to its scale in the theory, what is said of its mean over the ladder.
    """

    name: str
    rungs: tuple[tuple[float, tuple[World, ...]], ...]
    quantity: Quantity
    predicted: float
    finite: Finite | None = None
    neighbours: tuple[float, ...] = ()
    constant: Constant | None = None


@dataclass(frozen=True)
class Control:
    """A world in which a statement must come out "refuted".

    Attributes
    ----------
    why : str
        What was broken.
    worlds : tuple of World, optional
        In the place of the statement's worlds.
    claim : callable, optional
        In the place of the statement's claim.
    ladders : tuple of Ladder, optional
        In the place of the statement's ladders.
    """

    why: str
    worlds: tuple[World, ...] | None = None
    claim: Claim | None = None
    ladders: tuple[Ladder, ...] | None = None


def no_hypotheses(observation: Observation) -> Margins:
    """Return no margins: the statement holds as it stands."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A claim of the paper as something that can be checked; `identity`, `bound`, `probability`, `scaling` make one.

    Attributes
    ----------
    kind : {"identity", "bound", "probability", "scaling"}
    formula : str
        In LaTeX.
    predicts : str
        The claim in one short line of plain text, for tables.
    controls : tuple of Control
    claim : callable
        Maps an observation to inequalities, each reduced to its tightest place.
    hypotheses : callable
        Maps an observation to margins: each is a ratio that must be at least 1.
    worlds : tuple of World
    draws : mapping
        Draws per world at each scale.
    ladders : tuple of Ladder
    replicas : mapping
        Seeds per rung at each scale.
    uses : tuple of str
        Ids of the statements that the proof uses.
    unsettled : str
        What is declared open, and why; empty if the statement is claimed to be confirmed where it is looked at.
    id, title, source : str
        Of a statement of the catalogue: the name of its file, the first line of its docstring, and its section Source.
    module : str
        That file, as Python names it; empty if the statement is not of the catalogue.
    any_activation : bool
        Whether the claim is made for every activation, or for the one that its worlds name; otherwise it speaks of
        relu, where a world trains.
    """

    kind: Kind
    formula: str
    predicts: str
    controls: tuple[Control, ...]
    claim: Claim = field(default=lambda observation: ())
    hypotheses: Hypotheses = no_hypotheses
    worlds: tuple[World, ...] = ()
    draws: Mapping[Scale, int] = field(default_factory=lambda: {"quick": 4, "full": 32})
    ladders: tuple[Ladder, ...] = ()
    replicas: Mapping[Scale, int] = field(default_factory=lambda: {"quick": 8, "full": 40})
    uses: tuple[str, ...] = ()
    unsettled: str = ""
    id: str = "unnamed"
    title: str = ""
    source: str = ""
    module: str = ""
    any_activation: bool = False

    def __post_init__(self) -> None:
        if not self.controls:
            raise ValueError(f"statement {self.id!r} has no control, so nothing shows that it can fail")
        if self.kind == "scaling" and not self.ladders:
            raise ValueError(f"statement {self.id!r} is a scaling without ladders")
        if self.kind != "scaling" and not self.worlds:
            raise ValueError(f"statement {self.id!r} of kind {self.kind!r} has no worlds to be looked at in")
        if not all(len(ladder.rungs) >= 5 for ladder in self.ladders):
            raise ValueError(f"statement {self.id!r} has a ladder of fewer than five rungs")

    def looked_at(self, control: int | None = None) -> tuple[tuple[World, ...], tuple[Ladder, ...]]:
        """Return the worlds and ladders at which it is looked at, or one of its controls."""
        broken = None if control is None else self.controls[control]
        worlds = None if broken is None else broken.worlds
        ladders = None if broken is None else broken.ladders
        return self.worlds if worlds is None else worlds, self.ladders if ladders is None else ladders

    def all_worlds(self, control: int | None = None) -> tuple[World, ...]:
        """Return the worlds of `looked_at`, with those of the ladders."""
        worlds, ladders = self.looked_at(control)
        return (*worlds, *(world for ladder in ladders for _, together in ladder.rungs for world in together))

    @property
    def beyond(self) -> bool:
        """Whether the suite states it beyond the paper."""
        return self.module.startswith("theorems.beyond.")


Broken = Claim | World | Ladder
"""What a control breaks: it stands in the place of the statement's claim, worlds or ladders."""
Controls = Mapping[str, Broken | tuple[Broken, ...]]
"""Why each control must come out "refuted", and what is broken in it."""


def identity(
    claim: Claim,
    hypotheses: Hypotheses = no_hypotheses,
    *,
    predicts: str,
    formula: str,
    worlds: tuple[World, ...],
    controls: Controls,
    uses: tuple[str, ...] = (),
    draws: tuple[int, int] = (4, 32),
    any_activation: bool = False,
) -> Statement:
    """Return the statement that something holds exactly, up to rounding.

    Parameters
    ----------
    claim, hypotheses : callable
        See `Statement`; without hypotheses it holds as it stands.
    predicts, formula : str
    worlds : tuple of World
    controls : mapping
        From what was broken, in words, to a claim, worlds, or both, in the place of the statement's.
    uses : tuple of str
        Ids of the statements that the proof uses.
    draws : tuple of int
        Per world, in a quick and in a full run.
    any_activation : bool
        Whether the claim is made for every activation.

    Returns
    -------
    Statement
        Its id, title and source are those of its file, once the catalogue has found it.
    """
    made = _of_worlds("identity", claim, hypotheses, predicts, formula, worlds, controls, uses, draws)
    return replace(made, any_activation=any_activation)


def bound(
    claim: Claim,
    hypotheses: Hypotheses = no_hypotheses,
    *,
    predicts: str,
    formula: str,
    worlds: tuple[World, ...],
    controls: Controls,
    uses: tuple[str, ...] = (),
    draws: tuple[int, int] = (4, 32),
) -> Statement:
    """Return the statement that a bound holds on every run that meets the hypotheses; arguments as for `identity`."""
    return _of_worlds("bound", claim, hypotheses, predicts, formula, worlds, controls, uses, draws)


def probability(
    claim: Claim,
    hypotheses: Hypotheses = no_hypotheses,
    *,
    predicts: str,
    formula: str,
    worlds: tuple[World, ...],
    controls: Controls,
    uses: tuple[str, ...] = (),
    draws: tuple[int, int] = (200, 1000),
) -> Statement:
    """Return the statement that a claim holds with probability `1 - World.delta`; arguments as for `identity`."""
    return _of_worlds("probability", claim, hypotheses, predicts, formula, worlds, controls, uses, draws)


def scaling(
    *ladders: Ladder,
    predicts: str,
    formula: str,
    controls: Controls,
    uses: tuple[str, ...] = (),
    replicas: tuple[int, int] = (8, 40),
    unsettled: str = "",
    any_activation: bool = False,
) -> Statement:
    """Return the statement that quantities scale as their ladders say.

    Parameters
    ----------
    *ladders : Ladder
        See `theorems.ladders`.
    predicts, formula : str
    controls : mapping
        From what was broken, in words, to a ladder, or several, in the place of the statement's.
    uses : tuple of str
        Ids of the statements that the proof uses.
    replicas : tuple of int
        Seeds per rung, in a quick and in a full run.
    unsettled : str
        What is not settled at the sizes of the ladders, and why; then a verdict that is not "confirmed" is expected.
    any_activation : bool
        Whether the claim is made for the activations that its ladders name.

    Returns
    -------
    Statement
        Its id, title and source are those of its file, once the catalogue has found it.
    """
    return Statement(
        kind="scaling",
        formula=formula,
        predicts=predicts,
        controls=_made(controls),
        ladders=ladders,
        replicas=_scales(replicas),
        uses=uses,
        unsettled=unsettled,
        any_activation=any_activation,
    )


def _of_worlds(
    kind: Kind,
    claim: Claim,
    hypotheses: Hypotheses,
    predicts: str,
    formula: str,
    worlds: tuple[World, ...],
    controls: Controls,
    uses: tuple[str, ...],
    draws: tuple[int, int],
) -> Statement:
    return Statement(
        kind=kind,
        formula=formula,
        predicts=predicts,
        controls=_made(controls),
        claim=claim,
        hypotheses=hypotheses,
        worlds=worlds,
        draws=_scales(draws),
        uses=uses,
    )


def _scales(numbers: tuple[int, int]) -> Mapping[Scale, int]:
    quick, full = numbers
    return {"quick": quick, "full": full}


def _made(controls: Controls) -> tuple[Control, ...]:
    made = []
    for why, broken in controls.items():
        parts = broken if isinstance(broken, tuple) else (broken,)
        worlds = tuple(part for part in parts if isinstance(part, World))
        ladders = tuple(part for part in parts if isinstance(part, Ladder))
        claims = [part for part in parts if not isinstance(part, World | Ladder)]
        made.append(Control(why, worlds or None, claims[0] if claims else None, ladders or None))
    return tuple(made)
