"""The report page as text: what it says, what it refuses, how it escapes, what its pictures place where."""

import html
import json
import math
import re
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pydantic import TypeAdapter

import samverify
import verify.run
from dynamics.files import check_targets
from theorems import catalogue
from verify.report.ladder import ladder_plot
from verify.report.mathematics import mathml, pieces
from verify.report.picture import pictures
from verify.report.render import page
from verify.report.results import Results, read_results
from verify.report.wording import command, notebooks_of, number, readable, reading, sections, share_used
from verify.schema import Part, Slope

ROOT = Path(__file__).parent.parent
FULL = ROOT / "results" / "full.json"


@pytest.fixture(scope="module")
def full():
    return json.loads(FULL.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def text():
    return page(read_results(FULL))


def results(*verdicts, **provenance):
    made = {
        "commit": "abc",
        "date": "2026-01-02T03:04:05+00:00",
        "scale": "quick",
        "seed_block": 0,
        "first_seed": 0,
        "level": 0.05,
        "samverify": "0",
        "python": "3",
        "numpy": "2",
        "scipy": "1",
        "machine": "m",
    } | provenance
    return Results.model_validate_json(json.dumps({"provenance": made, "verdicts": list(verdicts)}))


def verdict(**changes):
    return {
        "id": "gradient_norm",
        "control": None,
        "kind": "bound",
        "title": "a title",
        "predicts": "x <= 1",
        "status": "confirmed",
        "measured": "x: 0.5, stated <= 1",
        "evidence": [part()],
        "margins": {"size": 2.0},
        "draws": 1234,
        "unmet": 0,
        "p_value": 1.0,
        "scale": "quick",
        "seed": 0,
        "seconds": 0.1,
    } | changes


def part(**changes):
    return {
        "form": "part",
        "label": "x",
        "sense": "<=",
        "measured": 0.5,
        "bound": 1.0,
        "mean": 0.4,
        "slack": 0.5,
        "constant": 0.5,
        "count": 7,
        "status": "confirmed",
        "setting": {"n": 20},
    } | changes


def proportion(**changes):
    return {
        "form": "proportion",
        "draws": 100,
        "held": 99,
        "unclear": 0,
        "target": 0.9,
        "lower": 0.92,
        "upper": 0.999,
        "p_value": 1.0,
        "level": 0.001,
        "status": "confirmed",
        "setting": {"n": 20},
    } | changes


def slope(**changes):
    return {
        "form": "slope",
        "name": "T against d",
        "exponent": 0.25,
        "lower": 0.24,
        "upper": 0.26,
        "low": 0.2,
        "high": 0.3,
        "drift": 0.0,
        "drift_lower": -0.1,
        "drift_upper": 0.1,
        "p_value": 1.0,
        "replicas": 8,
        "rungs": 3,
        "level": 0.001,
        "values": [1.0, 10.0, 100.0],
        "means": [1.0, 10**0.25, 10**0.5],
        "means_lower": [0.9, 1.7, 3.1],
        "means_upper": [1.1, 1.8, 3.2],
        "constant": None,
        "status": "confirmed",
    } | changes


def plain(text):
    """Return what a reader reads: without tags, with characters for references, in single spaces."""
    return " ".join(
        html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.S))).split()
    )


# --- what it says


def test_every_statement_control_and_margin_is_there(full, text):
    read = plain(text)
    for v in full["verdicts"]:
        for said in (v["id"], v["title"], v["predicts"], v["control"] or v["id"], *readable(v["measured"]).split("; ")):
            assert " ".join(said.split()) in read
        if v["control"] is None:
            assert f"samverify check {v['id']} --scale full --seed-block 0" in read
            for name, margin in v["margins"].items():
                assert f"{name} {number(float(margin))}" in read


def test_the_run_is_described(full, text):
    read = plain(text)
    made = full["provenance"]
    for name in ("commit", "date", "samverify", "python", "numpy", "scipy"):
        assert made[name] in read
    controls = [v for v in full["verdicts"] if v["control"] is not None]
    statements = [v for v in full["verdicts"] if v["control"] is None]
    assert f"{len(statements)} of {len(statements)} statements confirmed" in read
    assert f"{len(controls)} of {len(controls)} controls refuted, as they must be" in read
    assert "at most 5%, by Holm’s procedure" in read
    assert "test error" in read.lower()
    assert "0.2732" in read  # the headline's SGD, as in the README


