"""What is asked of settings in which a line of Condition 3.1 is broken: bases, trainings, and claims by group.

A group is a training, or a few, that several statements speak of; more are in `figures.necessity.scales` and
`figures.necessity.contours`. Claims are those of the catalogue. Where the catalogue's bound
is vacuous in every setting that meets all lines and is affordable (n about 20), the claim is the paper's own form with
a constant: `o(1)` is at most 1/2, `Omega(1)` is at least 0.05 (gamma) or 1 (rho_bar), `O(1)` is at most 2, `Theta(1)`
is within a factor of 10. Training has 5 times `B m / (eta epsilon (P-1)^2 sigma_p^2 d)` epochs, Theorem 3.2's time, to
the loss epsilon; a run that is not there by then, or diverges, has failed."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dynamics import Phase, Setting
from dynamics.engines.network import inputs, loss_gradient
from figures.necessity.lines import STRONG, STRONG_FOR_SAM, WEAK, Own, affordable_sam, affordable_sgd
from theorems.concentration import (
    active_filters,
    active_filters_threshold,
    active_samples,
    active_samples_threshold,
    batch_balance,
    class_counts,
    init_noise,
    init_noise_max,
    init_norms,
    init_signal,
    init_signal_max,
    noise_cross,
    noise_norms,
    noise_signal,
)
from theorems.condition import t1_epochs, tau_paper
from theorems.overfitting import DELTA, EPSILON, benign, harmful, trained_to_accuracy
from theorems.sam.gradient_norm import norm_bound
from theorems.sgd import (
    activation_persistence,
    balanced_logits,
    coefficient_recursion,
    coefficient_scale,
    decomposition,
    inner_product_tracking,
    monotone_coefficients,
    path,
)
from theorems.statement import Claim, Inequality, Observation, World, worst
from theorems.worlds import regime, sam_stage, sgd_stage

TIMES = 5
"""Epochs allowed, in units of `B m / (eta epsilon (P-1)^2 sigma_p^2 d)`."""
_SHORTEST_STEP = 0.002
_LONGEST_STAGE = 20_000
_ROUNDING = 1000 * float(np.finfo(float).eps)
"""Of a weight, after some tens of steps."""
_J = np.array([1, -1])[:, None, None]


@dataclass(frozen=True)
class Group:
    """Statements that are read off one training.

    Attributes
    ----------
    name : str
    base : Setting
        Meets every line of Condition 3.1 with constant 1.
    own : tuple of Own
        What is kept besides: the signal strength that the theorem asks for, and what is affordable.
    world : callable
        The world of a setting, or the worlds, their phases made for it.
    claims : mapping of str to callable
        Claims by statement; each takes the observations of one draw, one a world.
    least : float
        The share of draws below which a statement has fallen: `1 - delta` of a probability, else 1/2.
    most_n, most_m : int
        Samples and filters that are affordable.
    finest : float, optional
        Where the lines on m and n alone begin to fall, if the claims need more filters or samples than the base has.
    """

    name: str
    base: Setting
    own: tuple[Own, ...]
    world: Callable[[Setting], World | tuple[World, ...]]
    claims: Mapping[str, Callable[..., Sequence[Inequality]]]
    least: float
    most_n: int = 120
    most_m: int = 500
    finest: float | None = None

    def worlds(self, s: Setting) -> tuple[World, ...]:
        """Return the worlds of a setting."""
        found = self.world(s)
        return found if isinstance(found, tuple) else (found,)


def base(**sizes: float) -> Setting:
    """Return a setting whose learning rate is as large as the last line of Condition 3.1 allows at P = 2, less 0.1%."""
    return regime(step=0.999 / (4 * math.sqrt(sizes["d"])), **sizes)  # type: ignore[arg-type]


def allowed_epochs(s: Setting) -> int:
    """Return `5 B m / (eta epsilon (P-1)^2 sigma_p^2 d)`, at least 50."""
    return max(50, math.ceil(TIMES * s.B * s.m / (s.eta * EPSILON * (s.P - 1) ** 2 * s.sigma_p**2 * s.d)))


def sgd_world(s: Setting) -> World:
    """Return SGD to the accuracy asked for, in the time allowed, tested, recorded at powers of two."""
    phases = (Phase("sgd", epochs=allowed_epochs(s)),)
    return World(s, phases, delta=DELTA, record_every="geometric", tol=EPSILON, test_samples=4_000)


def sam_world(s: Setting) -> World:
    """Return SAM for `T_1`, then SGD to the accuracy asked for, in the time allowed, and tested."""
    phases = (sam_stage(s), Phase("sgd", epochs=allowed_epochs(s)))
    return World(s, phases, delta=DELTA, record_every="geometric", tol=EPSILON, test_samples=4_000)


def stage_world(s: Setting) -> World:
    """Return SAM for `T_1`, recorded about twenty times."""
    return World(s, (sam_stage(s),), delta=DELTA, record_every=max(1, t1_epochs(s) // 20))


def rival_world(s: Setting) -> World:
    """Return SGD for `T_1` epochs."""
    return World(s, (sgd_stage(s),), delta=DELTA, record_every=t1_epochs(s))


def start_world(s: Setting) -> World:
    """Return the start only."""
    return World(s, delta=DELTA)


def epoch_world(s: Setting) -> World:
    """Return one epoch of SGD, recorded in every step."""
    return World(s, (Phase("sgd", epochs=1),), delta=DELTA, record_every="step")


def network_world(s: Setting) -> World:
    """Return 10 epochs of SAM and 10 of SGD on the weights themselves, recorded in every step."""
    phases = (Phase("sam", epochs=10, tau=tau_paper(s)), Phase("sgd", epochs=10))
    return World(s, phases, delta=DELTA, engine="network", record_every="step")


def holds(inequalities: Iterable[Inequality]) -> bool | None:
    """Say whether all inequalities hold; None while one is left open."""
    found = [inequality.holds for inequality in inequalities if inequality.count]
    return False if False in found else None if None in found or not found else True


def in_its_time(o: Observation) -> Observation:
    """Return the observation with `T*` the epochs that the run took (2 at least), for bounds that depend on `T*`."""
    epochs = max(2, int(o.trained.epoch[-1]))
    return replace(o, world=replace(o.world, phases=(o.world.phases[0].model_copy(update={"epochs": epochs}),)))


def part(claim: Claim, *labels: str) -> Claim:
    """Return the inequalities of a claim with these labels, of a run in its own time."""
    return lambda o: [found for found in claim(in_its_time(o)) if found.label in labels or not labels]


def signal_noise_ratio(o: Observation) -> Sequence[Inequality]:
    """Compare `sum_i rho_bar / gamma` times SNR^2, means over filters, with 1/10 and 10."""
    learned = np.where(o.sample.own, o.trained.rho[-1], 0.0).sum(-1).mean()
    ratio = float(learned * o.world.setting.snr**2 / o.trained.gamma[-1].mean())
    return (worst("ratio SNR^2", ratio, ">=", 0.1), worst("ratio SNR^2", ratio, "<=", 10.0))


def memorised(o: Observation) -> Sequence[Inequality]:
    """Compare the distance between margins and memorised noise with 2."""
    return (worst("|y f - mean rho_bar|", np.abs(path.margins_of(o) - path.memorisation_of(o)), "<=", 2.0),)


def no_noise_learned(o: Observation) -> Sequence[Inequality]:
    """Compare the largest `rho_bar` of the SAM stage with 1/2."""
    own = np.where(o.sample.y == _J, o.trained.rho, 0.0)
    return (worst("max rho_bar", own, "<=", 0.5),)


def noise_learned_by_sgd(o: Observation) -> Sequence[Inequality]:
    """Compare, under SGD at `T_1`, the least over samples of the largest `rho_bar` with 1."""
    own = np.where(o.sample.y == _J, o.trained.rho[-1], 0.0)
    return (worst("min over samples of max rho_bar", own.max((0, 1)), ">=", 1.0),)


def signal_learned(o: Observation) -> Sequence[Inequality]:
    """Compare the least `gamma_jr(T_1)` with 0.05."""
    return (worst("gamma_jr(T_1)", o.trained.gamma[-1], ">=", 0.05),)


def _gradients(o: Observation) -> Iterable[tuple[np.ndarray, np.ndarray, float]]:
    """Yield, at the start, the middle and the end of the stage, `<w, xi>` and `<eps, xi>` of own pairs, and the norm.

    The batch is the whole sample where B = n, else the first B samples.
    """
    s, x, run = o.world.setting, o.sample, o.trained
    batch = np.arange(s.B)
    j, tau = _J[..., 0], o.world.phases[0].tau or 0.0
    X = inputs(x, s.P)[batch]
    for k in sorted({0, len(run.epoch) // 2, len(run.epoch) - 1}):
        W = run.weights(k)
        on_xi = W @ x.xi[batch].T
        gradient = loss_gradient(W, X, x.y[batch])
        norm = float(np.linalg.norm(gradient))
        shift = tau * (gradient @ x.xi[batch].T) / norm if norm > 0 else 0 * on_xi
        pairs = (on_xi > 0) & (x.y[batch] == j[..., None])
        yield on_xi[pairs], shift[pairs], norm


def switched_off(o: Observation) -> Sequence[Inequality]:
    """Compare `<w + eps, xi>` of active own pairs with 0, at three instants of the stage."""
    products = np.concatenate([product + shift for product, shift, _ in _gradients(o)])
    return (worst("<w+eps, xi>", products, "<=", 0.0),)


def gradient_bounded(o: Observation) -> Sequence[Inequality]:
    """Compare the norm of the gradient at three instants of the stage with its bound."""
    return (worst("||grad||_F", [norm for *_, norm in _gradients(o)], "<=", norm_bound(o.world.setting)),)


def recursion_beyond_rounding(o: Observation) -> Sequence[Inequality]:
    """Compare the recursion with the coefficients, which are known up to the rounding of the weights.

    A relative error `delta` of `w` is one of `delta ||w|| ||mu||` in gamma and of `delta (P-1) ||w|| ||xi||` in rho.
    """
    s, run = o.world.setting, o.trained
    size = max(float(np.linalg.norm(run.weights(k), axis=-1).max()) for k in (0, -1))
    units = (
        size * s.mu_norm / np.abs(run.gamma).max(),
        size * (s.P - 1) * float(np.linalg.norm(o.sample.xi, axis=1).max()) / np.abs(run.rho).max(),
    )
    found = coefficient_recursion.claim(o)
    return [replace(i, bound=max(i.bound, _ROUNDING * unit)) for i, unit in zip(found, units, strict=True)]


_FREE_OF_TIME = (affordable_sgd(_SHORTEST_STEP),)
_STAGE = affordable_sam(_LONGEST_STAGE)
WEAK_TO_NOISE = Own("1 / (10 n SNR^2)", 1 / 40, {"d": 1, "n": -1, "s": -2})
"""Hypothesis of `noise_prevention` at P = 2: SGD has the time to learn noise by `T_1`. A stricter `SIGNAL`."""
_SIZES = {"n": 24, "m": 8, "B": 24}

HARMFUL = Group(
    "SGD, weak signal",
    base(d=4_000, mu_norm=2.0, **_SIZES),
    (WEAK, *_FREE_OF_TIME),
    sgd_world,
    {"harmful_overfitting": lambda o: (trained_to_accuracy(o), harmful(o))},
    1 - DELTA,
)
BENIGN = Group(
    "SGD, strong signal",
    base(d=1_200, mu_norm=8.2, **_SIZES),
    (STRONG, *_FREE_OF_TIME),
    sgd_world,
    {"benign_overfitting": lambda o: (trained_to_accuracy(o), benign(o))},
    1 - DELTA,
)
SAM = Group(
    "SAM, then SGD",
    base(d=2_000, mu_norm=6.5, **_SIZES),
    (STRONG_FOR_SAM, *_FREE_OF_TIME, _STAGE),
    sam_world,
    {"sam_benign": lambda o: (trained_to_accuracy(o), benign(o))},
    1 - DELTA,
)
STAGE = Group(
    "the SAM stage",
    base(d=12_000, mu_norm=6.5, **_SIZES),
    (STRONG_FOR_SAM, _STAGE),
    stage_world,
    {
        "noise_prevention": no_noise_learned,
        "signal_learning": signal_learned,
        "deactivation": switched_off,
        "gradient_norm": gradient_bounded,
    },
    0.5,
)
RIVAL = Group(
    "SGD for as long",
    STAGE.base,
    (STRONG_FOR_SAM, _STAGE, WEAK_TO_NOISE),
    rival_world,
    {"noise_prevention (SGD)": noise_learned_by_sgd},
    0.5,
)
PATH = Group(
    "the path of SGD",
    HARMFUL.base,
    _FREE_OF_TIME,
    sgd_world,
    {
        "loss_convergence": lambda o: (trained_to_accuracy(o),),
        "coefficient_scale: rho_bar": part(coefficient_scale.claim, "max rho_bar", "min rho_bar"),
        "coefficient_scale: rho_under": part(coefficient_scale.claim, "max rho_under", "min rho_under"),
        "coefficient_scale: gamma": part(coefficient_scale.claim, "max gamma", "min gamma"),
        "signal_noise_ratio": signal_noise_ratio,
        "inner_product_tracking": part(inner_product_tracking.claim),
        "activation_persistence": activation_persistence.claim,
        "balanced_logits": lambda o: balanced_logits.claim(in_its_time(o))[:1],
        "margin_is_memorisation": memorised,
        "monotone_coefficients": monotone_coefficients.claim,
    },
    0.5,
)

START = Group(
    "the start",
    HARMFUL.base,
    (),
    start_world,
    {
        module.STATEMENT.id: module.claim
        for module in (
            noise_norms,
            noise_cross,
            noise_signal,
            init_norms,
            init_signal,
            init_noise,
            class_counts,
            active_filters,
            active_filters_threshold,
            active_samples,
            active_samples_threshold,
        )
    }
    | {
        "init_signal": lambda o: (*init_signal.claim(o), *init_signal_max.claim(o)),
        "init_noise": lambda o: (*init_noise.claim(o), *init_noise_max.claim(o)),
    },
    1 - DELTA,
    most_n=400,
    finest=60.0,
)
"""The law of these claims depends on n, m, d and p only: lines that move none of these cannot touch them."""
BATCHES = Group(
    "the batches",
    base(n=160, d=26_000, m=8, mu_norm=4.0, B=20),
    (),
    epoch_world,
    {"batch_balance": batch_balance.claim},
    1 - DELTA,
    most_n=400,
)
"""This law depends on n, B and p only. Predicted: it falls at few samples, where batches hold one or two, and at
`1/p` about 2.5, where the chance that a batch is out of balance passes 1/3."""
NETWORK = Group(
    "the network, step by step",
    HARMFUL.base,
    (),
    network_world,
    {"decomposition": decomposition.claim, "coefficient_recursion": recursion_beyond_rounding},
    0.5,
)
"""Identities. Predicted: never, but where `mu, xi_1, .., xi_n` are dependent: `d <= n`, which `d >= n s^2` leaves open
at s = 1 alone. (Pilot runs: at a start 10^4 times too large, or a signal 10^4 times too weak, the coefficients drown in
the rounding of the weights. That is no failure of the identity, so it is allowed for.)"""
