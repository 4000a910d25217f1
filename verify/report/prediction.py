"""A prediction, and what happened, as text for a terminal of 80 columns."""

import io
import math
from collections.abc import Mapping

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from theorems.overfitting import C_1, C_3, EPSILON, HARM
from theorems.prediction import Forecast, Prediction
from verify.report.simulation import Simulation, Trained

_COLOURS = {
    "benign": "green",
    "harmful": "red",
    "nothing": "yellow",
    "agrees": "green",
    "disagrees": "red",
    "too few to tell": "yellow",
    "not predicted": "yellow",
}


def prediction_text(
    prediction: Prediction,
    simulation: Simulation | None = None,
    chosen: Mapping[str, float] | None = None,
    width: int = 80,
    colour: bool = False,
) -> str:
    """Return a prediction as text.

    Parameters
    ----------
    prediction : Prediction
    simulation : Simulation, optional
        What happened, to be set under it.
    chosen : mapping, optional
        The fields that the user did not give.
    width : int
        Characters.
    colour : bool
        With terminal colours.

    Returns
    -------
    str
    """
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=colour, highlight=False, emoji=False, markup=False)
    s = prediction.setting
    console.print(", ".join(f"{name} = {_number(value)}" for name, value in s.model_dump().items()))
    if chosen:
        console.print(f"Not given, so chosen: {', '.join(f'{name} = {_number(v)}' for name, v in chosen.items())}.")
    console.print(f"SNR = ||mu|| / ((P-1) sigma_p sqrt(d)) = {s.snr:.4g}, n SNR^2 = {s.n * s.snr**2:.4g}\n")
    console.print(_condition(prediction))
    console.print()
    console.print(_thresholds(prediction))
    console.print()
    for forecast in (prediction.sgd, prediction.sam):
        console.print(_says(forecast))
    console.print(_place(prediction))
    if simulation is not None:
        console.print()
        _happened(console, prediction, simulation)
    return "".join(line.rstrip() + "\n" for line in stream.getvalue().splitlines())


def _condition(prediction: Prediction) -> Table:
    grid = _table("Condition 3.1, the least margin first", "factor", "")
    for k, (line, margin) in enumerate(prediction.margins.items()):
        mark = "NOT MET" if margin < 1 else "least" if k == 0 else ""
        grid.add_row(Text(line), Text(_factor(margin)), Text(mark, style="red" if margin < 1 else ""))
    return grid


def _thresholds(prediction: Prediction) -> Table:
    s = prediction.setting
    grid = _table("||mu|| and its thresholds; the SAM stage", "", "")
    grid.add_row("||mu||", f"{s.mu_norm:.4g}", "")
    grid.add_row(f"SGD harmful up to   {C_3:g} d^(1/4) n^(-1/4) P sigma_p", f"{prediction.harmful_to:.4g}", "")
    grid.add_row(f"SGD benign from     {C_1:g} d^(1/4) n^(-1/4) P sigma_p", f"{prediction.benign_from:.4g}", "")
    grid.add_row("SAM benign from     P sigma_p sqrt(log(1/epsilon))", f"{prediction.sam_from:.4g}", "")
    t1 = "infinite" if prediction.t1 is None else f"{prediction.t1:,}"
    grid.add_row("T_1 = m B / (eta n ||mu||^2)", t1, "epochs")
    grid.add_row("tau = m sqrt(B) / (P sigma_p sqrt(d))", f"{prediction.tau:.4g}", "")
    grid.add_row("tau_rule = sqrt(B m / d) / sigma_p * max <w, xi>", f"{prediction.tau_rule:.4g}", "")
    return grid


def _says(forecast: Forecast) -> Text:
    verb = "says nothing" if forecast.regime == "nothing" else f"predicts {forecast.regime}"
    text = Text(f"Theorem {forecast.theorem} ({forecast.algorithm}) ")
    return text.append(verb, style=_COLOURS[forecast.regime]).append(f": {forecast.reason}")


