"""Verdicts as a table, as a summary, as JSON with its provenance."""

import json
from datetime import datetime
from pathlib import Path

import made_up
import numpy as np
import pytest

from dynamics.files import write_whole
from theorems import catalogue
from verify.report.table import summary, table, where
from verify.verdict import Verdict, as_json

STATUSES = ("confirmed", "refuted", "inconclusive", "hypotheses not met")


def verdict(id="noise_norms", status="confirmed", control=None, **changes):
    return Verdict(**made_up.verdict(id, status, control, **changes))


def test_the_table_tells_every_status_and_counts_right():
    statements = [verdict(f"s{k}", status, measured=f"one: {k}; two: {k}") for k, status in enumerate(STATUSES)]
    controls = [
        verdict("s0", "refuted", "sign flipped", measured="fine"),
        verdict("s0", "confirmed", "constant halved", measured="alarming"),
        verdict("s1", "inconclusive", "wrong exponent", measured="open"),
    ]
    text = table([*statements, *controls], width=160)
    header, *lines = text.splitlines()
    columns = [header.index(word) for word in ("statement", "kind", "predicts", "measured", "draws", "verdict")]
    assert columns == sorted(columns)
    for k, status in enumerate(STATUSES):
        for said in (f"s{k} ", "bound", "x <= 1", f"one: {k}", "1,234", status):
            assert said in lines[2 * k]
        assert f"two: {k}" in lines[2 * k + 1]
    first, second = summary([*statements, *controls]).splitlines()
    assert first == (
        "4 statements: 1 confirmed, 1 refuted, 1 inconclusive, 1 hypotheses not met. "
        "3 controls: 1 refuted, as they must be."
    )
    assert first in text
    random = [s for s in catalogue.values() if s.kind in ("probability", "scaling") or s.ladders]
    assert f"one of the {len(random)} random statements wrongly: at most 5%" in second
    assert "sign flipped" not in text
    assert "control not refuted: s0, constant halved: confirmed; alarming" in text
    assert "control not refuted: s1, wrong exponent: inconclusive; open" in text


def bound(label, measured, limit=1.0):
    return {"form": "part", "label": label, "measured": measured, "bound": limit, "sense": "<=", "mean": measured}


def test_the_end_of_a_run_fits_a_screen_and_says_the_most_urgent_first():
    world = {"n": 40, "d": 10**6, "mu_norm": 8.0, "p": 0.05}
    errors = [bound(f"{name}: test error - p", e) | {"setting": world} for name, e in (("SGD", 0.4), ("SAM", 0.1))]
    verdicts = [
        verdict("headline", kind="probability", evidence=errors),
        verdict("sharp", evidence=[bound("nearly all of it", 0.97)]),
        *(verdict(f"loose{k}", evidence=[bound("x" * 90, 0.001 * 2**k)]) for k in range(6)),
        *(verdict(f"open{k}", "inconclusive") for k in range(9)),
        verdict("broken", "refuted"),
        verdict("sharp", "confirmed", control="nothing was broken"),
    ]
    lines = table(verdicts, width=80, long=False).splitlines()
    assert len(lines) <= 25
    assert all(len(line) <= 80 or line.startswith("18 statements") for line in lines)
    text = "\n".join(lines)
    assert "Confirmed: paper 8 of 18, bound 7 of 17, probability 1 of 1." in text
    sgd, sam = (next(line for line in lines if line.strip().startswith(f"{name} ")) for name in ("SGD", "SAM"))
    assert sgd.endswith("0.4500")
    assert sam.endswith("0.1500")
    assert sgd.count("#") == 3 * sam.count("#")
    assert (
        lines[lines.index("Closest calls, share of the bound that was used:") + 1] == "  97% of sharp: nearly all of it"
    )
    assert "Loosest bounds, of 6 by ten or more:" in text
    assert "  1,000 times loose0" in text
    assert lines[-7].startswith("control not refuted: sharp, nothing was broken: confirmed")
    assert lines[-6] == "refuted: broken"
    assert lines[-2] == "and 6 more, in the table"
    assert "Attacks: 3." in table(verdicts, long=False, tried="Attacks: 3.").splitlines()
    assert lines[-1].endswith("--table.")
    assert "predicts" not in text.replace("statement predicts", "")
    assert " predicts " in table(verdicts, width=80)
    assert " predicts " in table(verdicts[:3], width=80, long=False)


