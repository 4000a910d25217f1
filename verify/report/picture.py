"""Where the marks of a picture lie: evidence as lanes on an axis that has one limit, or two.

All pictures read alike: what is inside the claim lies in the tinted part of a lane, what breaks it outside. Lengths are
in the units of the drawing, `WIDTH` wide; the template draws them.
"""

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from verify.report.results import Record
from verify.report.schema import Part
from verify.report.wording import excess, exponent, number, share_used

WIDTH = 360.0
_LEFT, _RIGHT = 14.0, 346.0
_LINE, _ROW, _GAP = 14.0, 11.0, 8.0
_CHARACTERS = 54


@dataclass(frozen=True)
class Mark:
    """One measurement: where it lies, and from where to where it may lie; what is off the axis points there."""

    x: float
    y: float
    low: float
    high: float
    off: str
    control: bool
    says: str


@dataclass(frozen=True)
class Lane:
    """One row of a picture: the lines of its name, its track, the part of it that is inside, and the marks."""

    name: tuple[tuple[float, str], ...]
    top: float
    height: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Picture:
    """One axis with its lanes.

    Attributes
    ----------
    title, says : str
        For those who do not see it.
    caption : str
        What the axis is.
    inside : tuple of float
        Left and right end of what the claim allows.
    limits : tuple of float
        Where limits are drawn.
    ticks : tuple of (float, str)
    lanes : tuple of Lane
    height : float
    """

    title: str
    says: str
    caption: str
    inside: tuple[float, float]
    limits: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]
    lanes: tuple[Lane, ...]
    height: float
    left: float = _LEFT
    right: float = _RIGHT
    width: float = WIDTH
    has_controls: bool = False


@dataclass(frozen=True)
class _Point:
    """A measurement before it is placed, on the axis's own scale."""

    value: float
    says: str
    control: bool = False
    low: float | None = None
    high: float | None = None


@dataclass
class _Rows:
    """Points by the name of their lane."""

    lanes: dict[str, list[_Point]] = field(default_factory=dict)

    def add(self, name: str, point: _Point) -> None:
        self.lanes.setdefault(name, []).append(point)

    def values(self) -> list[float]:
        return [v for points in self.lanes.values() for p in points for v in (p.value, p.low, p.high) if v is not None]


Letter = Callable[[dict[str, object]], str]


def pictures(verdict: Record, controls: Sequence[Record], letter: Letter) -> list[Picture]:
    """Draw a verdict and its controls from their evidence, as befits its form.

    Parameters
    ----------
    verdict : Record
    controls : sequence of Record
    letter : callable
        Names a setting.

    Returns
    -------
    list of Picture
        Of a probability its intervals; of other kinds what was used of each bound, on which side of zero the measured
        lies where the bound is zero, and the exponents; none for what the evidence does not hold.
    """
    if verdict.proportions:
        found = [_frequencies(verdict, controls, letter)]
    else:
        found = [_shares(verdict, controls, letter), _sides(verdict, controls, letter)]
    return [picture for picture in (*found, _exponents(verdict, controls)) if picture is not None]


def _each(verdict: Record, controls: Sequence[Record]) -> Iterable[tuple[Record, Part]]:
    for v in (verdict, *controls):
        for e in v.parts:
            yield v, e


def _says(v: Record, part: Part, letter: Letter) -> str:
    where = f"control: {v.control}" if v.control is not None else f"setting {letter(part.setting)}"
    limit = "no bound" if math.isinf(part.bound) else f"stated {part.sense} {number(part.bound)}"
    return f"{where}: measured {number(part.measured)}, {limit}"


def _shares(verdict: Record, controls: Sequence[Record], letter: Letter) -> Picture | None:
    rows = _Rows()
    for v, part in _each(verdict, controls):
        share = share_used(part.measured, part.bound, part.sense)
        if share is not None and not math.isnan(share):
            value = math.log10(share) if 0 < share < math.inf else -math.inf if share == 0 else math.inf
            rows.add(part.label, _Point(value, _says(v, part, letter), v.control is not None))
    finite = [value for value in rows.values() if math.isfinite(value)]
    if not rows.lanes:
        return None
    low = max(min(math.floor(min(finite, default=-1)), -1), -16)
    high = min(max(math.ceil(max(finite, default=1)), 1), 6)
    budget = "rounding budget" if verdict.kind == "identity" else "bound"
    return _place(
        rows,
        title=f"{verdict.id}: share of the {budget} that was used",
        caption=f"share of the {budget} used, on a log axis; right of 1 it is broken",
        domain=(low, high),
        inside=(-math.inf, 0.0),
        ticks=_decades(low, high),
    )


def _sides(verdict: Record, controls: Sequence[Record], letter: Letter) -> Picture | None:
    rows, beyond = _Rows(), []
    for v, part in _each(verdict, controls):
        if part.bound == 0 and math.isfinite(part.measured):
            beyond.append((v, part, excess(part.measured, part.bound, part.sense)))
    if not beyond:
        return None
    sizes = [math.log10(abs(x)) for _, _, x in beyond if x != 0]
    least, most = math.floor(min(sizes, default=-1)), math.ceil(max(sizes, default=1))
    least = max(least, most - 16)
    span = most - least + 1

    def place(x: float) -> float:
        return 0.0 if x == 0 else math.copysign(max(math.log10(abs(x)) - least, 0.0) + 1, x)

    for v, part, x in beyond:
        rows.add(part.label, _Point(place(x), _says(v, part, letter), v.control is not None))
    step = max(1, math.ceil((most - least) / 2))
    powers = list(range(most, least - 1, -step))
    sided = [(sign * (p - least + 1), _power(p, sign)) for p in powers for sign in (-1, 1)]
    return _place(
        rows,
        title=f"{verdict.id}: distance beyond a bound of zero",
        caption="distance beyond a bound of 0, on a log axis to each side; right of 0 it is broken",
        domain=(-span - 0.3, span + 0.3),
        inside=(-math.inf, 0.0),
        ticks=[(0.0, "0"), *sided],
    )


