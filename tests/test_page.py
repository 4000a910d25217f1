"""The report page as text: what it says, what it escapes, what its pictures place where."""

import html
import json
import math
import re
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

import pytest
from made_up import part, proportion, results, slope, verdict

from theorems import catalogue
from verify.report.ladder import ladder_plot
from verify.report.mathematics import mathml
from verify.report.picture import pictures
from verify.report.render import PAGE, _signs, keep_page, page
from verify.report.results import read_results
from verify.report.wording import number, readable, share_used, symbols

ROOT = Path(__file__).parent.parent
FULL = ROOT / "results" / "full.json"


def plain(text):
    """Return what a reader reads: without tags, with characters for references, in single spaces."""
    return " ".join(
        html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.S))).split()
    )


def spelt(said):
    """How the page spells what a results file says: mathematics in symbols, powers raised."""
    return plain(_signs(said))


def test_a_kept_run_is_told_whole():
    run, text = json.loads(FULL.read_text(encoding="utf-8")), page(read_results(FULL))
    read, made = plain(text), run["provenance"]
    for v in run["verdicts"]:
        for said in (v["id"], v["title"], v["predicts"], v["control"] or v["id"], *readable(v["measured"]).split("; ")):
            assert spelt(said) in read
        if v["control"] is None:
            assert f"samverify check {v['id']} --scale {made['scale']} --seed-block {made['seed_block']}" in read
            for name, margin in v["margins"].items():
                assert f"{spelt(name)} {number(float(margin))}" in read
    assert all(str(made[name]) in read for name in ("commit", "date", "samverify", "python", "numpy", "scipy"))
    assert "at most 5%, by Holm’s procedure" in read
    # it needs nothing from elsewhere
    assert len(text.encode()) < 2_000_000
    assert not re.search(r"(?:src|href|action|data)\s*=\s*[\"']?(?!#)[^\"'\s>]", re.sub(r"data-\w+=", "", text))
    assert not re.search(r"url\(|@import|://", text.replace("http://www.w3.org/1998/Math/MathML", ""))


STATUSES = ("confirmed", "refuted", "inconclusive", "hypotheses not met")


def test_every_status_and_every_number_of_a_run_is_told():
    statements = [
        verdict(id, status, draws=1000 + k, unmet=k, margins={f"size {k}": 1.5 + k}, evidence=[part(count=70 + k)])
        for k, (id, status) in enumerate(zip(("gap", "gap_lost", "sam_boundary", "of_tomorrow"), STATUSES, strict=True))
    ]
    controls = [
        verdict("gap", "refuted", "gap, halved"),
        verdict("gap_lost", "refuted", "lost, halved"),
        verdict("gap_lost", "inconclusive", "lost, open"),
        verdict("sam_boundary", "confirmed", "boundary, flipped"),
    ]
    text = page(results(*statements, *controls, again={"gap": "d00d"}))
    read = plain(text)
    assert "1 of 4 statements confirmed" in read
    assert "✗ refuted 1: gap_lost ∅ hypotheses not met 1: of_tomorrow ? inconclusive 1: sam_boundary" in read
    assert "all 4 refuted 1 hypotheses not met 1 inconclusive 1 confirmed 1" in read
    assert f"From {1000 + 1001 + 1002 + 1003 + 4 * 1234:,} draws" in read
    assert "2 of 4 controls refuted" in read
    assert "gap_lost (lost, open: inconclusive); sam_boundary (boundary, flipped: confirmed)" in read
    assert "Commit of gap d00d" in read
    bodies = text.partition("No statement fits")[0].split('<tbody role="rowgroup" id=')[1:]
    for k, (v, body) in enumerate(zip(statements, map(plain, bodies), strict=True)):
        for said in (f"{1000 + k:,}", f"size {k} {1.5 + k:g} yes", f"({70 + k} comparisons)", v["status"]):
            assert said in body
        assert (f"{k} draws were set aside" in body) == (k > 0)
        assert ("knows no statement of this name" in body) == (v["id"] == "of_tomorrow")
        assert ("None was run" in body) == (v["id"] == "of_tomorrow")
        for control in controls:  # each below its own statement, and below no other
            assert (control["control"] in body) == (control["id"] == v["id"]), (v["id"], control["control"])


