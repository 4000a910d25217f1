"""One contest: SGD, SAM, and SAM then SGD from the same images, noise, flips, initial weights and batches."""

import math
from dataclasses import dataclass
from itertools import islice

import numpy as np

from dynamics import Phase, Setting
from dynamics.arrays import Array
from dynamics.batches import epochs_of_batches
from dynamics.digits import measure
from dynamics.digits.images import DigitSample, draw_digits, pair, setting
from dynamics.engines.network import loss_gradient
from dynamics.engines.patches import PatchRun, train_patches
from dynamics.phase import cut
from theorems.condition import t1_epochs, tau_paper

TOL = 0.05
"""Training stops at the first record with this loss."""
_RECORD_EVERY = 20
_EARLY = (1, 2, 3, 5, 7, 10, 14)


@dataclass(frozen=True)
class Training:
    """A schedule: SAM first, then SGD.

    Attributes
    ----------
    radius : float
        Over that of Theorem 4.1, `m sqrt(B) / (P sigma_p sqrt(d))`.
    stage : float
        Length of the SAM stage over `T_1 = m B / (eta n ||mu||^2)` epochs; 0 is SGD alone, infinite SAM alone.
    """

    radius: float
    stage: float


SGD, SAM = "SGD", "SAM"
TRAININGS = {
    SGD: Training(0.0, 0.0),
    SAM: Training(1.0, math.inf),
    "SAM for T_1, then SGD": Training(1.0, 1.0),
    "SAM for 4 T_1, then SGD": Training(1.0, 4.0),
    "radius 0.3, T_1, then SGD": Training(0.3, 1.0),
    "radius 0.1, T_1, then SGD": Training(0.1, 1.0),
}
QUANTITIES = (
    "test_error", "best_stop", "at_switch", "loss", "epochs", "active", "image_on_flipped", "noise_on_flipped",
    "image_on_clean", "noise_on_clean", "without_noise",
)  # fmt: skip
"""What is measured of each training, in the order of `contest`'s second axis."""
STARTS = ("active", "image_gradient", "noise_gradient", "stays_at_start", "stays_after_T_1")
"""What is measured of the start, and of SAM's first step and its step after `T_1`."""


def contest(
    classes: tuple[int, int], n: int, sigma_p: float, seed: int, epochs: int, trainings: tuple[str, ...]
) -> tuple[Array, Array]:
    """Train all ways from one start.

    Parameters
    ----------
    classes : tuple of int
        Two digits.
    n, sigma_p, seed
        As for `setting` and `draw_digits`.
    epochs : int
        Of SAM alone, and at most of each SGD stage; a SAM stage is at most so long too.
    trainings : tuple of str
        Keys of `TRAININGS`.

    Returns
    -------
    of_training : ndarray, shape (len(trainings), len(QUANTITIES))
        `best_stop`: smallest test error at a record of the run, an oracle that looks at the test error. `at_switch`:
        test error at the end of the SAM stage. `active`: share of pairs (own filter, sample) active at the end.
        `image_on_flipped` to `noise_on_clean`: means over flipped or clean samples of what the image and the noise give
        to the margin `y f`. `without_noise`: test error on images whose noise is next to none. NaN for what a training
        does not have.
    of_start : ndarray, shape (len(STARTS),)
        `image_gradient`, `noise_gradient`: norms of both parts of the gradient. `stays_at_start`, `stays_after_T_1`:
        share of the active pairs that are active at `W + eps` too, with `eps` of all samples and radius 1.
    """
    data = pair(*classes)
    s = setting(data, n, sigma_p)
    x = draw_digits(data, s, seed)
    of_training = np.array([_trained(s, x, TRAININGS[name], seed, epochs) for name in trainings])
    first = Phase("sam", min(t1_epochs(s), epochs), tau=tau_paper(s))
    after = train_patches(s, x.X, x.y, x.w0, first, seed, record_every=first.epochs).weights
    stays = [measure.stays_active(x, W, _ascent(s, x, W)) for W in (x.w0, after)]
    return of_training, np.array([measure.active(x, x.w0), *measure.gradient_parts(x, x.w0), *stays])


def _ascent(s: Setting, x: DigitSample, W: Array) -> Array:
    gradient = loss_gradient(W, x.X, x.y)
    return tau_paper(s) * gradient / np.linalg.norm(gradient)


def _trained(s: Setting, x: DigitSample, training: Training, seed: int, epochs: int) -> list[float]:
    first = epochs if training.stage == math.inf else min(math.ceil(training.stage * t1_epochs(s)), epochs)
    after = 0 if training.stage == math.inf else epochs
    # SGD learns most in its first epochs, and an early stop must be able to find them
    phases = cut([Phase("sgd", after)], _EARLY if first == 0 else ()) if after else []
    if first:
        phases = [Phase("sam", first, tau=training.radius * tau_paper(s)), *phases]
    run = train_patches(
        s, x.X, x.y, x.w0, phases, seed, record_every=_RECORD_EVERY, tol=TOL, watch=lambda W: W.copy()
    )  # fmt: skip
    errors = {k: measure.test_error(s, x, run.seen[k], seed) for k in _tested(run, first, after)}
    last, switch = len(run.epoch) - 1, int(np.searchsorted(run.epoch, first))
    return [
        errors[last],
        min(errors.values()) if first == 0 else math.nan,
        errors[min(switch, last)] if 0 < first and after else math.nan,
        run.loss[last],
        run.epoch[last],
        measure.active(x, run.weights),
        *measure.margins(x, run.weights, flipped=True),
        *measure.margins(x, run.weights, flipped=False),
        measure.test_error(s.replace(sigma_p=1e-9), x, run.weights, seed),
    ]


def _tested(run: PatchRun, first: int, after: int) -> list[int]:
    """Return the records whose test error is asked for: all of SGD alone, else the switch and the end."""
    last = len(run.epoch) - 1
    if first == 0:
        return list(range(1, last + 1))
    return sorted({min(int(np.searchsorted(run.epoch, first)), last), last}) if after else [last]


def switch(
    classes: tuple[int, int], n: int, sigma_p: float, seed: int, epochs: int, shares: tuple[float, ...]
) -> Array:
    """Train for a fixed number of epochs, of which the first ones by one rule and the others by the other.

    Parameters
    ----------
    classes, n, sigma_p, seed
        As for `contest`.
    epochs : int
        Of all training; no run stops early.
    shares : tuple of float
        Shares of the epochs before the switch, growing from 0 to 1.

    Returns
    -------
    ndarray, shape (2, len(shares))
        Test errors at the end: SAM first, and SGD first. SAM has the radius of Theorem 4.1.
    """
    data = pair(*classes)
    s = setting(data, n, sigma_p)
    x = draw_digits(data, s, seed)
    batches = np.stack(list(islice(epochs_of_batches(s, seed), epochs)))
    ends = [round(share * epochs) for share in shares]
    rules = {"sam": tau_paper(s), "sgd": None}
    errors = np.empty((2, len(shares)))
    for k, (before, then) in enumerate((("sam", "sgd"), ("sgd", "sam"))):
        W, done = x.w0, 0
        for a, end in enumerate(ends):
            first = Phase(before, end - done, rules[before])
            W = train_patches(s, x.X, x.y, W, first, batches=batches[done:end], record_every=epochs).weights
            second, done = Phase(then, epochs - end, rules[then]), end
            final = train_patches(s, x.X, x.y, W, second, batches=batches[end:], record_every=epochs)
            errors[k, a] = measure.test_error(s, x, final.weights, seed)
    return errors
