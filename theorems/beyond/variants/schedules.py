"""SAM then SGD, and SGD, as other algorithms do it; each from the same setting, with the radius of Theorem 4.1."""

import math
from collections.abc import Callable, Mapping

from dynamics import Phase, Setting
from theorems.condition import t1_epochs, tau_paper

AT_MOST = 500
"""Epochs after the SAM stage; they end by the loss, after about 50, unless SAM left a sample without active filters."""

Schedule = Callable[[Setting], tuple[Phase, ...]]


def norm_at_start(s: Setting) -> float:
    """Return `(P-1) sigma_p sqrt(d) / (2 sqrt(B m))`, the norm of a batch's gradient at a small start.

    There `l' = -1/2`, and half of the 2m filters are active on each of B nearly orthogonal noise vectors.
    """
    return (s.P - 1) * s.sigma_p * math.sqrt(s.d) / (2 * math.sqrt(s.B * s.m))


def sgd(s: Setting) -> tuple[Phase, ...]:
    """SGD."""
    return (Phase("sgd", AT_MOST),)


def sam(s: Setting) -> tuple[Phase, ...]:
    """SAM for `T_1` epochs, then SGD."""
    return (Phase("sam", t1_epochs(s), tau_paper(s)), *sgd(s))


def unnormalised(s: Setting) -> tuple[Phase, ...]:
    """SAM whose ascent is the gradient itself, times what makes it as long as SAM's at the start."""
    return (Phase("sam_unnormalised", t1_epochs(s), tau_paper(s) / norm_at_start(s)), *sgd(s))


def per_filter(s: Setting) -> tuple[Phase, ...]:
    """SAM whose ascent moves each filter by the same length."""
    return (Phase("sam_per_filter", t1_epochs(s), tau_paper(s)), *sgd(s))


def groups(s: Setting) -> tuple[Phase, ...]:
    """m-SAM on halves of the batch."""
    return (Phase("m_sam", t1_epochs(s), tau_paper(s), group=s.B // 2), *sgd(s))


def singles(s: Setting) -> tuple[Phase, ...]:
    """m-SAM on single samples."""
    return (Phase("m_sam", t1_epochs(s), tau_paper(s), group=1), *sgd(s))


def shorter_singles(s: Setting) -> tuple[Phase, ...]:
    """m-SAM on single samples, with the radius of Theorem 4.1 for batches of one."""
    return (Phase("m_sam", t1_epochs(s), tau_paper(s) / math.sqrt(s.B), group=1), *sgd(s))


def other_batch(s: Setting) -> tuple[Phase, ...]:
    """SAM whose ascent is that of another batch."""
    return (Phase("sam_other_batch", t1_epochs(s), tau_paper(s)), *sgd(s))


def momentum(s: Setting) -> tuple[Phase, ...]:
    """Heavy-ball momentum; to be used at a tenth of the learning rate, as each step is repeated ten times."""
    return (Phase("momentum", AT_MOST),)


def sam_momentum(s: Setting) -> tuple[Phase, ...]:
    """SAM with momentum, then momentum; at a tenth of the learning rate for as many epochs as at the whole."""
    return (Phase("sam_momentum", math.ceil(t1_epochs(s) / 10), tau_paper(s)), *momentum(s))


def local_sgd(s: Setting) -> tuple[Phase, ...]:
    """SGD of two workers, averaged after each epoch."""
    return (Phase("local_sgd", AT_MOST, workers=2),)


def local_sam(s: Setting) -> tuple[Phase, ...]:
    """SAM of two workers, each with its own ascent, for as many steps a worker as SAM takes; then SGD of them."""
    return (Phase("local_sam", 2 * t1_epochs(s), tau_paper(s), workers=2), *local_sgd(s))


def label_noise(s: Setting) -> tuple[Phase, ...]:
    """SGD with a fifth of the labels flipped afresh at each step, for `T_1` epochs; then SGD."""
    return (Phase("label_noise", t1_epochs(s), flip=0.2), *sgd(s))


def with_replacement(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """Return the same phases with batches drawn with replacement."""
    return tuple(Phase(**phase.model_dump() | {"replacement": True}) for phase in phases)


def sgd_replaced(s: Setting) -> tuple[Phase, ...]:
    """SGD, batches with replacement."""
    return with_replacement(sgd(s))


def sam_replaced(s: Setting) -> tuple[Phase, ...]:
    """SAM then SGD, batches with replacement."""
    return with_replacement(sam(s))


def setting_of(schedule: Schedule, s: Setting) -> Setting:
    """Return the setting that a schedule is trained in: momentum takes a tenth of the learning rate."""
    return s.replace(eta=s.eta / 10) if schedule in (momentum, sam_momentum) else s


KEEPERS: Mapping[str, Schedule] = {
    "SAM": sam,
    "unnormalised SAM": unnormalised,
    "SAM per filter": per_filter,
    "m-SAM, halves of the batch": groups,
    "SAM with momentum": sam_momentum,
    "SAM, batches with replacement": sam_replaced,
    "local SAM, 2 workers": local_sam,
}
"""What should keep the gap: each sample's own gradient is part of the ascent that it is seen under."""

LOSERS: Mapping[str, Schedule] = {
    "momentum": momentum,
    "local SGD, 2 workers": local_sgd,
    "SAM, ascent on another batch": other_batch,
}
"""What should not."""

OTHERS: Mapping[str, Schedule] = {
    "SGD": sgd,
    "SGD, batches with replacement": sgd_replaced,
    "label noise, then SGD": label_noise,
    "m-SAM, single samples": singles,
    "m-SAM, single samples, radius over sqrt(B)": shorter_singles,
}
"""What a pilot run left open, or is only to be compared with."""
