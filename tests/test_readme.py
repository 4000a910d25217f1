"""The numbers of README, results and gallery are those of the results files and of no other; its example runs."""

import contextlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from theorems import catalogue
from verify.report.readme import PAGES, gallery_of, kept, render
from verify.report.results import attacked, read_results

ROOT = Path(__file__).parent.parent
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}
RESULTS = read_results(ROOT / "results" / "full.json")
TRUST = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in kept(ROOT / "results")}
ATTACKS = attacked(ROOT / "results" / "attack.json")
GALLERY = {
    f"../figures/gallery/{Path(path).name}": page for path, page in gallery_of(ROOT / "figures" / "gallery").items()
}


def written(page, results=RESULTS, trust=TRUST, gallery=None, attacks=ATTACKS):
    return render(TEXTS[page], PAGES[page], results, trust, gallery or GALLERY, attacks)


def block(text, name):
    return re.search(rf"<!-- begin {name} -->\n(.*?)<!-- end {name} -->", text, re.DOTALL)[1]


def changed(id, **changes):
    """The kept run with one statement's verdict changed."""
    found = tuple(replace(v, **changes) if v.id == id and v.control is None else v for v in RESULTS.verdicts)
    return RESULTS.model_copy(update={"verdicts": found})


@pytest.mark.parametrize("page", PAGES)
def test_numbers_are_those_of_the_results(page):
    assert written(page) == TEXTS[page]


def test_the_readme_is_short():
    assert TEXTS["README.md"].count("\n") <= 100


def test_bad_pages_and_runs_are_refused():
    with pytest.raises(ValueError, match="has no block 'headline'"):
        render("no blocks", ["headline"], RESULTS, {}, GALLERY)
    with pytest.raises(ValueError, match="the run is partial, 1 checks were not made and 0 ended"):
        written("README.md", RESULTS.model_copy(update={"missing": ("noise_norms",)}))


def test_the_headline_says_each_world_and_what_its_claim_asks():
    verdict = next(v for v in RESULTS.statements if v.id == "headline")
    far = {**verdict.proportions[0].setting, "d": 3_000_000, "mu_norm": 31.0}
    near = verdict.proportions[0].setting
    evidence = [e for e in verdict.evidence if e.setting == near]
    told = []
    for e in evidence:
        if e in verdict.proportions:
            told.append(replace(e, setting=far, draws=203, held=201))
        else:
            told.append(replace(e, setting=far, bound=0.123, mean=0.2, measured=0.3))
    rows = block(written("README.md", changed("headline", evidence=(*evidence, *told))), "headline").splitlines()
    assert rows[0].startswith("| `d` | `mu_norm` | |")
    assert len(rows) == 2 + 4 + 2
    p = near["p"]
    for row, name, asked in zip(rows[4:6], ("SGD", "SAM then SGD"), ("at least", "at most"), strict=True):
        for cell in ("3e+06", "31", name, f"{p + 0.2:.4f}", f"{p + 0.3:.4f}", f"{asked} p + 0.123", "201 of 203"):
            assert f"| {cell} |" in row or f"| {cell}" in row
    assert "`mu_norm`" not in rows[-1]


def test_every_status_of_a_run_is_told():
    statuses = ("confirmed", "refuted", "inconclusive", "hypotheses not met")
    odd = {"predicts": "x <= 2 * y|z", "measured": "x: -0, stated >= -inf; y: 2"}
    statements = [
        replace(v, status=statuses[k % 4], draws=1000 + k, unsettled="" if k % 3 else "not_derived", **odd)
        for k, v in enumerate(RESULTS.statements)
    ]
    controls = [replace(v, status=statuses[(k + 1) % 4]) for k, v in enumerate(RESULTS.controls)]
    made = RESULTS.provenance.model_copy(update={"again": {"gap": "f" * 40}, "level": 0.03, "seed_block": 7})
    run = RESULTS.model_copy(update={"verdicts": (*statements, *controls), "provenance": made})
    said = written("docs/results.md", run, attacks={})
    rows = [
        line for name in ("verdicts", "beyond") for line in block(said, name).splitlines() if line.startswith("| `")
    ]
    own = [catalogue[v.id].beyond for v in statements]
    in_turn = sorted(statements, key=lambda v: catalogue[v.id].beyond)
    for row, v in zip(rows, in_turn, strict=True):
        verdict = f"{v.status} (declared open: not\\_derived)" if v.unsettled else v.status
        told = f"x &lt;= 2 \\* y\\|z | x: 0, no bound<br>y: 2 | {v.draws:,} | {verdict} |"
        assert row == f"| `{v.id}` | {v.kind} | {told}"
    for name, count in (("verdicts", own.count(False)), ("beyond", own.count(True))):
        assert block(said, name).count("\n| `") == count
    refuted = sum(k % 4 == 0 for k in range(len(controls)))
    told = block(said, "provenance")
    assert f"{refuted} of {len(controls)} controls were refuted" in told
    assert f"Made on {made.date[:10]} by `pytest verify/ --scale {made.scale}` at commit `{made.commit[:12]}`" in told
    assert "(`gap` again, at `ffffffffffff`), seed block 7, Python" in told
    assert "wrongly is at most 3%." in told


