"""Verdicts as a table, as a summary, as JSON with its provenance."""

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from theorems import catalogue
from verify.report.table import summary, table, where
from verify.verdict import Verdict, as_json, write_json

STATUSES = ("confirmed", "refuted", "inconclusive", "hypotheses not met")


def verdict(id="noise_norms", status="confirmed", control=None, **changes):
    fields = {
        "kind": "bound",
        "title": "a title",
        "predicts": "x <= 1",
        "measured": "x: 0.5, stated <= 1",
        "evidence": ({"form": "part", "label": "x", "measured": 0.5},),
        "margins": {"size": 2.0},
        "draws": 1234,
        "unmet": 0,
        "p_value": 1.0,
        "scale": "quick",
        "seed": 0,
        "seconds": 0.1,
    } | changes
    return Verdict(id=id, status=status, control=control, **fields)


# --- table


@pytest.mark.parametrize("status", STATUSES)
def test_table_shows_a_statement(status):
    header, row, *rest = table([verdict(status=status)], width=160).splitlines()
    assert [header.index(word) for word in ("statement", "kind", "predicts", "measured", "draws", "verdict")] == sorted(
        header.index(word) for word in ("statement", "kind", "predicts", "measured", "draws", "verdict")
    )
    for text in ("noise_norms", "bound", "x <= 1", "x: 0.5, stated <= 1", "1,234", status):
        assert text in row
    assert rest[0].startswith(f"1 statements: 1 {status}. 0 controls")


def test_table_keeps_the_order_and_gives_each_part_a_line():
    lines = table([verdict("b", measured="one: 1; two: 2"), verdict("a")], width=160).splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["b", "two:", "a"]
    assert "one: 1" in lines[1]
    assert "two: 2" in lines[2]


def test_table_shows_only_controls_that_were_not_refuted():
    text = table(
        [
            verdict(),
            verdict(status="refuted", control="sign flipped", measured="fine"),
            verdict(status="confirmed", control="constant halved", measured="alarming"),
            verdict(status="inconclusive", control="wrong exponent", measured="open"),
        ],
        width=160,
    )
    assert "sign flipped" not in text
    assert "control not refuted: noise_norms, constant halved: confirmed; alarming" in text
    assert "control not refuted: noise_norms, wrong exponent: inconclusive; open" in text
    assert "3 controls: 1 refuted" in text


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
    assert lines[-8].startswith("control not refuted: sharp, nothing was broken: confirmed")
    assert lines[-7] == "refuted: broken"
    assert lines[-2] == "and 5 more, in the table"
    assert lines[-1].endswith("--table.")
    assert "predicts" not in text.replace("statement predicts", "")
    assert " predicts " in table(verdicts, width=80)
    assert " predicts " in table(verdicts[:3], width=80, long=False)


def test_where_a_run_is_kept():
    assert where(None, None) == "Page: `samverify check --html FILE`."
    assert where(Path("a.json"), None) == "Evidence: a.json. Page: `samverify report a.json --html FILE`."
    assert where(Path("a.json"), Path("b.html")) == "Evidence: a.json. Page: b.html."


def test_table_without_colour_is_plain_and_fits():
    text = table([verdict(predicts="y " * 200, measured="z " * 200)], width=100)
    assert "\x1b" not in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert text.count("y ") + text.count("y\n") >= 190


def test_table_with_colour():
    assert "\x1b[32m" in table([verdict()], colour=True)
    assert "\x1b[31m" in table([verdict(status="refuted")], colour=True)


@pytest.mark.parametrize(
    "text", ["P in [low, high]", "[red]x[/red]", "closed at [/2]", "[0.963, 1.000]", "sum_[i != k]", r"\[a]"]
)
def test_brackets_are_text(text):
    found = table([verdict(predicts=text, measured=f"{text}; other")], width=200)
    assert found.count(text) == 2


def test_empty_table():
    assert "0 statements: none. 0 controls" in table([])


def test_table_of_the_whole_catalogue():
    text = table([verdict(id, predicts=catalogue[id].predicts) for id in catalogue], width=300)
    for id in catalogue:
        assert id in text
        assert catalogue[id].predicts in text


# --- summary


