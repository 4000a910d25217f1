"""From one world of a statement to the family of worlds that it speaks of, with coordinates to search in."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dynamics import Phase, Sample, Setting
from theorems.condition import t1_epochs, tau_paper, tau_rule
from theorems.statement import Statement, World

Batches = Literal["random", "sorted"]
MOVES = ("lengths", "on_mu", "together", "start_on_mu", "start_on_xi")


@dataclass(frozen=True)
class Point:
    """One place of a search: a setting, what the phases are relative to the theory, a draw and how it was moved.

    Attributes
    ----------
    world : int
        Which world of the statement it was reached from.
    setting : Setting
    delta : float
    seed : int
    radius, length, rival : float
        Radius of the phases, epochs of the phases, and radius of the rival, over what the world has there: a multiple
        of the theory's radius, `T_1` epochs, or a number of epochs.
    batches : {"random", "sorted"}
        Sorted by true label, the same in every epoch: as many batches of one class as can be.
    moves : tuple of float
        How far the draw was moved along each of `MOVES`; see `moved`.
    """

    world: int
    setting: Setting
    delta: float
    seed: int = 0
    radius: float = 1.0
    length: float = 1.0
    rival: float = 1.0
    batches: Batches = "random"
    moves: tuple[float, ...] = (0.0,) * len(MOVES)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return vars(self) | {"setting": self.setting.model_dump(), "moves": list(self.moves)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Point":
        """Return the point that `to_dict` wrote."""
        return cls(**{**plain, "setting": Setting(**plain["setting"]), "moves": tuple(plain["moves"])})


@dataclass(frozen=True)
class Axis:
    """One coordinate: its range in natural units, and one unit of the search, in logarithms unless it may be zero."""

    low: float
    high: float
    unit: float
    is_log: bool = True


AXES: Mapping[str, Axis] = {
    "B": Axis(1, 128, 0.5),
    "H": Axis(1, 32, 0.5),
    "m": Axis(1, 1024, 0.5),
    "d": Axis(2, 1e15, 1.5),
    "copies": Axis(1, 16, 0.5),
    "sigma_p": Axis(1e-2, 1e2, 0.5),
    "p": Axis(0, 0.49, 0.05, is_log=False),
    "signal": Axis(1e-12, 1e6, 1.0),
    "start": Axis(1e-8, 1e3, 1.0),
    "step": Axis(1e-5, 1e3, 0.7),
    "delta": Axis(1e-9, 0.5, 0.7),
    "radius": Axis(1e-4, 1e4, 0.7),
    "length": Axis(1e-4, 1e2, 0.5),
    "rival": Axis(1e-6, 1e6, 2.0),
} | {name: Axis(-50, 50, 0.25, is_log=False) for name in MOVES}
"""In natural units: `signal` is `n SNR^2`, `start` the standard deviation of `(P-1) <w(0), xi>`, `step` what one step
adds to an active noise coefficient while `l' = -1`, `copies` is `P - 1`."""

_SIZES = ("B", "H", "m", "d", "copies", "sigma_p", "p", "signal", "start", "step", "delta")
SCOPE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("decomposition", "coefficient_recursion", "monotone_coefficients"), ("radius", "length")),
    **dict.fromkeys(("gradient_norm", "deactivation", "signal_learning", "sharp_deactivation"), ("radius", "length")),
    **dict.fromkeys(("activation_persistence", "balanced_logits", "coefficient_scale"), ("length",)),
    **dict.fromkeys(("inner_product_tracking", "margin_is_memorisation", "noise_growth_closed_form"), ("length",)),
    "tau_rule": ("rival",),
}
"""What a statement leaves free of its phases; nothing if it is not named here: then `T_1` and the radius are those that
the theory prescribes."""
FIXED_WORLDS = (
    "headline",
    "sharpness_order",
    "sharpness_measures",
    "radius_and_length",
    "local_sgd_gain",
    "tau_signal",
    "eta_harmless",
)
"""Statements about the named settings only, with no hypotheses that would describe others: only the draw is free."""


def natural(s: Setting) -> dict[str, float]:
    """Return the coordinates of a setting in natural units."""
    copies = s.P - 1
    noise = copies * s.sigma_p * math.sqrt(s.d)
    return {
        "B": s.B,
        "H": s.H,
        "m": s.m,
        "d": s.d,
        "copies": copies,
        "sigma_p": s.sigma_p,
        "p": s.p,
        "signal": s.n * s.snr**2,
        "start": s.sigma_0 * noise,
        "step": s.eta * noise**2 / (s.B * s.m),
    }


def from_natural(units: Mapping[str, float]) -> Setting:
    """Return the setting with these coordinates, the whole numbers rounded."""
    B, H, m, d, copies = (max(1, round(units[name])) for name in ("B", "H", "m", "d", "copies"))
    sigma_p = units["sigma_p"]
    noise = copies * sigma_p * math.sqrt(d)
    return Setting(
        n=B * H,
        d=d,
        m=m,
        P=copies + 1,
        mu_norm=math.sqrt(units["signal"] / (B * H)) * noise,
        sigma_p=sigma_p,
        p=units["p"],
        sigma_0=units["start"] / noise,
        B=B,
        eta=units["step"] * B * m / noise**2,
    )


@dataclass(frozen=True)
class _Plan:
    """A phase as the theory sees it: which radius and how many epochs, relative to what is prescribed."""

    phase: Phase
    radius: Callable[[Setting], float] | None
    ratio: float
    of_t1: float | None  # its epochs over T_1, where the theory says so
    is_cap: bool

    def phase_at(self, s: Setting, radius: float, length: float) -> Phase:
        epochs: float = self.phase.epochs if self.of_t1 is None else self.of_t1 * t1_epochs(s)
        changes: dict[str, Any] = {"epochs": self.phase.epochs if self.is_cap else max(1, round(epochs * length))}
        if self.radius is not None:
            changes["tau"] = self.ratio * radius * self.radius(s)
        return Phase(**(self.phase.model_dump() | changes))


def _plans(world: World, phases: Sequence[Phase]) -> tuple[_Plan, ...]:
    s = world.setting
    t1 = t1_epochs(s) if s.mu_norm > 0 else 0
    first = next((phase.tau for phase in world.phases if phase.tau), 0.0)
    theory = tau_rule if math.isclose(first, tau_rule(s), rel_tol=1e-9) else tau_paper
    return tuple(
        _Plan(
            phase,
            theory if phase.tau else None,
            (phase.tau or 0.0) / theory(s),
            phase.epochs / t1 if t1 and (phase.epochs == t1 or (phase.tau and world.tol)) else None,
            world.tol is not None and k == len(phases) - 1,
        )
        for k, phase in enumerate(phases)
    )


@dataclass(frozen=True)
class Family:
    """All worlds that a statement speaks of, as far as a search can reach them from its own.

    Attributes
    ----------
    statement : Statement
    axes : tuple of str
        Names of the coordinates that are free.
    """

    statement: Statement
    axes: tuple[str, ...]

    @classmethod
    def of(cls, statement: Statement) -> "Family":
        """Return the family of a statement; ValueError if it has no inequalities to search with."""
        worlds = [world for world in statement.worlds if world.images is None]
        if not worlds:
            raise ValueError(f"statement {statement.id!r} is not allowed: it has no worlds, so nothing to attack")
        if statement.id in FIXED_WORLDS:
            return cls(statement, ())
        axes: tuple[str, ...] = (*_SIZES, *SCOPE.get(statement.id, ()))
        trains = any(world.phases for world in worlds)
        in_law = any(world.test_samples for world in worlds)  # a test error is of the law that the data are from
        if statement.kind in ("bound", "identity") and trains and not in_law:
            axes += MOVES
        if not trains:
            axes = tuple(name for name in axes if name != "step")
        return cls(statement, axes)

    def base(self, world: int, seed: int = 0) -> Point:
        """Return the point of one of the statement's own worlds."""
        home = self.statement.worlds[world]
        return Point(world, home.setting, home.delta, seed)

    def decode(self, origin: Point, u: NDArray[np.float64]) -> Point:
        """Return the point at so many units from another, each coordinate kept in its range."""
        if not np.any(u):
            return origin
        units = natural(origin.setting) | {"delta": origin.delta}
        units |= {"radius": origin.radius, "length": origin.length, "rival": origin.rival}
        units |= dict(zip(MOVES, origin.moves, strict=True))
        for name, by in zip(self.axes, u, strict=True):
            axis = AXES[name]
            there = units[name] * math.exp(np.clip(axis.unit * by, -40, 40)) if axis.is_log else 0.0
            units[name] = min(max(there if axis.is_log else units[name] + axis.unit * by, axis.low), axis.high)
            if axis.is_log and not there:  # no signal, or no start: stays
                units[name] = 0.0
        return replace(
            origin,
            setting=from_natural(units),
            delta=units["delta"],
            radius=units["radius"],
            length=units["length"],
            rival=units["rival"],
            moves=tuple(units[name] for name in MOVES),
        )

    def world(self, point: Point) -> World:
        """Return the world at a point: its phases as the theory prescribes them there."""
        home = self.statement.worlds[point.world]
        s = point.setting
        return replace(
            home,
            setting=s,
            delta=point.delta,
            phases=tuple(plan.phase_at(s, point.radius, point.length) for plan in _plans(home, home.phases)),
            rival=tuple(plan.phase_at(s, point.rival, point.length) for plan in _plans(home, home.rival)),
        )


