"""All figures, by name, in the order in which they are shown."""

from typing import Any

from figures.cartoon.draw import CARTOON
from figures.constants.draw import CONSTANTS
from figures.deactivation.draw import DEACTIVATION
from figures.digits.draw import DIGITS_NOISE, DIGITS_PAIRS, DIGITS_SWITCH
from figures.error_curve.draw import ERROR_CURVE
from figures.exponents.draw import EXPONENTS, EXPONENTS_DETAIL
from figures.federated.draw import FEDERATED
from figures.filters.draw import FILTERS
from figures.local_sgd.draw import LOCAL_SGD
from figures.long_sweep.draw import LONG_SWEEP
from figures.necessity.draw import NECESSITY
from figures.nuisance.draw import NUISANCE
from figures.phase.draw import PHASE
from figures.picture import Picture
from figures.poster.draw import POSTER
from figures.race.draw import RACE
from figures.radius_length.draw import RADIUS_LENGTH
from figures.robustness.draw import ROBUSTNESS
from figures.sharpness.draw import SHARPNESS
from figures.stages.draw import STAGES
from figures.tau_window.draw import TAU_WINDOW
from figures.tightness.draw import TIGHTNESS
from figures.true_region.draw import TRUE_REGION
from figures.verdicts.draw import VERDICTS

FIGURES: dict[str, Picture[Any]] = {
    picture.name: picture
    for picture in (
        STAGES,
        CARTOON,
        RACE,
        FILTERS,
        PHASE,
        VERDICTS,
        DEACTIVATION,
        TAU_WINDOW,
        EXPONENTS,
        EXPONENTS_DETAIL,
        RADIUS_LENGTH,
        CONSTANTS,
        ERROR_CURVE,
        TIGHTNESS,
        TRUE_REGION,
        NECESSITY,
        ROBUSTNESS,
        FEDERATED,
        LOCAL_SGD,
        SHARPNESS,
        DIGITS_NOISE,
        DIGITS_PAIRS,
        DIGITS_SWITCH,
        NUISANCE,
        POSTER,
        LONG_SWEEP,
    )
}