def test_where_a_run_is_kept():
    assert where(None, None) == "Page: `samverify check --html FILE`."
    assert where(Path("a.json"), None) == "Evidence: a.json. Page: `samverify report a.json --html FILE`."
    assert where(Path("a.json"), Path("b.html")) == "Evidence: a.json. Page: b.html."
    assert where(None, None, "report.html was not written (Is a directory).").startswith("report.html was not")


def test_an_empty_run_has_an_end():
    text, statements = table([]), [verdict(status="refuted")]
    assert "\x1b" not in text
    assert "\x1b[31m" in table(statements, colour=True)
    assert "0 statements: none. 0 controls" in table([])


@pytest.mark.parametrize("text", ["P in [low, high]", "[red]x[/red]", "closed at [/2]", r"\[a]"])
def test_brackets_are_text(text):
    assert table([verdict(predicts=text, measured=f"{text}; other")], width=200).count(text) == 2


HARD = {"inf": np.inf, "nan": np.float64("nan"), "deep": [{"x": (-np.inf, 1.5)}], "int": np.int64(3), "none": None}


def test_a_run_is_plain_json_with_its_provenance(tmp_path):
    hard = verdict(evidence=(HARD | {"bool": np.bool_(True)},), margins={"a": np.inf}, p_value=np.float64(0.25), seed=3)
    plain = hard.to_dict()
    assert set(plain) == set(Verdict.__dataclass_fields__)
    assert plain["evidence"] == [
        {"inf": "inf", "nan": "nan", "deep": [{"x": ["-inf", 1.5]}], "int": 3, "none": None, "bool": True}
    ]
    assert (plain["margins"], plain["seed"]) == ({"a": "inf"}, 3)
    write_whole(tmp_path / "run.json", as_json([verdict(), hard], "full", 3))
    read = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    made = read["provenance"]
    assert read == as_json([verdict(), hard], "full", 3) | {"provenance": made}
    assert (read["verdicts"][1], read["partial"], read["missing"]) == (plain, False, [])
    assert set(made) >= set(made_up.PROVENANCE)
    assert (made["scale"], made["seed_block"], made["first_seed"], made["level"]) == ("full", 3, 3_000_000, 0.05)
    assert made["numpy"] == np.__version__
    assert datetime.fromisoformat(made["date"]).tzinfo is not None
    assert all(made.values())


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "run.json"
    write_whole(target, as_json([verdict()], "quick", 0))
    before = target.read_bytes()
    with pytest.raises(TypeError):
        write_whole(target, as_json([verdict(evidence=({"x": object()},))], "quick", 0))

    def disk_full(self, data, **rest):
        with self.open("w", encoding="utf-8") as stream:
            stream.write(data[: len(data) // 2])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", disk_full)
    with pytest.raises(OSError, match="no space left"):
        write_whole(target, as_json([verdict(), verdict()], "quick", 0))
    assert target.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    ("status", "control", "unsettled", "expected"),
    [
        ("confirmed", None, "", True),
        ("refuted", None, "", False),
        ("refuted", None, "not derived", True),
        ("inconclusive", None, "not derived", True),
        ("confirmed", None, "not derived", False),  # then nothing is open, and the statement must say so
        ("hypotheses not met", None, "not derived", False),
        ("refuted", "broken", "", True),
        ("inconclusive", "broken", "", False),
    ],
)
def test_what_is_declared_open_must_not_be_confirmed(status, control, unsettled, expected):
    found = verdict("gap", status, control, unsettled=unsettled)
    assert found.as_expected == expected
    assert ("declared open: gap: not derived" in table([found])) == bool(unsettled and expected)
