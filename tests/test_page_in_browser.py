"""The report page in a real headless Chromium: filters, sorting, keyboard, phone, print, contrast, silence."""

import json
import time
from pathlib import Path

import pytest
from made_up import part, proportion, results, slope, verdict

from figures.explore.page import write_page as explore
from theorems import catalogue
from verify.report.render import write_page
from verify.report.results import read_results

FULL = Path(__file__).parent.parent / "results" / "full.json"
NASTY = "\"><script>window.hacked = 1</script><img src=http://example.com/x onerror=window.hacked=2>' & {{ 7*7 }}"
LONG = "w" * 300


def place(v):
    """The page has the headline first, and what concentrates at the start last."""
    module = catalogue[v["id"]].module if v["id"] in catalogue else ""
    return 0 if v["id"] == "headline" else 2 if module.startswith("theorems.concentration.") else 1


@pytest.fixture(scope="module")
def statements():
    run = json.loads(FULL.read_text(encoding="utf-8"))["verdicts"]
    return sorted((v for v in run if v["control"] is None), key=place)


def hostile():
    """Return a run in which all strings are attacks or too long, and all verdicts occur."""
    evidence = {
        "identity": part(label=NASTY, measured="nan", setting={NASTY: LONG}),
        "bound": part(label=NASTY),
        "probability": proportion(setting={NASTY: LONG}),
        "scaling": slope(name=NASTY),
    }
    verdicts = []
    statuses = ("refuted", "inconclusive", "hypotheses not met", "confirmed")
    for k, ((kind, found), status) in enumerate(zip(evidence.items(), statuses, strict=True)):
        odd = {"kind": kind, "title": NASTY, "predicts": LONG, "measured": NASTY, "evidence": [found]}
        odd |= {"margins": {NASTY: "nan", LONG: "inf"}, "seconds": "nan" if k == 1 else 10.0 - k}
        verdicts += [verdict(f"{k}{NASTY}", status, **odd), verdict(f"{k}{NASTY}", "confirmed", LONG, **odd)]
        verdicts += [verdict(f"{k}{NASTY}", "refuted", NASTY, **odd)]
    return results(*verdicts, commit=LONG, machine=NASTY)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    write_page(folder / "full.html", read_results(FULL))
    write_page(folder / "hostile.html", hostile())
    explore(folder / "explore.html", FULL.parent)
    return {name: (folder / f"{name}.html").as_uri() for name in ("full", "hostile", "explore")}


@pytest.fixture
def visit(opened, files):
    return lambda name="full", **options: opened(files[name], **options)


PAGES = ("full", "hostile", "explore")
FAST = "#d=2000&mu_norm=5&n=12&m=6&P=2&p=0.1&B=4&eta=0.02&sigma_0=0.001&tau=0.05&sam=40&seed=3&same=0"


def whole(visit, name, **options):
    """Open a page with all that it has to show."""
    page = visit(name, **options)
    if name == "explore":
        page.goto(page.url + FAST)
        while page.inner_text("#stop") != "Run again":
            time.sleep(0.05)
    else:
        page.click("#open-all")
    return page


def shown(page):
    return page.eval_on_selector_all(
        "tbody.statement", "bodies => bodies.filter(b => b.checkVisibility()).map(b => b.dataset.name)"
    )


# --- filters and search


def test_filters_and_search_act_together(visit, statements):
    page = visit()
    page.fill("#search", "GRADIENT norm")
    found = shown(page)
    assert "gradient_norm" in found
    assert len(found) < len(statements)
    page.click('button[data-filter="kind"][data-value="bound"]')
    kinds = {v["id"]: v["kind"] for v in statements}
    assert shown(page) == [id for id in found if kinds[id] == "bound"]
    page.click('button[data-filter="verdict"][data-value="refuted"]')
    assert shown(page) == []
    assert page.is_visible("#none")
    page.fill("#search", "")
    page.click('button[data-filter="verdict"][data-value=""]')
    page.click('button[data-filter="kind"][data-value=""]')
    assert len(shown(page)) == len(statements)
    assert not page.is_visible("#none")


