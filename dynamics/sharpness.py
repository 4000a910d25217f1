"""Sharpness: how far the training loss can rise, and rises on average, within a radius of given weights.

The landscape of a ReLU network has no Hessian where an activation turns on or off, so rises are asked of the loss
itself, at a finite radius:

- the worst rise `max_{||eps||_F <= tau} L(W + eps) - L(W)`;
- the average rise `E L(W + tau u) - L(W)`, u uniform on the unit sphere of R^{2m x d};
- the rise that SAM sees, along the gradient: of the whole loss, or of each sample's own loss along its own gradient.

Everywhere else it has one, with a trace and a largest eigenvalue (`hessian`).

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
from numpy.typing import ArrayLike
from scipy.special import expit

from dynamics.arrays import Array
from dynamics.engines.coefficients import Labels, gradient, outputs, signs
from dynamics.sample import Sample
from dynamics.setting import Setting
from dynamics.streams import PERTURBATION, stream
from dynamics.validation import instance, integer, reals

_CHUNK = 2_000_000  # numbers held at a time
_SHORTEST = 1e-3  # of the radius: an ascent ends when its step is shorter
_LEAST_GAIN = 1e-6  # of the rise: a step that gains less is not taken
_CELLS = 200
_MULTIPLIERS = np.geomspace(1e-6, 1e2, 49)


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


@dataclass(frozen=True)
class Hessian:
    """What is known of the Hessian of the training loss in all `2md` weights; arrays of the leading shape of these.

    Attributes
    ----------
    trace, largest : ndarray
        Its trace and its largest eigenvalue, in units of `sigma_p^2`.
    """

    trace: Array
    largest: Array


def hessian(s: Setting, x: Sample, weights: ArrayLike) -> Hessian:
    """Return trace and largest eigenvalue of the Hessian of the mean logistic loss, where it exists.

    Parameters
    ----------
    s, x, weights
        As for `worst_rise`.

    Returns
    -------
    Hessian

    Raises
    ------
    ValueError
        As `worst_rise`, and for an activation that is not piecewise linear.

    Notes
    -----
    Off the hyperplanes `<w_jr, mu> = 0`, `<w_jr, xi_i> = 0`, which random weights meet with probability 0, every `f_i`
    is linear in W, so `H = (1/n) sum_i l''_i g_i g_i^T`, `g_i = grad f_i`, `l'' = l' (1 + l')` in size, and nothing
    else. Its eigenvalues other than 0 are those of the n x n matrix `sqrt(l''_i l''_k) <g_i, g_k> / n`, with
    `m^2 <g_i, g_k> = sum_jr <a_i y_hat_i mu + (P-1) b_i xi_i, a_k y_hat_k mu + (P-1) b_k xi_k>`,
    `a_i = 1(<w_jr, y_hat_i mu> > 0)` and `b_i = 1(<w_jr, xi_i> > 0)`. Derived in `14_sharpness`.
    """
    W, _, shape = _checked(s, x, weights, 0.0)
    if s.phi.power != 1:
        raise ValueError(f"activation = {s.activation!r} is not allowed: the network must be piecewise linear")
    z, T = _products(s, x, W)
    K, labels = T @ T.T, _labels(s, x, len(z))
    margin = labels.y * outputs(z, labels)
    weight = np.sqrt(expit(margin) * expit(-margin) / s.n) / s.m
    signal = s.phi.slope(labels.y_hat[:, :, None] * z[:, :1]) * (weight * labels.y_hat)[:, :, None]
    noise = s.phi.slope(z[:, 1:]) * ((s.P - 1) * weight)[:, :, None]
    both = signal @ noise.swapaxes(1, 2) * K[0, 1:]
    gram = K[0, 0] * signal @ signal.swapaxes(1, 2) + both + both.swapaxes(1, 2)
    gram += noise @ noise.swapaxes(1, 2) * K[1:, 1:]
    trace = gram.trace(axis1=1, axis2=2)
    return Hessian(trace.reshape(shape), np.linalg.eigvalsh(gram)[:, -1].reshape(shape))


def ascent_rise(s: Setting, x: Sample, weights: ArrayLike, tau: ArrayLike, single: bool = False) -> Array:
    """Return how far the loss rises along SAM's own perturbation, `tau grad L / ||grad L||_F`.

    Parameters
    ----------
    s, x, weights, tau
        As for `worst_rise`.
    single : bool
        Whether each sample has an ascent of its own, along the gradient of its own loss, as in m-SAM on single samples;
        the rise is then the mean over samples of that of their own loss.

    Returns
    -------
    ndarray
        Of the shape of radii and leading axes together; dimensionless. 0 where the gradient is 0.

    Raises
    ------
    ValueError
        As `worst_rise`.
    """
    W, radius, shape = _checked(s, x, weights, tau)
    z, T = _products(s, x, W)
    labels = _labels(s, x, len(z))
    if not single:
        moved = z + T @ _scaled(T.T @ gradient(z, labels), radius)
        return (_losses(moved, labels) - _losses(z, labels)).reshape(shape)
    rise = np.zeros(len(z))
    for i in range(s.n):
        own = Labels(labels.y[:, i : i + 1], labels.y_hat[:, i : i + 1], labels.copies, s.phi)
        rows, seen = T[[0, 1 + i]], z[:, [0, 1 + i]]
        moved = seen + rows @ _scaled(rows.T @ gradient(seen, own), radius)
        rise += (_losses(moved, own) - _losses(seen, own)) / s.n
    return rise.reshape(shape)


def worst_rise(s: Setting, x: Sample, weights: ArrayLike, tau: ArrayLike, steps: int = 60, seed: int = 0) -> Array:
    """Search for `max_{||eps||_F <= tau} L(W + eps) - L(W)`, L the mean logistic loss on the training data.

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
    ndarray
        The rise at the worst perturbation found, of the shape of radii and leading axes together; dimensionless. It
        is a lower limit of the maximum; `rise_limit` is an upper one.

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
    does not see. Measured against the best of twelve random starts: up to 5 % short in a network of n = 6, m = 4, and
    0.2 % at n = 40, m = 20.
    """
    W, radius, shape = _checked(s, x, weights, tau)
    steps = integer("steps", steps, least=1)
    rng = stream(seed, PERTURBATION)
    z, T = _products(s, x, W)
    A = _starts(s, x, z, T, radius, rng)
    many = len(A) // len(z)
    found = _ascend(s, x, np.tile(z, (many, 1, 1)), T, np.tile(radius, many), A, steps)
    best = np.maximum(found.reshape(many, -1).max(0), 0)
    return best.reshape(shape)


def rise_limit(s: Setting, x: Sample, weights: ArrayLike, tau: ArrayLike) -> Array:
    """Return a rise of the loss that no perturbation of length tau or less exceeds.

    Parameters
    ----------
    s, x, weights, tau
        As for `worst_rise`.

    Returns
    -------
    ndarray
        Of the shape of `worst_rise`, and never below it.

    Raises
    ------
    ValueError
        As `worst_rise`.

    Notes
    -----
    `|f_i(W + eps) - f_i(W)| <= (1/m) sum_jr (|<eps_jr, mu>| + (P-1) |<eps_jr, xi_i>|) =: t_i`. One sample: by Cauchy
    and Schwarz `t_i <= D_i = tau sqrt(2/m) (||mu|| + (P-1) ||xi_i||)`. All samples: `||t||_2 <= D = tau sqrt(2/m)
    (sqrt(n) ||mu|| + (P-1) ||[xi_1; ..; xi_n]||_2)`. So the rise is at most the largest `(1/n) sum_i h_i(t_i)` under
    both, `h_i(t) = l(y_i f_i - t) - l(y_i f_i)`, which for every `lambda >= 0` is at most `(1/n) (lambda D^2 +
    sum_i max_{t <= D_i} [h_i(t) - lambda t^2])`. The maximum over t is taken over cells, with `h_i` at the upper
    and `t^2` at the lower end of each, so that the limit holds to rounding; the least over a grid of lambda is
    returned.
    """
    W, radius, shape = _checked(s, x, weights, tau)
    if s.phi.power != 1:
        raise ValueError(f"activation = {s.activation!r} is not allowed: the limit holds where slopes are at most 1")
    z, _ = _products(s, x, W)
    labels = _labels(s, x, len(z))
    margin = labels.y * outputs(z, labels)
    reach = np.sqrt(2 / s.m) * radius
    mu, copies = np.linalg.norm(x.mu), s.P - 1
    one = reach[:, None] * (mu + copies * np.linalg.norm(x.xi, axis=1))  # D_i
    together = reach * (np.sqrt(s.n) * mu + copies * np.linalg.norm(x.xi, 2))  # D
    t = one[..., None] * np.linspace(0, 1, _CELLS + 1) ** 2
    rise = np.logaddexp(0, t[..., 1:] - margin[..., None]) - np.logaddexp(0, -margin)[..., None]  # h_i
    least = rise[..., -1].sum(1)  # lambda = 0
    slope = np.divide(1.0, together, out=np.zeros_like(together), where=together > 0)
    for factor in _MULTIPLIERS:  # lambda is a slope of h, at most 1, over a t, at most D
        price = factor * slope
        gain = (rise - price[:, None, None] * t[..., :-1] ** 2).max(2).sum(1)
        least = np.minimum(least, price * together**2 + gain)
    result = least / s.n
    return result.reshape(shape)


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
    W, radius, shape = _checked(s, x, weights, tau)
    samples = integer("samples", samples, least=2)
    if len(x.mu) > s.d:
        raise ValueError(f"Sample: D = {len(x.mu)} is not allowed: the setting says d = {s.d}")
    rng = stream(seed, PERTURBATION)
    z, T = _products(s, x, W)
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
    return AverageRise(mean.reshape(shape), np.sqrt(variance / samples).reshape(shape), samples)


def _checked(s: Setting, x: Sample, weights: ArrayLike, tau: ArrayLike) -> tuple[Array, Array, tuple[int, ...]]:
    """Return weights and radii with one leading axis, the same for both, and the shape that it stands for."""
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
    return W, np.broadcast_to(radius, shape).reshape(-1), shape


def _products(s: Setting, x: Sample, W: Array) -> tuple[Array, Array]:
    """Return `Z = V W^T` of each network, shape (R, n+1, 2m), and the factor T of `V = T Q`, shape (n+1, k)."""
    V = np.vstack([x.mu, x.xi])
    return V @ W.reshape(len(W), 2 * s.m, -1).swapaxes(1, 2), np.transpose(np.linalg.qr(V.T, mode="r"))


def _labels(s: Setting, x: Sample, count: int) -> Labels:
    """Return the labels of the sample, as often as there are networks."""
    y, y_hat = (np.broadcast_to(a.astype(float), (count, s.n)) for a in (x.y, x.y_hat))
    return Labels(y, y_hat, np.full((count, 1, 1), s.P - 1.0), s.phi)


def _losses(z: Array, labels: Labels) -> Array:
    return np.logaddexp(0, -labels.y * outputs(z, labels)).mean(1)


def _norms(A: Array) -> Array:
    return np.sqrt((A**2).sum((1, 2)))[:, None, None]


def _scaled(A: Array, radius: Array) -> Array:
    """Return each matrix with its length set to its radius; 0 stays 0."""
    length = _norms(A)
    return A * np.divide(radius[:, None, None], length, out=np.zeros_like(length), where=length > 0)


def _starts(s: Setting, x: Sample, z: Array, T: Array, radius: Array, rng: np.random.Generator) -> Array:
    """Return where the ascents start, all R of one kind after those of another, shape (5 R, k, 2m), on the sphere."""
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
    return np.concatenate([chosen, *(_scaled(A, radius) for A in (T.T @ gradient(z, labels), *fixed))])


def _ascend(s: Setting, x: Sample, z: Array, T: Array, radius: Array, A: Array, steps: int) -> Array:
    """Return the rise that projected ascent reaches, shape (R,): never less than at its start."""
    before = _losses(z, _labels(s, x, len(z)))
    at = z + T @ A
    best = _losses(at, _labels(s, x, len(z))) - before
    slope = T.T @ gradient(at, _labels(s, x, len(z)))
    length = np.ones(len(z))  # of a step, in radii
    going = np.arange(len(z))
    for _ in range(steps):
        tau = radius[going]
        candidate = A[going] + _scaled(slope[going], length[going] * tau)
        outside = _norms(candidate)[:, 0, 0] > tau
        candidate[outside] = _scaled(candidate[outside], tau[outside])
        at = z[going] + T @ candidate
        rise = _losses(at, _labels(s, x, len(going))) - before[going]
        better = rise > best[going] + _LEAST_GAIN * np.abs(best[going])
        higher = going[better]
        A[higher], best[higher] = candidate[better], rise[better]
        slope[higher] = T.T @ gradient(at[better], _labels(s, x, len(higher)))
        length[going] *= np.where(better, 2, 0.25)
        going = going[length[going] > _SHORTEST]
        if not going.size:
            break
    return best
