"""The findings quote the results files: every marker is known, and the numbers on the pages are those kept."""

import json
from pathlib import Path

import pytest
import xarray as xr

from verify.quotes import render

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs" / "findings").glob("*.md"))
LADDER = {"name": "d", "exponent": 0.2512, "lower": 0.24, "upper": 0.26, "replicas": 8}
RUN = {
    "verdicts": [
        {"id": "a", "control": None, "status": "confirmed", "evidence": [LADDER]},
        {"id": "a", "control": "broken", "status": "refuted", "evidence": []},
    ]
}


@pytest.fixture(scope="module")
def kept():
    results = json.loads((ROOT / "results" / "full.json").read_text(encoding="utf-8"))
    return results, {path.name: xr.load_dataset(path).attrs for path in (ROOT / "results").glob("*.nc")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_numbers_on_a_page_are_those_of_the_results(page, kept):
    text = page.read_text(encoding="utf-8")
    assert "<!-- q " in text
    assert render(text, *kept) == text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_finding_is_a_heading_one_paragraph_and_one_picture(page):
    blocks = [block for block in page.read_text(encoding="utf-8").strip().split("\n\n") if block]
    assert len(blocks) == 3
    assert blocks[0].startswith("## ")
    assert blocks[2].startswith("![")
    picture = blocks[2].rpartition("](")[2].rstrip(")")
    assert (page.parent / picture).resolve().is_file()


def test_every_finding_is_on_the_page():
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert [p.name for p in PAGES if f"findings/{p.name}" not in page] == []


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("a / d", "0.251 [0.240, 0.260]"),
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
        ("a / m", "the ladders of 'a' are d"),
        ("a", "the ladders of 'a' are d"),
        ("a / d / colour", "the evidence has no 'colour'"),
        ("y.nc / best", r"y.nc has no attribute 'quote_best'"),
        ("x.nc / worst", r"x.nc has no attribute 'quote_worst'"),
    ],
)
def test_a_marker_that_quotes_nothing_is_refused(marker, sentence):
    with pytest.raises(ValueError, match=sentence):
        render(f"<!-- q {marker} -->...<!-- /q -->", RUN, {"x.nc": {"quote_best": "3 of 4"}})
