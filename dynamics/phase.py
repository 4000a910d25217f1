"""One stage of training: which rule, for how many epochs, with which numbers."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Self

import numpy as np
from pydantic import Field, model_validator

from dynamics.rules import RULES, known_rules
from dynamics.setting import Setting
from dynamics.validation import Refusing, shown

_NUMBERS = {
    "tau": ("a radius tau >= 0", "radius"),
    "group": ("groups of group >= 1 samples", "groups"),
    "flip": ("a probability flip between 0 and 1", "label flips"),
    "workers": ("a number of workers >= 1", "workers"),
}
"""The numbers that some rules need and the others refuse: what is needed, and what is refused."""


class Phase(Refusing):
    """A stage of training.

    Parameters
    ----------
    rule : str
        Name of the optimiser, a key of `dynamics.rules.RULES`; may be given by position.
    epochs : int
        Number of epochs, at least 0.
    tau : float, optional
        Radius of the ascent step, in the units of the weights (`1 / sigma_p`), for "sam_unnormalised" in those of
        `1 / sigma_p^2`; required for the rules that look ahead, refused for the others.
    group : int, optional
        Samples that share an ascent, for "m_sam"; divides the batch size.
    flip : float, optional
        Probability with which each label of a batch is flipped, afresh at each step, for the rules of label noise.
    workers : int, optional
        Copies of the weights, for the local rules. Worker `k` of `K` reads only the samples from `k n/K` to
        `(k+1) n/K - 1`, in batches of `B`; `workers * B` divides `n`. Each step of an epoch is one worker's.
        Records are of the workers' mean.
    skew : float, optional
        Share of a worker's samples that are of its own class, from 1/2 (as they were drawn; so if it is not given) to 1
        (sorted by observed label): a share `2 skew - 1` of every shard is dealt out in the order of the labels.
    error : float, optional
        For "global_sam": share of the ascent's squared length that lies in a random direction of the span of
        `mu, xi_1, .., xi_n`, drawn afresh where the workers start and meet; the rest is true. 0 if it is not given.
    average_every : int, optional
        Epochs after which the workers are set to their mean; 1 if it is not given. They also are where a phase ends.
    eta : float, optional
        Learning rate of this phase, in the place of the setting's; a schedule is a row of phases.
    memory : float, optional
        Share of the last step that the next one repeats, in the place of the rule's; from 0, below 1.
    weight_decay : float, optional
        What is added to the direction, times the weights where the step starts (not where SAM looks); it goes through
        the memory, as in most libraries. Decoupled decay is that without memory.
    keep_velocity : bool
        Whether the phase goes on with the velocity of the last one, and with its state if the rule is the same;
        otherwise a phase starts at rest.
    replacement : bool
        Whether each batch is drawn from all samples (of its worker) with replacement, and a table of batches given
        to `train` may repeat and leave out samples; otherwise an epoch reads each sample once.

    Raises
    ------
    ValueError
        For an unknown rule, a negative number of epochs, a radius or another number that is missing, unasked for,
        out of its range or not finite.

    Examples
    --------
    >>> Phase("sam", epochs=56, tau=0.03)
    Phase(rule='sam', epochs=56, tau=0.03)
    >>> Phase("local_sgd", epochs=10, workers=4)
    Phase(rule='local_sgd', epochs=10, tau=None, workers=4)
    """

    rule: str
    epochs: Annotated[int, Field(ge=0)]
    tau: Annotated[float | None, Field(ge=0)] = None
    group: Annotated[int | None, Field(ge=1)] = None
    flip: Annotated[float | None, Field(ge=0, le=1)] = None
    workers: Annotated[int | None, Field(ge=1)] = None
    skew: Annotated[float | None, Field(ge=0.5, le=1)] = None
    error: Annotated[float | None, Field(ge=0, le=1)] = None
    average_every: Annotated[int | None, Field(ge=1)] = None
    replacement: bool = False
    eta: Annotated[float | None, Field(gt=0)] = None
    memory: Annotated[float | None, Field(ge=0, lt=1)] = None
    weight_decay: Annotated[float | None, Field(ge=0)] = None
    keep_velocity: bool = False

    def __init__(self, rule: str, epochs: int, tau: float | None = None, **unknown: Any) -> None:
        super().__init__(rule=rule, epochs=epochs, tau=tau, **unknown)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        always = ("rule", "epochs", "tau")
        return [(name, value) for name, value in vars(self).items() if name in always or value not in (None, False)]

    @model_validator(mode="after")
    def _rule_and_numbers_fit(self) -> Self:
        if self.rule not in RULES and self.rule not in known_rules():
            raise ValueError(f"rule = {shown(self.rule)} is not allowed: it must be one of {', '.join(sorted(RULES))}")
        needs = RULES[self.rule].needs
        for name, (needed, refused) in _NUMBERS.items():
            value = getattr(self, name)
            if name in needs and value is None:
                raise ValueError(f"{name} = None is not allowed: rule {self.rule!r} needs {needed}")
            if name not in needs and value is not None:
                raise ValueError(f"{name} = {value} is not allowed: rule {self.rule!r} takes no {refused}")
        for name, use in (("average_every", "to average"), ("skew", "to divide the labels among")):
            if getattr(self, name) is not None and self.workers is None:
                raise ValueError(
                    f"{name} = {getattr(self, name)} is not allowed: rule {self.rule!r} has no workers {use}"
                )
        if self.error is not None and not RULES[self.rule].whole:
            raise ValueError(f"error = {self.error} is not allowed: rule {self.rule!r} has no global ascent")
        if self.weight_decay and RULES[self.rule].rounds:
            raise ValueError(
                f"weight_decay = {self.weight_decay} is not allowed: rule {self.rule!r} would take it for an ascent"
            )
        if self.keep_velocity and self.workers is not None:
            raise ValueError(
                "keep_velocity = True is not allowed with workers: they start where their mean is, at rest"
            )
        return self

    @property
    def remembers(self) -> float:
        """Share of the last step that the next one repeats: the phase's own, or the rule's."""
        return RULES[self.rule].memory if self.memory is None else self.memory

    @property
    def plain(self) -> bool:
        """Whether it is the rule as it stands: nothing but the radius and other numbers that the rule needs is set."""
        return self.eta is self.memory is self.weight_decay is None and not self.keep_velocity

    def check_fits(self, s: Setting) -> None:
        """Raise `ValueError` if the numbers of this phase do not fit the sizes of the setting."""
        if self.group is not None and s.B % self.group:
            raise ValueError(f"Phase: group = {self.group} is not allowed: it must divide B = {s.B}")
        if self.workers is not None and s.H % self.workers:
            raise ValueError(f"Phase: workers = {self.workers} is not allowed: workers * B must divide n = {s.n}")

    @property
    def plan(self) -> tuple[Any, ...]:
        """All but the radius: replicas with equal plans can be trained together."""
        return tuple(value for name, value in vars(self).items() if name != "tau")


def spread(last: int, count: int) -> list[int]:
    """Return up to so many epochs from 1 to `last`, evenly spread in their logarithm."""
    return [int(epoch) for epoch in np.unique(np.geomspace(1, last, count).round().astype(int))]


def cut(phases: Sequence[Phase], epochs: Sequence[int]) -> list[Phase]:
    """Return the same training in shorter phases, one of which ends, and is recorded, at each of the epochs.

    Parameters
    ----------
    phases : sequence of Phase
        Of rules without memory: a phase of heavy-ball momentum starts at rest.
    epochs : sequence of int
        Within the training.

    Returns
    -------
    list of Phase
    """
    pieces: list[Phase] = []
    done = 0
    for phase in phases:
        end = done + phase.epochs
        stops = sorted({epoch for epoch in epochs if done < epoch < end} | {end})
        for stop in stops:
            pieces.append(phase.model_copy(update={"epochs": stop - done}))
            done = stop
    return pieces
