"""A one-page poster: claim, cartoon, headline, mechanism, boundary and verdicts, put together from the pictures."""

from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

import xarray as xr
from matplotlib.figure import Figure, SubFigure

import figures.cartoon.draw as cartoon
import figures.filters.draw as filters
import figures.phase.draw as phase
import figures.stages.draw as stages
import figures.verdicts.draw as verdicts
from figures.picture import Picture
from figures.style import GREY, SAM, SGD
from verify.report.results import Record, read_statements

_WIDTH, _HEIGHT = 16.5, 23.4
"""Inches: A2, upright."""


@dataclass(frozen=True)
class Sources:
    """What the pictures of the poster are drawn from."""

    stages: xr.Dataset
    filters: xr.Dataset
    phase: dict[str, xr.Dataset]
    statements: tuple[Record, ...]


def read(folder: Path) -> Sources:
    """Open the files of a folder of results."""
    return Sources(
        stages.read(folder / stages.STAGES.source),
        filters.read(folder / filters.FILTERS.source),
        phase.read(folder),
        read_statements(folder / verdicts.VERDICTS.source),
    )


def draw(found: Sources) -> Figure:
    """Draw the page: a row for the claim, then the pictures under their titles."""
    figure = Figure(figsize=(_WIDTH, _HEIGHT))
    claim, first, second, third = figure.subfigures(4, 1, height_ratios=(3.9, 5.0, 6.4, 8.1), squeeze=False)[:, 0]
    _claim(claim, found)
    left, right = first.subfigures(1, 2, width_ratios=(5, 4), squeeze=False)[0]
    cartoon.draw_on(_titled(left, cartoon.CARTOON.title))
    stages.draw_on(_titled(right, stages.STAGES.title), found.stages)
    left, right = second.subfigures(1, 2, squeeze=False)[0]
    filters.draw_on(_titled(left, filters.FILTERS.title), found.filters)
    large = _titled(right, phase.PHASE.title)
    phase.draw_large_on(large, found.phase)
    verdicts.draw_on(_titled(third, verdicts.VERDICTS.title, 110), found.statements)
    return figure


def _titled(part: SubFigure, title: str, letters: int = 62) -> SubFigure:
    part.suptitle(fill(title, letters), x=0.03, ha="left", fontsize=14, fontweight="bold")
    return part


def _claim(part: SubFigure, found: Sources) -> None:
    end = found.stages.isel(epoch=-1).test_error_mean
    sgd, sam = (float(end.sel(training=name)) for name in ("SGD", "SAM then SGD"))
    confirmed = sum(v.status == "confirmed" for v in found.statements)
    part.text(0.03, 0.88, "Why does SAM generalize better than SGD?", fontsize=38, fontweight="bold", va="top")
    part.text(
        0.03, 0.56,
        "On one patch of signal and many of noise, SGD overfits harmfully unless the signal grows like\n"
        "the fourth root of the dimension. SAM, by switching off the filters that align with noise,\n"
        "learns the signal at any dimension.",
        fontsize=17, va="top", linespacing=1.4,
    )  # fmt: skip
    for x, number, words, colour in (
        (0.03, f"{sgd:.2f}", "test error of SGD", SGD),
        (0.27, f"{sam:.2f}", f"of SAM, then SGD (label noise {found.stages.attrs['p']:g})", SAM),
        (0.62, f"{confirmed} of {len(found.statements)}", "statements confirmed, each with its controls", GREY),
    ):
        part.text(x, 0.18, number, fontsize=30, fontweight="bold", color=colour, va="center")
        part.text(x, 0.0, words, fontsize=13, color=colour, va="bottom")


def caption(found: Sources) -> str:
    """Say what is put together."""
    return (
        "Predicted and measured: as in the pictures that it is made of, each with its own caption: the cartoon, the "
        "headline epoch by epoch, the filters that SAM switches off, both boundaries over d, and the verdict on each "
        f"of {len(found.statements)} statements. A2, to print. The theory is that of Chen et al., NeurIPS 2023 "
        "(arXiv:2310.07269)."
    )


POSTER = Picture(
    "poster", "All of it on one page", ".", read, draw, caption, form="pdf"
)  # fmt: skip