def _place(prediction: Prediction) -> str:
    """Say in words whether the theory speaks of this setting."""
    if prediction.broken:
        line = prediction.broken[0]
        rest = len(prediction.broken) - 1
        more = f"; {rest} more line{'s' * (rest > 1)} below 1" if rest else ""
        return (
            f"This setting lies outside the theory: {line} must be at least 1, and is "
            f"{_factor(prediction.margins[line])}{more}."
        )
    if prediction.sgd.regime == prediction.sam.regime == "nothing":
        return "This setting meets Condition 3.1, but its signal strength lies where neither theorem speaks."
    return f"Benign: test error at most p + {EPSILON:g}; harmful: at least p + {HARM:g}; probability at least " + (
        f"{1 - prediction.delta:g}."
    )


def _happened(console: Console, prediction: Prediction, simulation: Simulation) -> None:
    pairs = ((simulation.sgd, prediction.sgd), (simulation.sam, prediction.sam))
    runs = [run for run, _ in pairs if run is not None]
    grid = _table(f"What happened, p = {prediction.setting.p:g}", *(run.algorithm for run in runs))

    def row(name: str, *cells: str | Text) -> None:
        grid.add_row(name, *cells)

    row("test error, mean", *(f"{run.error:.4f}" for run in runs))
    if simulation.replicas > 1:
        row("95% interval of the mean", *(f"[{run.low:.4f}, {run.high:.4f}]" for run in runs))
    row("least to largest", *(f"{min(run.errors):.4f} to {max(run.errors):.4f}" for run in runs))
    row(f"replicas at most p + {EPSILON:g}", *(f"{run.benign} of {simulation.replicas}" for run in runs))
    row(f"replicas at least p + {HARM:g}", *(f"{run.harmful} of {simulation.replicas}" for run in runs))
    row("largest training loss", *(f"{max(run.losses):.4g}" for run in runs))
    row(f"replicas that reached loss {simulation.tol:g}", *(f"{run.reached} of {simulation.replicas}" for run in runs))
    row("epochs, median", *(f"{np.median(run.epochs):,.0f}" for run in runs))
    row("max rho_bar at T_1 or the end", *(f"{max(run.rho):.4g}" for run in runs))
    row("against the theorem", *(Text(run.outcome, style=_COLOURS[run.outcome]) for run in runs))
    console.print(grid)
    console.print()
    for trained, forecast in pairs:
        if trained is not None:
            console.print(f"{trained.schedule}. {_comparison(trained, forecast)}")
    if simulation.skipped:
        console.print(simulation.skipped)
    last = simulation.first_seed + simulation.replicas - 1
    console.print(f"Seeds {simulation.first_seed:,} to {last:,}.")


def _comparison(run: Trained, forecast: Forecast) -> str:
    if run.held is not None:
        unclear = f" ({run.held.unclear} unclear)" if run.held.unclear else ""
        return (
            f"The claim held in {run.held.held} of {run.held.draws}{unclear}: "
            f"P in [{run.held.lower:.3f}, {run.held.upper:.3f}], stated >= {run.held.target:g}."
        )
    if forecast.by_strength == "nothing":
        return "The theorem predicts nothing here."
    count = run.benign if forecast.by_strength == "benign" else run.harmful
    return (
        f"The theorem predicts nothing here; were Condition 3.1 met, it would be {forecast.by_strength}, "
        f"as {count} of {len(run.errors)} replicas are."
    )


def _table(first: str, *others: str) -> Table:
    grid = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(first, no_wrap=True)
    for name in others:
        grid.add_column(name, justify="left" if name == "" else "right", no_wrap=True)
    return grid


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _factor(margin: float) -> str:
    return "no limit" if math.isinf(margin) else f"{margin:,.3g}" if margin < 1e4 else f"{margin:.2g}"
