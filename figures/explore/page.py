"""The page: stories and sweep from kept results, the engine, style and script, in one file that asks for nothing."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from matplotlib import colormaps
from matplotlib.colors import to_hex

from dynamics.files import write_text
from figures.explore.stories import STORIES, Story
from figures.kept import data_set
from figures.style import SAM, SGD
from theorems import catalogue

_FOLDER = Path(__file__).parent
_ENGINE = ("lab.js", "condition.js", "live.js")
_PAGE = ("words.js", "npz.js", "page.js")
_SERIES = ("epoch", "signal", "noise", "loss", "error")
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 220, 132, 30, 10, 210, 104  # of a story's picture, in its own units


def page(results: Path) -> str:
    """Return the explorable as one HTML page.

    Parameters
    ----------
    results : Path
        Folder with `explore.nc` and `phase_large.nc`.

    Returns
    -------
    str
        Its own policy forbids any request, and any script but its own.

    Raises
    ------
    ValueError
        If a results file is missing or foreign.
    """
    for name, command in (("explore.nc", "python -m figures.measure"), ("phase_large.nc", "make results")):
        if not (results / name).is_file():
            raise ValueError(f"{results / name} is not there: make it with `{command}`")
    told = data_set(results / "explore.nc", "explore", [*_SERIES, *(f"final_{name}" for name in _SERIES)])
    sweep = data_set(results / "phase_large.nc", "phase_large", ("test_error",))
    style = _text("page.css").replace("SGD_COLOUR", SGD).replace("SAM_COLOUR", SAM)
    engine, script = _text(*_ENGINE), _text(*_PAGE)
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        stories=[
            {"story": s, "picture": picture(told, s), "text": sentences(told, s), "shows": catalogue[s.statement].title}
            for s in STORIES
        ],
        runs=told.sizes["seed"],
        data=Markup(json.dumps(_data(told, sweep)).replace("<", "\\u003c")),
        style=Markup(style),
        engine=Markup(engine),
        script=Markup(script),
        policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(engine)}' '{_hash(script)}'; "
        "worker-src blob:; base-uri 'none'; form-action 'none'",
    )


def write_page(target: Path, results: Path) -> None:
    """Write the page, whole or not at all; raises as `page`."""
    write_text(target, page(results))


def _text(*names: str) -> str:
    """Return files of this folder, one after the other."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


