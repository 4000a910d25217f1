"""The random start of one run: data and initial weights, in R^d or in an isometric frame."""

from dataclasses import dataclass
from typing import Any, Literal
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtr, chdtrc

from dynamics.arrays import SIGNS, Array
from dynamics.files import File, read, write
from dynamics.setting import Setting
from dynamics.streams import DRAW, stream
from dynamics.validation import array_of, instance, reals, word

_DOUBLE = np.finfo(np.float64)
_CHANCE = 1e-12


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

    Raises
    ------
    ValueError
        If a shape does not fit the others, an entry is not finite, a label is not +1 or -1, or a
        vector is so long or so short that its square is beyond the numbers of a computer.

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
        for name, array in _checked(**vars(self)).items():
            object.__setattr__(self, name, array)
        self._lock()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock()

    def _lock(self) -> None:
        for array in vars(self).values():
            array.flags.writeable = False

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
            As the class.
        """
        arrays: dict[str, Any] = {"mu": mu, "xi": xi, "w0": w0, "y": y, "y_hat": y_hat, "signal_patch": signal_patch}
        return cls(**arrays)

    def save(self, target: File) -> None:
        """Write the sample to a file, whole or not at all; `load` gives it back bit for bit.

        Raises
        ------
        ValueError
            If the target is not a file in a folder that exists.
        """
        write(target, "sample", vars(self))

    @classmethod
    def load(cls, source: File) -> "Sample":
        """Return the sample that `save` wrote.

        Raises
        ------
        ValueError
            For a file that is not there, not whole, or not a sample's.
        """
        with read(source, "sample") as (arrays, _):
            return cls(**arrays)

    @property
    def own(self) -> NDArray[np.bool_]:
        """Mask of the pairs (filter, sample) with `y_i = j`, shape (2, 1, n): those of rho_bar, not of rho_under."""
        return self.y == SIGNS[:, None, None]

    def check_fits(self, s: Setting) -> None:
        """Raise `ValueError` if this sample's sizes are not those of the setting, or its outputs could overflow.

        Notes
        -----
        `|f(W, x_i)| <= 2 max |w_jr| (|mu|_1 + (P-1) |xi_i|_1)`, with the largest entry of the filters and sums of
        absolute entries of the patches; this bound must be finite at `w0`.
        """
        s = instance("s", s, Setting)
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
        largest = np.abs(self.w0).max()
        with np.errstate(over="ignore"):
            bound = 2 * largest * (np.abs(self.mu).sum() + (s.P - 1) * np.abs(self.xi).sum(1).max())
        if not np.isfinite(bound):
            raise ValueError(
                f"Sample: w0 with the largest entry {largest:.3g} is not allowed: "
                "the outputs of the network at w0 must be finite"
            )

    def check_scales(self, s: Setting) -> None:
        """Warn if `mu` or the noise contradicts `mu_norm` or `sigma_p` of the setting beyond chance, one in 10^12.

        Training reads the arrays, and thresholds read the setting.
        """
        length, total = float(np.linalg.norm(self.mu)), float((self.xi**2).sum())
        of_noise = total / s.sigma_p**2  # chi-square with n d degrees of freedom
        seen = []
        if abs(length - s.mu_norm) > 1e-6 * s.mu_norm:
            seen.append(f"||mu|| = {length:.6g}, and mu_norm = {s.mu_norm}")
        if min(chdtr(s.n * s.d, of_noise), chdtrc(s.n * s.d, of_noise)) < _CHANCE:
            seen.append(f"noise of {np.sqrt(total / s.n / s.d):.6g}, and sigma_p = {s.sigma_p}")
        if seen:
            text = "; ".join(seen)
            warn(f"Sample: its {text} in the setting: training reads arrays, thresholds the setting", stacklevel=4)


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
        For a seed that is not a non-negative integer, an unknown frame, or scales at which `Sample`
        refuses the vectors.

    Notes
    -----
    In the frame whose first axis is `mu/||mu||`, the `N = n + 2m` standard normal rows (noise, then
    filters) have the law of `[g | L]`: `g ~ N(0, I_N)`, and `L` lower triangular with N(0, 1) below
    the diagonal and `L_kk = sqrt(chi^2_{d-1-k})`, `k = 0..N-1`. This is Bartlett's decomposition of
    the Gram matrix of the components orthogonal to `mu`.
    """
    s = instance("s", s, Setting)
    word("frame", frame, ("reduced", "ambient"))
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


