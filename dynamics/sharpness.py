"""Sharpness: how far the training loss can rise, and rises on average, within a radius of given weights.

The landscape of a ReLU network has no Hessian where an activation turns on or off, so both are asked of the loss
itself, at a finite radius:

- the worst rise `max_{||eps||_F <= tau} L(W + eps) - L(W)`;
- the average rise `E L(W + tau u) - L(W)`, u uniform on the unit sphere of R^{2m x d}.

Nothing has size d. Training reads `Z = V W^T` only, `V = [mu; xi_1; ..; xi_n]`, and a perturbation moves it by
`V eps^T`. Write `V = T Q` with orthonormal rows in Q (k of them, `k <= n + 1`) and T of shape (n+1, k); with
`A = Q eps^T`, shape (k, 2m), the products move by `T A`, and `||A||_F <= ||eps||_F` with equality for `eps = A^T Q`.

- So the worst eps lies in the span of `(mu, xi_i)`, and is a search over the ball `||A||_F <= tau` in 2mk dimensions.
  In the coefficients g of `eps = g^T V` the ball is `<g, K g> <= tau^2`, `K = V V^T`, and `A = T^T g`.
- And `A = tau a`, where a is 2mk coordinates of a uniform point of the sphere in R^{2md}. In law
  `a = h / sqrt(||h||^2 + chi^2_{2m(d-k)})` with h standard normal, shape (k, 2m): `||A||` is about
  `tau sqrt(k/d)`, as most of a random direction in R^d is one that training does not see.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from dynamics.coefficients import Labels, gradient, outputs, signs
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.streams import PERTURBATION, stream
from dynamics.validation import instance, integer, reals

Array = NDArray[np.float64]

_CHUNK = 2_000_000  # numbers held at a time
_SHORTEST = 1e-3  # of the radius: an ascent ends when its step is shorter


@dataclass(frozen=True)
class WorstRise:
    """The worst rise of the loss, between two limits; arrays of the shape of the radii.

    Attributes
    ----------
    lower : ndarray
        The rise at the worst perturbation that was found.
    upper : ndarray
        A rise that no perturbation of this radius exceeds.
    """

    lower: Array
    upper: Array


@dataclass(frozen=True)
class AverageRise:
    """The average rise of the loss over directions; arrays of the shape of the radii.

    Attributes
    ----------
    value, stderr : ndarray
        Mean over the directions drawn, and its standard error.
    samples : int
        Pairs of opposite directions.
    """

    value: Array
    stderr: Array
    samples: int


def worst_rise(s: Setting, x: Sample, weights: ArrayLike, tau: ArrayLike, steps: int = 60, seed: int = 0) -> WorstRise:
    """Bracket `max_{||eps||_F <= tau} L(W + eps) - L(W)`, L the mean logistic loss on the training data.

    Parameters
    ----------
    s : Setting
    x : Sample
    weights : array_like, shape (..., 2, m, D)
        One network, or many (epochs of a run, say), in the frame of the sample.
    tau : array_like
        Radii, in units of the weights; broadcast against the leading axes of `weights`.
    steps : int
        Of each ascent, at least 1.
    seed : int
        Of the random start.

    Returns
    -------
    WorstRise

    Raises
    ------
    ValueError
        For weights of another shape or not finite, a radius that is negative, or other arguments out of range.

    Notes
    -----
    The loss is not concave in eps, so an ascent finds a lower limit. It projects onto the ball, accepts no step that
    lowers the loss, and starts at five places: the direction of the gradient (SAM's own eps), a random one, all
    samples attacked by their noise (`-j y_i xi_i` on every filter), all attacked by the signal, and the one sample
    whose attack raises the loss most. The last three also reach filters that are inactive at W, which the gradient
    does not see.

    The upper limit. `|f_i(W + eps) - f_i(W)| <= (1/m) sum_jr (|<eps_jr, mu>| + (P-1) |<eps_jr, xi_i>|)`. One sample:
    by Cauchy and Schwarz at most `D_i = tau sqrt(2/m) (||mu|| + (P-1) ||xi_i||)`. All samples: the sum of squares over
    i is at most `D^2`, `D = tau sqrt(2/m) (sqrt(n) ||mu|| + (P-1) ||[xi_1; ..; xi_n]||_2)`. As l is convex,
    `l(y_i f_i - t) - l(y_i f_i) <= c_i t` for `0 <= t <= D_i`, where `c_i` is the slope of the chord. So the rise is at
    most `(1/n) sum_i c_i t_i` with `t_i <= D_i`, `||t||_2 <= D`: at most `(1/n) min(sum_i c_i D_i, ||c||_2 D)`.
    """
    W, radius = _checked(s, x, weights, tau)
    steps = integer("steps", steps, least=1)
    rng = stream(seed, PERTURBATION)
    V = np.vstack([x.mu, x.xi])
    T = np.transpose(np.linalg.qr(V.T, mode="r"))
    z = V @ W.reshape(len(W), 2 * s.m, -1).swapaxes(1, 2)
    before = _losses(z, _labels(s, x, len(z)))
    best = np.zeros(len(z))
    for start in _starts(s, x, z, T, radius, rng):
        best = np.maximum(best, _ascend(s, x, z, T, radius, start, steps) - before)
    shape = np.broadcast_shapes(np.shape(weights)[:-3], np.shape(tau))
    return WorstRise(best.reshape(shape), _upper(s, x, z, radius).reshape(shape))


def average_rise(
    s: Setting, x: Sample, weights: ArrayLike, tau: ArrayLike, samples: int = 200, seed: int = 0
) -> AverageRise:
    """Estimate `E L(W + tau u) - L(W)`, u uniform on the unit sphere of R^{2m x d}, d that of the setting.

    Parameters
    ----------
    s, x, weights, tau
        As for `worst_rise`.
    samples : int
        Pairs of opposite directions, at least 2; the same for all weights and radii, which so can be compared.
    seed : int
        Of the directions.

    Returns
    -------
    AverageRise

    Raises
    ------
    ValueError
        As `worst_rise`, or for a sample of more than d dimensions.
    """
    W, radius = _checked(s, x, weights, tau)
    samples = integer("samples", samples, least=2)
    if len(x.mu) > s.d:
        raise ValueError(f"Sample: D = {len(x.mu)} is not allowed: the setting says d = {s.d}")
    rng = stream(seed, PERTURBATION)
    V = np.vstack([x.mu, x.xi])
    T = np.transpose(np.linalg.qr(V.T, mode="r"))
    z = V @ W.reshape(len(W), 2 * s.m, -1).swapaxes(1, 2)
    k = T.shape[1]
    unseen = 2.0 * s.m * (s.d - k)
    total, square = np.zeros(len(z)), np.zeros(len(z))
    before = _losses(z, _labels(s, x, len(z)))
    left = samples
    while left:
        count = min(left, max(1, _CHUNK // (z[0].size)))
        h = rng.standard_normal((count, k, 2 * s.m))
        rest = rng.chisquare(unseen, count) if unseen > 0 else np.zeros(count)
        shift = T @ (h / np.sqrt((h**2).sum((1, 2)) + rest)[:, None, None])
        labels = _labels(s, x, count)
        for r in range(len(z)):
            moved = radius[r] * shift
            rise = (_losses(z[r] + moved, labels) + _losses(z[r] - moved, labels)) / 2 - before[r]
            total[r] += rise.sum()
            square[r] += (rise**2).sum()
        left -= count
    mean = total / samples
    variance = np.maximum(square / samples - mean**2, 0) * samples / (samples - 1)
    shape = np.broadcast_shapes(np.shape(weights)[:-3], np.shape(tau))
    return AverageRise(mean.reshape(shape), np.sqrt(variance / samples).reshape(shape), samples)


def _checked(s: Setting, x: Sample, weights: ArrayLike, tau: ArrayLike) -> tuple[Array, Array]:
    """Return weights and radii with one leading axis, the same for both."""
    s, x = instance("s", s, Setting), instance("x", x, Sample)
    x.check_fits(s)
    W, radius = reals("weights", weights), reals("tau", tau)
    D = len(x.mu)
    if W.ndim < 3 or W.shape[-3:] != (2, s.m, D) or W.size == 0:
        raise ValueError(f"weights of shape {W.shape} is not allowed: it must have shape (..., 2, {s.m}, {D})")
    if (radius < 0).any():
        raise ValueError(f"tau = {radius.min()} is not allowed: it must be at least 0")
    try:
        shape = np.broadcast_shapes(W.shape[:-3], radius.shape)
    except ValueError:
        raise ValueError(
            f"tau of shape {radius.shape} is not allowed: it must go with the leading axes {W.shape[:-3]} of weights"
        ) from None
    W = np.broadcast_to(W, (*shape, *W.shape[-3:])).reshape(-1, *W.shape[-3:])
    return W, np.broadcast_to(radius, shape).reshape(-1)


def _labels(s: Setting, x: Sample, count: int) -> Labels:
    """Return the labels of the sample, as often as there are networks."""
    y, y_hat = (np.broadcast_to(a.astype(float), (count, s.n)) for a in (x.y, x.y_hat))
    return Labels(y, y_hat, np.full((count, 1, 1), s.P - 1.0))


def _losses(z: Array, labels: Labels) -> Array:
    loss: Array = np.logaddexp(0, -labels.y * outputs(z, labels)).mean(1)
    return loss


def _norms(A: Array) -> Array:
    result: Array = np.sqrt((A**2).sum((1, 2)))[:, None, None]
    return result


def _scaled(A: Array, radius: Array) -> Array:
    """Return each matrix with its length set to its radius; 0 stays 0."""
    length = _norms(A)
    return A * np.divide(radius[:, None, None], length, out=np.zeros_like(length), where=length > 0)


def _starts(s: Setting, x: Sample, z: Array, T: Array, radius: Array, rng: np.random.Generator) -> list[Array]:
    """Return where the ascents start, each of shape (R, k, 2m), on the sphere."""
    labels = _labels(s, x, len(z))
    against = -signs(s.m)[None, :] * x.y[:, None]  # (n, 2m): opposing filters up, own filters down
    by_noise = T[1:].T @ against
    by_signal = np.outer(T[0], (against * x.y_hat[:, None]).sum(0))
    single = T[1:, :, None] * against[:, None, :]  # (n, k, 2m)
    highest, chosen = np.full(len(z), -np.inf), np.zeros((len(z), *by_noise.shape))
    for attack in single:
        A = _scaled(np.broadcast_to(attack, chosen.shape), radius)
        loss = _losses(z + T @ A, labels)
        higher = loss > highest
        highest[higher], chosen[higher] = loss[higher], A[higher]
    fixed = [np.broadcast_to(A, chosen.shape) for A in (by_noise, by_signal, rng.standard_normal(by_noise.shape))]
    return [chosen, *(_scaled(A, radius) for A in (T.T @ gradient(z, labels), *fixed))]


def _ascend(s: Setting, x: Sample, z: Array, T: Array, radius: Array, A: Array, steps: int) -> Array:
    """Return the loss that projected ascent reaches, shape (R,): never less than at its start."""
    labels = _labels(s, x, len(z))
    at = z + T @ A
    loss = _losses(at, labels)
    length = np.ones(len(z))  # of a step, in radii
    slope = T.T @ gradient(at, labels)
    for _ in range(steps):
        candidate = A + _scaled(slope, length * radius)
        outside = _norms(candidate)[:, 0, 0] > radius
        candidate[outside] = _scaled(candidate[outside], radius[outside])
        at = z + T @ candidate
        reached = _losses(at, labels)
        better = reached > loss
        A = np.where(better[:, None, None], candidate, A)
        loss = np.where(better, reached, loss)
        length = np.where(better, 2 * length, length / 4)
        slope = np.where(better[:, None, None], T.T @ gradient(at, labels), slope)
        if (length < _SHORTEST).all():
            break
    return loss


def _upper(s: Setting, x: Sample, z: Array, radius: Array) -> Array:
    """Return a rise that is never exceeded, shape (R,); derived in `worst_rise`."""
    labels = _labels(s, x, len(z))
    margin = labels.y * outputs(z, labels)
    reach = np.sqrt(2 / s.m) * radius
    mu, copies = np.linalg.norm(x.mu), s.P - 1
    one = reach[:, None] * (mu + copies * np.linalg.norm(x.xi, axis=1))  # D_i
    together = reach * (np.sqrt(s.n) * mu + copies * np.linalg.norm(x.xi, 2))  # D
    rise = np.logaddexp(0, one - margin) - np.logaddexp(0, -margin)
    chord = np.divide(rise, one, out=expit(-margin), where=one > 0)
    result: Array = np.minimum(rise.sum(1), np.sqrt((chord**2).sum(1)) * together) / s.n
    return result
