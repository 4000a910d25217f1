"""Whether one sample is typical: the event on which the statements about paths are proved."""

from theorems.concentration import init_noise, init_signal, noise_cross, noise_norms, noise_signal
from theorems.condition import over
from theorems.statement import Observation


def typical_start(o: Observation) -> float:
    """Return how far a sample is inside the concentration bounds at the start.

    Parameters
    ----------
    o : Observation

    Returns
    -------
    float
        At least 1 where the bounds of `noise_norms`, `noise_cross`, `noise_signal`, `init_signal` and `init_noise`
        all hold: the smallest ratio of bound and measured.
    """
    found = [
        *noise_norms.claim(o),
        *noise_cross.claim(o),
        *noise_signal.claim(o),
        *init_signal.claim(o),
        *init_noise.claim(o),
    ]
    return min(over(i.bound, i.measured) if i.sense == "<=" else over(i.measured, i.bound) for i in found)
