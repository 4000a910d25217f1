"""Runs that nobody made: a verdict of any status with any evidence, as the results files hold them."""

import json

from verify.report.results import Results

# fmt: off
PROVENANCE = {
    "commit": "abc", "date": "2026-01-02T03:04:05+00:00", "scale": "quick", "seed_block": 0, "first_seed": 0,
    "level": 0.05, "samverify": "0", "python": "3", "numpy": "2", "scipy": "1", "machine": "m",
}


def part(**changes):
    return {
        "form": "part", "label": "x", "sense": "<=", "measured": 0.5, "bound": 1.0, "mean": 0.4, "slack": 0.5,
        "constant": 0.5, "count": 7, "status": "confirmed", "setting": {"n": 20},
    } | changes


def proportion(**changes):
    return {
        "form": "proportion", "draws": 100, "held": 99, "unclear": 0, "target": 0.9, "lower": 0.92, "upper": 0.999,
        "p_value": 1.0, "level": 0.001, "status": "confirmed", "setting": {"n": 20},
    } | changes


def slope(**changes):
    return {
        "form": "slope", "name": "T against d", "predicted": 0.25, "band_low": 0.25, "band_high": 0.25,
        "band_source": "", "correction": None, "plain": [0.25, 0.24, 0.26], "exact": False,
        "neighbours": [], "trend": True, "missing": "",
        "exponent": 0.25, "lower": 0.24, "upper": 0.26, "low": 0.2,
        "high": 0.3, "drift": 0.0, "drift_lower": -0.1, "drift_upper": 0.1, "p_value": 1.0, "replicas": 8, "rungs": 3,
        "level": 0.001, "values": [1.0, 10.0, 100.0], "means": [1.0, 10**0.25, 10**0.5],
        "means_lower": [0.9, 1.7, 3.1], "means_upper": [1.1, 1.8, 3.2], "constant": None, "status": "confirmed",
    } | changes


def verdict(id="gradient_norm", status="confirmed", control=None, **changes):
    return {
        "id": id, "control": control, "kind": "bound", "title": "a title", "predicts": "x <= 1", "status": status,
        "measured": "x: 0.5, stated <= 1", "evidence": [part()], "margins": {"size": 2.0}, "draws": 1234, "unmet": 0,
        "p_value": 1.0, "scale": "quick", "seed": 0, "seconds": 0.1,
    } | changes
# fmt: on


def run(*verdicts, **provenance):
    """Return a run as `pytest verify/ --json` writes it."""
    return {"provenance": PROVENANCE | provenance, "partial": False, "missing": [], "verdicts": list(verdicts)}


def results(*verdicts, **provenance):
    """Return a run as the report reads it."""
    return Results.model_validate_json(json.dumps(run(*verdicts, **provenance)))
