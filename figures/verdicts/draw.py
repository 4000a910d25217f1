"""The verdict matrix: a tile a statement, by kind, shaded by the room that was left."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Rectangle

from figures.picture import Picture
from figures.style import VERMILION, WIDTH
from verify.report.results import Record, read_statements
from verify.report.schema import Slope

_KINDS = {
    "identity": "identities",
    "bound": "explicit bounds",
    "probability": "with probability ≥ 1 − δ",
    "scaling": "powers and constants",
}
_ACROSS = 7
_COLOURS = colormaps["YlGnBu"]
_LOW = -0.25
"""Where the colours start, so that no room is still a colour."""


def room(verdict: Record) -> float:
    """Return the least room that any of the evidence left: 0 at the edge of what is claimed, 1 at the most possible.

    Of a bound the share of it that was not used, of a probability the lower limit above the one claimed, over all that
    is above it, of an exponent or a constant the distance of its interval from the nearer end of its range, over half
    the range.
    """
    if verdict.kind == "probability":
        shares = [(e.lower - e.target) / (1 - e.target) for e in verdict.proportions]
    elif verdict.kind == "scaling":
        shares = [share for slope in verdict.slopes for share in _of(slope)]
    else:
        shares = [part.slack for part in verdict.parts]
    known = [share for share in shares if not np.isnan(share)]
    return float(np.clip(min(known, default=0.0), 0, 1))


def _of(slope: Slope) -> list[float]:
    ranges = [(slope.lower, slope.upper, slope.low, slope.high)]
    if slope.constant is not None:
        c = slope.constant
        ranges.append((c.lower, c.upper, c.low, c.high))
    return [2 * min(lower - low, high - upper) / (high - low) for lower, upper, low, high in ranges]


def draw(found: Sequence[Record]) -> Figure:
    """Draw the tiles of each kind, the tightest last."""
    rows = sum(-(-sum(v.kind == kind for v in found) // _ACROSS) for kind in _KINDS)
    figure = Figure(figsize=(WIDTH, 0.36 * rows + 2.0))
    draw_on(figure, found)
    return figure


def draw_on(figure: Figure | SubFigure, found: Sequence[Record]) -> None:
    """Draw on a figure, or on a part of one."""
    axes = figure.subplots()
    y = 0.0
    for kind, words in _KINDS.items():
        some = sorted((v for v in found if v.kind == kind), key=room, reverse=True)
        if not some:
            continue
        held = sum(v.status == "confirmed" for v in some)
        axes.text(0, y + 0.35, f"{words}: {held} of {len(some)} confirmed", fontsize=9, fontweight="bold", va="center")
        y += 0.75
        for k, verdict in enumerate(some):
            _tile(axes, k % _ACROSS, y + k // _ACROSS, verdict)
        y += -(-len(some) // _ACROSS) + 0.25
    axes.set(xlim=(-0.06, _ACROSS + 0.06), ylim=(y, 0))
    axes.set_axis_off()
    bar = figure.colorbar(ScalarMappable(Normalize(0, 1), colormaps["YlGnBu"].resampled(256)), ax=axes,
                          location="bottom", aspect=60, pad=0.01, fraction=0.02)  # fmt: skip
    bar.ax.clear()
    shades = np.linspace(0, 1, 256)
    bar.ax.imshow(_COLOURS((shades - _LOW) / (1 - _LOW))[None, :, :3], aspect="auto", extent=(0, 1, 0, 1))
    bar.ax.set(yticks=[], xlabel="room left: 0 at the edge of the claim (outlined: not confirmed as stated)")
    bar.ax.grid(visible=False)


def _tile(axes: Axes, column: float, row: float, verdict: Record) -> None:
    held = verdict.status == "confirmed"
    left = room(verdict)
    face = _COLOURS((left - _LOW) / (1 - _LOW)) if held else "white"
    axes.add_patch(
        Rectangle((column + 0.02, row + 0.05), 0.96, 0.9, facecolor=face, edgecolor=face if held else VERMILION,
                  linewidth=1.5, linestyle="-" if held else "--")
    )  # fmt: skip
    words = _broken(verdict.id)
    axes.text(column + 0.5, row + 0.5, words, ha="center", va="center", fontsize=6.6, linespacing=0.95,
              color="white" if held and left > 0.5 else "black", parse_math=False)  # fmt: skip


def _broken(name: str) -> str:
    """Break a long name in two at the underscore that is nearest to its middle."""
    places = [k for k, letter in enumerate(name) if letter == "_"]
    if len(name) <= 15 or not places:
        return name
    at = min(places, key=lambda k: abs(k - len(name) / 2))
    return f"{name[: at + 1]}\n{name[at + 1 :]}"


def caption(found: Sequence[Record]) -> str:
    """Say how many statements are confirmed, and which left the least room."""
    held = [v for v in found if v.status == "confirmed"]
    others = [f"`{v.id}` ({v.status})" for v in found if v.status != "confirmed"]
    tightest = min(held, key=room)
    return (
        "Predicted: every statement holds where its hypotheses do. Measured: "
        f"{len(held)} of {len(found)} statements are confirmed; not so {', '.join(others) or 'none'}. Room left: of a "
        "bound the share that was not used, of a probability how far its exact lower limit is above what is claimed, "
        "of an exponent or a constant how far its interval keeps from the ends of its range; the least of all evidence "
        f"of a statement. The least of all is that of `{tightest.id}`, {room(tightest):.2g}. Training stops at the "
        "loss that is asked for, so that some stand at 0 by design."
    )


VERDICTS = Picture(
    "verdicts", "Nearly all statements are confirmed; the lighter a tile, the less room was left", "full.json",
    read_statements, draw, caption,
)  # fmt: skip
