"""The findings quote the results files: every marker is known, and the numbers on the pages are those kept."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import xarray as xr

from theorems import catalogue
from verify.report.quotes import render
from verify.report.results import read_results

ROOT = Path(__file__).parent.parent
QUOTING = ("findings", "theory", "paper_map", "questions")
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
KEPT = read_results(ROOT / "results" / "full.json")
OF_A_LADDER = next(v for v in KEPT.statements if v.slopes)
LADDER = replace(OF_A_LADDER.slopes[0], name="d", exponent=0.2512, lower=0.24, upper=0.26, replicas=8)
RUN = KEPT.model_copy(
    update={
        "verdicts": (
            replace(OF_A_LADDER, id="a", status="confirmed", evidence=(LADDER, replace(LADDER, name="<w,xi> in d"))),
            replace(OF_A_LADDER, id="a", control="broken", status="refuted", evidence=()),
        )
    }
)


@pytest.fixture(scope="module")
def kept():
    return KEPT, {path.name: xr.load_dataset(path).attrs for path in (ROOT / "results").glob("*.nc")}


@pytest.mark.parametrize("name", QUOTING)
def test_numbers_on_the_page_are_those_of_the_results(kept, name):
    page = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert page.count("<!-- q ") == page.count("<!-- /q -->") >= 10
    assert not re.search("^<!--", page, re.MULTILINE)  # at the start of a line it would end the paragraph
    assert render(page, *kept) == page


def test_a_finding_is_a_sentence_three_short_paragraphs_and_a_picture():
    sections = PAGE.split("\n## ")[1:]
    assert len(sections) == 12
    for section in sections:
        heading, number, measured, limits, user, statements, picture = section.strip().split("\n\n")
        assert re.fullmatch(r"\*\*[^*]*<!-- q [^*]*\*\*", number), heading
        for paragraph, said in ((measured, "Measured"), (limits, "Limits"), (user, "For a user")):
            assert paragraph.startswith(f"*{said}.* "), heading
        assert statements.startswith("(Statement")
        assert (ROOT / "docs" / picture.rpartition("](")[2].rstrip(")")).resolve().is_file()
        told = "\n".join((number, measured, limits, user))
        words = re.sub(r"<!--.*?-->", "", re.sub(r"(?<=-->)[^<]*(?=<!-- /q)", "x", told)).split()
        assert len(words) <= 120, (heading, len(words))
        numbers = told.count("<!-- /q -->") + len(
            re.findall(r"(?<![\w{^/.])\d[\d,.]*\d", re.sub(r"<!-- q.*?/q -->", "", told))
        )
        assert numbers <= 10, (heading, numbers)


def test_every_statement_of_this_suite_is_told():
    told = set(re.findall(r"<!-- q (\w+) / ", PAGE)) | set(re.findall(r"`(\w+)`", PAGE))
    assert {s.id for s in catalogue.values() if s.beyond} <= told


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("a / d", "0.251 [0.240, 0.260]"),
        ("a / <w,xi> in d", "0.251 [0.240, 0.260]"),
        ("a / d / replicas", "8"),
        ("a / d / lower", "0.24"),
        ("a / status", "confirmed"),
        ("x.nc / best", "3 of 4"),
    ],
)
def test_what_a_marker_quotes(marker, said):
    found = render(f"so <!-- q {marker} -->...<!-- /q -->, they say", RUN, {"x.nc": {"quote_best": "3 of 4"}})
    assert found == f"so <!-- q {marker} -->{said}<!-- /q -->, they say"
    assert render(found, RUN, {"x.nc": {"quote_best": "3 of 4"}}) == found


@pytest.mark.parametrize(
    ("marker", "sentence"),
    [
        ("b / d", "the run has no verdict on 'b'"),
        ("a / m", "'a' measured d, <w,xi> in d"),
        ("a", "'a' measured d, <w,xi> in d"),
        ("a / held", "'a' measured d, <w,xi> in d"),
        ("a / d / colour", "the evidence has no 'colour'"),
        ("y.nc / best", r"y.nc has no attribute 'quote_best'"),
        ("x.nc / worst", r"x.nc has no attribute 'quote_worst'"),
    ],
)
def test_a_marker_that_quotes_nothing_is_refused(marker, sentence):
    with pytest.raises(ValueError, match=sentence):
        render(f"<!-- q {marker} -->...<!-- /q -->", RUN, {"x.nc": {"quote_best": "3 of 4"}})


def test_parts_and_frequencies_are_quoted_at_their_tightest_setting():
    of_parts = next(v for v in KEPT.statements if v.proportions and len(v.parts) == 2 and not v.slopes)
    first, second = (
        replace(part, label="x", sense="<=", measured=value, bound=4.0, mean=1.5, slack=4.0 - value)
        for part, value in zip(of_parts.parts, (2.0, 3.0), strict=True)
    )
    held = replace(of_parts.proportions[0], held=15, draws=20)
    run = KEPT.model_copy(update={"verdicts": (replace(of_parts, id="a", evidence=(second, first, held, held)),)})
    told = render("".join(f"<!-- q a / {key} --><!-- /q -->" for key in ("x", "x / mean", "held")), run, {})
    assert re.sub("<!--.*?-->", ";", told) == ";3 (at most 4);;1.5;;30 of 40;"
