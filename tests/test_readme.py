"""The README's numbers are those of the results files, and its examples run."""

import contextlib
import io
import json
import re
from pathlib import Path

import pytest

from verify.report.readme import FIGURES, kept, render

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def results(name):
    path = ROOT / "results" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


TRUST = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in kept(ROOT / "results")}
GALLERY = {
    f"figures/gallery/{name}.md": (ROOT / "figures" / "gallery" / f"{name}.md").read_text(encoding="utf-8")
    for name in FIGURES
}


def test_numbers_are_those_of_the_results():
    assert render(TEXT, results("full"), TRUST, GALLERY) == TEXT


def test_a_missing_block_is_refused():
    with pytest.raises(ValueError, match="has no block 'headline'"):
        render("no blocks", results("full"), {}, GALLERY)


def test_an_interrupted_run_is_refused():
    partial = results("full") | {"partial": True, "missing": ["noise_norms"]}
    with pytest.raises(ValueError, match="the run is partial, 1 checks were not made"):
        render(TEXT, partial, TRUST, GALLERY)


def test_other_numbers_give_another_text():
    other = results("full")
    other["verdicts"][0]["status"] = "refuted"
    assert render(TEXT, other, TRUST, GALLERY) != TEXT


def test_figures_are_shown_with_their_captions():
    for path, page in GALLERY.items():
        assert f"]({path.removesuffix('.md')}.svg)" in TEXT
        assert (ROOT / path).with_suffix(".svg").exists()
        assert page.strip().splitlines()[-1] in TEXT


def test_another_caption_gives_another_text():
    path = next(iter(GALLERY))
    other = GALLERY | {path: GALLERY[path].replace("Measured", "Guessed")}
    assert render(TEXT, results("full"), TRUST, other) != TEXT


def test_examples_run():
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, "README.md", "exec"), {})
