"""Of all sharpness measures the average rise ranks.

Statement
---------
At equal training loss (0.05), from the same data, initial weights and batches, with probability at least `1 - delta`:
SGD's test error is larger by 0.03 than that of SAM, full batch or one sample at a time, for `T_1` epochs and then SGD;
and so is its average rise of the loss over directions of length `m sqrt(n) / (P sigma_p)`, from d = 10^5 to 3 10^6.
One-sample SAM has the smaller trace of the Hessian, too. Full-batch SAM has not: its largest eigenvalue is the larger
one at every such d, its trace and the rise that it ascends are the larger ones at d = 10^5.

Hypotheses
----------
None is asked for: start and learning rate are in natural units. One-sample SAM is SAM with B = 1, at 0.03 of
the radius of Theorem 4.1 for that batch; at 0.3 of it the signal is switched off.

Proof idea
----------
The Hessian is `(1/n) sum_i l''_i grad f_i grad f_i^T` almost everywhere, and with nearly orthogonal noise its
eigenvalues are `l''_i a_i (P-1)^2 ||xi_i||^2 / (n m^2)`, `a_i` the filters active on `xi_i`: it counts filters that are
on. SGD has three quarters of each class's, SAM nearly all, but of some samples few, and these carry the loss. A random
direction of that length moves each product by `N(0, mB/(2P^2))`, more than training did, which makes of relu half of
the product: filters that are off count as well. The signal is held by both classes' filters, so its part of the margin
stays; memorised noise by one class's, so its part is halved; noise that SAM has unlearned in the other is added.

Source
------
This suite. That one-sample SAM lowers the trace, and full-batch SAM the largest eigenvalue, is the theory of late
training of Wen, Ma and Li, How Does Sharpness-Aware Minimization Minimize Sharpness?, ICLR 2023, arXiv:2211.05729.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dynamics import Trajectory
from dynamics.sharpness import ascent_rise, average_rise, hessian
from theorems.beyond.sharpness.solutions import BASE, SEED, both, one_sample, rise, unit
from theorems.overfitting import EPSILON, GAP_DELTA
from theorems.statement import Inequalities, Inequality, Observation, probability

BETTER = 0.03
"""How much larger SGD's test error is, at least."""
_PAIRS = 30
_TESTS = 2_000


def average(path: Trajectory) -> float:
    """Return the average rise at `sqrt(d)` times the full batch's radius of Theorem 4.1."""
    s = path.setting
    return float(average_rise(s, path.sample, path.weights(-1), s.d**0.5 * unit(s), _PAIRS, SEED).value)


def trace(path: Trajectory) -> float:
    """Return the trace of the Hessian."""
    return float(hessian(path.setting, path.sample, path.weights(-1)).trace)


def largest(path: Trajectory) -> float:
    """Return the largest eigenvalue of the Hessian."""
    return float(hessian(path.setting, path.sample, path.weights(-1)).largest)


def ascent(path: Trajectory) -> float:
    """Return the rise along the gradient at a tenth of the radius of Theorem 4.1."""
    s = path.setting
    return float(ascent_rise(s, path.sample, path.weights(-1), 0.1 * unit(s)))


def ascent_of_each(path: Trajectory) -> float:
    """Return the mean rise of each sample's loss along its own gradient, at a radius shorter by `sqrt(n)`."""
    s = path.setting
    return float(ascent_rise(s, path.sample, path.weights(-1), 0.1 * unit(s) / s.n**0.5, single=True))


def worst(path: Trajectory) -> float:
    """Return the worst rise at a tenth of the radius."""
    return rise(path, 0.1 * unit(path.setting))


def claim(o: Observation, measures: tuple[Callable[[Trajectory], float], ...] = (average,)) -> Inequalities:
    """Compare test errors, losses, and the measures: those asked for, and of one-sample SAM the trace, too."""
    if o.rival_error is None:
        raise ValueError("sharpness_measures needs a rival that was tested")
    if o.world.setting.B == 1 and measures == (average,):
        measures = (average, trace)
    better, spread = o.rival_error.value - o.tested.value, 3 * (o.rival_error.stderr + o.tested.stderr)
    return (
        Inequality("test error, SGD - SAM then SGD", better, BETTER, ">=", uncertainty=spread),
        Inequality("training loss", float(max(o.trained.loss[-1], o.rival_trained.loss[-1])), EPSILON, "<="),
        *(
            Inequality(
                f"{measure.__name__}, SGD / SAM then SGD", measure(o.rival_trained) / measure(o.trained), 1, ">="
            )
            for measure in measures
        ),
    )


_SMALL, _MIDDLE, _LARGE, _SINGLE = (
    replace(world, delta=GAP_DELTA)
    for world in (*(both(BASE.replace(d=d), _TESTS) for d in (10**5, 10**6, 3 * 10**6)), one_sample(BASE, _TESTS))
)

STATEMENT = probability(
    claim,
    predicts="SGD errs more by 0.03 and has the larger average rise at radius m sqrt(n) / (P sigma_p), at equal loss",
    formula=r"\mathbb{E}\,L_S(W_{\mathrm{SGD}}+\tau u)-L_S(W_{\mathrm{SGD}})\ge"
    r"\mathbb{E}\,L_S(W_{\mathrm{SAM}}+\tau u)-L_S(W_{\mathrm{SAM}}),\quad \tau=\frac{m\sqrt n}{P\sigma_p}",
    worlds=(_SMALL, _MIDDLE, _LARGE, _SINGLE),
    draws=(40, 150),
    uses=("balanced_logits", "active_share", "unlearning"),
    controls={
        "the trace in its place, d = 10^5": (partial(claim, measures=(trace,)), _SMALL),
        "the largest eigenvalue, d = 3 10^6": (partial(claim, measures=(largest,)), _LARGE),
        "the rise that SAM ascends": (partial(claim, measures=(ascent,)), _SMALL),
        "the rise that each sample's ascent sees": (partial(claim, measures=(ascent_of_each,)), _SMALL),
        "the worst rise at a tenth of the radius": (partial(claim, measures=(worst,)), _LARGE),
    },
)
