"""Settings in natural units, what it means for two runs to be the same, and the browser if there is one."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import settings

from dynamics import Setting, Trajectory, training
from dynamics.engines.network import DIRECTIONS
from dynamics.rules import RULES
from dynamics.units import regime
from theorems import catalogue, load

settings.register_profile("ci", derandomize=True, max_examples=40, deadline=None, database=None)
settings.register_profile("long", max_examples=2000, deadline=None, print_blob=True)
settings.load_profile("ci")  # another: pytest --hypothesis-profile long

NO_CHROMIUM = "there is no Chromium to open the page in"


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Forget the statements and rules that a test loads: other tests run in this process too."""
    registers: tuple[dict, ...] = (RULES, DIRECTIONS, catalogue, load._LOADED)
    kept = [dict(register) for register in registers]
    yield
    for register, content in zip(registers, kept, strict=True):
        if register.keys() != content.keys():
            register.clear()
            register.update(content)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return where Chromium is; without one, a test is skipped, and fails where CI=true is set."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(NO_CHROMIUM)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """Run Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open pages; when the test ends they must have asked for nothing but themselves, and have said nothing."""
    contexts, own, asked, said = [], set(), [], []

    def open_page(uri: str, width: int = 1280, **options: Any) -> Any:
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **options))
        contexts[-1].route(lambda url: urlsplit(url).scheme not in ("file", "blob"), lambda route: route.abort())
        page = contexts[-1].new_page()
        page.on("request", lambda request: asked.append(request.url.partition("#")[0]))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        own.add(uri.partition("#")[0])
        page.goto(uri)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert {url for url in asked if urlsplit(url).scheme != "blob"} <= own
    assert said == []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once how many tests had no browser, and what to type."""
    skipped = sum(NO_CHROMIUM in str(report.longrepr) for report in terminalreporter.stats.get("skipped", ()))
    if skipped:
        terminalreporter.write_line(f"{skipped} tests were skipped: {NO_CHROMIUM}. Type `make browser`.", yellow=True)


@pytest.fixture(scope="module", params=["compiled", "stacked"])
def both_ways(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run a module's tests on the compiled kernels, and on batched NumPy as where numba is missing."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "stacked":
            patch.setattr("dynamics.training._compiled", lambda: None)
        else:
            assert training._compiled() is not None
        yield


@pytest.fixture(scope="session")
def natural() -> Callable[..., Setting]:
    """Build a setting whose `mu_norm`, `sigma_0` and `eta` are given in the units of its noise.

    A step moves a fitted sample's `rho` by about `step / 2`, an initial product
    `(P-1) <w_jr, xi_i>` is about `start`, and `||mu|| = signal (P-1) sigma_p`.
    """

    def build(
        n: int = 6,
        d: int = 60,
        m: int = 3,
        P: int = 3,
        B: int = 2,
        sigma_p: float = 1.0,
        p: float = 0.2,
        signal: float = 1.5,
        start: float = 0.3,
        step: float = 0.5,
    ) -> Setting:
        return regime(
            n=n, d=d, m=m, P=P, B=B, sigma_p=sigma_p, p=p, mu_norm=signal * (P - 1) * sigma_p, step=step, start=start
        )

    return build


@pytest.fixture(scope="session")
def radius() -> Callable[[Setting], float]:
    """Natural unit of `tau`: the radius at which the ascent step moves the noise products by O(1 / (P-1))."""
    return lambda s: np.sqrt(s.B * s.m) / ((s.P - 1) * s.sigma_p * np.sqrt(s.d))


@pytest.fixture(scope="session")
def assert_same_run() -> Callable[..., None]:
    """Compare two runs: relative to the largest entry of each record, and entry by entry for the loss.

    Coefficients that were read off the weights carry the weights' rounding besides: about
    `eps ||w|| ||mu||` in gamma and `eps ||w|| (P-1) ||xi_i||` in rho, times a condition number.
    """

    def check(run: Trajectory, other: Trajectory, rtol: float = 1e-9, coefficients: bool = True) -> None:
        assert run.setting == other.setting
        assert run.phases == other.phases
        for name in ("step", "epoch", "phase"):
            np.testing.assert_array_equal(getattr(run, name), getattr(other, name), err_msg=name)
        assert (run.batches is None) == (other.batches is None)
        if run.batches is not None:
            np.testing.assert_array_equal(run.batches, other.batches)
        np.testing.assert_allclose(run.loss, other.loss, rtol=rtol, atol=0)
        x, copies = run.sample, run.setting.P - 1
        read_off = {"gamma": np.linalg.norm(x.mu), "rho": copies * np.linalg.norm(x.xi, axis=1).max()}
        for k in range(len(run.step)):
            W, reference = run.weights(k), other.weights(k)
            assert W.shape == reference.shape
            assert np.abs(W - reference).max() <= rtol * np.abs(reference).max()
            for name in read_off if coefficients else ():
                ours, theirs = getattr(run, name)[k], getattr(other, name)[k]
                assert ours.shape == theirs.shape
                rounding = 1e-13 * read_off[name] * np.linalg.norm(reference, axis=-1).max()
                assert np.abs(ours - theirs).max() <= rtol * np.abs(theirs).max() + rounding, name

    return check
