"""All figures, by name, in the order in which they are shown."""

from typing import Any

from figures.constants import CONSTANTS
from figures.deactivation import DEACTIVATION
from figures.digits import DIGITS
from figures.exponents import EXPONENTS
from figures.long_sweep import LONG_SWEEP
from figures.necessity import NECESSITY
from figures.paths import PATHS
from figures.phase import PHASE_LARGE, PHASE_PAPER
from figures.picture import Picture
from figures.robustness import ROBUSTNESS
from figures.sharpness import SHARPNESS
from figures.stages import STAGES
from figures.tau_window import TAU_WINDOW
from figures.tightness import TIGHTNESS

FIGURES: dict[str, Picture[Any]] = {
    picture.name: picture
    for picture in (
        PHASE_LARGE,
        PHASE_PAPER,
        STAGES,
        PATHS,
        DEACTIVATION,
        TIGHTNESS,
        EXPONENTS,
        TAU_WINDOW,
        NECESSITY,
        CONSTANTS,
        ROBUSTNESS,
        SHARPNESS,
        DIGITS,
        LONG_SWEEP,
    )
}
