"""What was wanted, beside what was measured."""

from benchmarks.markdown import number, spread, table
from benchmarks.results import Results
from benchmarks.scale_tables import RUN, STEP, dimension_ratio, memory_ratio
from benchmarks.statistics_of_blocks import Spread, of_blocks
from benchmarks.step_tables import over_fastest_torch, over_torch, share_of_peak, share_of_products

SMALL, LARGE = "sam 20, 10, 10", "sam 400, 400, 400"
OF_PEAK = {SMALL: 0.4, "sam 40, 20, 40": 0.6, "sam 100, 60, 100": 0.7, LARGE: 0.2}
"""Shares of dgemm's best rate that are wanted."""
EQUAL = 1.01
"""Two peaks of memory of which one is at most so many times the other are called the same."""


def targets(results: Results) -> str:
    """Return the table of targets; a target is met if the median over the blocks meets it."""
    rows = [["fastest PyTorch loop at d = 20,000 over a compiled step", *_least(3000, over_fastest_torch(results))]]
    rows += [
        [
            f"PyTorch loop ({form}) at d = 20,000 over compiled steps, {cores}",
            *_least(3000, over_torch(results, form, threads)),
        ]
        for cores, threads in (("all cores", "default"), ("one core", "1"))
        for form in ("convolution", "matrix")
    ]
    for name in (SMALL, LARGE):
        wanted = _least(0.2, share_of_products(results, name))
        rows.append([f"share of dgemm alone, same products, {name.removeprefix('sam ')}", *wanted])
    for name, share in OF_PEAK.items():
        rows.append(
            [f"share of dgemm's peak, {name.removeprefix('sam ')}", *_least(share, share_of_peak(results, name))]
        )
    rows += [
        ["cost of a step, d = 10^10 over d = 10^3", *_most(1.2, dimension_ratio(results, STEP))],
        ["cost of a run with draw and test error, d = 10^10 over d = 10^3", *_most(1.2, dimension_ratio(results, RUN))],
    ]
    if "one run: browser" in results["costs"]:
        seconds = of_blocks(lambda step: 20_000 * step, results["costs"]["one run: browser"])
        rows.append(["20,000 SAM steps at n = 20, m = 10, B = 10 in Chromium, in seconds", *_most(2, seconds)])
    for label, over, under in (
        ("d = 10^10 over d = 10^3", "d = 10000000000, 10000 epochs", "d = 1000, 10000 epochs"),
        ("10^6 over 10^4 epochs", "d = 1000, 1000000 epochs", "d = 1000, 10000 epochs"),
        ("10^6 over 10^3 epochs", "d = 1000, 1000000 epochs", "d = 1000, 1000 epochs"),
    ):
        value = memory_ratio(results, over, under)
        rows.append([f"peak memory, {label}", "the same", number(value), _met(value <= EQUAL)])
    return table(["", "wanted", "measured", "met"], rows)


def _least(bound: float, value: Spread | None) -> tuple[str, str, str]:
    if value is None:
        return f"at least {bound:,g}", "not measured", "-"
    return f"at least {bound:,g}", spread(value), _met(value.median >= bound)


def _most(bound: float, value: Spread) -> tuple[str, str, str]:
    return f"at most {bound:g}", spread(value), _met(value.median <= bound)


def _met(holds: bool) -> str:
    return "yes" if holds else "no"
