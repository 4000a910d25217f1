"""One look for all figures: colours that colour-blind readers tell apart, text as paths, fixed identifiers.

The colours are those of Okabe and Ito (2008). A colour never stands alone: each series also has its own line style or
marker. Text is drawn as paths of the font that comes with matplotlib, so that a picture looks, and is, the same on
every machine.
"""

from typing import Any

from cycler import cycler

BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
GREY = "#6E6E6E"
PALE = "#DDDDDD"
SGD, SAM = VERMILION, BLUE
"""What was measured under SGD and under SAM is drawn in these."""
NOTE: Any = {"textcoords": "offset points", "fontsize": 8.5}
"""How a line is labelled where it runs."""
WIDTH = 8.6
"""Inches; at 96 pixels an inch the width of a README."""

STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelsize": 9,
    "axes.linewidth": 0.6,
    "axes.prop_cycle": cycler(color=[BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "normal",
    "figure.constrained_layout.use": True,
    "figure.dpi": 72,
    "figure.facecolor": "white",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
    "mathtext.fontset": "dejavusans",
    "svg.fonttype": "path",
    "svg.hashsalt": "samverify",
    "xtick.color": GREY,
    "xtick.labelcolor": BLACK,
    "xtick.labelsize": 8.5,
    "ytick.color": GREY,
    "ytick.labelcolor": BLACK,
    "ytick.labelsize": 8.5,
}
