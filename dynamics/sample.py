"""The random start of one run: data and initial weights, in R^d or in an isometric frame."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dynamics.setting import Setting
from dynamics.streams import DRAW, stream
from dynamics.validation import array_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Training data and initial weights in a frame of `D` dimensions.

    Attributes
    ----------
    mu : ndarray, shape (D,)
        The signal.
    xi : ndarray, shape (n, D)
        The noise patch of each sample.
    w0 : ndarray, shape (2, m, D)
        Initial filters; the first axis is the sign `j = +1, -1` of the second layer.
    y, y_hat : ndarray of int, shape (n,)
        Observed and true labels, each +1 or -1.
    signal_patch : ndarray of int, shape (n,)
        Index of the patch that carries the signal.

    Notes
    -----
    Arrays are private read-only copies. Source: Definition 2.1 of the paper.
    """

    mu: Array
    xi: Array
    w0: Array
    y: NDArray[np.int64]
    y_hat: NDArray[np.int64]
    signal_patch: NDArray[np.int64]

    def __post_init__(self) -> None:
        for array in vars(self).values():
            array.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    @classmethod
    def from_arrays(
        cls,
        *,
        mu: ArrayLike,
        xi: ArrayLike,
        w0: ArrayLike,
        y: ArrayLike,
        y_hat: ArrayLike,
        signal_patch: ArrayLike | None = None,
    ) -> "Sample":
        """Build a sample from a user's own arrays.

        Parameters
        ----------
        mu, xi, w0, y, y_hat : array_like
            As the attributes of the same name; copied.
        signal_patch : array_like of int, shape (n,), optional
            Defaults to patch 0 for every sample. The network sums over patches, so no result
            depends on it.

        Returns
        -------
        Sample

        Raises
        ------
        ValueError
            If a shape does not fit the others, an entry is not finite, or a label is not +1 or -1.
        """
        mu = _real("mu", mu, ("D",), {})
        sizes = {"D": mu.shape[0]}
        xi = _real("xi", xi, ("n", "D"), sizes)
        sizes["n"] = xi.shape[0]
        w0 = _real("w0", w0, (2, "m", "D"), sizes)
        y = _labels("y", y, sizes["n"])
        y_hat = _labels("y_hat", y_hat, sizes["n"])
        position = np.zeros(sizes["n"], dtype=np.int64)
        if signal_patch is not None:
            position = array_of("iu", "signal_patch", signal_patch, f"{sizes['n']} patch numbers >= 0")
        if position.shape != (sizes["n"],) or position.min() < 0:
            raise ValueError(
                f"signal_patch = {signal_patch!r} is not allowed: it must be {sizes['n']} patch numbers >= 0"
            )
        position = position.astype(np.int64)
        return cls(mu=mu, xi=xi, w0=w0, y=y, y_hat=y_hat, signal_patch=position)

    def check_fits(self, s: Setting) -> None:
        """Raise `ValueError` if this sample's sizes are not those of the setting."""
        for name, given, wanted in (
            ("n", self.xi.shape[0], s.n),
            ("m", self.w0.shape[1], s.m),
        ):
            if given != wanted:
                raise ValueError(f"Sample: {name} = {given} is not allowed: the setting says {name} = {wanted}")
        if self.signal_patch.max() >= s.P:
            raise ValueError(
                f"Sample: signal_patch = {self.signal_patch.max()} is not allowed: "
                f"patches are numbered 0 to P-1 = {s.P - 1}"
            )


def draw(s: Setting, seed: int, frame: Literal["reduced", "ambient"] = "reduced") -> Sample:
    """Draw data and initial weights from the law of Definition 2.1 and Section 2.2.

    Parameters
    ----------
    s : Setting
    seed : int
        Non-negative; equal seeds give equal samples.
    frame : {"reduced", "ambient"}
        "reduced" has `D = n + 2m + 1` coordinates whenever `d > n + 2m` (an isometric frame of the
        span of `mu`, the noise and the initial filters, with its first axis along `mu`), otherwise
        `D = d`; "ambient" always has `D = d`. All inner products have the same joint law in both.

    Returns
    -------
    Sample

    Raises
    ------
    ValueError
        For a seed that is not a non-negative integer, or an unknown frame.

    Notes
    -----
    In the frame whose first axis is `mu/||mu||`, the `N = n + 2m` standard normal rows (noise, then
    filters) have the law of `[g | L]`: `g ~ N(0, I_N)`, and `L` lower triangular with N(0, 1) below
    the diagonal and `L_kk = sqrt(chi^2_{d-1-k})`, `k = 0..N-1`. This is Bartlett's decomposition of
    the Gram matrix of the components orthogonal to `mu`.
    """
    if frame not in ("reduced", "ambient"):
        raise ValueError(f"frame = {frame!r} is not allowed: it must be 'reduced' or 'ambient'")
    rng = stream(seed, DRAW)
    y_hat = rng.integers(0, 2, size=s.n) * 2 - 1
    y = np.where(rng.random(s.n) < s.p, -y_hat, y_hat)
    signal_patch = rng.integers(0, s.P, size=s.n)
    N = s.n + 2 * s.m
    if frame == "ambient" or s.d <= N:
        rows = rng.standard_normal((N, s.d))
    else:
        rows = _bartlett(rng, N, s.d)
    D = rows.shape[1]
    mu = np.zeros(D)
    mu[0] = s.mu_norm
    return Sample.from_arrays(
        mu=mu,
        xi=s.sigma_p * rows[: s.n],
        w0=s.sigma_0 * rows[s.n :].reshape(2, s.m, D),
        y=y,
        y_hat=y_hat,
        signal_patch=signal_patch,
    )


def _bartlett(rng: np.random.Generator, N: int, d: int) -> Array:
    k = np.arange(N)
    L = np.tril(rng.standard_normal((N, N)), -1)
    L[k, k] = np.sqrt(rng.chisquare(d - 1.0 - k))
    return np.column_stack([rng.standard_normal(N), L])


def _real(name: str, value: ArrayLike, shape: tuple[str | int, ...], sizes: dict[str, int]) -> Array:
    array = array_of("iuf", name, value, "an array of real numbers").astype(np.float64)
    wanted = tuple(sizes.get(size, size) if isinstance(size, str) else size for size in shape)
    fits = len(array.shape) == len(wanted) and all(
        isinstance(size, str) or size == given for size, given in zip(wanted, array.shape, strict=True)
    )
    if not fits or array.size == 0:
        axes = ", ".join(str(size) for size in wanted)
        raise ValueError(f"{name} of shape {array.shape} is not allowed: it must have shape ({axes}), not empty")
    if not np.isfinite(array).all():
        bad = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}{list(bad)} = {array[bad]} is not allowed: every entry must be finite")
    return array


def _labels(name: str, value: ArrayLike, n: int) -> NDArray[np.int64]:
    array = array_of("iuf", name, value, "an array of labels, +1 or -1")
    if array.shape != (n,):
        raise ValueError(f"{name} of shape {array.shape} is not allowed: it must have shape ({n},)")
    wrong = array[(array != 1) & (array != -1)]
    if wrong.size:
        raise ValueError(f"{name} with a label {wrong.flat[0]!r} is not allowed: labels are +1 or -1")
    return array.astype(np.int64)
