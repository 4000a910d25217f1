"""Local SGD gains nothing over parallel SGD.

Statement
---------
Four workers on i.i.d. shards, small steps, trained until the loss is 0.1 (with label noise: that noise's own). Averaged
every 16 or 64 epochs, with a fifth of the labels flipped afresh at each step or none, from the start or post-local
(from half of the training on), local SGD's test error is below that of parallel SGD (the same workers, averaged after
each step: SGD on the union of their batches) by at most 0.05, with probability at least `1 - delta`. Two things do
gain: the label noise itself, and with it, but not without, averaging once, at the end, at a loss almost twice as large.
(Five times as long: `results/local_sgd.nc`.)

Hypotheses
----------
None is asked for: this is one setting, in which SGD is harmful (excess 0.2).

Proof idea
----------
Noise is learned by one worker, so its mean is a K-th; so is that of a signal of which each sees a K-th of the samples a
round: their ratio is parallel SGD's. Noise in the gradient drifts against the Hessian's trace, by theory K times as
fast in local steps; but the trace counts active filters, and is constant until one is switched. Label noise does switch
off; a filter that is off in one worker is on in the mean with the others (`18_radius_length_local`).

Source
------
This suite. The claim is that of Lin, Stich, Patel and Jaggi, Don't Use Large Mini-Batches, Use Local SGD, ICLR 2020,
arXiv:1808.07217, and of Gu, Lyu, Huang and Arora, Why (and When) does Local SGD Generalize Better than SGD?, ICLR 2023,
arXiv:2303.01215.
"""

from theorems.beyond.variants.workers import EPOCHS, GAIN, local, world
from theorems.statement import Inequalities, Inequality, Observation, probability


def claim(o: Observation) -> Inequalities:
    """Compare the gain in test error over the rival with what is allowed."""
    if o.rival_error is None:
        raise ValueError("local_sgd_gain needs a rival that was tested")
    gain = o.rival_error.value - o.tested.value
    spread = 3 * max(o.tested.stderr, o.rival_error.stderr)
    return (Inequality("test error, parallel - local", gain, GAIN, "<=", uncertainty=spread),)


STATEMENT = probability(
    claim,
    predicts="test error of local SGD >= that of parallel SGD - 0.05, with label noise, without, and post-local",
    formula=r"\mathbb{P}_{\mathrm{local}}(yf<0)\ge\mathbb{P}_{\mathrm{parallel}}(yf<0)-0.05",
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
