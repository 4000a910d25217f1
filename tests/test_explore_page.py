"""The explorable in a real Chromium: sliders, address, stories, take home, bad input, phone, print, silence."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
import xarray as xr

from dynamics import Phase, Sample, Setting, draw, train
from figures.explore.address import fields
from figures.explore.order import orders
from figures.explore.page import page as page_text
from figures.explore.page import sentences, write_page
from figures.explore.stories import STORIES
from figures.style import SAM, SGD
from theorems import catalogue, condition
from theorems.overfitting import C_1, C_3, DELTA
from theorems.prediction import completed, predict

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results"
FAST = "d=2000&mu_norm=5&n=12&m=6&P=2&p=0.1&B=4&eta=0.02&sigma_0=0.001&tau=0.05&sam=40&seed=3&same=0"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    target = tmp_path_factory.mktemp("explore") / "explore.html"
    write_page(target, RESULTS)
    return target


@pytest.fixture
def visit(opened, file):
    """Open the page at an address."""

    def open_page(fragment=FAST, **options):
        return opened(f"{file.as_uri()}#{fragment}", **options)

    return open_page


def until(page, expression, seconds=90):
    """Wait until an expression is true; the page's policy forbids the browser's own way to do it."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.05)


def finished(page):
    until(page, "document.getElementById('stop').textContent === 'Run again'")
    return [page.inner_text(f"#run-{key}") for key in ("sgd", "sam")]


def address(page):
    return page.evaluate("location.hash.slice(1)")


def told_setting(code):
    return eval(re.search(r"^s = (Setting\(.*\))$", code, re.MULTILINE)[1], {"Setting": Setting})


def margins(page):
    return page.eval_on_selector_all("#margins li", "all => all.map(e => [e.children[1].textContent, e.className])")


# --- the run


def test_what_is_shown_is_what_python_trains(visit, tmp_path):
    page = visit()
    texts = finished(page)
    shown = [re.search(r"loss [\d.]+ after ([\d,]+) epochs", text) for text in texts]
    epochs = [int(match[1].replace(",", "")) for match in shown]
    saved = []
    page.on("download", lambda download: saved.append(download))
    page.click("#save")
    deadline = time.monotonic() + 20
    while len(saved) < 2 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    for download in saved:
        download.save_as(tmp_path / download.suggested_filename)
    x = Sample.load(tmp_path / "samverify-sample-3.npz")
    assert (x.xi.shape, x.w0.shape, x.mu.max()) == ((12, 25), (2, 6, 25), 5.0)
    code = page.inner_text("#python")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    here = [(float(a), float(b)) for a, b in re.findall(r"# here: loss ([\d.e-]+), test error ([\d.]+)", code)]
    for line, epoch, (loss, error) in zip(done.stdout.splitlines(), epochs, here, strict=True):
        found = re.fullmatch(r"(SGD|SAM) (\d+) ([\d.e-]+) TestError\(value=([\d.]+), stderr=([\d.]+), .*", line)
        assert int(found[2]) == epoch
        assert float(found[3]) == pytest.approx(loss, rel=1e-9)
        assert abs(float(found[4]) - error) < 6 * float(found[5])


def test_the_page_reads_samples_in_the_order_that_python_is_told(visit):
    page = visit()
    s, _ = completed(fields(FAST))
    theirs = page.evaluate("s => Array.from({length: 50}, (_, e) => Array.from(lab.order(s, 3, e)))", s.model_dump())
    np.testing.assert_array_equal(np.reshape(theirs, (50, s.H, s.B)), orders(s, 3, 50))
    assert len({tuple(row) for row in theirs}) == 50


def test_training_does_not_block_and_stops_by_hand(visit):
    page = visit("story=sam-prevents")
    until(page, "document.querySelector('#run-sam [data-of=state]').textContent.startsWith('SAM stage, epoch')")
    first = page.evaluate(
        "() => { const t = performance.now(); return new Promise(r => setTimeout(() => r(performance.now() - t), 0)); }"
    )
    assert first < 2000
    page.click("#stop")
    assert "stopped by hand" in finished(page)[1]
    page.click("#stop")
    until(page, "document.getElementById('stop').textContent === 'Stop'")


