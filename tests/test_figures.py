"""Figures draw results and nothing else, and the same results give the same bytes."""

import json
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib.patches import Rectangle

from figures import FIGURES, make
from figures.exponents.draw import fits
from figures.phase.draw import PHASE_LARGE
from figures.style import STYLE
from figures.tightness.draw import rows, used

ROOT = Path(__file__).parent.parent
RESULTS, GALLERY = ROOT / "results", ROOT / "figures" / "gallery"
LABELLED = [name for name, picture in FIGURES.items() if picture.source.endswith(".nc")]


def read(name):
    return FIGURES[name].read(RESULTS / FIGURES[name].source)


def drawn(name, data, tmp_path):
    """The picture and the caption of other data, through a results file as a user has it."""
    results = tmp_path / "results"
    results.mkdir(exist_ok=True)
    target = results / FIGURES[name].source
    data.to_netcdf(target, engine="scipy")
    picture = next(make([name], results, tmp_path / "out"))
    return picture.read_bytes(), picture.with_suffix(".md").read_bytes()


@pytest.mark.parametrize("name", FIGURES)
def test_the_gallery_is_made_from_the_results_byte_for_byte(name, tmp_path):
    picture = next(make([name], RESULTS, tmp_path))
    assert picture.name == f"{name}.svg"
    assert picture.read_bytes() == (GALLERY / picture.name).read_bytes()
    page = picture.with_suffix(".md")
    assert page.read_bytes() == (GALLERY / page.name).read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [page.name, picture.name]


ONLY_TOLD = {
    "critical",
    "deactivated_lower",
    "deactivated_mean",
    "deactivated_upper",
    "harmed_beyond",
    "margin",
    "triples",
}


def contents(name, data):
    """All coordinates that are drawn; quicker than the picture itself."""
    with matplotlib.rc_context(STYLE):
        figure = FIGURES[name].draw(data)
    found = []
    for axes in figure.axes:
        found += [line.get_xydata().tolist() for line in axes.lines]
        found += [patch.get_xy() for patch in axes.patches if isinstance(patch, Rectangle)]
        for collection in axes.collections:
            found += [path.vertices.tolist() for path in collection.get_paths()]
            found.append(collection.get_array() if collection.get_array() is None else collection.get_array().tolist())
    return json.dumps(found)


@pytest.mark.parametrize("name", LABELLED)
def test_every_number_that_it_asks_for_is_drawn_or_told(name, tmp_path):
    data = read(name)
    before = contents(name, data)
    assert before == contents(name, data)
    asked = []
    for variable in data.data_vars:
        data.drop_vars(variable).to_netcdf(tmp_path / "without.nc", engine="scipy")
        try:
            FIGURES[name].read(tmp_path / "without.nc")
        except ValueError as error:
            asked.append(variable)
            assert f"it has no variable {variable!r}" in str(error)  # noqa: PT017
            other = data.assign({variable: data[variable] * 1.03 + 1})
            if variable in ONLY_TOLD:
                assert FIGURES[name].caption(other) != FIGURES[name].caption(data), variable
            else:
                assert contents(name, other) != before, variable
    assert len(asked) >= 4


def test_captions_name_the_numbers():
    stages = read("stages")
    end = stages.isel(epoch=-1)
    for name in ("SGD", "SAM then SGD"):
        assert f"{float(end.test_error_mean.sel(training=name)):.4f} [" in FIGURES["stages"].caption(stages)
    deactivation = read("deactivation")
    told = FIGURES["deactivation"].caption(deactivation)
    for name in deactivation.setting.values:
        one = deactivation.sel(ratio=1.0, setting=name)
        share = f"{float(one.share_mean):.2%} [" if one.share_mean > 0 else f"none of {int(one.triples.sum()):,}"
        assert f"{name}: {share}" in told
    phase, median = read("phase_paper"), read("phase_paper").contour_median.sel(phases="sgd").values
    assert f"SGD: {median[0]:.3g} [" in FIGURES["phase_paper"].caption(phase)
    assert f"and {median[-1]:.3g} [" in FIGURES["phase_paper"].caption(phase)
    worst = max(fits(read("exponents")), key=lambda fit: abs(fit.exponent - fit.predicted))
    assert f"{worst.exponent:.3f} [{worst.lower:.3f}, {worst.upper:.3f}]" in FIGURES["exponents"].caption(
        read("exponents")
    )
    loosest = next(row for row in rows(read("tightness"))[0] if row.kind == "bound")
    assert f"`{loosest.statement}` (`{loosest.label}`, {loosest.tightest:.2g})" in FIGURES["tightness"].caption(
        read("tightness")
    )


@pytest.mark.parametrize(
    ("sense", "measured", "bound", "share"),
    [("<=", 1.0, 4.0, 0.25), (">=", 4.0, 1.0, 0.25), (">=", -1.0, -4.0, 0.25), ("<=", -4.0, -1.0, 0.25)],
)
def test_share_of_a_bound_is_above_one_exactly_where_it_is_broken(sense, measured, bound, share):
    part = replace(read("tightness")[0].parts[0], sense=sense, measured=measured, bound=bound)
    assert used(part) == share
    assert used(replace(part, measured=bound, bound=measured)) == 1 / share


def test_a_bound_of_zero_is_named_not_drawn():
    drawn_rows, left_out = rows(read("tightness"))
    of_zero = {f"`{v.id}` (`{part.label}`)" for v in read("tightness") for part in v.parts if part.bound == 0}
    assert of_zero
    assert of_zero <= set(left_out)
    parts = {(v.id, part.label) for v in read("tightness") for part in v.parts}
    assert len(drawn_rows) + len(left_out) == len(parts)


def test_a_contour_outside_the_grid_is_told_not_drawn(tmp_path):
    """A grid with even logarithms, as the large one; benign everywhere at the small d, harmful at the large."""
    d, strengths = np.array([1e3, 1e5, 1e7, 1e9]), np.geomspace(1, 100, 5)
    limits = {"lower": [0, 3, 30, np.inf], "median": [0, 4, 40, np.inf], "upper": [0, 5, np.inf, np.inf]}
    data = xr.Dataset(
        {f"contour_{name}": (("phases", "d"), [values]) for name, values in limits.items()}
        | {name: ("d", d**0.25) for name in ("benign_sgd", "harmful_sgd", "threshold_sam")}
        | {"signal_limit": ("d", d**0.5), "harmed_beyond": ("phases", [0.25])}
        | {"test_error": (("phases", "d", "mu_norm"), np.full((1, 4, 5), 0.3))},
        coords={"phases": ["sgd"], "d": d, "mu_norm": strengths},
        attrs=read("phase_paper").attrs | {"exhibit": "phase_large"},
    )
    data.to_netcdf(tmp_path / "phase_large.nc", engine="scipy")
    picture = PHASE_LARGE.make(tmp_path, tmp_path)
    caption = picture.with_suffix(".md").read_text(encoding="utf-8")
    assert "SGD: below 1 and above 100." in caption
    with matplotlib.rc_context(STYLE):
        panel = PHASE_LARGE.draw(data).axes[0]
    assert panel.get_xscale() == panel.get_yscale() == "log"
    contour = panel.lines[0].get_ydata()
    np.testing.assert_array_equal(contour, [np.nan, 4, 40, np.nan])
    assert [patch.get_hatch() for patch in panel.collections].count("////") == 1
    assert "Hatched: d < n ‖μ‖²/(P σₚ)²" in caption
    assert "test error above p + 0.1: SGD 25.0%." in caption
    assert "Hatched" not in PHASE_LARGE.caption(data.drop_vars(["signal_limit", "harmed_beyond"]))
