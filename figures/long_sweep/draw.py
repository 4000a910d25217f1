"""A long sweep: memory against cells done, and the time to list what is done against the size of the folder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from figures.picture import Picture
from figures.style import BLUE, GREEN, GREY, VERMILION, WIDTH

_LOOKS = ((BLUE, "-"), (GREEN, "--"), (VERMILION, ":"))
_SERIES = ("done", "parent_mb", "worker_mb", "listing_cpu_seconds")
_NUMBERS = ("cells", "parent_peak_mb", "files", "subfolders", "most_files_in_a_folder", "megabytes")


def read(path: Path) -> dict[str, Any]:
    """Open the measurement, and check that it holds what is drawn."""
    try:
        found = json.loads(path.read_text("utf-8"))
        for one in found["sweeps"]:
            whole = all(isinstance(one[name], int | float) for name in _NUMBERS)
            if not (whole and len(one["done"]) == len(one["parent_mb"]) == len(one["worker_mb"]) > 1):
                raise ValueError
            for name in _SERIES:
                np.array(one[name], dtype=float)
        if not found["sweeps"] or found["workers"] < 1:
            raise ValueError
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not allowed: it must be written by `python -m benchmarks.long_sweep`") from error
    return dict(found)


def draw(found: dict[str, Any]) -> Figure:
    """Draw resident memory of the command and of its largest worker, and the listing's processor time."""
    figure = Figure(figsize=(WIDTH, 3.4))
    left, right = figure.subplots(1, 2)
    longest = found["sweeps"][-1]
    for name, who, (colour, line) in zip(
        ("worker_mb", "parent_mb"), ("largest worker", "command"), _LOOKS, strict=False
    ):
        places = [(x, y) for x, y in zip(longest["done"], longest[name], strict=True) if y > 0]
        left.plot(*zip(*places, strict=True), color=colour, linestyle=line, label=who)
    most = 1.15 * max(longest["worker_mb"] + longest["parent_mb"])
    left.set(xlabel="cells done", ylabel="resident memory, MB", ylim=(0, most), xlim=(0, longest["cells"]))
    left.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    left.legend(loc="lower right")
    sizes = np.array([one["cells"] for one in found["sweeps"]])
    times = [_listing(one) for one in found["sweeps"]]
    right.plot(sizes, sizes * times[0] / sizes[0], color=GREY, linestyle=":", linewidth=1, label="in proportion")
    right.plot(sizes, times, color=BLUE, marker="o", label="measured")
    right.set(xscale="log", yscale="log", xlabel="cells in the folder", ylabel="listing, s of processor time")
    right.legend(loc="upper left")
    return figure


def _listing(one: dict[str, Any]) -> float:
    return float(np.median(one["listing_cpu_seconds"]))


def caption(found: dict[str, Any]) -> str:
    """Say what is predicted, and how memory, listing time and numbers of files went."""
    first, last = found["sweeps"][0], found["sweeps"][-1]
    early = next(k for k, count in enumerate(last["done"]) if count >= 0.01 * last["cells"])
    plural = "" if last["subfolders"] == 1 else "s"
    command, worker = (f"{last[k][early]:.1f} to {last[k][-1]:.1f} MB" for k in ("parent_mb", "worker_mb"))
    per_cell = " and ".join(f"{1e6 * _listing(one) / one['cells']:,.0f} µs" for one in (first, last))
    return (
        "Predicted: the command holds a bounded number of cells at a time, so that its memory does not grow with the "
        "cells done; to see what is done it reads each file once, so that this takes time in proportion to their "
        f"number (dotted). Measured, in a sweep of {last['cells']:,} cells as small as they can be on "
        f"{found['workers']} workers: from the first hundredth of the cells to the last, the command went from "
        f"{command} and the largest worker from {worker}; with the assembly of sweep.nc the command's peak is "
        f"{last['parent_peak_mb']:.0f} MB. Listing takes {per_cell} a cell at {first['cells']:,} and at "
        f"{last['cells']:,} cells (processor time, median of {len(last['listing_cpu_seconds'])}). The folder holds "
        f"{last['files']:,} files in {last['subfolders']:,} subfolder{plural}, {last['megabytes']:.0f} MB: one file "
        "a cell, so that a cell is kept whole or not at all, whoever makes it, and no more than "
        f"{last['most_files_in_a_folder']:,} in a folder, so that none is slow to list."
    )


LONG_SWEEP = Picture(
    "long_sweep", "A sweep of any length takes the same memory", "long_sweep.json", read, draw, caption,
    made_by="python -m benchmarks.long_sweep", page="benchmarks",
)  # fmt: skip
