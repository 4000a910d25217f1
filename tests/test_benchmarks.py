"""The tables of docs/benchmarks.md are those of results/bench.json, and say what was measured."""

import json
from pathlib import Path

from benchmarks.page import render, tables
from benchmarks.results import collect, seconds_of_statements
from benchmarks.workloads import SHAPES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
KEPT = json.loads((ROOT / "results" / "bench.json").read_text(encoding="utf-8"))
ORIGIN = {"commit": "0123456789abcdef-dirty", "date": "2026-01-02T03:04:05", "python": "3", "numpy": "2", "numba": "1"}
MACHINE = {
    "cpu": {"brand_raw": "A CPU", "count": 2},
    "load": 0.25,
    "blas": [{"version": "0.3", "architecture": "Zen", "num_threads": 1}],
}


def measured(torch=6.0, compiled=2e-3):
    """Return what pytest-benchmark writes, for made-up costs in two blocks of one round: 1 s and 2 s times each."""
    seconds = {"loop: compiled": compiled, "one run: compiled": 1.0, "one run: numpy": 30.0, "long first stage": 10.0}
    facts = {
        "long first stage": dict(epochs=1_001_000, steps=7, records=5, loss=0.01, test_error=0.05, p=0.05),
        "still epochs": {"start": 0.5, "later": 0.75},
    }
    if torch:
        seconds["loop: torch matrix, threads 1"] = torch
        seconds["loop: torch matrix, threads default"] = 2 * torch
        seconds["loop: torch convolution, threads 1"] = torch / 2
        seconds["loop: compiled, all cores"] = compiled / 2
        facts["loop: compiled, all cores"] = {"cores": 2}
        facts["loop: torch matrix, threads default"] = {"threads": 4, "torch": "9.9"}
    for shape in SHAPES:
        for rule in ("sam", "sgd"):
            for engine, t in (("compiled", 4.0), ("numpy", 8.0), ("dgemm", 1.0)):
                seconds[f"{rule} {shape.name}: {engine}"] = t
                facts[f"{rule} {shape.name}: {engine}"] = {"flop": 10**9}
    seconds["peak 200"], facts["peak 200"] = 1.0, {"flop": 10**10}
    for d, t in ((1000, 1.0), (10**10, 1.5)):
        seconds[f"d = {d}: step"] = seconds[f"d = {d}: run"] = t
    for record_every in (1, "geometric", 10_000):
        seconds[f"recording: {record_every}"] = 1.0
        facts[f"recording: {record_every}"] = {"records": 2, "bytes": 10**6}
    for d, epochs, peak in ((1000, 1000, 1), (1000, 10**4, 4), (10**10, 10**4, 4), (1000, 10**6, 8)):
        facts[f"memory: d = {d}, {epochs} epochs"] = dict.fromkeys(("traced", "growth", "resident"), peak * 10**6)
    benchmarks = [
        {
            "extra_info": {"name": name, "units": 4, "block": block, "facts": facts.get(name, {})},
            "stats": {"data": [4 * (block + 1) * seconds.get(name, 1.0)]},
        }
        for block in (1, 0)
        for name in seconds | facts
    ]
    return {"benchmarks": benchmarks, "machine_info": MACHINE}


def lines(text, start):
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines() if start in line]


def test_the_page_is_that_of_the_kept_run():
    assert render(PAGE, KEPT) == PAGE


def test_targets_are_met_or_not_by_what_was_measured():
    text = tables(collect(measured(torch=6.1), ORIGIN))["targets"]
    assert lines(text, "fastest PyTorch")[0][1:] == ["at least 3,000", "1,520 [1,520, 1,520]", "no"]
    matrix = lines(text, "PyTorch loop (matrix)")
    assert matrix[0][1:] == ["at least 3,000", "12,200 [12,200, 12,200]", "yes"]
    assert matrix[1][1:] == ["at least 3,000", "3,050 [3,050, 3,050]", "yes"]
    assert "all cores" in matrix[0][0]
    assert [line[2] for line in lines(text, "convolution")] == ["not measured", "1,520 [1,520, 1,520]"]
    assert lines(text, "share of dgemm alone")[0][1:] == ["at least 0.2", "0.250 [0.250, 0.250]", "yes"]
    peak = [line[1:] for line in lines(text, "share of dgemm's peak")]
    assert peak == [[f"at least {k:g}", "0.0250 [0.0250, 0.0250]", "no"] for k in (0.4, 0.6, 0.7, 0.2)]
    assert lines(text, "cost of a step")[0][1:] == ["at most 1.2", "1.50 [1.50, 1.50]", "no"]
    assert [line[2:] for line in lines(text, "peak memory")] == [["1.00", "yes"], ["2.00", "no"], ["8.00", "no"]]
    text = tables(collect(measured(torch=5.9), ORIGIN))["targets"]
    assert lines(text, "PyTorch loop (matrix)")[1][2:] == ["2,950 [2,950, 2,950]", "no"]


def test_what_each_statement_costs_with_its_controls():
    taken = [("cheap", 0.25), ("dear", 30.0), ("dear", 5.0), ("cheap", 0.25), ("middle", 4.5)]
    seconds = seconds_of_statements([{"id": id, "seconds": s} for id, s in taken])
    text = tables(collect(measured(), ORIGIN, seconds))["statements"]
    rows = [line for name in ("dear", "middle", "1 others", "all") for line in lines(text, name)]
    assert rows == [["dear", "35.0", "88%"], ["middle", "4.5", "11%"], ["1 others", "0.5", "1%"], ["all", "40", "100%"]]
