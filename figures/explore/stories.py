"""The six stories of the page, and the settings that they start from."""

import math
from dataclasses import dataclass

from dynamics import Phase, Setting
from dynamics.units import regime
from theorems.condition import t1_epochs, tau_paper, tau_rule

SGD_AT_MOST = 200_000
"""Epochs of SGD, or of SGD after SAM, at most; a run stops sooner, at the training loss asked for."""


@dataclass(frozen=True)
class Story:
    """A preset of the page.

    Attributes
    ----------
    name : str
        In the address, `#story=name`.
    title : str
    setting : Setting
    tau : float
        Radius of SAM, in units of the weights.
    sam : int
        Length of the SAM stage in epochs.
    statement : str
        The statement of the catalogue that the story shows.
    text : str
        Two sentences; fields in braces are measured numbers (`figures.explore.page`).
    role : str
        What the story does with the statement.
    """

    name: str
    title: str
    setting: Setting
    tau: float
    sam: int
    statement: str
    text: str
    role: str = "Shows"

    @property
    def schedules(self) -> dict[str, list[Phase]]:
        """The phases of each optimiser."""
        finish = Phase("sgd", epochs=SGD_AT_MOST)
        return {"sgd": [finish], "sam": [Phase("sam", epochs=self.sam, tau=self.tau), finish]}


def digits(value: float) -> float:
    """Return a number with four significant digits, rounded down: an address stays short, and inside its line."""
    scale = 10.0 ** (3 - math.floor(math.log10(value)))
    return float(f"{math.floor(value * scale * (1 - 1e-12)) / scale:.4g}")


def base(*, d: int = 10**5, mu_norm: float = 6.0, B: int = 30, p: float = 0.05) -> Setting:
    """Return a setting inside every line of Condition 3.1, its learning rate at the line: SGD harms, SAM does not."""
    s = regime(n=30, d=d, m=15, mu_norm=mu_norm, B=B, p=p, step=0.25 / math.sqrt(d), start=0.005)
    return s.replace(eta=digits(s.eta), sigma_0=digits(s.sigma_0))


def _story(
    name: str, title: str, s: Setting, statement: str, text: str, tau: float | None = None, role: str = "Shows"
) -> Story:
    return Story(name, title, s, digits(tau or tau_paper(s)), t1_epochs(s), statement, text, role)


_BASE = base()
STORIES = (
    _story(
        "harmful-sgd",
        "SGD fits every label by heart",
        base(d=30_000, mu_norm=3.3),
        "harmful_overfitting",
        "SGD reaches training loss {tol} by memorising noise: noise learned {sgd_noise}, signal learned {sgd_signal}. "
        "Fresh data pay for it, with a test error of {sgd_error} where flipped labels alone make {p}.",
    ),
    _story(
        "sam-prevents",
        "SAM keeps the noise out",
        _BASE,
        "noise_prevention",
        "For T₁ epochs the ascent switches memorising filters off before each step: noise learned stays at "
        "{sam_noise_at_switch}, while SGD learns {sgd_noise}. The signal grows meanwhile, and the test error ends at "
        "{sam_error} against {sgd_error}.",
    ),
    _story(
        "small-radius",
        "Too small a radius is SGD",
        _BASE,
        "tau_window",
        "A tenth of the radius of the rule does not reach across one step, so filters stay on and memorise: noise "
        "learned {sam_noise} under SAM, {sgd_noise} under SGD. The test errors are {sam_error} and {sgd_error}.",
        tau=0.1 * tau_rule(_BASE),
    ),
    _story(
        "large-radius",
        "Far too large a radius harms again",
        _BASE,
        "tau_upper",
        "At a million times the rule the ascent drives filters of the other class deep below zero, and that is noise "
        "too. The test error of SAM is {sam_error}; at the radius of the paper it is {best}.",
        tau=1e6 * tau_rule(_BASE),
    ),
    _story(
        "one-at-a-time",
        "B = 1: SAM loses the signal as well",
        base(d=30_000, mu_norm=5.5, B=1),
        "single_class_ascent",
        "A batch of one has one class, so the ascent switches the signal off with the noise: signal learned by T₁ is "
        "{sam_signal_at_switch}. Every line of Condition 3.1 holds, "
        "Theorem 4.1 lacks its hypothesis on batches, and the "
        "test error is {sam_error} (SGD: {sgd_error}).",
    ),
    _story(
        "the-switch",
        "The switch: memorise late, and safely",
        base(p=0.2),
        "sam_benign",
        "At T₁ the loss is still {sam_loss_at_switch} and next to no noise is learned ({sam_noise_at_switch}); then "
        "SGD takes over and fits every label. The signal is there by now, so the test error stays at {sam_error}, next "
        "to the {p} of flipped labels (SGD from the start: {sgd_error}).",
    ),
)
