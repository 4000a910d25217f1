"""Workers that are averaged more or less often: the setting and the schedules of `local_sgd_gain`."""

from dynamics import Phase
from dynamics.units import natural, regime
from theorems.overfitting import GAP_DELTA
from theorems.statement import World

WORKERS = 4
SETTING = natural(regime(n=20, d=50_000, m=10, mu_norm=5.0, B=5), step=0.2)
"""A round of four workers with B = 5 is an epoch of n = 20, so that averages each epoch are steps on full batches."""
EPOCHS = 400
FLIP = 0.2
GAIN = 0.05


def local(every: int, epochs: int = EPOCHS, flip: float | None = FLIP) -> Phase:
    """Return the phase of workers that are averaged so often; parallel SGD if each epoch."""
    rule = "local_sgd" if flip is None else "local_label_noise"
    return Phase(rule, epochs, workers=WORKERS, average_every=every, flip=flip)


def world(*phases: Phase, rival: Phase) -> World:
    """Return the world of workers and of what they are compared with."""
    return World(SETTING, phases, rival=(rival,), delta=GAP_DELTA, record_every=10**9, test_samples=4_000)