def test_it_needs_nothing_from_elsewhere_and_is_small(text):
    assert len(text.encode()) < 2_000_000
    assert not re.search(r"(?:src|href|action|data)\s*=\s*[\"']?(?!#)[^\"'\s>]", re.sub(r"data-\w+=", "", text))
    assert "url(" not in text
    assert "@import" not in text
    without_names = text.replace("http://www.w3.org/1998/Math/MathML", "")
    assert "://" not in without_names


def test_the_same_results_give_the_same_page(text):
    assert page(read_results(FULL)) == text


def test_refuted_open_and_missed_are_said():
    controls = [
        verdict(control="sign flipped", status="confirmed", measured="alarming"),
        verdict(control="halved", status="refuted", measured="fine"),
    ]
    read = plain(page(results(verdict(status="refuted"), verdict(id="gap", status="hypotheses not met"), *controls)))
    assert "0 of 2 statements confirmed" in read
    assert "✗ refuted 1: gradient_norm" in read
    assert "∅ hypotheses not met 1: gap" in read
    assert "1 of 2 controls refuted" in read
    assert (
        "Not refuted, so that nothing shows that these checks can fail: gradient_norm (sign flipped: confirmed)" in read
    )
    assert "not refuted: confirmed" in read
    assert "a control is not refuted" in read


def test_a_run_without_controls_says_so():
    assert "Controls were not run" in plain(page(results(verdict())))


def test_controls_without_their_statement_are_shown():
    read = plain(page(results(verdict(control="sign flipped", status="refuted", measured="broke"))))
    assert "Controls whose statement was not checked in this run" in read
    assert "gradient_norm sign flipped broke refuted" in read


def test_an_empty_run_is_a_page():
    assert "0 of 0 statements confirmed" in plain(page(results()))


def test_an_unknown_statement_is_shown_and_said_to_be_unknown():
    read = plain(page(results(verdict(id="of_tomorrow", title="Morning"))))
    assert "of_tomorrow Morning" in read
    assert "The catalogue of this version knows no statement of this name" in read


def test_a_statement_that_was_worded_otherwise_is_said_to_be():
    known = catalogue["gradient_norm"]
    same = {"kind": known.kind, "title": known.title, "predicts": known.predicts}
    assert "words this statement otherwise" in page(results(verdict(**same | {"predicts": "x <= 2"})))
    assert "words this statement otherwise" not in page(results(verdict(**same)))


def test_loose_bounds_say_by_which_factor():
    read = plain(page(results(verdict(evidence=[part(measured=0.02), part(measured=0.04, setting={"n": 30})]))))
    assert "loose by a factor of 50" in read
    assert "at its tightest setting: gradient_norm (25)" in read
    assert "Confirmed is not sharp" not in page(results(verdict(evidence=[part(measured=0.2)])))
    assert "loose" not in plain(page(results(verdict(kind="identity", evidence=[part(measured=1e-6)]))))


def test_draws_set_aside_are_said():
    assert "11 draws were set aside" in plain(page(results(verdict(unmet=11))))


def test_a_seed_block_is_said_with_its_first_seed():
    read = plain(page(results(verdict(seed=3), seed_block=3, first_seed=3_000_000)))
    assert "--seed-block 3" in read
    assert "block 3, from seed 3,000,000 on" in read


# --- escaping

NASTY = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' & {{ 7*7 }} </title></style></svg>"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": NASTY},
        {"title": NASTY},
        {"predicts": NASTY},
        {"measured": NASTY},
        {"margins": {NASTY: 2.0}},
        {"evidence": [part(label=NASTY)]},
        {"evidence": [part(setting={NASTY: NASTY})]},
        {"evidence": [proportion(setting={NASTY: NASTY})], "kind": "probability"},
        {"evidence": [slope(name=NASTY)], "kind": "scaling"},
    ],
    ids=str,
)
def test_what_users_name_is_escaped(changes):
    clean = page(results(verdict(), verdict(control="x", status="refuted")))
    found = page(results(verdict(**changes), verdict(control=NASTY, status="confirmed", measured=NASTY), commit=NASTY))
    assert found.count("<script>") == clean.count("<script>") == 1
    assert "<img" not in found
    assert "alert(1)&lt;/script&gt;" in found
    assert "49" not in re.findall(r"&amp; (\S+)", found)


