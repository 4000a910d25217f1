"""The path of SGD in the limit of many samples, filters and dimensions, solved as a process of one sample.

With full batches and a start of `start sqrt(n)/((P-1) sigma_p d)`, in units of `sqrt(n/d)` the products
`(P-1) <w_jr, xi_i>` of a sample's own filters start as independent `N(0, start^2)`, and a pair that is active gains
`step |l'_i|` an epoch, more than any cross term: it stays active. An inactive one moves by the cross terms, `step
sum_k <xi_i, xi_k>/||xi_k||^2 a_rk |l'_k|` over the samples of its class (and, in the first epoch, less those of the
other class, which that epoch switches off). Whatever an inactive pair does moves no other, so the sum is normal given
the path of all others, with the covariance, for filters r, s and epochs e, f,

    (1/2) E[|l'|_e |l'|_f a_r(e) a_s(f)]:  C(e, f) for r = s, D(e, f) for r != s,

where the mean is over samples: the sample's own law. So all filters of a sample share a process of covariance D/2, each
has one of C - D of its own, and both are known up to the epoch that they are needed in. `solve` draws many samples with
many filters each, epoch by epoch: no n, no d, and no xi. Neither flips nor signal enter: `n SNR^2` is small.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.linalg import solve_triangular

from dynamics.arrays import Array
from dynamics.streams import PERTURBATION, stream

SAMPLES, FILTERS, _AT_MOST = 1_000, 40, 1_000


@dataclass(frozen=True)
class MeanField:
    """What the process of one sample ends in.

    Attributes
    ----------
    shares : ndarray, shape (samples,)
        Share of its own filters that memorise a sample.
    signal : float
        Mean over samples of `step sum_e |l'|`: what a sample adds to `gamma / SNR^2`.
    shared, own : float
        `E[rho_r rho_s]` for r != s, and `E[rho_r^2]` less that: what a class's filters share of the square of the noise
        at a fresh input, and what is each filter's own, per sample and in units of `1/d`.
    epochs : int
    """

    shares: Array
    signal: float
    shared: float
    own: float
    epochs: int


@cache
def solve(step: float, start: float, tol: float, filters: int = FILTERS) -> MeanField:
    """Return the end of the path of SGD at training loss `tol`.

    Parameters
    ----------
    step, start : float
        As for `dynamics.units.natural`.
    tol : float
    filters : int
        Of each sample; with few of them the law of the shares is that of networks of so many.

    Returns
    -------
    MeanField
        Always the same: its random numbers have a seed of their own.
    """
    rng = stream(0, PERTURBATION)
    x = start * rng.standard_normal((SAMPLES, filters))
    rho, signal = np.zeros_like(x), np.zeros(SAMPLES)
    common, single = np.empty((_AT_MOST, SAMPLES)), np.empty((_AT_MOST, x.size))
    means, rests = np.empty_like(common), np.empty_like(single)  # of |l'| a: over filters, and what is left
    shared, own = np.zeros((0, 0)), np.zeros((0, 0))
    for epoch in range(_AT_MOST):
        margin = rho.mean(1)
        if np.logaddexp(0, -margin).mean() <= tol:
            break
        active, so_far = x > 0, slice(epoch + 1)
        slope = 1 / (1 + np.exp(margin))
        weighted = slope[:, None] * active
        means[epoch] = weighted.mean(1)
        rests[epoch] = (weighted - means[epoch][:, None]).ravel()
        common[epoch], single[epoch] = rng.standard_normal(SAMPLES), rng.standard_normal(x.size)
        # Gram matrices, which no chance makes indefinite: D, too large by a share 1/filters of C - D, and C - D
        shared = _grown(shared, means[so_far] @ means[epoch] / (2 * SAMPLES))
        own = _grown(own, rests[so_far] @ rests[epoch] / (2 * SAMPLES * (filters - 1)))
        push = (shared[-1] @ common[so_far])[:, None] + (own[-1] @ single[so_far]).reshape(x.shape)
        if epoch == 0:  # half of the other class's pairs, with slope 1/2: D/2 = (C - D)/2 = 1/32
            push = push - (rng.standard_normal((SAMPLES, 1)) + rng.standard_normal(x.shape)) / np.sqrt(32)
        gain = step * slope
        signal += gain
        rho += gain[:, None] * active
        x = np.where(active, x, x + step * push)
    square, pairs = (rho**2).mean(), _pairs(rho, rho).mean()
    return MeanField((x > 0).mean(1), float(signal.mean()), float(pairs), float(square - pairs), epoch)


def _pairs(left: Array, right: Array) -> Array:
    """Return each sample's mean of products over pairs of different filters."""
    k = left.shape[1]
    return (left.sum(1) * right.sum(1) - (left * right).sum(1)) / (k * (k - 1))


def _grown(factor: Array, row: Array) -> Array:
    """Return the Cholesky factor of a covariance that has grown by this row, with a jitter of 1e-9."""
    k = len(factor)
    grown = np.zeros((k + 1, k + 1))
    grown[:k, :k] = factor
    if k:
        grown[k, :k] = solve_triangular(factor, row[:k], lower=True)
    grown[k, k] = np.sqrt(max(row[k] - grown[k, :k] @ grown[k, :k], 0.0) + 1e-9 * row[k])
    return grown
