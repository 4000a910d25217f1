"""Figures draw results and nothing else, and the same results give the same bytes."""

import json
import re
import zlib
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib.patches import Rectangle

from figures import FIGURES, make
from figures.exponents.draw import fits
from figures.make import INDEX
from figures.necessity.draw import needed
from figures.phase import draw as phase
from figures.style import STYLE
from figures.tightness.draw import rows, used
from figures.true_region.draw import _SAM as DRAWN_AS_SAM
from figures.verdicts.draw import room

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


def plain(picture):
    """A picture's bytes; of a PDF what it draws, to 1e-2 points: it keeps digits in which the layout is not settled."""
    if not picture.startswith(b"%PDF"):
        return picture
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", picture, re.DOTALL)
    pages = [zlib.decompressobj().decompress(s) for s in streams if s[:1] == b"x"]
    return [re.sub(rb"-?\d+\.\d+", lambda found: b"%.2f" % (float(found.group()) + 0.003), page) for page in pages]


@pytest.mark.parametrize("name", FIGURES)
def test_the_gallery_is_made_from_the_results_byte_for_byte(name, tmp_path):
    picture = next(make([name], RESULTS, tmp_path))
    assert picture.name == f"{name}.{FIGURES[name].form}"
    assert plain(picture.read_bytes()) == plain((GALLERY / picture.name).read_bytes())
    page = picture.with_suffix(".md")
    assert page.read_bytes() == (GALLERY / page.name).read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [page.name, picture.name]


def test_the_index_names_the_pictures_of_the_gallery_in_their_order():
    named = [line.rpartition("](")[2].removesuffix(")") for line in (GALLERY / INDEX).read_text().splitlines()[2:]]
    assert named == [f"{p.name}.{p.form}" for p in FIGURES.values() if p.page == "gallery"]
    assert named[0] == "stages.svg"
    kept = {path.name for path in GALLERY.iterdir()} - {INDEX}
    assert kept == {f"{p.name}.{end}" for p in FIGURES.values() for end in (p.form, "md")}


def over(found, kind):
    return [slope for v in found for slope in v.slopes if (slope.constant is not None) == (kind == "constant")]


def nearly_all(values):
    return np.mean(list(values)) > 0.85


