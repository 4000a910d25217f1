"""Condition 3.1 with one line broken: settings in which one margin falls step by step and all others are kept.

Up to logarithms each margin is a monomial in n, d, m, H = n/B, p, `s = ||mu|| / (P sigma_p)`, `a = sigma_0 P sigma_p`
and `e = eta P^2 sigma_p^2`. So in logarithms "this margin is x, all others are at least C" is a linear program; it is
solved with the least cost of moving from a base setting. A line that cannot be broken alone shows as a sum of others:
then its margin is at least a product of powers of theirs, and `implied_by` returns the powers. (P and sigma_p stay:
they are units, up to P/(P-1).)"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from dynamics import Setting
from dynamics.arrays import Array
from theorems.condition import LINES, margins
from theorems.overfitting import C_1, C_3

Powers = Mapping[str, float]

FIELDS = ("n", "d", "m", "H", "p", "s", "a", "e")
SIGNAL, SIGNAL_OF_A_BATCH, SAMPLES, FILTERS, SAMPLES_LOG, STRENGTH, FLIPS, START, START_SIGNAL, STEP, FINE_STEP = (
    line.name for line in LINES
)
"""The lines of Condition 3.1, by their names."""


def _reduced(powers: Powers) -> Powers:
    """Return powers of the fields of `Setting` as powers of `FIELDS`: `B = n/H`; P and sigma_p go into s, a and e."""
    B = powers.get("B", 0)
    found = {"n": powers.get("n", 0) + B, "d": powers.get("d", 0), "m": powers.get("m", 0), "H": -B}
    found |= {name: powers.get(of, 0) for name, of in (("p", "p"), ("s", "mu_norm"), ("a", "sigma_0"), ("e", "eta"))}
    return {field: power for field, power in found.items() if power}


POWERS: Mapping[str, Powers] = {line.name: _reduced(line.powers) for line in LINES}
"""Powers of each margin, its logarithms taken as constants."""


@dataclass(frozen=True)
class Own:
    """Something beyond Condition 3.1 that is kept as well: a margin that must be at least 1.

    Attributes
    ----------
    name : str
    constant : float
    powers : mapping
        `margin = constant * prod field^power`, without its logarithms.
    hypothesis : bool
        Whether a statement asks for it; else it only keeps training affordable.
    """

    name: str
    constant: float
    powers: Powers
    hypothesis: bool = True


WEAK = Own("C_3 d^(1/4) n^(-1/4) P sigma_p / ||mu||", C_3, {"d": 0.25, "n": -0.25, "s": -1})
STRONG = Own("||mu|| / (C_1 d^(1/4) n^(-1/4) P sigma_p)", 1 / C_1, {"d": -0.25, "n": 0.25, "s": 1})
"""The signal strengths of Theorem 3.2: harmful, benign."""
STRONG_FOR_SAM = Own("||mu|| / (3 P sigma_p)", 1 / 3, {"s": 1})
"""That of Theorem 4.1 as it is checked, `sqrt(log(6n/delta)) <= 3` for n at most 120 and delta = 0.1."""


def affordable_sgd(shortest_step: float) -> Own:
    """Return "a step adds at least this to an active noise coefficient", in the units of `regime` at P = 2."""
    return Own("step", 1 / (4 * shortest_step), {"e": 1, "d": 1, "H": 1, "n": -1, "m": -1}, hypothesis=False)


def affordable_sam(longest: float) -> Own:
    """Return "`T_1 = m B / (eta n ||mu||^2)` is at most so many epochs"."""
    return Own("epochs / T_1", longest, {"m": -1, "H": 1, "e": 1, "s": 2}, hypothesis=False)


_SIZES: tuple[Powers, ...] = ({"n": 1}, {"d": 1}, {"m": 1}, {"H": 1}, {"p": -1})
"""What is at least 1 in every setting."""

# cost of moving a field by a factor of e: what is free, then what makes training longer, then what makes it larger
_COST = {"a": 0.01, "p": 0.01, "e": 0.1, "s": 0.1, "H": 0.3, "d": 0.3, "m": 3.0, "n": 10.0}
_MOST = {"d": 10**14, "p": 0.49}
_BAND = 0.02
"""Within this of the target, once sizes are whole numbers."""
_ROUNDED = 1e-9  # slack of comparisons, so that rounding does not decide


@dataclass(frozen=True)
class Implied:
    """A lower bound of one line's margin by the others.

    Attributes
    ----------
    powers : mapping of str to float
        `margin(line) >= least * prod margin(other)^power`, over lines and further hypotheses.
    least : float
        The bound where every other margin is 1: if it is at least 1, the line cannot be broken alone.
    """

    powers: Powers
    least: float


def implied_by(line: str, own: Sequence[Own] = (), together: Sequence[str] = ()) -> Implied | None:
    """Return how other lines, sizes of at least 1, and p <= 1/2 bound the margin of a line from below.

    Parameters
    ----------
    line : str
        A line of Condition 3.1.
    own : sequence of Own
        Further hypotheses of a statement.
    together : sequence of str
        Lines that are not counted upon.

    Returns
    -------
    Implied or None
        With the powers of lines adding up to at least 1 where that is possible: then "all others at least C" implies
        "this one at least C" for every C >= 1. None if there is no bound: then the line can be broken alone.

    Raises
    ------
    ValueError
        For an unknown line.
    """
    _known(line)
    others = {name: powers for name, powers in POWERS.items() if name not in (line, *together)}
    constants = dict.fromkeys(others, 1.0) | {o.name: o.constant for o in own}
    others |= {o.name: o.powers for o in own}
    # a margin with a logarithm is m or n over it: that m and n are at least 1 bounds it by nothing
    sizes = [powers for powers in _SIZES if powers != POWERS[line] or line == FLIPS]
    names, columns = list(others), [_vector(powers) for powers in (*others.values(), *sizes)]
    among = np.array([name in POWERS for name in names] + [False] * len(sizes), float)
    for at_least in (1.0, 0.0):
        found = linprog(
            np.ones(len(columns)),
            A_ub=-among[None],
            b_ub=[-at_least],
            A_eq=np.array(columns).T,
            b_eq=_vector(POWERS[line]),
            bounds=[(0, None)] * len(columns),
        )
        if found.status == 0:
            solution = np.asarray(found.x)
            powers = {name: float(q) for name, q in zip(names, solution, strict=False) if q > 1e-9}
            half = 2.0 ** float(solution[-1])  # p <= 1/2
            return Implied(powers, half * math.prod(constants[name] ** -q for name, q in powers.items()))
    return None


def plan(
    base: Setting,
    line: str,
    targets: Sequence[float],
    *,
    required: float = 1.0,
    delta: float = 0.05,
    own: Sequence[Own] = (),
    together: Sequence[str] = (),
    most_n: int = 120,
    most_m: int = 500,
) -> list[Setting]:
    """Return settings in which the margin of a line takes these values, and every other margin is kept.

    Parameters
    ----------
    base : Setting
        Where all margins are at least `required`.
    line : str
        The line to break.
    targets : sequence of float
        Margins of the line, falling.
    required : float
        What every other margin stays at, or above.
    delta : float
        Failure probability in the logarithms.
    own : sequence of Own
        Hypotheses of the statement that are kept as well (margin at least 1).
    together : sequence of str
        Lines that may fall with it.
    most_n, most_m : int
        Samples and filters that are affordable.

    Returns
    -------
    list of Setting
        One a target, in this order, up to the first that no setting of affordable size has.
        Where the line's margin has whole numbers only (m, n), it is the nearest below the target, and none is repeated.

    Raises
    ------
    ValueError
        For an unknown line, or a base that does not meet the other lines.
    """
    for name in (line, *together):
        _known(name)
    spared = {line, *together}
    short = {k: v for k, v in margins(base, delta).items() if k not in spared and v < required * (1 - _ROUNDED)}
    if short:
        name, value = next(iter(short.items()))
        raise ValueError(
            f"margin of {name!r} = {value:.4g} is not allowed in the base: it must be at least {required:g}"
        )
    found: list[Setting] = []
    for target in targets:
        most = {**_MOST, "n": most_n, "m": most_m}
        s = _broken(_Task(line, target, required, delta, own, frozenset(spared), most), base)
        if s is None:
            break
        if s not in found:
            found.append(s)
    return found


def _known(line: str) -> None:
    if line not in POWERS:
        raise ValueError(f"line = {line!r} is not allowed: it must be one of {', '.join(POWERS)}")


def _vector(powers: Powers) -> Array:
    return np.array([powers.get(field, 0.0) for field in FIELDS])


def _logs(s: Setting) -> Array:
    noise = s.P * s.sigma_p
    values = (s.n, s.d, s.m, s.H, s.p, s.mu_norm / noise, s.sigma_0 * noise, s.eta * noise**2)
    return np.log(np.array(values, float))


def _setting(base: Setting, x: Array) -> Setting:
    n, d, m, H, p, s, a, e = np.exp(x)
    noise = base.P * base.sigma_p
    n, d, m, H = round(n), round(d), round(m), round(H)
    return base.replace(n=n, d=d, m=m, B=n // H, p=p, mu_norm=s * noise, sigma_0=a / noise, eta=e / noise**2)


def _broken(task: "_Task", base: Setting) -> Setting | None:
    """Solve for one target: first for all fields, then with n, m, H and last d rounded to whole numbers."""
    start = _logs(base)
    x: Array | None = start
    for _ in range(6):  # the logarithms of n and m inside margins are those of the last round
        x = None if x is None else _solve(task, start, x, {})
    if x is None:
        return None
    for sizes in _roundings(x):
        y = _solve(task, start, x, sizes)
        if y is None:
            continue
        d = math.exp(y[FIELDS.index("d")])
        for whole in sorted({round(d), math.floor(d), math.ceil(d)}, key=lambda k: abs(k - d)):
            z = _solve(task, start, y, sizes | {"d": whole})
            if z is not None:
                return _setting(base, z)
    return None


def _roundings(x: Array) -> list[dict[str, int]]:
    """Return whole numbers around a solution, the nearest first, with H a divisor of n."""
    n, _, m, H = np.exp(x[:4])
    near = [
        (abs(math.log(a / n)) + abs(math.log(b / m)) + abs(math.log(h / H)), {"n": a, "m": b, "H": h})
        for a in range(max(1, math.floor(n)), math.ceil(n + 1e-6) + 1)
        for b in range(max(1, math.floor(m)), math.ceil(m + 1e-6) + 1)
        for h in range(1, a + 1)
        if a % h == 0
    ]
    return [rounding for _, rounding in sorted(near, key=lambda pair: pair[0])]


@dataclass(frozen=True)
class _Task:
    """One margin of one line, and what is kept."""

    line: str
    target: float
    required: float
    delta: float
    own: Sequence[Own]
    spared: frozenset[str]
    most: Mapping[str, float]


def _solve(task: _Task, base: Array, at: Array, sizes: Mapping[str, int]) -> Array | None:
    """Return the logarithms of the cheapest setting, or None if there is none.

    Logarithms inside margins are taken at `at`, or of the sizes that are fixed.
    """
    n, m = (math.log(sizes.get(field, math.exp(at[FIELDS.index(field)]))) for field in ("n", "m"))
    inside = {FILTERS: n - math.log(task.delta), SAMPLES_LOG: m - math.log(task.delta)}
    rows, limits = [], []
    for name, powers in POWERS.items():
        if name not in task.spared:  # log margin >= log required
            rows.append(-_vector(powers))
            limits.append(-math.log(task.required * inside.get(name, 1.0)))
    for hypothesis in task.own:
        rows.append(-_vector(hypothesis.powers))
        limits.append(math.log(hypothesis.constant))
    level = math.log(task.target * inside.get(task.line, 1.0))
    rows.append(_vector(POWERS[task.line]))
    limits.append(level)
    if not set(POWERS[task.line]) <= set(sizes):  # a margin of whole numbers only is the nearest below
        rows.append(-_vector(POWERS[task.line]))
        limits.append(_BAND - level if sizes else -level)
    cost = np.array([_COST[field] for field in FIELDS])
    away = np.hstack([np.array(rows), -np.array(rows)])  # x = base + up - down
    beyond = np.array(limits) - np.array(rows) @ base + _ROUNDED
    highest = np.array([math.log(task.most.get(field, math.inf)) for field in FIELDS])
    lowest = np.array([0.0 if field in ("n", "d", "m", "H") else -math.inf for field in FIELDS])
    for field, value in sizes.items():
        highest[FIELDS.index(field)] = lowest[FIELDS.index(field)] = math.log(value)
    span = np.hstack([np.eye(len(FIELDS)), -np.eye(len(FIELDS))])
    finite = np.isfinite(highest), np.isfinite(lowest)
    found = linprog(
        np.concatenate([cost, cost]),
        A_ub=np.vstack([away, span[finite[0]], -span[finite[1]]]),
        b_ub=np.concatenate([beyond, (highest - base)[finite[0]] + _ROUNDED, (base - lowest)[finite[1]] + _ROUNDED]),
        bounds=[(0, None)] * (2 * len(FIELDS)),
    )
    if found.status != 0:
        return None
    up, down = np.asarray(found.x).reshape(2, -1)
    return base + up - down
