"""The tables of docs/benchmarks.md are those of results/bench.json, and a target is met where its number says so."""

import json
import re
from pathlib import Path

from benchmarks.page import render, tables

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
KEPT = json.loads((ROOT / "results" / "bench.json").read_text(encoding="utf-8"))


def test_the_page_is_that_of_the_kept_run():
    assert render(PAGE, KEPT) == PAGE


def test_a_target_is_met_where_what_was_measured_says_so():
    rows = re.findall(r"\| +(at least|at most) ([\d.,]+) \| +([\d.,]+)[^|]*\| +(yes|no) \|", tables(KEPT)["targets"])
    assert len(rows) > 5
    assert {met for *_, met in rows} == {"yes", "no"}
    for sense, target, measured, met in rows:
        target, measured = (float(number.replace(",", "")) for number in (target, measured))
        assert (measured >= target if sense == "at least" else measured <= target) == (met == "yes")