def moved(s: Setting, x: Sample, moves: Sequence[float]) -> Sample:
    """Return a draw whose data and start were moved, towards what the proofs fear.

    Parameters
    ----------
    s : Setting
    x : Sample
    moves : sequence of float
        "lengths" of the noise, times `exp(a y_i / 4)`. "on_mu": `<xi_i, mu>` by `a y_i sigma_p ||mu||`. "together":
        a part `a y_i sigma_p d^(1/4)` of every `xi_i` along one direction. "start_on_mu": `<w_jr(0), mu>` by `a j
        sigma_0 ||mu||`. "start_on_xi": `a j sigma_0` along the mean of `y_i xi_i`.

    Returns
    -------
    Sample
        The same if nothing is moved. Whether it is typical still is for the hypotheses to say.
    """
    if not any(moves):
        return x
    lengths, on_mu, together, start_on_mu, start_on_xi = moves
    y, j = x.y[:, None], np.array([1.0, -1.0])[:, None, None]
    along = (y * x.xi).sum(0)
    mean = along / np.linalg.norm(along)
    e_mu = x.mu / (np.linalg.norm(x.mu) or 1.0)
    common = along - (along @ e_mu) * e_mu
    common /= np.linalg.norm(common) or 1.0
    xi = x.xi * np.exp(lengths * y / 4)
    xi = xi + on_mu * y * s.sigma_p * e_mu + together * y * s.sigma_p * s.d**0.25 * common
    w0 = x.w0 + start_on_mu * j * s.sigma_0 * e_mu + start_on_xi * j * s.sigma_0 * mean
    return Sample.from_arrays(mu=x.mu, xi=xi, w0=w0, y=x.y, y_hat=x.y_hat, signal_patch=x.signal_patch)


def sorted_batches(x: Sample, s: Setting, epochs: int) -> NDArray[np.intp]:
    """Return batches sorted by true label, the same in every epoch, shape (epochs, H, B)."""
    order = np.argsort(-x.y_hat, kind="stable").reshape(s.H, s.B)
    table: NDArray[np.intp] = np.tile(order, (epochs, 1, 1))
    return table
