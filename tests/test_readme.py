"""The README's numbers are those of the results files and of no other, and its examples run."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest
from made_up import part, proportion, results, verdict

from theorems import catalogue
from verify.report.readme import FIGURES, kept, render
from verify.report.results import read_results

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
KEPT = read_results(ROOT / "results" / "full.json")
TRUST = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in kept(ROOT / "results")}
GALLERY = {
    f"figures/gallery/{name}.md": (ROOT / "figures" / "gallery" / f"{name}.md").read_text(encoding="utf-8")
    for name in FIGURES
}


def block(text, name):
    return re.search(rf"<!-- begin {name} -->\n(.*?)<!-- end {name} -->", text, re.DOTALL)[1]


def test_numbers_are_those_of_the_results():
    assert render(TEXT, KEPT, TRUST, GALLERY) == TEXT


def test_an_interrupted_run_is_refused():
    with pytest.raises(ValueError, match="the run is partial, 1 checks were not made and 0 ended"):
        render(TEXT, KEPT.model_copy(update={"missing": ("noise_norms",)}), TRUST, GALLERY)


SETTING = {"n": 41, "d": 1000, "m": 21, "P": 3, "mu_norm": 8.5, "sigma_p": 0.5, "p": 0.07}


def headline():
    """A verdict on the headline in which no number stands twice."""
    errors = [
        part(label=f"{name}: test error - p", bound=bound, mean=mean, measured=worst, sense=sense, setting=SETTING)
        for name, bound, mean, worst, sense in (
            ("SGD", 0.11, 0.31, 0.12, ">="),
            ("SAM then SGD", 0.02, 0.003, 0.015, "<="),
        )
    ]
    losses = [
        part(label=f"{name}: training loss", measured=value, setting=SETTING)
        for name, value in (("SGD", 0.041), ("SAM then SGD", 0.042))
    ]
    frequency = proportion(draws=203, held=201, setting=SETTING)
    return verdict("headline", kind="probability", evidence=[*errors, *losses, frequency])


def test_every_status_and_every_number_of_a_run_is_told():
    own = next(s.id for s in catalogue.values() if s.beyond)
    paper = next(s.id for s in catalogue.values() if not s.beyond)
    statuses = ("confirmed", "refuted", "inconclusive", "hypotheses not met")
    statements = [
        verdict(id, status, predicts=f"x <= {k} * y", measured=f"x: 0.{k}; z: 1.{k}", draws=5000 + k)
        for k, (id, status) in enumerate((id, status) for id in (paper, own) for status in statuses)
    ]
    controls = [verdict("headline", status, f"broken {status}") for status in (*statuses, "refuted")]
    made = results(headline(), *statements, *controls, commit="c" * 40, seed_block=7, level=0.04, again={own: "d" * 40})
    trust = {
        "calibration": {
            "blocks": 17, "statements": ["a", "b", "c"], "controls": list("defgh"), "controls_missed": ["d"],
            "inconclusive": {"a": 2, "b": 1}, "false_alarms": 6, "level": 0.04,
        },
        "mutation": {"mutations": 33, "survived": ["x", "y"]},
        "properties": {"properties": {"one": {}, "two": {}}, "total": {"passing": 1200, "failing": 3}},
    }  # fmt: skip
    text = render(TEXT, made, trust, GALLERY)
    told = block(text, "headline")
    assert "| SGD | 0.3800 | 0.1900 | 0.041 |" in told
    assert "| SAM then SGD | 0.0730 | 0.0850 | 0.042 |" in told
    assert "test error (label noise p = 0.07) | worst of 203 runs" in told
    assert "n = 41, d = 1000, m = 21, P = 3, mu_norm = 8.5, sigma_p = 0.5" in told
    assert "SGD at least p + 0.11, SAM then SGD at most p + 0.02; it held in 201 of 203" in told
    rows = {name: block(text, name).splitlines()[2:] for name in ("verdicts", "beyond")}
    assert [len(found) for found in rows.values()] == [5, 4]  # the headline's besides
    for k, (row, v) in enumerate(zip(rows["verdicts"][1:] + rows["beyond"], statements, strict=True)):
        id = v["id"]
        assert row == f"| `{id}` | bound | x &lt;= {k} \\* y | x: 0.{k}<br>z: 1.{k} | 5,00{k} | {v['status']} |"
    told = block(text, "provenance")
    for said in ("on 2026-01-02", "--scale quick", "`cccccccccccc`", f"(`{own}` again, at `dddddddddddd`)", "block 7"):
        assert said in told
    assert "2 of 5 controls were refuted" in told
    assert "wrongly is at most 4%" in told
    calibration, mutation, properties = block(text, "trust").splitlines()
    assert "3 statements: the quick run over 17 blocks of seeds refuted one 6 times (at most 4%" in calibration
    assert "left one open 3 times in 51 verdicts; of 5 controls 4 were refuted" in calibration
    assert "of 33 single flips" in mutation
    assert " 31 turned a check or a test red" in mutation
    assert "2 tried on 1,203 random examples, 3 failed" in properties
    shown = block(text, "figures")
    for path, page in GALLERY.items():
        assert f"]({path.removesuffix('.md')}.svg)" in shown
        assert page.strip().splitlines()[-1] in shown


def test_the_headline_says_the_bounds_that_are_checked():
    bounds = {e.label: e.bound for v in KEPT.statements if v.id == "headline" for e in v.parts}
    statement = catalogue["headline"]
    claimed = {i.label: i.bound for i in statement.claim(Tested())}
    assert claimed == bounds
    error, loss = (claimed[f"SAM then SGD: {what}"] for what in ("test error - p", "training loss"))
    harm = claimed["SGD: test error - p"]
    assert f"SGD >= p + {harm:g}, SAM then SGD <= p + {error:g}, both at loss <= {loss:g}" in statement.predicts
    assert statement.formula.count(f"p + {harm:g},") == statement.formula.count(f"p + {error:g}") == 1


class Tested:
    """An observation of the headline's runs, as far as its claim looks at it."""

    class Error:
        value, stderr = 0.1, 0.0

    class Run:
        loss = (0.0,)

    world = catalogue["headline"].worlds[0]
    tested, rival_error, trained, rival_trained = Error, Error, Run, Run


def test_examples_run():
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) == 2
    for code in blocks:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(code, "README.md", "exec"), {})
