"""How long SAM takes to learn the signal, and what the ascent's reach along mu adds to it.

At the radius of Theorem 4.1 and full batches without flips the reach is `R = sqrt(m/2) n SNR^2 (P-1)/P`. While gamma is
within it, a filter learns from the other class, afterwards from its own; with classes of `(1 +- e) n/2` samples both
signs learn from the smaller one in between, and the time to a level g is longer by `4 R e^2 / ((1-e^2) g)` of itself.
Slopes at `W + eps` are those of the margin `gamma - R`, so that it is shorter by `R/2` of itself: notebook 08.
"""

import math

from theorems.ladders import first_time
from theorems.statement import Observations

LEVEL = 0.05


def time_to_signal(observations: Observations) -> float:
    """Return the epochs until the mean of `gamma_jr` is 0.05."""
    (o,) = observations
    return first_time(o.trained.epoch, o.trained.gamma.mean((1, 2)), LEVEL)


def time_without_reach(observations: Observations) -> float:
    """Return the same over what the reach of the ascent makes of it, with the classes of the draw."""
    (o,) = observations
    s, uneven = o.world.setting, float(o.sample.y_hat.mean()) ** 2
    reach = math.sqrt(s.m / 2) * s.n * s.snr**2 * (s.P - 1) / s.P
    return time_to_signal(observations) * (1 + reach / 2) / (1 + 4 * reach * uneven / ((1 - uneven) * LEVEL))
