"""Tables of what changes with the dimension and the number of steps, and of long first stages."""

import re

from benchmarks.markdown import number, spread, table, time
from benchmarks.results import Results
from benchmarks.statistics_of_blocks import Spread, cost, ratio

D_SMALL, D_LARGE = "d = 1000", "d = 10000000000"
LABELS = {D_SMALL: "d = 10^3", D_LARGE: "d = 10^10"}
STEP, RUN = "step", "run"


def scale(results: Results) -> str:
    """Return the tables of cost and of memory against the dimension and the number of epochs."""
    costs, facts = results["costs"], results["facts"]
    rows = [
        [label, *(time(cost(costs[f"{d}: {what}"])) for d in LABELS), spread(dimension_ratio(results, what))]
        for what, label in ((STEP, "one SAM step"), (RUN, "draw, 100 + 100 epochs, test error"))
    ]
    peaks = ("traced", "growth", "resident")
    memory = [
        [_plain(name.removeprefix("memory: ")), *(f"{number(facts[name][what] / 1e6)} MB" for what in peaks)]
        for name in facts
        if name.startswith("memory: ")
    ]
    head = ["one SAM run, nothing recorded", "peak of arrays", "growth of the process", "peak of the process"]
    return f"{table(['', *LABELS.values(), 'ratio'], rows)}\n\n{table(head, memory)}"


def _plain(text: str) -> str:
    """Return a text whose numbers have commas."""
    return re.sub(r"\d{4,}", lambda found: f"{int(found[0]):,}", text)


def dimension_ratio(results: Results, what: str) -> Spread:
    """Return the cost at d = 10^10 over that at d = 10^3."""
    return ratio(results["costs"][f"{D_LARGE}: {what}"], results["costs"][f"{D_SMALL}: {what}"])


def memory_ratio(results: Results, over: str, under: str) -> float:
    """Return the ratio of the peaks of arrays of two runs."""
    facts = results["facts"]
    value: float = facts[f"memory: {over}"]["traced"] / facts[f"memory: {under}"]["traced"]
    return value


def long_stages(results: Results) -> str:
    """Return the table of what a long stage costs, and lines on the stage of 10^6 epochs and on still epochs."""
    costs, facts = results["costs"], results["facts"]
    compiled, stacked, browser = costs["one run: compiled"], costs["one run: numpy"], costs.get("one run: browser")
    thinnest = "recording: 10000"
    rows = [
        ["one run, batched NumPy", time(cost(stacked)), spread(ratio(stacked, compiled)), ""],
        ["one run, compiled", time(cost(compiled)), number(1.0), ""],
        *(
            [["one run, the page's engine in Chromium", time(cost(browser)), spread(ratio(browser, compiled)), ""]]
            if browser
            else []
        ),
        *(
            [
                f"10^4 epochs, {label}",
                time(cost(costs[name])),
                number(1.0) if name == thinnest else spread(ratio(costs[name], costs[thinnest])),
                f"{facts[name]['records']:,} ({number(facts[name]['bytes'] / 1e6)} MB)",
            ]
            for name, label in (
                ("recording: 1", "every epoch recorded"),
                ("recording: geometric", "recorded at epochs 0, 1, 2, 4, 8, ..."),
                (thinnest, "start and end recorded"),
            )
        ),
    ]
    stage, still = facts["long first stage"], facts["still epochs"]
    whole = cost(costs["long first stage"])
    by_numpy = stage["steps"] * cost(stacked).median
    lines = [
        f"The stage of 10^6 epochs, end to end (draw, 10^6 epochs of SAM and {stage['epochs'] - 10**6:,} of SGD in "
        f"{stage['steps']:,} steps, {stage['records']} records, test error): {time(whole)}. It ends at loss "
        f"{number(stage['loss'])} and test error {stage['test_error']:.4f}, where label noise is p = {stage['p']:g}. "
        f"By batched NumPy, at its cost for one run, the steps would take {number(by_numpy)} s.",
        f"Still epochs, in which each sample finds every product with the sign of its last visit, at W and at W + eps: "
        f"{still['start']:.1%} of the first 1,000 epochs, {still['later']:.1%} of 1,000 after epoch 100,000.",
    ]
    return "\n\n".join([table(["", "time a step", "ratio", "records"], rows), *lines])