def test_what_the_catalogue_sets_as_code_is_escaped(text):
    assert "<code>&lt;w_jr, xi_k&gt;</code>" in text
    assert not re.search(r"<(?:w|eps|xi|grad)[_+,0-9 ]", text)


def test_a_name_is_quoted_for_the_shell():
    made = results(verdict(id="x; rm -rf ~"))
    assert command(made.verdicts[0]) == "samverify check 'x; rm -rf ~' --scale quick --seed-block 0"


def test_numbers_that_json_lacks():
    odd = part(measured="nan", bound="inf", mean="-inf")
    read = plain(page(results(verdict(evidence=[odd], margins={"a": "inf", "b": "nan"}, seconds="nan"))))
    assert "not a number nothing" in read  # allowed is all
    assert "−∞" in read
    assert "a ∞ yes" in read
    assert "b not a number no" in read


def test_statements_made_again_name_their_commit():
    read = plain(page(results(verdict(), again={"gradient_norm": "abc123"})))
    assert "Commit of gradient_norm abc123" in " ".join(read.split())
    assert "Commit of" not in plain(page(results(verdict())))


def test_anchors_differ():
    found = re.findall(r'<tbody role="rowgroup" id="([^"]*)"', page(results(verdict(id="a b"), verdict(id="a/b"))))
    assert len(set(found)) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", anchor) for anchor in found)


# --- files that are not ours


@pytest.mark.parametrize(
    ("content", "clause"),
    [
        (b"", "it is not JSON"),
        (b"# Changelog", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "the whole = [] is not allowed"),
        (b"{}", "provenance is missing"),
        (b"null", "the whole = None is not allowed"),
    ],
)
def test_other_files_are_refused(tmp_path, content, clause):
    target = tmp_path / "run.json"
    target.write_bytes(content)
    with pytest.raises(ValueError, match="is not a results file of samverify") as caught:
        read_results(target)
    assert clause in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "clause"),
    [
        (("verdicts", 0, "status"), "great", "verdicts.0.status = 'great' is not allowed"),
        (("verdicts", 0, "draws"), "many", "verdicts.0.draws = 'many' is not allowed"),
        (("verdicts", 0, "seconds"), True, "verdicts.0.seconds = True is not allowed"),
        (("verdicts", 0, "evidence"), [3], "verdicts.0.evidence.0 = 3 is not allowed: its form must be 'part'"),
        (("verdicts", 0, "evidence"), [{"form": "ratio"}], "is not allowed: its form must be 'part', 'proportion' or"),
        (("verdicts", 0, "evidence", 0, "lower"), "big", "verdicts.0.evidence.0.lower = 'big' is not allowed"),
        (("provenance", "scale"), "x" * 1000, "provenance.scale = 'xxx"),
    ],
)
def test_wrong_values_are_named(tmp_path, full, path, value, clause):
    broken = json.loads(json.dumps(full))
    place = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    target = tmp_path / "run.json"
    target.write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(ValueError, match="is not a results file") as caught:
        read_results(target)
    assert clause in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(target))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for target in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(ValueError, match="cannot be read"):
            read_results(target)


# --- the words and the numbers


@pytest.mark.parametrize(
    ("measured", "bound", "sense", "share"),
    [
        (0.5, 1.0, "<=", 0.5),
        (2.0, 1.0, "<=", 2.0),
        (-3.0, 1.0, "<=", 0.0),
        (-1.0, -2.0, "<=", 2.0),
        (-4.0, -2.0, "<=", 0.5),
        (1.0, -2.0, "<=", math.inf),
        (4.0, 1.0, ">=", 0.25),
        (0.5, 1.0, ">=", 2.0),
        (-1.0, 1.0, ">=", math.inf),
        (-1.0, -2.0, ">=", 0.5),
        (1.0, -2.0, ">=", 0.0),
        (1.0, 0.0, "<=", None),
        (1.0, -math.inf, ">=", None),
    ],
)
def test_share_used(measured, bound, sense, share):
    assert share_used(measured, bound, sense) == share