def test_premises_and_conclusions_are_linked():
    text = page(results(verdict("deactivation"), verdict("gradient_norm"), verdict("headline")))
    (said,) = re.findall(r'<p class="small proof">(.*?)</p>', text.partition('id="statement-deactivation"')[2], re.S)[
        :1
    ]
    uses, _, used_by = said.partition("Used by")
    assert '<a href="#statement-gradient_norm">' in uses
    assert all(id in plain(uses) for id in catalogue["deactivation"].uses)
    after = [s.id for s in catalogue.values() if "deactivation" in s.uses]
    assert after
    assert all(id in plain(used_by) for id in after)


def test_a_page_that_nobody_asked_for_disturbs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = json.loads(FULL.read_text(encoding="utf-8"))
    run["verdicts"] = run["verdicts"][:1]
    assert keep_page(run) == "Page: report.html."
    assert keep_page(run) == "Page: report.html."  # over its own
    PAGE.write_text("mine", encoding="utf-8")
    assert "another file of this name" in keep_page(run)
    assert PAGE.read_text(encoding="utf-8") == "mine"
    PAGE.unlink()
    PAGE.mkdir()
    assert keep_page(run).startswith("report.html was not written (")


@pytest.mark.parametrize(
    ("text", "set_"),
    [
        ("||mu|| >= 1.5 d^(1/4) n^(-1/4) P sigma_p", "‖μ‖ ≥ 1.5 d^¼ n^−¼ P σₚ"),
        ("|<w_jr(0),xi_i>| <= sqrt(d) / 2, T_1", "|⟨wⱼᵣ(0),ξᵢ⟩| ≤ √d / 2, T₁"),
        ("largest rho_bar at 10^4 tau_rule, tau_paper", "largest ρ̄ at 10⁴ tau_rule, tau_paper"),
        ("tau_window needs a mutation, <b>", "tau_window needs a mutation, <b>"),
    ],
)
def test_mathematics_is_set_in_symbols(text, set_):
    assert symbols(text) == set_
    assert "<b>" not in _signs(text)


# --- escaping

NASTY = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' & {{ 7*7 }} </title></style></svg>"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": NASTY, "title": NASTY, "predicts": NASTY, "measured": NASTY, "margins": {NASTY: 2.0}},
        {"evidence": [part(label=NASTY, setting={NASTY: NASTY})]},
        {"evidence": [proportion(setting={NASTY: NASTY})], "kind": "probability"},
        {"evidence": [slope(name=NASTY)], "kind": "scaling"},
    ],
    ids=["words", "parts", "proportions", "slopes"],
)
def test_what_users_name_is_escaped(changes):
    clean = page(results(verdict(), verdict(control="x", status="refuted")))
    found = page(results(verdict(**changes), verdict(control=NASTY, status="confirmed", measured=NASTY), commit=NASTY))
    assert found.count("<script>") == clean.count("<script>") == 1
    assert "<img" not in found
    assert "alert(1)&lt;/script&gt;" in found
    assert "49" not in re.findall(r"&amp; (\S+)", found)


# --- the words and the numbers


SHARES = [
    (0.5, 1.0, "<=", 0.5), (2.0, 1.0, "<=", 2.0), (-3.0, 1.0, "<=", 0.0), (-1.0, -2.0, "<=", 2.0),
    (-4.0, -2.0, "<=", 0.5), (1.0, -2.0, "<=", math.inf), (4.0, 1.0, ">=", 0.25), (0.5, 1.0, ">=", 2.0),
    (-1.0, 1.0, ">=", math.inf), (-1.0, -2.0, ">=", 0.5), (1.0, -2.0, ">=", 0.0), (1.0, 0.0, "<=", None),
    (1.0, -math.inf, ">=", None),
]  # fmt: skip


@pytest.mark.parametrize(("measured", "bound", "sense", "share"), SHARES)
def test_share_used(measured, bound, sense, share):
    assert share_used(measured, bound, sense) == share


# --- mathematics


