"""All figures, by name, in the order in which they are shown."""

from typing import Any

from figures.constants.draw import CONSTANTS
from figures.deactivation.draw import DEACTIVATION
from figures.digits.draw import DIGITS
from figures.exponents.draw import EXPONENTS
from figures.local_sgd.draw import LOCAL_SGD
from figures.long_sweep.draw import LONG_SWEEP
from figures.necessity.draw import NECESSITY
from figures.paths.draw import PATHS
from figures.phase.draw import PHASE_LARGE, PHASE_PAPER
from figures.picture import Picture
from figures.radius_length.draw import RADIUS_LENGTH
from figures.robustness.draw import ROBUSTNESS
from figures.sharpness.draw import SHARPNESS
from figures.stages.draw import STAGES
from figures.tau_window.draw import TAU_WINDOW
from figures.tightness.draw import TIGHTNESS

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
        RADIUS_LENGTH,
        NECESSITY,
        CONSTANTS,
        ROBUSTNESS,
        LOCAL_SGD,
        SHARPNESS,
        DIGITS,
        LONG_SWEEP,
    )
}