def test_summary_counts():
    statements = [verdict("a"), verdict("b"), verdict("c", "refuted"), verdict("d", "hypotheses not met")]
    controls = [verdict("a", "refuted", control="x"), verdict("a", "confirmed", control="y")]
    found = summary([*statements, *controls])
    first, second = found.splitlines()
    assert first == (
        "4 statements: 2 confirmed, 1 refuted, 1 hypotheses not met. 2 controls: 1 refuted, as they must be."
    )
    random = [s for s in catalogue.values() if s.kind in ("probability", "scaling") or s.ladders]
    assert f"one of the {len(random)} random statements wrongly: at most 5%" in second


# --- JSON

HARD = verdict(
    evidence=(
        {
            "inf": float("inf"),
            "minus": -np.inf,
            "nan": np.float64("nan"),
            "deep": [{"x": (np.inf, 1.5)}],
            "int": np.int64(3),
            "bool": np.bool_(True),
            "float": np.float64(0.5),
            "none": None,
        },
    ),
    margins={"a": float("inf"), "b": np.float64(1.5)},
    p_value=np.float64(0.25),
)


def test_to_dict_is_plain_json():
    plain = HARD.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["evidence"] == [
        {
            "inf": "inf",
            "minus": "-inf",
            "nan": "nan",
            "deep": [{"x": ["inf", 1.5]}],
            "int": 3,
            "bool": True,
            "float": 0.5,
            "none": None,
        }
    ]
    assert plain["margins"] == {"a": "inf", "b": 1.5}


def test_to_dict_holds_every_field():
    assert set(verdict().to_dict()) == set(Verdict.__dataclass_fields__)
    assert verdict(seed=3).to_dict()["seed"] == 3


def test_strings_become_the_numbers_again():
    plain = HARD.to_dict()["evidence"][0]
    assert [float(plain[key]) for key in ("inf", "minus")] == [np.inf, -np.inf]
    assert np.isnan(float(plain["nan"]))


def test_json_file(tmp_path):
    target = tmp_path / "run.json"
    write_json(target, [verdict(), HARD], "full", 3)
    read = json.loads(target.read_text(encoding="utf-8"))
    assert read == as_json([verdict(), HARD], "full", 3) | {"provenance": read["provenance"]}
    assert [v["id"] for v in read["verdicts"]] == ["noise_norms", "noise_norms"]
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_provenance():
    made = as_json([], "full", 3)["provenance"]
    assert set(made) >= {
        "commit",
        "date",
        "scale",
        "seed_block",
        "first_seed",
        "level",
        "samverify",
        "python",
        "numpy",
        "scipy",
        "machine",
    }
    assert (made["scale"], made["seed_block"], made["first_seed"], made["level"]) == ("full", 3, 3_000_000, 0.05)
    assert made["numpy"] == np.__version__
    assert datetime.fromisoformat(made["date"]).tzinfo is not None
    assert all(made.values())


def test_a_reader_of_the_old_file_keeps_it(tmp_path):
    # the new file takes the old one's name; what is open is not written into
    target = tmp_path / "run.json"
    write_json(target, [verdict("a")], "quick", 0)
    with target.open(encoding="utf-8") as reader:
        write_json(target, [verdict("b")], "quick", 0)
        assert [v["id"] for v in json.load(reader)["verdicts"]] == ["a"]
    assert [v["id"] for v in json.loads(target.read_text(encoding="utf-8"))["verdicts"]] == ["b"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "run.json"
    write_json(target, [verdict()], "quick", 0)
    before = target.read_bytes()

    def disk_full(self, data, **rest):
        with self.open("w", encoding="utf-8") as stream:
            stream.write(data[: len(data) // 2])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", disk_full)
    with pytest.raises(OSError, match="no space left"):
        write_json(target, [verdict(), verdict()], "quick", 0)
    assert target.read_bytes() == before


def test_unserialisable_evidence_leaves_the_old_file(tmp_path):
    target = tmp_path / "run.json"
    write_json(target, [verdict()], "quick", 0)
    before = target.read_bytes()
    with pytest.raises(TypeError):
        write_json(target, [verdict(evidence=({"x": object()},))], "quick", 0)
    assert target.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_writing_again_replaces(tmp_path):
    target = tmp_path / "run.json"
    write_json(target, [verdict("a"), verdict("b")], "quick", 0)
    write_json(target, [verdict("c")], "quick", 1)
    assert [v["id"] for v in json.loads(target.read_text(encoding="utf-8"))["verdicts"]] == ["c"]