def test_share_used_agrees_with_the_verdicts():
    seen = 0
    for v in read_results(FULL).verdicts:
        for e in v.evidence:
            share = share_used(e.measured, e.bound, e.sense) if isinstance(e, Part) else None
            if share is not None:
                assert e.status == "inconclusive" or (share <= 1) == (e.status == "confirmed")
                seen += 1
    assert seen > 100


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"measured": 0.02}, "bound", ("loose by a factor of 50", True)),
        ({"measured": 0.5}, "bound", ("a factor of 2 to spare", False)),
        ({"measured": 0.999}, "bound", ("at the bound, within 0.5%", False)),
        ({"measured": 1.3}, "bound", ("broken by a factor of 1.3", False)),
        ({"measured": -1.0, "sense": ">="}, "bound", ("broken: on the wrong side of 0", False)),
        ({"measured": -1.0}, "bound", ("on the far side of 0", False)),
        ({"measured": -0.25, "bound": 0.0}, "bound", ("0.25 inside", False)),
        ({"measured": 0.25, "bound": 0.0}, "bound", ("0.25 beyond, broken", False)),
        ({"measured": 0.0, "bound": 0.0}, "bound", ("exactly 0", False)),
        ({"bound": "inf"}, "bound", ("no bound", False)),
        ({"measured": "nan"}, "bound", ("not a number", False)),
        ({"measured": 1e-4}, "identity", ("a factor of 10,000 below the budget", False)),
    ],
)
def test_readings(changes, kind, said):
    made = TypeAdapter(Part).validate_json(json.dumps(part(**changes)))
    assert reading(made, kind) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.12345, "0.123"), (-2.0, "−2"), (1234.5, "1,230"), (1e12, "1e+12"), (math.inf, "∞"), ("x", "x"), (True, "True")],
)
def test_numbers(value, said):
    assert number(value) == said


def test_the_catalogue_gives_its_words():
    for id in catalogue:
        assert sections(id)["Hypotheses"]
        assert sections(id)["Proof idea"]
    assert sections("of_tomorrow") == {}
    (notebook,) = notebooks_of("deactivation")
    assert (ROOT / notebook).with_suffix(".py").is_file()
    assert notebooks_of("of_tomorrow") == []


# --- mathematics


@pytest.mark.parametrize("id", list(catalogue))
def test_formulas_are_set(id):
    for piece in mathml(catalogue[id].formula):
        root = ElementTree.fromstring(piece)
        seen = "".join(root.itertext())
        assert root.tag.endswith("math")
        assert seen.strip()
        assert not re.search(r"[\\&]", seen), seen
        assert "merror" not in piece
        assert root.get("alttext") in catalogue[id].formula
        assert not re.search(r'mathvariant="(?!normal)', piece)  # MathML Core knows no other


def test_formulas_are_cut_outside_of_braces_only():
    assert pieces(r"a,\quad b \ \Rightarrow\ c\qquad d") == ["a,", "b", r"\Rightarrow\ c", "d"]
    assert pieces(r"\frac{a\quad b}{c}") == [r"\frac{a\quad b}{c}"]
    assert pieces(r"\{x\quad y\}") == [r"\{x", r"y\}"]


def test_formulas_are_escaped():
    assert "&lt;" in mathml("a<b")[0]
    assert ElementTree.fromstring(mathml(r"a<b")[0]).get("alttext") == "a<b"


# --- pictures


def drawn(*verdicts):
    first, *controls = results(*verdicts).verdicts
    return pictures(first, controls, lambda setting: "A")


def marks(picture):
    return [mark for lane in picture.lanes for mark in lane.marks]


def test_a_bound_is_drawn_as_its_share():
    (picture,) = drawn(
        verdict(evidence=[part(measured=0.1), part(measured=1.0)]),
        verdict(control="broken", status="refuted", evidence=[part(measured=10.0)]),
    )
    tenth, one, ten = marks(picture)
    (limit,) = picture.limits
    assert tenth.x < one.x == limit == picture.inside[1] < ten.x
    assert one.x - tenth.x == pytest.approx(ten.x - one.x, abs=0.2)  # a log axis
    assert [mark.control for mark in (tenth, one, ten)] == [False, False, True]
    assert "control: broken: measured 10, stated <= 1" in picture.says


