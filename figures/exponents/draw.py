"""Exponents: fitted minus predicted, with intervals, between the neighbours that must be refuted."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from figures.picture import Picture
from figures.style import BLACK, BLUE, GREY, NOTE, PALE, VERMILION, WIDTH
from verify.report.results import Record, read_statements
from verify.report.wording import symbols

_FITTED = 92
"""Where the column of fitted exponents ends, in points to the right of the axes."""


@dataclass(frozen=True)
class Fit:
    """One exponent of one statement."""

    statement: str
    name: str
    exponent: float
    lower: float
    upper: float
    low: float
    high: float
    predicted: float
    replicas: int
    level: float

    @property
    def inside(self) -> bool:
        """Whether the interval lies in the range."""
        return self.low <= self.lower and self.upper <= self.high


def fits(found: Sequence[Record]) -> list[Fit]:
    """Return all fitted exponents in the order of the statements, but for those of constants, which are drawn apart."""
    names = ("name", "exponent", "lower", "upper", "low", "high", "predicted", "replicas", "level")
    return [
        Fit(verdict.id, **{name: getattr(slope, name) for name in names})
        for verdict in found
        for slope in verdict.slopes
        if slope.constant is None
    ]


def draw(found: Sequence[Record]) -> Figure:
    """Draw the fitted exponents against the predicted ones, and how far off they are, in two panels."""
    drawn = fits(found)
    figure = Figure(figsize=(WIDTH, 4.2))
    whole, near = figure.subplots(1, 2, width_ratios=(1, 1))
    predicted = sorted({fit.predicted for fit in drawn})
    ends = (predicted[0] - 0.6, predicted[-1] + 0.6)
    whole.plot(ends, ends, color=GREY, linestyle=":", linewidth=1)
    for fit in drawn:
        colour, marker = (BLUE, "o") if fit.inside else (VERMILION, "X")
        whole.plot(fit.predicted, fit.exponent, marker, color=colour, alpha=0.6, markersize=6)
    whole.set(xlim=ends, ylim=ends, xlabel="predicted exponent", ylabel="fitted exponent", aspect="equal")
    near.axvline(0, color=BLACK, linewidth=0.8)
    for place, value in enumerate(predicted):
        same = sorted((fit for fit in drawn if fit.predicted == value), key=lambda fit: fit.exponent)
        for k, fit in enumerate(same):
            colour, marker = (BLUE, "o") if fit.inside else (VERMILION, "X")
            height = place + 0.7 * ((k + 0.5) / len(same) - 0.5)
            near.plot([fit.lower - value, fit.upper - value], [height, height], color=colour, linewidth=0.8, alpha=0.6)
            near.plot(fit.exponent - value, height, marker, color=colour, markersize=3.5)
        near.annotate(f"{len(same)}", (1, place), xycoords=near.get_yaxis_transform(), xytext=(4, 0), va="center",
                      color=GREY, **NOTE)  # fmt: skip
    near.annotate("how many", (1, len(predicted) - 0.4), xycoords=near.get_yaxis_transform(), xytext=(4, 0),
                  ha="right", color=GREY, **NOTE)  # fmt: skip
    near.set_yticks(range(len(predicted)), [_minus(f"{value:g}") for value in predicted])
    near.set(xlabel="fitted − predicted, with interval", ylabel="predicted exponent", ylim=(-0.6, len(predicted)))
    near.grid(axis="y", visible=False)
    return figure


def draw_rows(found: Sequence[Record]) -> Figure:
    """Draw a row an exponent: the range as a bar, the interval as a line, the fit as a marker."""
    drawn = fits(found)
    heights: list[float] = []
    y = 0.0
    for k, fit in enumerate(drawn):
        y += 2.0 if k == 0 or fit.statement != drawn[k - 1].statement else 1.0
        heights.append(y)
    figure = Figure(figsize=(WIDTH, 0.165 * y + 0.9))
    axes = figure.subplots()
    axes.axvline(0, color=BLACK, linewidth=0.8)
    for k, (fit, height) in enumerate(zip(drawn, heights, strict=True)):
        zero, colour = fit.predicted, BLUE if fit.inside else VERMILION
        if k == 0 or fit.statement != drawn[k - 1].statement:
            axes.annotate(fit.statement, (0, height - 0.95), xycoords=axes.get_yaxis_transform(), xytext=(4, 0),
                          textcoords="offset points", va="center", fontweight="bold", fontsize=8.5)  # fmt: skip
        axes.barh(height, fit.high - fit.low, left=fit.low - zero, height=0.8, color=PALE)
        axes.plot([fit.lower - zero, fit.upper - zero], [height, height], color=colour, linewidth=2)
        axes.plot(fit.exponent - zero, height, marker="o" if fit.inside else "X", color=colour)
        axes.annotate(_minus(f"{zero:g}"), (1, height), xycoords=axes.get_yaxis_transform(), xytext=(6, 0),
                      textcoords="offset points", va="center", ha="left", fontsize=8)  # fmt: skip
        axes.annotate(_minus(f"{fit.exponent:.3f}"), (1, height), xycoords=axes.get_yaxis_transform(),
                      xytext=(_FITTED, 0), textcoords="offset points", va="center", ha="right", fontsize=8)  # fmt: skip
    for word, offset, side in (("predicted", 6, "left"), ("fitted", _FITTED, "right")):
        axes.annotate(word, (1, 0.2), xycoords=axes.get_yaxis_transform(), xytext=(offset, 0),
                      textcoords="offset points", va="center", ha=side, fontsize=8, fontweight="bold")  # fmt: skip
    widest = 1.05 * max(max(fit.high - fit.predicted, fit.predicted - fit.low) for fit in drawn)
    axes.set_yticks(heights, [symbols(fit.name) for fit in drawn], fontsize=8, parse_math=False)
    axes.set(
        xlim=(-widest, widest),
        ylim=(y + 1, 0.2),
        xlabel="fitted exponent − predicted exponent (bars: up to the neighbours, which must be refuted)",
    )
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    return figure


def _minus(number: str) -> str:
    """Return a number with a true minus sign, and zero without one."""
    return number.lstrip("-") if float(number) == 0 else number.replace("-", "−")


def caption(found: Sequence[Record]) -> str:
    """Say how many exponents lie where they are predicted, and which is furthest off."""
    drawn = fits(found)
    off = max(drawn, key=lambda fit: abs(fit.exponent - fit.predicted))
    replicas = sorted({fit.replicas for fit in drawn})
    return (
        "Predicted: each exponent is the one of the theory, and its neighbours (ends of the grey bars) are not. "
        f"Measured: {sum(fit.inside for fit in drawn)} of {len(drawn)} exponents lie between theirs with their whole "
        f"interval; the furthest from its prediction is `{off.statement}`, {off.name}: {off.exponent:.3f} "
        f"[{off.lower:.3f}, {off.upper:.3f}], predicted {off.predicted:g}. Fits by least squares of logarithms, one "
        f"for each of {replicas[0]} to {replicas[-1]} replicas; intervals are Student's over replicas, at the level "
        "at which the whole run errs on one statement with at most 5%. They do not cover the effect of finite sizes."
    )


EXPONENTS = Picture(
    "exponents", "Fitted powers fall on the predicted ones, from −4 to 4", "full.json", read_statements, draw, caption
)
EXPONENTS_DETAIL = Picture(
    "exponents_detail", "Nearly all fitted exponents exclude their neighbours, with their whole interval", "full.json",
    read_statements, draw_rows, caption,
)  # fmt: skip
