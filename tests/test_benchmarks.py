"""The tables of docs/benchmarks.md are those of results/bench.json, and a target is met where its number says so."""

import json
import re
from pathlib import Path

from benchmarks.page import render, tables
from benchmarks.results import seconds_of_statements

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


def test_what_each_statement_costs_with_its_controls():
    taken = [("cheap", 0.25), ("dear", 30.0), ("dear", 5.0), ("cheap", 0.25), ("middle", 4.5)]
    seconds = seconds_of_statements([{"id": id, "seconds": s} for id, s in taken])
    text = tables(KEPT | {"statements": seconds})["statements"]
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines()[2:]]
    assert rows == [["dear", "35.0", "88%"], ["middle", "4.5", "11%"], ["1 others", "0.5", "1%"], ["all", "40", "100%"]]