def test_a_lower_bound_reads_the_same_way():
    (picture,) = drawn(verdict(evidence=[part(measured=4.0, sense=">="), part(measured=0.5, sense=">=")]))
    inside, outside = marks(picture)
    assert inside.x < picture.limits[0] < outside.x


def test_a_bound_of_zero_is_drawn_by_side():
    (picture,) = drawn(
        verdict(evidence=[part(measured=-0.5, bound=0.0), part(measured=0.0, bound=0.0)]),
        verdict(control="broken", status="refuted", evidence=[part(measured=300.0, bound=0.0)]),
    )
    inside, at, outside = marks(picture)
    assert inside.x < at.x == picture.limits[0] < outside.x


def test_what_is_off_the_axis_points_there():
    (picture,) = drawn(
        verdict(evidence=[part(measured=-1.0), part(measured=0.5)]),
        verdict(control="broken", status="refuted", evidence=[part(measured=1.0, bound=-1.0)]),
    )
    assert [mark.off for mark in marks(picture)] == ["left", "", "right"]


def test_a_probability_is_drawn_as_its_interval_against_the_level():
    (picture,) = drawn(
        verdict(kind="probability", evidence=[proportion(), part()]),
        verdict(
            kind="probability", control="broken", status="refuted", evidence=[proportion(held=1, lower=0.0, upper=0.1)]
        ),
    )
    good, bad = marks(picture)
    (limit,) = picture.limits
    assert good.low < good.x < good.high < limit < bad.low < bad.high
    assert "stated: at most 0.1" in picture.caption


def test_exponents_are_drawn_against_their_range():
    (picture,) = drawn(
        verdict(kind="scaling", evidence=[slope(), slope(name="T against n", exponent=0.31, lower=0.305, upper=0.315)]),
        verdict(kind="scaling", control="wrong", status="refuted", evidence=[slope(low=0.9, high=1.1)]),
    )
    left, right = picture.limits
    inside, outside, far = marks(picture)
    assert left < inside.low < inside.x < inside.high < right < outside.low
    assert inside.x == pytest.approx((left + right) / 2, abs=0.1)
    assert far.off == "left"


def test_evidence_without_numbers_is_not_drawn():
    assert drawn(verdict(evidence=[part(measured="nan")])) == []
    assert drawn(verdict(kind="scaling", evidence=[slope(exponent="nan")])) == []
    assert drawn(verdict(status="hypotheses not met", evidence=[])) == []


def test_every_statement_of_the_full_run_has_a_picture():
    made = read_results(FULL)
    for v in made.verdicts:
        if v.control is None:
            controls = [c for c in made.verdicts if c.id == v.id and c.control is not None]
            found = pictures(v, controls, lambda setting: "A")
            assert found, v.id
            assert any(mark.control for picture in found for mark in marks(picture)), v.id
            for picture in found:
                assert all(picture.left <= mark.x <= picture.right for mark in marks(picture))
                assert all(lane.top + lane.height <= picture.height for lane in picture.lanes)


def test_a_ladder_lies_on_its_line():
    plot = ladder_plot(TypeAdapter(Slope).validate_json(json.dumps(slope())))
    x0, y0, x1, y1 = plot.fit
    for x, y in plot.points:
        assert y == pytest.approx(y0 + (x - x0) / (x1 - x0) * (y1 - y0), abs=0.3)
    assert y1 < y0  # upwards
    corners = [tuple(map(float, pair.split(","))) for pair in plot.wedge.split()]
    assert [x for x, _ in corners] == [x0, x1, x1, x0]
    assert corners[1][1] > y1 > corners[2][1]  # the least exponent ends below, the greatest above


@pytest.mark.parametrize("changes", [{"values": [], "means": []}, {"means": [1.0, 0.0, 2.0]}, {"means": [1.0, 2.0]}])
def test_a_ladder_without_points_is_not_drawn(changes):
    assert ladder_plot(TypeAdapter(Slope).validate_json(json.dumps(slope(**changes)))) is None


# --- the commands


@pytest.fixture
def call(monkeypatch, capsys):
    """Run the command in this process and return code, output, errors; no check may start."""

    def no_check(*arguments):
        raise AssertionError("a check has started")

    def run(*arguments):
        monkeypatch.setattr(verify.run, "run", no_check)
        monkeypatch.setattr(sys, "argv", ["samverify", *map(str, arguments)])
        try:
            samverify.main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code or 0
        return code, *capsys.readouterr()

    return run