# --- keyboard


def test_everything_is_reached_by_tab_in_order_and_seen(visit):
    page = visit()
    seen = []
    for _ in range(24):
        page.keyboard.press("Tab")
        place = page.evaluate(
            """() => {
                const e = document.activeElement, all = [...document.querySelectorAll("a, button, input, summary")];
                const style = getComputedStyle(e);
                return [all.indexOf(e), style.outlineStyle, parseFloat(style.outlineWidth), e.textContent.trim()];
            }"""
        )
        seen.append(place)
    assert [place[0] for place in seen] == list(range(24))
    assert all(style != "none" and width >= 2 for _, style, width, _ in seen)
    assert seen[0][3] == "Skip to the statements"
    assert page.eval_on_selector_all("[tabindex]", "all => all.every(e => e.tabIndex <= 0)")


# --- escaping and silence


def test_attacks_are_text(visit):
    page = visit("hostile")
    page.click("#open-all")
    assert page.evaluate("window.hacked") is None
    assert page.locator("script").count() == 1
    assert page.locator("img, iframe, object, embed, link, form, base").count() == 0
    assert page.locator("h3").all_text_contents() == [NASTY] * 4
    assert page.eval_on_selector_all("tbody.statement", "b => b.map(x => x.dataset.name)") == [
        v.id for v in hostile().verdicts if v.control is None
    ]
    assert page.locator("text=not a number").count() > 0
    assert page.eval_on_selector_all(
        "*", "all => all.every(e => [...e.attributes].every(a => !a.name.startsWith('on')))"
    )


# --- phone and print


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_the_screen(visit, name):
    page = whole(visit, name)
    for width in (320, 390, 700, 1000, 1280)[name == "explore" :]:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        beyond = page.evaluate(
            """out => [...document.querySelectorAll("main *")].filter(e => e.checkVisibility() && !e.closest(out)
                && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))""",
            "pre" if name == "explore" else ".formula, .unseen, svg, math",
        )
        assert beyond == []


def test_in_print_hands_are_gone_and_pictures_stay(visit):
    page = whole(visit, "explore", width=720)
    page.emulate_media(media="print")
    visible = "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height).length"
    assert page.eval_on_selector_all("button, input[type=range], progress", visible) == 0
    assert page.eval_on_selector_all("#race, #curves, canvas, #phase-sgd, #phase-sam", visible) == 6
    assert page.evaluate("document.documentElement.scrollWidth") <= 720


def test_in_print_all_is_open_and_controls_are_gone(visit, statements):
    page = visit(width=720)
    page.emulate_media(media="print")
    visible = "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height).length"
    assert page.eval_on_selector_all(".detail h3", visible) == len(statements)
    assert page.eval_on_selector_all(".picture", visible) >= len(statements)
    for gone in (".controls", "summary", ".skip", "#shown"):
        assert page.eval_on_selector_all(gone, visible) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 720


# --- accessibility


ACCESSIBLE = (Path(__file__).parent / "page_accessible.js").read_text(encoding="utf-8")

CONTRAST = (Path(__file__).parent / "page_contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_basic_accessibility(visit, name):
    found = whole(visit, name).evaluate(ACCESSIBLE)
    if name == "explore":  # its stories are links to itself, and its pictures say what they are in another way
        found = [line for line in found if "#story=" not in line and "title: <svg id=" not in line]
    assert found == []


@pytest.mark.parametrize("name", PAGES)
def test_contrast(visit, name):
    page = whole(visit, name)
    page.hover("h1")
    for scheme in ("light", "dark") if name != "explore" else ("light",):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(CONTRAST)
        assert len(found) > 20
        assert [(place, round(ratio, 2)) for place, ratio in found if ratio < 4.5] == []
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert name == "explore" or (paper == "rgb(255, 255, 255)") == (scheme == "light")
