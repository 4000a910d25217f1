"""What is blamed where training diverges: the numbers of the user that make steps large."""

from collections.abc import Sequence
from pathlib import Path

from dynamics.phase import Phase
from dynamics.rules import RULES
from dynamics.setting import Setting


def too_large(s: Setting, phases: Sequence[Phase]) -> str:
    """Say what is too large: the learning rate, or the largest radius where there is one.

    Parameters
    ----------
    s : Setting
    phases : sequence of Phase
        Those that were trained when numbers stopped being finite.

    Returns
    -------
    str
        "eta = ... is too large for this setting", or "eta = ... or tau = ...". Which of the two it was
        is not told apart: a step can overflow by its own length, and by the gradient at `W + eps`. A rule that
        is not the suite's own is blamed itself.
    """
    tau = max((phase.tau or 0.0 for phase in phases), default=0.0)
    eta = max((phase.eta or s.eta for phase in phases), default=s.eta)
    foreign = next((phase.rule for phase in phases if RULES[phase.rule].source), None)
    if foreign is not None:
        home = Path(RULES[foreign].source).name
        return f"rule {foreign!r} is that of {home}: its directions are too long for eta = {eta}"
    return f"eta = {eta}{f' or tau = {tau}' if tau else ''} is too large for this setting"
