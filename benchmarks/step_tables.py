"""Tables of one step: against dgemm at four shapes, and against loops over the weights."""

from benchmarks.markdown import number, spread, table, time
from benchmarks.results import Results
from benchmarks.statistics_of_blocks import Spread, cost, of_blocks, ratio

PEAK = "peak "
COMPILED = "loop: compiled"
ALL_CORES = "loop: compiled, all cores"


def steps(results: Results) -> str:
    """Return the tables of steps, times and ratios, one row a rule and shape, and a line on dgemm at its best."""
    costs, end = results["costs"], ": compiled"
    names = sorted(
        (name.removesuffix(end) for name in costs if name.startswith(("sgd", "sam")) and name.endswith(end)),
        key=lambda name: name.split()[0],
    )
    labels = {name: f"{name[:3].upper()} {name[4:]}" for name in names}
    times = [
        [labels[name], *(time(cost(costs[f"{name}: {engine}"])) for engine in ("compiled", "numpy", "dgemm"))]
        for name in names
    ]
    ratios = [
        [
            labels[name],
            spread(ratio(costs[f"{name}: numpy"], costs[f"{name}: compiled"])),
            spread(share_of_products(results, name)),
            spread(share_of_peak(results, name)),
        ]
        for name in names
    ]
    size, best = max(peaks(results).items(), key=lambda item: item[1].median)
    return "\n\n".join(
        (
            table(["n, m, B", "compiled", "batched NumPy", "dgemm alone"], times),
            table(["n, m, B", "NumPy over compiled", "of dgemm alone", "of dgemm's peak"], ratios),
            f"dgemm's peak: {spread(best)} Gflop/s, at size {size}.",
        )
    )


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
        if name == ALL_CORES:
            label += f" ({facts[name]['cores']})"
        over = number(1.0) if name == COMPILED else spread(ratio(costs[name], costs[COMPILED]))
        rows.append([label, time(cost(costs[name])), over])
    return table(["one SAM step", "time", "over compiled"], rows)


def over_fastest_torch(results: Results) -> Spread | None:
    """Return the cost of the block's fastest PyTorch loop over that of a compiled step on one core.

    None without PyTorch.
    """
    costs = results["costs"]
    torch = [costs[name] for name in costs if name.startswith("loop: torch")]
    return of_blocks(lambda step, *others: min(others) / step, costs[COMPILED], *torch) if torch else None


def over_torch(results: Results, form: str, threads: str) -> Spread | None:
    """Return the cost of a PyTorch loop over that of a compiled step, both on one core ("1") or all ("default").

    None without PyTorch.
    """
    costs, loop = results["costs"], f"loop: torch {form}, threads {threads}"
    return ratio(costs[loop], costs[COMPILED if threads == "1" else ALL_CORES]) if loop in costs else None
