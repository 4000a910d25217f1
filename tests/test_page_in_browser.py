"""The report page in a real headless Chromium: filters, sorting, keyboard, phone, print, contrast, silence."""

import json
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from theorems import catalogue
from verify.report.render import write_page
from verify.report.results import Results, read_results

FULL = Path(__file__).parent.parent / "results" / "full.json"
NASTY = "\"><script>window.hacked = 1</script><img src=http://example.com/x onerror=window.hacked=2>' & {{ 7*7 }}"
LONG = "w" * 300


def place(v):
    """The page has the headline first, and what concentrates at the start last."""
    module = catalogue[v["id"]].module if v["id"] in catalogue else ""
    return 0 if v["id"] == "headline" else 2 if module.startswith("theorems.concentration.") else 1


@pytest.fixture(scope="module")
def full():
    return json.loads(FULL.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def statements(full):
    return sorted((v for v in full["verdicts"] if v["control"] is None), key=place)


def hostile(full):
    """Return a run in which all strings are attacks or too long, and all verdicts occur."""
    by_kind = {}
    for v in full["verdicts"]:
        if v["control"] is None:
            by_kind.setdefault(v["kind"], v)
    verdicts = []
    statuses = ("refuted", "inconclusive", "hypotheses not met", "confirmed")
    for k, (v, status) in enumerate(zip(by_kind.values(), statuses, strict=True)):
        odd = json.loads(json.dumps(v)) | {"id": f"{k}{NASTY}", "title": NASTY, "predicts": LONG, "measured": NASTY}
        odd |= {"status": status, "margins": {NASTY: "nan", LONG: "inf"}, "seconds": "nan" if k == 1 else 10.0 - k}
        for e in odd["evidence"]:
            e |= {key: NASTY for key in ("label", "name") if key in e}
            if e["form"] == "part":
                e |= {"measured": "nan", "setting": {NASTY: LONG}}
        verdicts += [odd, odd | {"control": LONG, "status": "confirmed"}, odd | {"control": NASTY, "status": "refuted"}]
    return {"provenance": full["provenance"] | {"commit": LONG, "machine": NASTY}, "verdicts": verdicts}


@pytest.fixture(scope="module")
def files(full, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    write_page(folder / "full.html", read_results(FULL))
    write_page(folder / "hostile.html", Results.model_validate_json(json.dumps(hostile(full))))
    return {name: (folder / f"{name}.html").as_uri() for name in ("full", "hostile")}


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("there is no Chromium to open the page in: install Debian's with `make browser`", pytrace=False)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, files):
    """Open a page; when the test ends it must have asked for nothing but itself, and have said nothing."""
    contexts, asked, said = [], [], []

    def open_page(name="full", width=1280, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.route(lambda url: urlsplit(url).scheme != "file", lambda route: route.abort())
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.goto(files[name])
        return page

    open_page.asked, open_page.said = asked, said
    yield open_page
    for context in contexts:
        context.close()
    assert set(asked) <= set(files.values())
    assert said == []


def shown(page):
    return page.eval_on_selector_all(
        "tbody.statement", "bodies => bodies.filter(b => b.checkVisibility()).map(b => b.dataset.name)"
    )


# --- filters and search


def test_filter_by_kind(visit, statements):
    page = visit()
    for kind in ("identity", "bound", "probability", "scaling"):
        page.click(f'button[data-filter="kind"][data-value="{kind}"]')
        expected = [v["id"] for v in statements if v["kind"] == kind]
        assert shown(page) == expected != []
        assert page.inner_text("#shown") == f"{len(expected)} of {len(statements)} statements shown"
        pressed = page.eval_on_selector_all(
            '[data-filter="kind"][aria-pressed="true"]', "b => b.map(x => x.dataset.value)"
        )
        assert pressed == [kind]
    page.click('button[data-filter="kind"][data-value=""]')
    assert shown(page) == [v["id"] for v in statements]


def test_filter_by_verdict(visit, full):
    page = visit("hostile")
    expected = {v["status"]: v["id"] for v in hostile(full)["verdicts"] if v["control"] is None}
    for status, id in expected.items():
        page.click(f'button[data-filter="verdict"][data-value="{status}"]')
        assert shown(page) == [id]


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


# --- sorting


def test_sort(visit, statements):
    page = visit()
    for key, value in (("name", "id"), ("kind", "kind"), ("draws", "draws"), ("seconds", "seconds")):
        header, button = page.locator(f'th[data-key="{key}"]'), page.locator(f'th[data-key="{key}"] button')
        assert header.get_attribute("aria-sort") == "none"
        button.click()
        assert header.get_attribute("aria-sort") == "ascending"
        ordered = sorted(statements, key=lambda v, value=value: v[value])
        assert shown(page) == [v["id"] for v in ordered]
        button.click()
        assert header.get_attribute("aria-sort") == "descending"
        backwards = sorted(statements, key=lambda v, value=value: v[value], reverse=True)  # stable, as the page is
        assert shown(page) == [v["id"] for v in backwards]
        button.click()
        assert header.get_attribute("aria-sort") == "none"
        assert shown(page) == [v["id"] for v in statements]


def test_sort_by_verdict_puts_the_worst_first_and_nan_last(visit):
    page = visit("hostile")
    page.click('th[data-key="rank"] button')
    verdicts = page.eval_on_selector_all("tbody.statement", "bodies => bodies.map(b => b.dataset.verdict)")
    assert verdicts == ["refuted", "hypotheses not met", "inconclusive", "confirmed"]
    assert page.get_attribute('th[data-key="name"]', "aria-sort") == "none"
    page.click('th[data-key="seconds"] button')
    seconds = page.eval_on_selector_all("tbody.statement", "bodies => bodies.map(b => b.dataset.seconds)")
    assert seconds == ["7.0", "8.0", "10.0", "nan"]
    assert page.eval_on_selector_all('[aria-sort]:not([aria-sort="none"])', "h => h.length") == 1


def test_a_filter_outlives_a_sort(visit, statements):
    page = visit()
    page.click('button[data-filter="kind"][data-value="scaling"]')
    page.click('th[data-key="name"] button')
    assert shown(page) == sorted(v["id"] for v in statements if v["kind"] == "scaling")


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


def test_sort_filter_and_open_by_keyboard(visit, statements):
    page = visit()
    page.focus('th[data-key="name"] button')
    page.keyboard.press("Enter")
    assert shown(page) == sorted(v["id"] for v in statements)
    page.focus('button[data-value="identity"]')
    page.keyboard.press("Space")
    assert shown(page) == ["coefficient_recursion", "decomposition"]
    page.focus("#statement-decomposition summary")
    page.keyboard.press("Enter")
    assert page.is_visible("#statement-decomposition .formula math")


# --- details


def test_details_open_all_at_once_and_by_address(visit, files):
    page = visit()
    count = "d => d.filter(x => x.open).length"
    assert page.eval_on_selector_all("details", count) == 0
    page.click("#open-all")
    assert page.eval_on_selector_all("details:not([open])", "d => d.length") == 0
    page.click("#close-all")
    assert page.eval_on_selector_all("details", count) == 0
    page.click('button[data-value="identity"]')
    page.evaluate("location.hash = '#statement-deactivation'")
    page.wait_for_selector("#statement-deactivation details[open] .formula")
    assert page.is_visible("#statement-deactivation .picture")
    other = visit()
    other.goto(files["full"] + "#statement-gap")
    other.reload()
    # the browser scrolls in its own time, later on a busy machine
    other.wait_for_selector("#statement-gap .picture")
    other.wait_for_function("document.querySelector('#statement-gap').getBoundingClientRect().top < innerHeight")


def test_formulas_are_set_and_pictures_have_size(visit):
    page = visit()
    page.click("#open-all")
    sizes = page.eval_on_selector_all(
        "math, svg", "all => all.map(e => e.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    assert len(sizes) > 100
    assert all(width > 5 and height > 5 for width, height in sizes)
    cut = page.eval_on_selector_all(
        "svg text",
        """all => all.filter(e => {
            const [text, svg] = [e, e.closest("svg")].map(x => x.getBoundingClientRect());
            return text.left < svg.left - 1 || text.right > svg.right + 1 || text.bottom > svg.bottom + 1;
        }).map(e => e.textContent)""",
    )
    assert cut == []
    heights = page.eval_on_selector_all("mfrac", "all => all.map(e => e.getBoundingClientRect().height)")
    assert min(heights) > 12  # one above the other, so MathML is understood


def test_without_javascript_it_is_a_plain_table_with_details(visit, statements):
    page = visit(java_script_enabled=False)
    assert page.locator("tbody.statement").count() == len(statements)
    assert not page.locator(".controls").is_visible()
    assert page.locator("thead button").count() == 0
    assert page.locator("th[scope=col]").first.inner_text() == "Statement"
    page.click("#statement-gap summary")
    assert page.locator("#statement-gap .formula").is_visible()


# --- escaping and silence


def test_attacks_are_text(visit, full):
    page = visit("hostile")
    page.click("#open-all")
    assert page.evaluate("window.hacked") is None
    assert page.locator("script").count() == 1
    assert page.locator("img, iframe, object, embed, link, form, base").count() == 0
    assert page.locator("h3").all_text_contents() == [NASTY] * 4
    assert page.eval_on_selector_all("tbody.statement", "b => b.map(x => x.dataset.name)") == [
        v["id"] for v in hostile(full)["verdicts"] if v["control"] is None
    ]
    assert page.locator("text=not a number").count() > 0
    assert page.eval_on_selector_all(
        "*", "all => all.every(e => [...e.attributes].every(a => !a.name.startsWith('on')))"
    )


def test_the_policy_stops_what_could_get_in(visit):
    page = visit()
    stopped = page.evaluate(
        """() => new Promise((resolve) => {
            const found = [];
            addEventListener("securitypolicyviolation", (e) => {
                found.push(e.effectiveDirective);
                if (found.length === 2) resolve(found.sort());
            });
            const script = document.createElement("script");
            script.textContent = "window.hacked = 1";
            document.body.append(script);
            new Image().src = "http://example.com/x.png";
        })"""
    )
    assert stopped == ["img-src", "script-src-elem"]
    assert page.evaluate("window.hacked") is None
    assert len(visit.said) == 2  # the checks on silence see both: on the console, and as a request that was tried
    assert "http://example.com/x.png" in visit.asked
    visit.said.clear()
    visit.asked.clear()


# --- phone and print


@pytest.mark.parametrize("name", ["full", "hostile"])
def test_nothing_is_wider_than_the_screen(visit, name):
    page = visit(name)
    page.click("#open-all")
    for width in (320, 375, 700, 1000, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        beyond = page.evaluate(
            """() => [...document.querySelectorAll("main *")].filter(e => e.checkVisibility()
                && !e.closest(".formula, .unseen, svg, math") && e.getBoundingClientRect().right > innerWidth + 1)
                .map(e => e.outerHTML.slice(0, 80))"""
        )
        assert beyond == []


def test_on_a_phone_a_statement_is_read_downwards(visit):
    page = visit(width=375, height=800)
    places = ["#statement-gap .name", "#statement-gap .measured", "#statement-gap .badge", "thead button"]
    sizes = page.evaluate(
        """places => places.map(s => document.querySelector(s).getBoundingClientRect())
            .map(r => [r.left, r.width, r.top, r.height])""",
        places,
    )
    name, measured, badge, sort = sizes
    assert name[1] > 300
    assert measured[1] > 300
    assert name[2] < badge[2] < measured[2]
    assert sort[3] >= 36  # for a finger
    least = page.eval_on_selector_all(
        ".statements td, .statements th", "all => Math.min(...all.map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert least >= 12


def test_in_print_all_is_open_and_controls_are_gone(visit, statements):
    page = visit(width=720)
    page.emulate_media(media="print")
    visible = "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height).length"
    assert page.eval_on_selector_all(".detail h3", visible) == len(statements)
    assert page.eval_on_selector_all(".picture", visible) >= len(statements)
    for gone in (".controls", "summary", ".skip", "#shown"):
        assert page.eval_on_selector_all(gone, visible) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 720


def test_printing_opens_and_closes_again(visit):
    page = visit()
    page.click("#statement-gap summary")
    page.evaluate(
        "window.open_in_print = 0; addEventListener('beforeprint', () => "
        "window.open_in_print = document.querySelectorAll('details[open]').length)"
    )
    page.click('button[data-value="scaling"]')
    assert page.pdf(format="A4").startswith(b"%PDF")
    assert page.evaluate("window.open_in_print") == page.locator("details").count()
    assert page.locator("details[open]").count() == 1


# --- accessibility


ACCESSIBLE = """() => {
    const wrong = [], all = (s) => [...document.querySelectorAll(s)];
    const said = (e) => (e.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean)
        .map(id => document.getElementById(id)?.textContent || "").join(" ");
    const name = (e) => (e.getAttribute("aria-label") || said(e) || e.labels?.[0]?.textContent || "").trim();
    const start = (e) => e.outerHTML.slice(0, 80);
    if (!document.documentElement.lang) wrong.push("no lang");
    if (!document.title.trim()) wrong.push("no title");
    if (all("h1").length !== 1) wrong.push("not one h1");
    if (all("main").length !== 1) wrong.push("not one main");
    let level = 0;
    for (const h of all("h1, h2, h3, h4, h5, h6")) {
        const next = Number(h.tagName[1]);
        if (next > level + 1) wrong.push(`h${next} after h${level}: ${h.textContent}`);
        if (!h.textContent.trim()) wrong.push(`empty ${h.tagName}`);
        level = next;
    }
    for (const th of all("th")) {
        if (!["col", "row", "rowgroup"].includes(th.scope)) wrong.push(`th without scope: ${th.textContent}`);
        if (!th.textContent.trim()) wrong.push("empty th");
    }
    for (const table of all("table")) if (!table.tHead) wrong.push("table without head");
    for (const e of all("button, a, summary"))
        if (!(e.textContent.trim() || name(e))) wrong.push(`no name: ${start(e)}`);
    for (const e of all("input, select, textarea")) if (!name(e)) wrong.push(`no label: ${start(e)}`);
    for (const e of all("[role=group], [role=region], section")) if (!name(e)) wrong.push(`no name: ${start(e)}`);
    for (const svg of all("svg")) {
        const title = svg.querySelector(":scope > title")?.textContent.trim();
        if (svg.getAttribute("role") !== "img" || !title || !name(svg)) wrong.push(`svg without title: ${start(svg)}`);
    }
    for (const a of all("a")) if (!document.getElementById(a.hash.slice(1))) wrong.push(`goes nowhere: ${a.outerHTML}`);
    const ids = all("[id]").map(e => e.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`id twice: ${id}`);
    for (const e of all("[aria-labelledby]")) for (const id of e.getAttribute("aria-labelledby").split(" "))
        if (!document.getElementById(id)) wrong.push(`labelled by nothing: ${id}`);
    for (const badge of all(".badge")) if (!/[a-z]{5}/.test(badge.textContent)) wrong.push("a verdict told by colour");
    return wrong;
}"""

CONTRAST = """() => {
    const rgb = (text) => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return [r, g, b, a]; };
    const linear = (v) => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const colour = rgb(getComputedStyle(e).backgroundColor);
            if (colour[3] === 1) return colour;
            if (colour[3] !== 0) throw new Error("a background that is half transparent");
        }
        return [255, 255, 255, 1];
    };
    const ratio = (a, b) => {
        const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
        return (x + 0.05) / (y + 0.05);
    };
    const seen = new Map();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const e = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.matches("script, style, title, desc")) continue;
        const style = getComputedStyle(e), svg = e instanceof SVGElement;
        const found = ratio(rgb(svg ? style.fill : style.color), behind(e));
        const key = `${e.tagName}.${e.getAttribute("class") || ""}`;
        if (!(seen.get(key) <= found)) seen.set(key, found);
    }
    for (const e of document.querySelectorAll("circle.dot, path.control, path.limit, path.interval")) {
        const style = getComputedStyle(e), colour = style.stroke === "none" ? style.fill : style.stroke;
        const track = getComputedStyle(document.querySelector(".inside")).fill;
        const key = `mark ${e.getAttribute("class")}`;
        const found = 1.5 * ratio(rgb(colour), rgb(track));  // 3 is enough for a mark
        if (!(seen.get(key) <= found)) seen.set(key, found);
    }
    return [...seen];
}"""


@pytest.mark.parametrize("name", ["full", "hostile"])
def test_basic_accessibility(visit, name):
    page = visit(name)
    page.click("#open-all")
    assert page.evaluate(ACCESSIBLE) == []


def test_the_accessibility_check_can_fail(visit):
    page = visit()
    page.evaluate(
        """() => {
            document.documentElement.lang = "";
            document.querySelector("h2").outerHTML = "<h1>again</h1>";
            document.querySelector("th").removeAttribute("scope");
            document.querySelector("label").remove();
            document.querySelector("svg title").remove();
            document.querySelector(".badge").textContent = "✓";
        }"""
    )
    found = page.evaluate(ACCESSIBLE)
    for wrong in ("no lang", "not one h1", "th without scope", "no label", "svg without title", "told by colour"):
        assert any(wrong in line for line in found), wrong


@pytest.mark.parametrize("name", ["full", "hostile"])
def test_contrast(visit, name):
    page = visit(name)
    page.click("#open-all")
    page.hover("h1")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(CONTRAST)
        assert len(found) > 20
        assert [(place, round(ratio, 2)) for place, ratio in found if ratio < 4.5] == []
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


def test_the_contrast_check_can_fail(visit):
    page = visit()
    page.evaluate("document.documentElement.style.setProperty('--muted', '#b0b0b0')")
    assert any(ratio < 4.5 for _, ratio in page.evaluate(CONTRAST))