def test_formulas_are_set():
    for formula, piece in ((s.formula, piece) for s in catalogue.values() for piece in mathml(s.formula)):
        root = ElementTree.fromstring(piece)
        seen = "".join(root.itertext())
        assert root.tag.endswith("math")
        assert seen.strip()
        assert not re.search(r"[\\&]", seen), seen
        assert "merror" not in piece
        assert root.get("alttext") in formula
        assert not re.search(r'mathvariant="(?!normal)', piece)  # MathML Core knows no other


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


def test_a_ladder_lies_on_its_line():
    plot = ladder_plot(results(verdict(evidence=[slope()])).verdicts[0].evidence[0])
    x0, y0, x1, y1 = plot.fit
    for x, y in plot.points:
        assert y == pytest.approx(y0 + (x - x0) / (x1 - x0) * (y1 - y0), abs=0.3)
    assert y1 < y0  # upwards
    corners = [tuple(map(float, pair.split(","))) for pair in plot.wedge.split()]
    assert [x for x, _ in corners] == [x0, x1, x1, x0]
    assert corners[1][1] > y1 > corners[2][1]  # the least exponent ends below, the greatest above


LOOKED_AT = Path(__file__).parent / "page_pictures.json"


def every_picture():
    """Return the places of all marks for made-up verdicts of each kind."""
    broken = {"control": "broken", "status": "refuted"}
    at_least = part(sense=">=", measured=-3.0, bound=-4.0)
    far = [part(measured=m) for m in (1e-9, 0.03, 1e7, "inf", "nan")]
    constant = {
        "value": 2.0,
        "lower": 1.9,
        "upper": 2.1,
        "low": 1.8,
        "high": 2.2,
        "derived": 2.0,
        "equal": True,
        "off": 0.1,
    }
    runs = {
        "shares": [
            verdict(evidence=[part(label="a"), part(label="b", sense=">=", measured=4.0)]),
            verdict(evidence=far, **broken),
        ],
        "sides": [
            verdict(evidence=[at_least, part(bound=0.0, measured=-0.1)]),
            verdict(evidence=[part(bound=0.0)], **broken),
        ],
        "frequencies": [
            verdict(kind="probability", evidence=[proportion(), proportion(held=100, lower=0.96, upper=1.0), part()]),
            verdict(kind="probability", evidence=[proportion(held=1, lower=0.0, upper=0.1)], **broken),
        ],
        "exponents": [
            verdict(
                kind="scaling",
                evidence=[slope(), slope(exponent=0.31, lower=0.305, upper=0.315), slope(predicted=-1.0)],
            ),
            verdict(kind="scaling", evidence=[slope(exponent=3.0, lower=2.9, upper=3.1)], **broken),
        ],
    }
    ladders = [
        slope(),
        slope(means=[1.0, 1.0, 1.0], exponent=0.0),
        slope(exponent=-1.0, means=[9.0, 0.9, 0.09], constant=constant),
    ]
    found = {name: [asdict(picture) for picture in drawn(*run)] for name, run in runs.items()}
    plots = map(ladder_plot, results(verdict(evidence=ladders)).verdicts[0].evidence)
    return json.loads(json.dumps(found | {"ladders": [plot and asdict(plot) for plot in plots]}))


def test_pictures_are_those_that_were_looked_at():
    """After a change that is meant, look at the page, then: python tests/test_page.py."""
    assert every_picture() == json.loads(LOOKED_AT.read_text(encoding="utf-8"))


# --- installed


def test_the_headline_comes_first_and_concentration_last():
    shown = page(results(*(verdict(id=id) for id in ("noise_norms", "gap", "headline", "mine"))))
    assert re.findall(r'class="statement" data-name="(\w+)"', shown) == ["headline", "gap", "mine", "noise_norms"]
    assert shown.index("<strong>Verdicts.</strong>") < shown.index('id="statements"')


def test_lines_without_limits_that_limit_nothing():
    assert readable("x: -0, stated >= -inf; y: -0.000 [-0.000, 0.1]") == "x: 0, no bound; y: 0 [0, 0.1]"
    assert readable("x: -0.05, stated <= inf; a-0") == "x: -0.05, no bound; a-0"
    assert number(-0.0) == "0"


if __name__ == "__main__":
    LOOKED_AT.write_text(json.dumps(every_picture(), indent=1) + "\n", encoding="utf-8")
