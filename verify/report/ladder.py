"""A ladder's points on two log axes, with the fitted power law, between the neighbours of the predicted one."""

import math
import textwrap
from dataclasses import dataclass

from verify.report.schema import Slope
from verify.report.wording import exponent, number

WIDTH = 190.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 182.0, 8.0, 96.0
_CHARACTERS = 32


@dataclass(frozen=True)
class LadderPlot:
    """Where the points and the lines lie, in the units of the drawing.

    Attributes
    ----------
    name : tuple of str
        Its lines.
    title, says : str
    points : tuple of (float, float)
    fit : tuple of float
        x and y of both ends of the fitted line.
    wedge : str
        Points of the polygon between the neighbours of the predicted exponent, through the centre.
    first, last : str
        Ends of the horizontal axis.
    low, high : str
        Least and greatest mean, and where they lie: (height, text).
    """

    name: tuple[str, ...]
    title: str
    says: str
    points: tuple[tuple[float, float], ...]
    fit: tuple[float, float, float, float]
    wedge: str
    first: str
    last: str
    low: tuple[float, str]
    high: tuple[float, str]
    width: float = WIDTH


def ladder_plot(slope: Slope) -> LadderPlot | None:
    """Place a ladder; None where the evidence holds no points that have a logarithm.

    Parameters
    ----------
    slope : Slope

    Returns
    -------
    LadderPlot or None
    """
    values, means = slope.values, slope.means
    usable = len(values) == len(means) > 1 and all(0 < v < math.inf for v in (*values, *means))
    if not usable or not math.isfinite(slope.exponent) or min(values) == max(values):
        return None
    xs, ys = [math.log(v) for v in values], [math.log(v) for v in means]
    middle, level = sum(xs) / len(xs), sum(ys) / len(ys)

    def line(power: float, x: float) -> float:
        return level + power * (x - middle)

    ends = (min(xs), max(xs))
    heights = [line(power, x) for power in (slope.exponent, slope.low, slope.high) for x in ends]
    bottom, top = min(*ys, *heights), max(*ys, *heights)
    if top - bottom < 0.5:  # a flat ladder stays flat
        bottom, top = (bottom + top) / 2 - 0.25, (bottom + top) / 2 + 0.25

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - ends[0]) / (ends[1] - ends[0])
        up = (y - bottom) / (top - bottom)
        return round(_LEFT + across * (_RIGHT - _LEFT), 1), round(_BOTTOM - up * (_BOTTOM - _TOP), 1)

    corners = [
        at(x, line(power, x))
        for power, x in zip((slope.low, slope.low, slope.high, slope.high), (*ends, *ends[::-1]), strict=True)
    ]
    pairs = ", ".join(f"{number(v)}: {number(q)}" for v, q in zip(values, means, strict=True))
    return LadderPlot(
        name=tuple(textwrap.wrap(slope.name, _CHARACTERS)),
        title=f"{slope.name}: the ladder on log axes",
        says=f"mean at each rung: {pairs}; fitted exponent {exponent(slope.exponent)}",
        points=tuple(at(x, y) for x, y in zip(xs, ys, strict=True)),
        fit=(*at(ends[0], heights[0]), *at(ends[1], heights[1])),
        wedge=" ".join(f"{x:g},{y:g}" for x, y in corners),
        first=number(min(values)),
        last=number(max(values)),
        low=(at(middle, min(ys))[1], number(min(means))),
        high=(at(middle, max(ys))[1], number(max(means))),
    )
