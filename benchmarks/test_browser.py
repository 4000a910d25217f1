"""The page's engine in Chromium: one run, step for step that of `test_one_run_numpy`."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.workloads import SMALL, samples, stage

ENGINE = Path(__file__).parent.parent / "figures" / "explore" / "lab.js"
STEPS = 20_000


@pytest.fixture(scope="module")
def evaluate() -> Iterator[Any]:
    """Return what runs JavaScript in a page that knows the engine."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(content=ENGINE.read_text(encoding="utf-8"))
        yield page.evaluate
        browser.close()


def test_one_run_browser(cost, evaluate):
    s = SMALL.setting()
    phase = stage(s, "sam", STEPS // s.H)
    x = {name: array.tolist() for name, array in vars(samples(s, 1)[0]).items()}
    evaluate("([x, s, phase]) => { window.work = [x, s, [phase], null, {record_every: 1000}]; }",
             [x, s.model_dump(), phase.model_dump()])  # fmt: skip
    cost("one run: browser", lambda: evaluate("() => lab.train(...work).epoch.at(-1)"), STEPS, rounds=3)