def _frequencies(verdict: Record, controls: Sequence[Record], letter: Letter) -> Picture | None:
    rows, targets = _Rows(), set()

    def log(x: float) -> float:
        return math.log10(x) if x > 0 else -math.inf

    for v in (verdict, *controls):
        for e in v.proportions:
            if v.control is None:
                targets.add(e.target)
            name = f"control: {v.control}" if v.control is not None else f"setting {letter(e.setting)}"
            says = f"held in {e.held:,} of {e.draws:,}, P in [{number(e.lower)}, {number(e.upper)}]"
            rows.add(
                name,
                _Point(
                    log(1 - e.held / e.draws),
                    f"{name}: {says}, stated at least {number(e.target)}",
                    v.control is not None,
                    log(1 - e.upper),
                    log(1 - e.lower),
                ),
            )
    if not rows.lanes or len(targets) != 1:
        return None
    limit = log(1 - targets.pop())
    finite = [value for value in rows.values() if math.isfinite(value)]
    low = max(min(math.floor(min(finite, default=-2)), -2), -4)
    return _place(
        rows,
        title=f"{verdict.id}: how often the claim fails, against the stated level",
        caption=f"probability that the claim fails with its interval, log axis; stated: at most {number(10**limit)}",
        domain=(low, 0.0),
        inside=(-math.inf, limit),
        ticks=_decades(low, 0),
    )


def _exponents(verdict: Record, controls: Sequence[Record]) -> Picture | None:
    rows = _Rows()
    for v in (verdict, *controls):
        for e in v.slopes:
            if not math.isfinite(e.exponent) or not e.high > e.low:
                continue
            middle, half = (e.low + e.high) / 2, (e.high - e.low) / 2
            neighbours = f"not {exponent(e.low)}, not {exponent(e.high)}"
            name = e.name if v.control is None else f"control: {v.control}"
            says = f"{name}: {exponent(e.exponent)} [{exponent(e.lower)}, {exponent(e.upper)}], {neighbours}"
            rows.add(
                f"{name} ({neighbours})",
                _Point(
                    (e.exponent - middle) / half,
                    says,
                    v.control is not None,
                    (e.lower - middle) / half,
                    (e.upper - middle) / half,
                ),
            )
    if not rows.lanes:
        return None
    return _place(
        rows,
        title=f"{verdict.id}: fitted exponents between the neighbours of the predicted ones",
        caption="fitted exponent with its interval, each lane scaled to neighbours of the predicted one, to be refuted",
        domain=(-2.5, 2.5),
        inside=(-1.0, 1.0),
        ticks=[(-1.0, "neighbour"), (1.0, "neighbour")],
    )


def _power(p: int, sign: int = 1) -> str:
    value = 10.0**p
    text = f"{value:g}" if -3 <= p <= 3 else f"1e{p}"
    return ("−" if sign < 0 else "") + text.replace("-", "−")


def _decades(low: float, high: float) -> list[tuple[float, str]]:
    step = max(1, math.ceil((high - low) / 6))
    return [(float(p), _power(p)) for p in range(math.ceil(low), math.floor(high) + 1) if p % step == 0]


def _place(
    rows: _Rows,
    title: str,
    caption: str,
    domain: tuple[float, float],
    inside: tuple[float, float],
    ticks: Sequence[tuple[float, str]],
) -> Picture:
    first, last = domain

    def at(value: float) -> float:
        inner = min(max(value, first), last)
        return round(_LEFT + (inner - first) / (last - first) * (_RIGHT - _LEFT), 1)

    lanes, y, says = [], 0.0, []
    for name, points in rows.lanes.items():
        lines = textwrap.wrap(name, _CHARACTERS) or [name]
        named = tuple((y + _LINE * (k + 1) - 3, line) for k, line in enumerate(lines))
        top = y + _LINE * len(lines)
        height = _ROW * len(points) + 5
        marks = []
        for k, point in enumerate(points):
            off = "left" if point.value < first else "right" if point.value > last else ""
            low = point.value if point.low is None else point.low
            high = point.value if point.high is None else point.high
            marks.append(Mark(at(point.value), top + 8 + _ROW * k, at(low), at(high), off, point.control, point.says))
            says.append(point.says)
        lanes.append(Lane(named, top, height, tuple(marks)))
        y = top + height + _GAP
    return Picture(
        title=title,
        says="; ".join(says),
        caption=caption,
        inside=(at(inside[0]), at(inside[1])),
        limits=tuple(at(limit) for limit in inside if first <= limit <= last),
        ticks=tuple((at(value), text) for value, text in ticks),
        lanes=tuple(lanes),
        height=y + 16,
        has_controls=any(point.control for points in rows.lanes.values() for point in points),
    )