# What each title says, asked of the results; that of a cartoon, a poster and a question says nothing.
TAKEAWAYS = {
    "stages": lambda d: (
        (d.loss_mean[:, -1] < 0.05).all()
        and d.test_error_mean.sel(training="SGD")[-1] > d.attrs["harmful"]
        and d.test_error_mean.sel(training="SAM then SGD")[-1] < d.attrs["p"] + 0.03
    ),
    "race": lambda d: (
        (d.rho.sel(training="SAM then SGD", epoch=d.attrs["switch"]) < 0.1).all()
        and (d.rho.sel(training="SGD", epoch=d.attrs["switch"]) > 1).all()
        and d.gamma.sel(training="SAM then SGD")[:, -1].min() > d.gamma.sel(training="SGD")[:, -1].max()
    ),
    "filters": lambda d: (
        not ((d["product"] >= 0) & (d.shifted > 0)).sel(optimiser="SAM").any()
        and (d.shifted > 0).sel(optimiser="SAM").isel(epoch=-1).sum() == 0
        and (d["product"] > 0).sel(optimiser="SGD").isel(epoch=-1).mean() > 0.5
    ),
    "phase": lambda f: (
        f["phase_large"].contour_lower.sel(phases="sgd")[-1] > 10 * f["phase_large"].contour_upper.sel(phases="sgd")[0]
        and f["phase_weak"].contour_median.sel(phases="sam_then_sgd")[-1]
        < f["phase_weak"].contour_median.sel(phases="sam_then_sgd")[0]
    ),
    "deactivation": lambda d: d.share_mean.where(d.reach_mean > 2).max() < 0.2,
    "tau_window": lambda d: abs(d.critical.mean("replica") - 1).max() < 0.1,
    "exponents": lambda f: nearly_all(abs(s.exponent - s.predicted) < 0.1 for s in over(f, "power")),
    "exponents_detail": lambda f: nearly_all(fit.inside for fit in fits(f)),
    "constants": lambda f: all(abs(s.constant.value / s.constant.derived - 1) < 0.15 for s in over(f, "constant")),
    "error_curve": lambda d: abs(d.excess_mean - d.derived_mean)[:4].max() < 0.02,
    "tightness": lambda f: (
        all(row.tightest <= 1 for row in rows(f)[0] if row.kind == "bound")
        and any(row.tightest > 0.9 for row in rows(f)[0] if row.kind == "bound")
    ),
    "true_region": lambda d: (
        nearly_all(not f > 0.1 for f in d.fails.values[[s not in DRAWN_AS_SAM for s in d.statement.values]])
        and (d.fails[(d.statement == "noise_prevention").values] > 0.3).all()
    ),
    "necessity": lambda d: (
        [str(line) for line, word in zip(d.line.values, needed(d), strict=True) if word.startswith("not needed")]
        == [str(line) for line in d.line.values if str(line).startswith("1 / (eta") and " and " not in str(line)]
    ),
    "robustness": lambda d: (
        (d.test_error_mean.sel(variant=["SAM, ascent on another batch", "m-SAM, single samples"])[:, :2] > 0.25).all()
        and (d.test_error_mean[["SAM" in str(v) for v in d.variant.values], 0].dropna("variant") < 0.15).mean() > 0.75
    ),
    "federated": lambda d: (
        (d.test_error_mean.sel(rule="local_sam", skew=1.0) > d.test_error_mean.sel(rule="local_sgd", skew=1.0))
        and (d.test_error_mean.sel(rule="global_sam") < d.attrs["p"] + 0.03).all()
    ),
    "sharpness": lambda d: [
        str(name) for name, share in zip(d.measure.values, d.right.mean("sam").values, strict=True) if share == 1
    ] == ["average 1"],
    "radius_length": lambda d: (
        (e := (d.error_mean - d.p).mean("setting").sel(factor=slice(1, 100))).sel(length=4.0).max() < 0.02
        and e.sel(length=0.25).min() > 0.05
    ),
    "local_sgd": lambda d: (
        (d.gain_mean.sel(variant=[v for v in d.variant.values if str(v).startswith(("local", "post"))]) < 0.02).all()
        and (d.error_mean.isel(flip=1) < d.error_mean.isel(flip=0)).all()
    ),
    "digits_noise": lambda d: (d.test_error_mean.sel(training="SGD") - d.test_error_mean.sel(training="SAM"))[..., -1]
    .min() > 0,
    "digits_pairs": lambda d: (d.pair_gain_mean.sel(training="SAM") < 0).all(),
    "digits_switch": lambda d: (d.switch_error_mean.sel(order="SAM first").diff("share") < 0.003).all(),
    "nuisance": lambda d: (
        (c := d.contour_mean.sel(training="SAM, then SGD") / d.contour_mean.sel(training="SGD"))
        .sel(kind="photographs, whitened").min() > 0.95
        and c.sel(kind="Gaussian").min() < 0.8
    ),
    "verdicts": lambda f: all(0 <= room(v) <= 1 for v in f) and nearly_all(v.status == "confirmed" for v in f),
    "long_sweep": lambda d: d["sweeps"][-1]["parent_mb"][-1] < 1.1 * d["sweeps"][-1]["parent_mb"][1],
}  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_a_title_is_true_of_the_results(name):
    assert name in ("cartoon", "poster") or TAKEAWAYS[name](read(name))


ONLY_TOLD = {
    "asked",
    "critical",
    "deactivated_lower",
    "deactivated_mean",
    "deactivated_upper",
    "exponent_mean",
    "harmed_beyond",
    "held",
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
        found += [text.get_text() for text in axes.texts] + [axes.get_title("left")]
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
    assert len(asked) >= 3


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
    found = read("phase")
    for grid in ("phase_large", "phase_paper"):
        median = found[grid].contour_median.sel(phases="sgd").values
        assert f"SGD {median[0]:.3g} [" in FIGURES["phase"].caption(found)
        assert f"and {median[-1]:.3g} [" in FIGURES["phase"].caption(found)
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


def test_a_contour_outside_the_grid_is_told_not_drawn():
    """A grid with even logarithms, as the large one; benign everywhere at the small d, harmful at the large."""
    d, strengths = np.array([1e3, 1e5, 1e7, 1e9]), np.geomspace(1, 100, 5)
    limits = {"lower": [0, 3, 30, np.inf], "median": [0, 4, 40, np.inf], "upper": [0, 5, np.inf, np.inf]}
    names = ["sgd", "sam_then_sgd"]
    data = xr.Dataset(
        {f"contour_{name}": (("phases", "d"), [values, values]) for name, values in limits.items()}
        | {name: ("d", d**0.25) for name in ("benign_sgd", "harmful_sgd", "threshold_sam")}
        | {"test_error": (("phases", "d", "mu_norm"), np.full((2, 4, 5), 0.3))},
        coords={"phases": names, "d": d, "mu_norm": strengths},
        attrs=read("phase")["phase_large"].attrs,
    )
    found = read("phase") | {"phase_large": data}
    assert "SGD below 1 at d = 1,000 and above 100 at d = 1,000,000,000;" in phase.caption(found)
    with matplotlib.rc_context(STYLE):
        panel = phase.draw(found).axes[0]
    assert panel.get_xscale() == panel.get_yscale() == "log"
    np.testing.assert_array_equal(panel.lines[0].get_ydata(), [np.nan, 4, 40, np.nan])
