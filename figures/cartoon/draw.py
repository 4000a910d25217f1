"""A cartoon of the data, the network, and what SAM's ascent does: drawn from no numbers."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from figures.picture import Picture
from figures.style import BLACK, GREEN, GREY, PALE, SAM, SGD, WIDTH

_WORDS: Any = {"ha": "center", "va": "center", "fontsize": 9}
_LARGE: Any = {"ha": "center", "va": "center", "fontsize": 14, "fontweight": "bold"}


def read(path: Path) -> None:
    """Open nothing."""


def draw(nothing: None) -> Figure:
    """Draw three panels: an input, the network, and a product before and after the ascent."""
    figure = Figure(figsize=(WIDTH, 3.3))
    draw_on(figure)
    return figure


def draw_on(figure: Figure | SubFigure) -> None:
    """Draw on a figure, or on a part of one."""
    data, network, step = figure.subplots(1, 3, width_ratios=(3, 4, 4))
    for panel, title in ((data, "an input: P patches"), (network, "the network"), (step, "a step on one noise")):
        panel.set(xlim=(0, 10), ylim=(0, 10), aspect="equal", anchor="N")
        panel.set_axis_off()
        panel.set_title(title, loc="center", fontweight="bold")
    _data(data)
    _network(network)
    _step(step)


def _data(axes: Axes) -> None:
    for k in range(4):
        x, y = 1.2 + 4.1 * (k % 2), 5.6 - 3.9 * (k // 2)
        if k == 1:
            axes.add_patch(Rectangle((x, y), 3.5, 3.5, facecolor=GREEN, alpha=0.8))
            axes.text(
                x + 1.75, y + 1.75, "ŷ μ", color="white", fontweight="bold", ha="center", va="center", fontsize=14
            )
        else:
            random = np.random.default_rng(0)  # the same noise in every patch
            axes.imshow(random.normal(size=(9, 9)), extent=(x, x + 3.5, y, y + 3.5), cmap="Greys", alpha=0.7)
            axes.text(x + 1.75, y + 1.75, "ξ", **_LARGE,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.8})  # fmt: skip
    axes.text(5, 0.9, "signal ŷμ once, its noise ξ elsewhere", **_WORDS)
    axes.text(5, 0.0, "the label y is ŷ, flipped with probability p", **_WORDS)
    axes.set(xlim=(0, 10), ylim=(-0.4, 10))


def _network(axes: Axes) -> None:
    for sign, y, word in ((1, 7.4, "+"), (-1, 3.0, "−")):
        for r in range(4):
            axes.add_patch(Circle((3.0, y + 1.2 - 0.8 * r), 0.34, facecolor=PALE, edgecolor=GREY))
        axes.text(3.0, y + 1.95, f"filters j = {word}1", **_WORDS)
        axes.add_patch(Circle((6.3, y), 0.75, facecolor="white", edgecolor=BLACK))
        axes.text(6.3, y, f"F{'₊' if sign > 0 else '₋'}", **_WORDS)
        for r in range(4):
            axes.plot([3.45, 5.55], [y + 1.2 - 0.8 * r, y], color=GREY, linewidth=0.8)
            axes.plot([0.6, 2.55], [5.2, y + 1.2 - 0.8 * r], color=GREY, linewidth=0.5)
        axes.plot([7.05, 8.5], [y, 5.2], color=BLACK, linewidth=1)
        axes.text(7.9, y - 0.7 if sign < 0 else y + 0.1, word, fontsize=13, ha="center", va="center")
    axes.text(0.3, 5.2, "x", fontsize=13, ha="center", va="center", fontweight="bold")
    axes.text(9.0, 5.2, "f", fontsize=13, ha="center", va="center", fontweight="bold")
    axes.text(5, 0.6, "Fⱼ = mean over r of  Σ ReLU⟨wⱼᵣ, patch⟩", **_WORDS)
    axes.set(ylim=(-0.4, 10))


def _step(axes: Axes) -> None:
    for y, colour, word in ((6.7, SGD, "SGD"), (2.6, SAM, "SAM")):
        axes.plot([0.3, 4.6], [y, y], color=GREY, linewidth=2.2)
        axes.plot([4.6, 8.6], [y, y + 2.4], color=GREY, linewidth=2.2)
        axes.plot([4.6, 4.6], [y - 0.3, y + 0.3], color=GREY, linewidth=1)
        axes.text(0.3, y + 2.1, word, color=colour, fontweight="bold", fontsize=11, ha="left", va="center")
        axes.plot(6.6, y + 1.2, "o", color=colour, markersize=8)
        axes.annotate("⟨w, ξ⟩ > 0", (6.6, y + 1.2), xytext=(7, -7), textcoords="offset points", fontsize=9, va="center")
        if word == "SGD":
            axes.add_patch(FancyArrowPatch((6.6, y + 1.4), (8.3, y + 2.5), arrowstyle="-|>", mutation_scale=14,
                                           color=colour, connectionstyle="arc3,rad=0.35"))  # fmt: skip
            axes.text(4.6, y + 2.1, "active: the step\nlearns this noise", fontsize=9, ha="center", va="center")
        else:
            axes.add_patch(FancyArrowPatch((6.4, y + 1.3), (2.6, y + 0.25), arrowstyle="-|>", mutation_scale=14,
                                           color=colour, connectionstyle="arc3,rad=0.35"))  # fmt: skip
            axes.plot(2.4, y, "o", markerfacecolor="white", color=colour, markersize=8)
            axes.text(2.4, y - 0.8, "⟨w + ε, ξ⟩ < 0: off,\nnothing of it is learned", fontsize=9, ha="center", va="top")
            axes.text(4.3, y + 2.3, "ascent ε", fontsize=9, ha="center", va="center", color=colour)
    axes.set(ylim=(-0.4, 10))


def caption(nothing: None) -> str:
    """Say what is drawn."""
    return (
        "Predicted: an input is one patch of signal, ŷμ, and P − 1 copies of one noise ξ. The network has m filters "
        "for each class, and a fixed second layer. A filter that is active on a sample's noise learns it under "
        "SGD. SAM first ascends by ε along the gradient, which takes ⟨w + ε, ξ⟩ below zero: ReLU is off where the "
        "gradient is taken, and nothing of this noise is learned. Measured: in the other pictures; this one is drawn "
        "by hand."
    )


CARTOON = Picture(
    "cartoon", "A signal and its noise, a two-layer network, and the step that SAM does not take", ".", read, draw,
    caption,
)  # fmt: skip
