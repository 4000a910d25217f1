"""The tables of docs/benchmarks.md, written between its markers from the results file, and printed.

python -m benchmarks.page docs/benchmarks.md results/bench.json
"""

import json
import re
import sys
from pathlib import Path

from benchmarks.markdown import table
from benchmarks.results import Results
from benchmarks.scale_tables import long_stages, scale
from benchmarks.step_tables import loops, steps
from benchmarks.targets import targets

QUIET = 0.5
"""A machine is called busy if its load, processes that run or wait to run, was more before the run."""

NO_TORCH = (
    "PyTorch was not installed in this run, so its loop was not measured; "
    "`pip install 'samverify[torch]'` and `make bench` measure it."
)


def render(text: str, results: Results) -> str:
    """Return the page with its marked blocks written anew.

    Parameters
    ----------
    text : str
        Markdown with blocks `<!-- begin NAME -->` ... `<!-- end NAME -->`, for the names of `tables`.
    results : dict
        As returned by `benchmarks.results.collect`.

    Raises
    ------
    ValueError
        If a block is missing.
    """
    for name, made in tables(results).items():
        pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(
                f"the page has no block {name!r}: it must hold <!-- begin {name} --> and <!-- end {name} -->"
            )
        block = f"{made}\n".replace("\\", r"\\")
        text = pattern.sub(rf"\g<1>{block}\g<2>", text)
    return text


def tables(results: Results) -> dict[str, str]:
    """Return each table by the name of its block, in the order of the page."""
    return {
        "machine": machine(results),
        "targets": targets(results),
        "steps": steps(results),
        "loops": loops(results),
        "scale": scale(results),
        "long": long_stages(results),
        "statements": statements(results),
    }


def statements(results: Results) -> str:
    """Return the table of what each statement costs in `pytest verify/`, the dearest first."""
    taken = sorted(results.get("statements", {}).items(), key=lambda item: -item[1])
    if not taken:
        return "Not yet measured."
    total = sum(seconds for _, seconds in taken)
    rows = [[id, f"{seconds:.1f}", f"{100 * seconds / total:.0f}%"] for id, seconds in taken if seconds >= 1]
    rest = [seconds for _, seconds in taken if seconds < 1]
    rows.append([f"{len(rest)} others", f"{sum(rest):.1f}", f"{100 * sum(rest) / total:.0f}%"])
    rows.append(["all", f"{total:.0f}", "100%"])
    return table(["statement, with its controls", "seconds", "share"], rows)


def machine(results: Results) -> str:
    """Return one paragraph: where and with what the run was made."""
    made = results["provenance"]
    blas = " and ".join(sorted({f"{b['version']} ({b['architecture']} kernels)" for b in made["blas"]}))
    blocks = max(len(blocks) for blocks in results["costs"].values())
    changed = " with uncommitted changes" if made["commit"].endswith("-dirty") else ""
    lines = [
        f"Made on {made['date'][:10]} by `make bench` at commit `{made['commit'][:12]}`{changed}: {made['cpu']}, "
        f"{made['cores']} cores, Python {made['python']}, NumPy {made['numpy']}, numba {made['numba']}, OpenBLAS "
        f"{blas} with one thread, PyTorch {made['torch'] or 'not installed'}; {blocks} blocks."
    ]
    if made["load"] > QUIET:
        lines.append(
            f"The machine was busy with other programs (load {made['load']:.1f} before the run): "
            "times are too long, and ratios uncertain."
        )
    if made["torch"] is None:
        lines.append(NO_TORCH)
    return "\n\n".join(lines)


def main() -> None:
    """Rewrite the page named first from the results named second, and print its tables."""
    page, source = (Path(argument) for argument in sys.argv[1:3])
    results = json.loads(source.read_text("utf-8"))
    page.write_text(render(page.read_text("utf-8"), results), "utf-8")
    print("\n\n".join(tables(results).values()))


if __name__ == "__main__":
    main()
