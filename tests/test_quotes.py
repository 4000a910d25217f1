"""The findings quote the results files: every marker is known, and the numbers on the pages are those kept."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
import xarray as xr

from verify.report.quotes import render
from verify.report.results import read_results

ROOT = Path(__file__).parent.parent
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
