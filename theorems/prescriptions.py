"""What the paper prescribes, by the names that a sweep's CONFIG may use."""

from collections.abc import Callable, Mapping

from dynamics import Setting
from theorems.condition import t1_epochs, tau_paper, tau_rule

FORMULAS: Mapping[str, Mapping[str, Callable[[Setting], float]]] = {
    "epochs": {"T1": t1_epochs},
    "tau": {"tau_paper": tau_paper, "tau_rule": tau_rule},
}
"""For the fields of a phase: `T_1 = m B / (eta n ||mu||^2)` epochs, the radius of Theorem 4.1 with constant 1, and that
of the rule of this suite."""