def test_what_is_trusted_is_told():
    trust = {
        "calibration": {
            "blocks": 17, "statements": ["a", "b", "c"], "controls": list("defgh"), "controls_missed": ["d"],
            "inconclusive": {"a": 2, "b": 1}, "false_alarms": 6, "level": 0.04,
        },
        "mutation": {
            "seed": 7, "size": 40,
            "flips": {"provenance": {"commit": "abcdef0123"}, "rows": [{"by": "test"}, {"by": ""}, {"by": "check"}]},
            "summary": {
                "all": {"killed": 31, "survived": 2, "equivalent": 4, "score": 31 / 33, "lower": 0.798, "upper": 0.993},
                "sweeps": {"killed": 1, "survived": 1, "equivalent": 0, "score": 0.5, "lower": 0.01, "upper": 0.99},
            },
        },
        "properties": {"properties": {"one": {}, "two": {}}, "total": {"passing": 1200, "failing": 3}},
    }  # fmt: skip
    calibration, mutation, properties = block(written("docs/results.md", trust=trust), "trust").splitlines()
    assert "3 statements: the quick run over 17 blocks of seeds refuted one 6 times (at most 4%" in calibration
    assert "left one open 3 times in 51 verdicts; of 5 controls 4 were refuted" in calibration
    assert "(the first 37 of 40 drawn by seed 7 from" in mutation
    assert "of 33 mutants 31 turned a test or a check red, 0.94 [0.80, 0.99] (`sweeps` 0.50); 4 more" in mutation
    assert "Of 3 flips" in mutation
    assert " 2 did, at commit `abcdef0` (`results/mutation.json`)" in mutation
    assert "2 tried on 1,203 random examples, 3 failed" in properties


def test_figures_are_shown_with_their_captions():
    for page in GALLERY.values():
        picture = f"../figures/gallery/{page.split('](')[1].partition(')')[0]}"
        assert f"]({picture})" in TEXTS["docs/gallery.md"]
        assert (ROOT / "docs" / picture).exists()
        assert page.strip().splitlines()[-1] in TEXTS["docs/gallery.md"]


def test_the_headline_says_the_bounds_that_are_checked():
    bounds = {e.label: e.bound for v in RESULTS.statements if v.id == "headline" for e in v.parts}
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


def test_the_example_runs():
    (code,) = re.findall(r"```python\n(.*?)```", TEXTS["README.md"], re.DOTALL)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(code, "README.md", "exec"), {})
    assert len(said.getvalue().splitlines()) == 2


def test_an_attack_is_told_with_its_least_slack(tmp_path):
    def part(slack, measured, breaks=False):
        return {"slack": slack, "measured": measured, "bound": 1.0, "breaks": breaks}

    found = [
        {"id": "a", "inside": 7, "grade": "", "tightest": [part(0.0, 1.0), part(0.25, 0.75)]},
        {"id": "b", "inside": 2, "grade": "genuine", "tightest": [part(-0.5, 1.5, breaks=True)]},
        {"id": "c", "inside": 0, "grade": "", "tightest": []},
    ]
    (tmp_path / "attack.json").write_text(json.dumps({"statements": found}), encoding="utf-8")
    assert attacked(tmp_path / "attack.json") == {
        "a": "attacked 7 times, least slack 0.25",
        "b": "attacked 2 times, least slack -0.5 (genuine)",
        "c": "attacked, never inside",
    }
    assert attacked(tmp_path / "none.json") == {}
    row = next(line for line in TEXTS["docs/results.md"].splitlines() if line.startswith("| `gradient_norm`"))
    assert ATTACKS["gradient_norm"] in row