def _checked(
    mu: ArrayLike, xi: ArrayLike, w0: ArrayLike, y: ArrayLike, y_hat: ArrayLike, signal_patch: ArrayLike | None
) -> dict[str, NDArray[Any]]:
    mu = _real("mu", mu, ("D",), {})
    sizes = {"D": mu.shape[0]}
    xi = _real("xi", xi, ("n", "D"), sizes)
    sizes["n"] = n = xi.shape[0]
    w0 = _real("w0", w0, (2, "m", "D"), sizes)
    _refuse_extreme_lengths("mu", mu[None, :])
    _refuse_extreme_lengths("xi", xi)
    return {
        "mu": mu,
        "xi": xi,
        "w0": w0,
        "y": _labels("y", y, n),
        "y_hat": _labels("y_hat", y_hat, n),
        "signal_patch": np.zeros(n, np.int64) if signal_patch is None else _positions(signal_patch, n),
    }


def _real(name: str, value: ArrayLike, shape: tuple[str | int, ...], sizes: dict[str, int]) -> Array:
    array = reals(name, value)
    wanted = tuple(sizes.get(size, size) if isinstance(size, str) else size for size in shape)
    fits = len(array.shape) == len(wanted) and all(
        isinstance(size, str) or size == given for size, given in zip(wanted, array.shape, strict=True)
    )
    if not fits or array.size == 0:
        axes = ", ".join(str(size) for size in wanted) + ("," if len(wanted) == 1 else "")
        raise ValueError(f"{name} of shape {array.shape} is not allowed: it must have shape ({axes}), not empty")
    return array


def _refuse_extreme_lengths(name: str, rows: Array) -> None:
    """Refuse vectors, other than zero, whose square is infinite or has lost its digits: the engines divide by it."""
    with np.errstate(over="ignore", under="ignore"):
        squares = np.einsum("id,id->i", rows, rows)
    lost = ~np.isfinite(squares) | ((squares < _DOUBLE.tiny) & rows.any(axis=1))
    if lost.any():
        k = int(np.argmax(lost))
        place = name if name == "mu" else f"{name}[{k}]"
        raise ValueError(
            f"{place} with the largest entry {np.abs(rows[k]).max():.3g} is not allowed: "
            f"its square must be 0, or lie between {_DOUBLE.tiny:.0e} and {_DOUBLE.max:.0e}"
        )


def _labels(name: str, value: ArrayLike, n: int) -> NDArray[np.int64]:
    array = array_of("iuf", name, value, "an array of labels, +1 or -1")
    if array.shape != (n,):
        raise ValueError(f"{name} of shape {array.shape} is not allowed: it must have shape ({n},)")
    wrong = array[(array != 1) & (array != -1)]
    if wrong.size:
        raise ValueError(f"{name} with a label {wrong[0]} is not allowed: labels are +1 or -1")
    return array.astype(np.int64)


def _positions(value: ArrayLike, n: int) -> NDArray[np.int64]:
    array = array_of("iu", "signal_patch", value, f"{n} patch numbers >= 0")
    if array.shape != (n,):
        raise ValueError(f"signal_patch of shape {array.shape} is not allowed: it must be {n} patch numbers >= 0")
    wrong = array[(array < 0) | (array > np.iinfo(np.int64).max)]
    if wrong.size:
        raise ValueError(f"signal_patch with a number {wrong[0]} is not allowed: it must be {n} patch numbers >= 0")
    return array.astype(np.int64)