def test_report_makes_the_page_without_running_anything(call, tmp_path, text):
    target = tmp_path / "page.html"
    assert call("report", FULL, "--html", target) == (0, "", "")
    assert target.read_text(encoding="utf-8") == text
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


def test_report_refuses_other_files_in_one_sentence(call, tmp_path):
    target = tmp_path / "page.html"
    code, out, err = call("report", ROOT / "README.md", "--html", target)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "is not a results file of samverify" in err
    assert not target.exists()


def test_report_does_not_write_over_its_results(call, tmp_path):
    source = tmp_path / "run.json"
    source.write_bytes(FULL.read_bytes())
    code, _, err = call("report", source, "--html", tmp_path / "." / "run.json")
    assert code == 2
    assert "it must be another file than results" in err
    assert source.read_bytes() == FULL.read_bytes()


@pytest.mark.parametrize("option", ["json", "html"])
@pytest.mark.parametrize(
    ("target", "rule"),
    [
        ("nowhere/x", "it must be a file in a folder that exists"),
        (".", "it must be a file in a folder that exists"),
        ("n" * 300, "it must be a file that can be written"),
        ("file/x", "it must be a file in a folder that exists"),
    ],
)
def test_targets_are_refused_before_any_check(call, tmp_path, monkeypatch, option, target, rule):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    code, out, err = call("check", "noise_norms", f"--{option}", target)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"samverify: {option} = {target!r} is not allowed: ")
    assert rule in err
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_one_file_for_both_is_refused(call, tmp_path):
    target = tmp_path / "x"
    code, _, err = call("check", "noise_norms", "--json", target, "--html", target)
    assert code == 2
    assert "they must be different files" in err


def test_a_device_is_refused():
    with pytest.raises(ValueError, match="not a device or a pipe"):
        check_targets(html=Path("/dev/null"))
    assert Path("/dev/null").exists()


def test_a_draft_that_cannot_be_made_is_seen_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr("dynamics.files.token_hex", lambda _: "0")
    (tmp_path / "page.html.0.part").mkdir()
    with pytest.raises(ValueError, match="it must be a file that can be written"):
        check_targets(html=tmp_path / "page.html")


def test_a_target_that_is_there_is_left_as_it_is(tmp_path):
    target = tmp_path / "page.html"
    target.write_text("old")
    check_targets(html=target)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("page.html", "old")]


def test_check_writes_both_from_one_run(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(verify.run, "run", lambda wanted, workers=None: ((job, job()) for job in wanted))
    source, target = tmp_path / "run.json", tmp_path / "page.html"
    monkeypatch.setattr(
        sys, "argv", ["samverify", "check", "noise_norms", "--json", str(source), "--html", str(target)]
    )
    with pytest.raises(SystemExit, match="0"):
        samverify.main()
    capsys.readouterr()
    assert target.read_text(encoding="utf-8") == page(read_results(source))
    assert "1 of 1 statements confirmed" in plain(target.read_text(encoding="utf-8"))


# --- installed


def test_what_the_page_is_made_of_is_installed():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    patterns = config["package-data"]["verify.report"]
    for path in (ROOT / "verify" / "report" / "page").iterdir():
        assert any(fnmatch(f"page/{path.name}", pattern) for pattern in patterns), path.name
    assert any(fnmatch("verify.report", pattern) for pattern in config["packages"]["find"]["include"])


def test_the_headline_comes_first_and_concentration_last():
    shown = page(results(*(verdict(id=id) for id in ("noise_norms", "gap", "headline", "mine"))))
    assert re.findall(r'class="statement" data-name="(\w+)"', shown) == ["headline", "gap", "mine", "noise_norms"]
    assert shown.index("<strong>Verdicts.</strong>") < shown.index('id="statements"')


def test_lines_without_limits_that_limit_nothing():
    assert readable("x: -0, stated >= -inf; y: -0.000 [-0.000, 0.1]") == "x: 0, no bound; y: 0 [0, 0.1]"
    assert readable("x: -0.05, stated <= inf; a-0") == "x: -0.05, no bound; a-0"
    assert number(-0.0) == "0"