def _hash(text: str) -> str:
    """Return what a browser asks of an inline script or style that a policy allows."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _data(told: xr.Dataset, sweep: xr.Dataset) -> dict[str, Any]:
    """Return what the script reads: constants of the theorems, presets, and the sweep behind the phase diagram."""
    harmed = np.clip((sweep.test_error - sweep.attrs["p"]) / (0.5 - sweep.attrs["p"]), 0, 1)
    ramp = colormaps["cividis"]
    colours = {
        key: [[to_hex(ramp(v)) for v in row] for row in harmed.sel(phases=name).transpose("d", "mu_norm").values]
        for key, name in (("sgd", "sgd"), ("sam", "sam_then_sgd"))
    }
    constants = {name: float(told.attrs[name]) for name in ("C_1", "C_3", "delta", "epsilon", "harm", "at_most")}
    return {
        "constants": constants,
        "colours": {"sgd": SGD, "sam": SAM},
        "stories": [{"name": s.name, "state": s.setting.model_dump() | {"tau": s.tau, "sam": s.sam}} for s in STORIES],
        "sweep": {
            "d": sweep.d.values.tolist(),
            "mu_norm": sweep.mu_norm.values.tolist(),
            "colours": colours,
            "ramp": [to_hex(ramp(v)) for v in (0.0, 0.25, 0.5, 0.75, 1.0)],
            "about": {name: float(sweep.attrs[name]) for name in ("n", "m", "P", "B", "p", "replicas")},
        },
    }


def sentences(told: xr.Dataset, story: Story) -> str:
    """Return the text of a story with its numbers, means over the runs."""
    mean = told.sel(story=story.name).mean("seed")
    fields = {"tol": f"{told.attrs['epsilon']:g}", "p": f"{story.setting.p:g}"}
    for optimiser in ("sgd", "sam"):
        one = mean.sel(optimiser=optimiser)
        for name in ("signal", "noise", "loss", "error"):
            fields[f"{optimiser}_{name}"] = _short(float(one[f"final_{name}"]))
            fields[f"{optimiser}_{name}_at_switch"] = _short(float(one[f"switch_{name}"]))
    fields["best"] = _short(float(told.sel(story="sam-prevents", optimiser="sam").final_error.mean()))
    return story.text.format_map(fields)


def _short(value: float) -> str:
    """Return two digits after the point."""
    return f"{value:.2f}".replace("-0.00", "0.00")


def picture(told: xr.Dataset, story: Story) -> Markup:
    """Draw a story: noise learned over signal learned, a path an optimiser, and where each ends, as inline SVG."""
    one = told.sel(story=story.name)
    most = {name: float(told[name].max()) * 1.06 for name in ("signal", "noise")}  # one scale for all stories
    parts, ends = [], {}
    for optimiser in ("sgd", "sam"):
        run = one.sel(optimiser=optimiser)
        kept = np.isfinite(run.epoch.values)
        x = _LEFT + run.signal.values[kept] / most["signal"] * (_RIGHT - _LEFT)
        y = _BOTTOM - run.noise.values[kept] / most["noise"] * (_BOTTOM - _TOP)
        places = list(dict.fromkeys(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True)))
        parts.append(f'<polyline class="{optimiser}" points="{" ".join(places)}"/>')
        mark = (
            f'<circle class="{optimiser}" cx="{x[-1]:.1f}" cy="{y[-1]:.1f}" r="3.4"/>'
            if optimiser == "sgd"
            else f'<rect class="{optimiser}" x="{x[-1] - 3.2:.1f}" y="{y[-1] - 3.2:.1f}" width="6.4" height="6.4"/>'
        )
        parts.append(mark)
        ends[optimiser] = (float(x[-1]), float(y[-1]), float(run.final_error.mean()))
    near = abs(ends["sam"][0] - ends["sgd"][0]) < 25
    above = min(ends["sgd"][1], ends["sam"][1])
    for optimiser, name in (("sgd", "SGD"), ("sam", "SAM")):
        x_end, y_end, error = ends[optimiser]
        lines = [f"{name} {_short(error)}"] if near or optimiser == "sam" else [name, _short(error)]
        top = above + (2 if optimiser == "sgd" else 15) if near else y_end + 4
        left = x_end > _RIGHT - 62
        anchor = ' text-anchor="end"' if left else ""
        parts += [
            f'<text class="end" x="{x_end + (-8 if left else 8):.1f}" y="{top + 13 * k:.1f}"{anchor}>{line}</text>'
            for k, line in enumerate(lines)
        ]
    title = f"{story.title}: noise learned over signal learned; test errors: " + ", ".join(
        f"{name} {_short(ends[key][2])}" for key, name in (("sgd", "SGD"), ("sam", "SAM then SGD"))
    )
    return Markup(
        '<svg viewBox="0 0 {w} {h}" role="img" aria-label="{title}"><title>{title}</title>'
        '<path class="axis" d="M{l},{t}V{b}H{r}"/>'
        '<text class="tick" x="{r}" y="{below}" text-anchor="end">signal learned →</text>'
        '<text class="tick" transform="translate({beside},{b}) rotate(-90)">noise learned →</text>{parts}</svg>'
    ).format(
        w=_WIDTH, h=_HEIGHT, title=title, l=_LEFT, t=_TOP, b=_BOTTOM, r=_RIGHT, below=_BOTTOM + 17, beside=_LEFT - 10,
        parts=Markup("".join(parts)),
    )  # fmt: skip