def test_a_diverging_run_stops_and_says_when_and_why(visit):
    page = visit(FAST.replace("eta=0.02", "eta=1.7e308"))
    for text in finished(page):
        assert re.search(r"Training diverged in epoch \d+ \(rule '\w+'\).* eta = 1.7e\+308 .*is too large", text)


def test_a_run_is_compared_with_its_theorem(visit):
    harmful = STORIES[0].setting
    page = visit("&".join(f"{name}={value}" for name, value in harmful.model_dump().items()) + "&sam=0")
    sgd, sam = finished(page)
    assert "predicts harmful" in sgd
    assert "this run agrees" in sgd
    assert "Theorem 4.1 says nothing here: it speaks of T₁ epochs of SAM" in sam


# --- sliders and address


def test_sliders_move_state_margins_and_address(visit):
    page = visit("story=harmful-sgd")
    before = margins(page)
    assert {name for _, name in before} == {"holds"}
    page.focus("#set-eta")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert "fails" in {name for _, name in margins(page)}
    page.focus("#set-d")
    page.keyboard.press("End")
    page.focus("#set-n")
    page.keyboard.press("Home")
    state = dict(parse_qsl(address(page)))
    assert (state["d"], state["n"], state["B"]) == ("1000000000000", "2", "2")
    assert not re.search("NaN|Infinity|undefined", page.inner_text("body"))
    for slider in page.eval_on_selector_all("#controls input[type=range]", "all => all.map(e => e.id)"):
        for key in ("Home", "End"):
            page.focus(f"#{slider}")
            page.keyboard.press(key)
            completed(fields(address(page)))  # whatever the hand does, Setting allows it
    there = address(page)
    page.reload()
    assert address(page) == there
    assert page.is_hidden("#note")


