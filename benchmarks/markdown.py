"""Tables in Markdown that are as clear in a terminal, and numbers with their units."""

from collections.abc import Sequence

from benchmarks.statistics_of_blocks import Spread

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "us"))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with columns of equal width; the first is set to the left, the others to the right."""
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if k else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = "|".join("-" * (width + 1) + ("-" if k == 0 else ":") for k, width in enumerate(widths))
    return "\n".join([line(head), f"|{rule}|", *map(line, rows)])


def number(value: float) -> str:
    """Return three digits, with commas and without powers of ten."""
    rounded = float(f"{value:.3g}")
    if abs(rounded) >= 100:
        return f"{rounded:,.0f}"
    return f"{rounded:#.3g}" if rounded else "0"


def spread(values: Spread) -> str:
    """Return a median with its spread in brackets."""
    return f"{number(values.median)} [{number(values.low)}, {number(values.high)}]"


def time(values: Spread) -> str:
    """Return a median with its spread, in the unit that fits."""
    size, unit = next(((size, unit) for size, unit in _UNITS if values.median >= size), _UNITS[-1])
    return f"{spread(Spread(*(v / size for v in (values.median, values.low, values.high))))} {unit}"
