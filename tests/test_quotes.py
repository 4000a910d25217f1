"""The findings quote the results files: every marker is known, and the numbers on the pages are those kept."""

import json
import re
from pathlib import Path

import pytest
import xarray as xr

from verify.report.quotes import render

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
LADDER = {"name": "d", "exponent": 0.2512, "lower": 0.24, "upper": 0.26, "replicas": 8}
RUN = {
    "verdicts": [
        {"id": "a", "control": None, "status": "confirmed", "evidence": [LADDER, LADDER | {"name": "<w,xi> in d"}]},
        {"id": "a", "control": "broken", "status": "refuted", "evidence": []},
    ]
}


@pytest.fixture(scope="module")
def kept():
    results = json.loads((ROOT / "results" / "full.json").read_text(encoding="utf-8"))
    return results, {path.name: xr.load_dataset(path).attrs for path in (ROOT / "results").glob("*.nc")}


def test_numbers_on_the_page_are_those_of_the_results(kept):
    assert PAGE.count("<!-- q ") == PAGE.count("<!-- /q -->") > 20
    assert not re.search("^<!--", PAGE, re.MULTILINE)  # at the start of a line it would end the paragraph
    assert render(PAGE, *kept) == PAGE


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
