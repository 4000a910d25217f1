"""One stage of training: which rule, for how many epochs, with which radius."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from dynamics.rules import RULES
from dynamics.validation import Refusing, shown


class Phase(Refusing):
    """A stage of training.

    Parameters
    ----------
    rule : str
        Name of the optimiser, a key of `dynamics.rules.RULES`; may be given by position.
    epochs : int
        Number of epochs, at least 0.
    tau : float, optional
        Radius of the ascent step, in the units of the weights (`1 / sigma_p`); required for the
        rules that look ahead, refused for the others.

    Raises
    ------
    ValueError
        For an unknown rule, a negative number of epochs, a radius that is missing, unasked for,
        negative or not finite.

    Examples
    --------
    >>> Phase("sam", epochs=56, tau=0.03)
    Phase(rule='sam', epochs=56, tau=0.03)
    """

    rule: str
    epochs: Annotated[int, Field(ge=0)]
    tau: Annotated[float | None, Field(ge=0)] = None

    def __init__(self, rule: str, epochs: int, tau: float | None = None, **unknown: Any) -> None:
        super().__init__(rule=rule, epochs=epochs, tau=tau, **unknown)

    @model_validator(mode="after")
    def _rule_and_radius_fit(self) -> Self:
        if self.rule not in RULES:
            raise ValueError(f"rule = {shown(self.rule)} is not allowed: it must be one of {', '.join(sorted(RULES))}")
        if RULES[self.rule].needs_tau and self.tau is None:
            raise ValueError(f"tau = None is not allowed: rule {self.rule!r} needs a radius tau >= 0")
        if not RULES[self.rule].needs_tau and self.tau is not None:
            raise ValueError(f"tau = {self.tau} is not allowed: rule {self.rule!r} takes no radius")
        return self