def test_the_address_is_the_whole_state_and_predict_reads_it(visit, tmp_path):
    page = visit()
    assert page.input_value("#set-seed") == "3"
    assert not page.is_checked("#set-same")
    page.focus("#set-p")
    page.keyboard.press("ArrowRight")
    there = address(page)
    shown = margins(page)
    again = visit(there)
    assert margins(again) == shown
    assert address(again) == there
    done = subprocess.run(
        [sys.executable, "-m", "samverify", "predict", "--from", there, "--json", str(tmp_path / "p.json")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "p = 0.11" in done.stdout
    ours = json.loads((tmp_path / "p.json").read_text())["prediction"]["condition"]
    theirs = page.evaluate("s => lab.margins(s, 0.1)", completed(fields(there))[0].model_dump())
    assert theirs == pytest.approx({line: float(value) for line, value in ours.items()}, rel=1e-12)


@pytest.mark.parametrize("part", ["d=1e6", "mu_norm=9&n=24", "n=10&m=4&B=5&p=0", "P=3&sigma_p=0.5", "eta=1e-7&d=1e5"])
def test_what_an_address_leaves_out_is_chosen_alike(visit, part):
    page = visit(part)
    s, _ = completed(fields(part))
    expected = ["holds" if v >= 1 else "fails" for v in condition.margins(s, DELTA).values()]
    assert [name for _, name in margins(page)] == expected
    code = page.inner_text("#python")
    assert told_setting(code).model_dump() == pytest.approx(s.model_dump(), rel=1e-12)


BAD = {
    "cats=3": "cats",
    "d=-5": "d must be",
    "d=1e6&p=0.7": "p must be",
    "n=30&B=7": "B = 7 must divide n = 30",
    "n=2.5": "n must be a whole number",
    "d=cats": "d must be",
    "mu_norm=": "mu_norm must be",
    "d=1e6&d=1e5": "d is there twice",
    "story=cats": "no story",
    "story=the-switch&d=1e6": "no story",
    "eta=0": "eta must be",
    "seed=-1": "seed must be",
    "<img src=x onerror=alert(1)>": "is not one of",
}


@pytest.mark.parametrize("wrong", BAD)
def test_a_foreign_address_opens_the_first_story_and_says_so(visit, wrong):
    page = visit(wrong)
    note = page.inner_text("#note")
    assert note.startswith("This address is not one of this page's (")
    assert BAD[wrong] in note
    assert page.get_attribute("#story-harmful-sgd a", "aria-current") == "true"
    with pytest.raises(ValueError, match="is not allowed"):
        completed(fields(wrong))


def test_no_address_is_the_first_story(visit):
    page = visit("")
    assert page.is_hidden("#note")
    assert page.get_attribute("#story-harmful-sgd a", "aria-current") == "true"


# --- stories


def test_stories_stand_on_statements_and_inside_condition_3_1():
    assert len(STORIES) == 6
    for story in STORIES:
        assert story.statement in catalogue
        assert condition.margin(story.setting, DELTA) >= 1
        assert story.text.count(". ") == 1  # two sentences
    by_name = {story.name: predict(story.setting, DELTA) for story in STORIES}
    assert by_name["harmful-sgd"].sgd.regime == "harmful"
    others = {name: by_name[name].sam.regime for name in by_name if name != "harmful-sgd"}
    assert others.pop("one-at-a-time") == "nothing"  # its batches teach nothing
    assert set(others.values()) == {"benign"}


def test_what_the_stories_tell_is_what_was_measured():
    told = xr.load_dataset(RESULTS / "explore.nc")
    assert (told.attrs["C_1"], told.attrs["C_3"], told.attrs["delta"]) == (C_1, C_3, DELTA)
    final = told.final_error.mean("seed")
    error = {(a, b): float(final.sel(story=a, optimiser=b)) for a in told.story.values for b in ("sgd", "sam")}
    assert error["harmful-sgd", "sgd"] > 0.05 + 0.1
    for name in ("sam-prevents", "the-switch"):
        assert error[name, "sam"] < error[name, "sgd"] - 0.1
    for name in ("small-radius", "large-radius", "one-at-a-time"):
        assert error[name, "sam"] > 0.05 + 0.1
    assert f"{error['the-switch', 'sam']:.2f}" in sentences(told, STORIES[-1])
    story, s = STORIES[4], STORIES[4].setting
    assert s.B == 1
    assert f"{float(told.switch_signal.sel(story=story.name, optimiser='sam').mean()):.2f}".lstrip("-") == "0.00"


def test_a_kept_story_is_what_is_trained_today():
    told, story = xr.load_dataset(RESULTS / "explore.nc"), STORIES[0]
    path = train(story.setting, draw(story.setting, 0), [Phase("sgd", 200_000)], record_every=10**6, tol=0.05)
    kept = told.sel(story=story.name, optimiser="sgd", seed=0)
    assert path.epoch[-1] == kept.final_epoch
    assert path.gamma[-1].mean() == pytest.approx(float(kept.final_signal), rel=1e-6)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_is_a_link(visit, story):
    page = visit()
    page.click(f"#story-{story.name} a")
    assert address(page) == f"story={story.name}"
    assert story.statement in page.inner_text("#told")
    code = page.inner_text("#python")
    assert told_setting(code) == story.setting
    assert f'Phase("sam", epochs={story.sam}, tau={story.tau:g})' in code
    assert fields(f"story={story.name}") == story.setting.model_dump()
    assert {name for _, name in margins(page)} == {"holds"}


def test_without_scripts_the_six_stories_are_pictures_with_their_text(visit):
    page = visit(java_script_enabled=False)
    assert page.locator("noscript").is_visible()
    assert not page.locator("#lab").is_visible()
    for story in STORIES:
        place = page.locator(f"#story-{story.name}")
        assert place.locator("svg polyline").count() == 2
        assert place.locator(".text").is_visible()
        assert story.statement in place.inner_text()
        box = place.locator("svg").bounding_box()
        assert box["width"] > 200


# --- form


def test_colours_are_those_of_the_figures(visit):
    page = visit()
    for key, colour in (("sgd", SGD), ("sam", SAM)):
        assert (
            page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{key}')").strip() == colour
        )


def test_everything_is_reached_by_tab_and_named(visit):
    page = visit()
    finished(page)
    places = page.evaluate("[...document.querySelectorAll('a, button, input, pre')].length")
    seen = []
    for _ in range(places):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim().slice(0, 20)")
        )
    assert len(set(seen)) == places
    unnamed = page.eval_on_selector_all("svg, canvas", "all => all.filter(e => !e.getAttribute('aria-label')).length")
    assert unnamed == 0


def test_a_foreign_folder_of_results_is_refused(tmp_path):
    with pytest.raises(ValueError, match="is not there: make it with"):
        page_text(tmp_path)
