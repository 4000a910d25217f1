"""Tables of one step: against dgemm at four shapes, and against loops over the weights."""

from benchmarks.markdown import number, spread, table, time
from benchmarks.results import Results
from benchmarks.statistics_of_blocks import Spread, cost, of_blocks, ratio

PEAK = "peak "
COMPILED = "loop: compiled"


def steps(results: Results) -> str:
    """Return the table of steps, one row a rule and shape, and one line on dgemm at its best."""
    costs = results["costs"]
    end = ": compiled"
    names = [name.removesuffix(end) for name in costs if name.startswith(("sgd", "sam")) and name.endswith(end)]
    rows = []
    for rule in ("sam", "sgd"):
        for name in (name for name in names if name.startswith(rule)):
            compiled, stacked, dgemm = (costs[f"{name}: {engine}"] for engine in ("compiled", "numpy", "dgemm"))
            rows.append(
                [
                    f"{rule.upper()} {name.removeprefix(rule + ' ')}",
                    *(time(cost(blocks)) for blocks in (compiled, stacked, dgemm)),
                    spread(ratio(stacked, compiled)),
                    spread(share_of_products(results, name)),
                    spread(share_of_peak(results, name)),
                ]
            )
    engines = ["compiled", "batched NumPy", "dgemm alone"]
    head = ["n, m, B", *engines, "NumPy / compiled", "of dgemm alone", "of dgemm's peak"]
    best = max(peaks(results).items(), key=lambda item: item[1].median)
    return f"{table(head, rows)}\n\ndgemm's peak: {spread(best[1])} Gflop/s, at size {best[0]}."


def peaks(results: Results) -> dict[int, Spread]:
    """Return dgemm's rate in Gflop/s by the size of the square matrices."""
    facts, costs = results["facts"], results["costs"]
    return {
        int(name.removeprefix(PEAK)): of_blocks(lambda t, flop=facts[name]["flop"]: flop / t / 1e9, costs[name])
        for name in costs
        if name.startswith(PEAK)
    }


def share_of_products(results: Results, name: str) -> Spread:
    """Return which share of a compiled step's time dgemm alone takes for the same products."""
    return ratio(results["costs"][f"{name}: dgemm"], results["costs"][f"{name}: compiled"])


def share_of_peak(results: Results, name: str) -> Spread:
    """Return the rate of a compiled step's products over the best rate of dgemm in the same block."""
    facts, costs = results["facts"], results["costs"]
    squares = [each for each in costs if each.startswith(PEAK)]
    flops = [facts[each]["flop"] for each in squares]

    def share(step: float, *times: float) -> float:
        best = max(flop / t for flop, t in zip(flops, times, strict=True))
        return float(facts[f"{name}: dgemm"]["flop"] / step / best)

    return of_blocks(share, costs[f"{name}: compiled"], *(costs[each] for each in squares))


def loops(results: Results) -> str:
    """Return the table of loops at d = 20,000."""
    costs, facts = results["costs"], results["facts"]
    rows = []
    for name in (name for name in costs if name.startswith("loop: ")):
        label = name.removeprefix("loop: ").replace("torch", "PyTorch").replace("numpy", "NumPy")
        if "default" in label:
            label += f" ({facts[name]['threads']})"
        over = number(1.0) if name == COMPILED else spread(ratio(costs[name], costs[COMPILED]))
        rows.append([label, time(cost(costs[name])), over])
    return table(["one SAM step", "time", "over compiled"], rows)


def over_fastest_torch(results: Results) -> Spread | None:
    """Return the cost of the block's fastest PyTorch loop over that of a compiled step; None without PyTorch."""
    costs = results["costs"]
    torch = [costs[name] for name in costs if name.startswith("loop: torch")]
    return of_blocks(lambda step, *others: min(others) / step, costs[COMPILED], *torch) if torch else None
