"""Local SGD gains nothing over parallel SGD.

Statement
---------
Four workers on i.i.d. shards, small steps, training on while the loss falls to 0.1 and below (with label noise, to that
noise's own). Averaged every 16 or 64 epochs, with a fifth of the labels flipped afresh at each step or none, from the
start or post-local (from half of the training on), local SGD's test error is below that of parallel SGD (the same
workers, averaged after each step: SGD on the union of their batches) by at most 0.05, with probability at least
`1 - delta`. Two things do gain: the label noise itself, and with it, but not without, averaging once, at the end, at a
loss almost twice as large. (Five times as long: `results/local_sgd.nc`.)

Hypotheses
----------
None is asked for: this is one setting, in which SGD is harmful (excess 0.2).

Proof idea
----------
A sample's noise is learned by its own worker, and its mean over workers is a K-th; so is that of a signal of which each
worker sees a K-th of the samples a round. The ratio of both is parallel SGD's, whatever the interval. The theory of the
gain says that gradient noise drifts along the minimisers against the gradient of the Hessian's trace, K times as fast
with local steps. Here the trace counts active filters (`sharpness_measures`): it is constant between the hyperplanes
where one turns on or off, so there is no drift but by crossing one. Label noise crosses: a pair that it switches off is
not switched on again, and memorises nothing. But one that is off in one worker is on in the average with the others.
Averaging once divides by K the noise of a sample, which one worker knows, and the signal, of which a shard teaches a
K-th. With label noise a shard teaches more of it, in time: a worker's step on a sample is K times as long as parallel
SGD's, and switches off the sooner.

Source
------
This suite. The claim is that of Lin, Stich, Patel and Jaggi, Don't Use Large Mini-Batches, Use Local SGD, ICLR 2020,
arXiv:1808.07217, and of Gu, Lyu, Huang and Arora, Why (and When) does Local SGD Generalize Better than SGD?, ICLR 2023,
arXiv:2303.01215.
"""

from dynamics import Phase
from dynamics.units import natural, regime
from theorems.overfitting import GAP_DELTA
from theorems.statement import Inequalities, Inequality, Observation, World, probability

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


def claim(o: Observation) -> Inequalities:
    """Compare the gain in test error over the rival with what is allowed."""
    if o.rival_error is None:
        raise ValueError("local_sgd_gain needs a rival that was tested")
    gain = o.rival_error.value - o.tested.value
    spread = 3 * max(o.tested.stderr, o.rival_error.stderr)
    return (Inequality("test error, parallel - local", gain, GAIN, "<=", uncertainty=spread),)


def world(*phases: Phase, rival: Phase) -> World:
    """Return the world of workers and of what they are compared with."""
    return World(SETTING, phases, rival=(rival,), delta=GAP_DELTA, record_every=10**9, test_samples=4_000)


STATEMENT = probability(
    claim,
    predicts="test error of local SGD >= that of parallel SGD - 0.05, with label noise, without, and post-local",
    formula=r"\mathbb P_{\mathrm{local}}(yf<0)\ge\mathbb P_{\mathrm{parallel}}(yf<0)-0.05",
    worlds=(
        world(local(64, flip=None), rival=local(1, flip=None)),
        world(local(16), rival=local(1)),
        world(local(1, EPOCHS // 2), local(64, EPOCHS // 2), rival=local(1)),
    ),
    draws=(40, 150),
    uses=("gap_lost", "sharpness_measures"),
    controls={
        "the gain of label noise itself, of a third": world(local(1, flip=1 / 3), rival=local(1, flip=None)),
        "averaged once, at the end": world(local(EPOCHS), rival=local(1)),
    },
)
