"""`pytest verify/`: all checks run on a pool while pytest shows progress; their summary comes last."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import cast

import pytest

from dynamics.files import check_targets, not_written
from theorems.statement import Scale
from verify.report.render import write_page
from verify.report.table import table, where
from verify.run import Job, in_order, jobs, pool, settle, stop, submit
from verify.schema import Verdict
from verify.verdict import as_json, write_json

Futures = dict[Job, "Future[Verdict]"]
_WANTED = pytest.StashKey[Sequence[Job]]()
_VERDICTS = pytest.StashKey[dict[Job, Verdict]]()
_NOT_WRITTEN = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a verification run."""
    group = parser.getgroup("verify", "verification of the paper's statements")
    group.addoption("--scale", choices=("quick", "full"), default="quick", help="how many draws (default: quick)")
    group.addoption("--seed-block", type=int, default=0, metavar="K", help="block of seeds, 0, 1, ... (default: 0)")
    group.addoption("--json", type=Path, default=None, metavar="FILE", help="write all verdicts and their evidence")
    group.addoption("--page", type=Path, default=None, metavar="FILE", help="write the report page (HTML)")
    group.addoption("--table", action="store_true", help="print what each statement predicts and measured, too")
    group.addoption("--workers", type=int, default=None, metavar="N", help="processes (default: one a core)")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a negative block before any work."""
    if config.getoption("--seed-block") < 0:
        raise pytest.UsageError(f"--seed-block = {config.getoption('--seed-block')} is not allowed: it must be >= 0")
    try:
        check_targets(json=config.getoption("--json"), page=config.getoption("--page"))
    except ValueError as error:
        raise pytest.UsageError(f"--{error}") from None
    workers = config.getoption("--workers")
    if workers is not None and workers < 1:
        raise pytest.UsageError(f"--workers = {workers} is not allowed: it must be at least 1")
    config.stash[_VERDICTS] = {}


def _all_jobs(config: pytest.Config) -> list[Job]:
    scale = cast(Scale, config.getoption("--scale"))
    return jobs(scale=scale, seed=config.getoption("--seed-block"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test a statement and one a control."""
    if "job" in metafunc.fixturenames:
        wants_control = metafunc.definition.get_closest_marker("controls") is not None
        found = [job for job in _all_jobs(metafunc.config) if (job.control is not None) == wants_control]
        metafunc.parametrize("job", found, ids=[job.name for job in found])


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Wait for the checks in the order in which they are started, so that progress shows."""
    found = {item: item.callspec.params.get("job") for item in items if hasattr(item, "callspec")}
    jobs_of = {item: job for item, job in found.items() if isinstance(job, Job)}
    wanted = in_order(list(jobs_of.values()))
    place = {job: k for k, job in enumerate(wanted)}
    items.sort(key=lambda item: place[jobs_of[item]] if item in jobs_of else -1)
    config.stash[_WANTED] = wanted


@pytest.fixture(scope="session")
def futures(request: pytest.FixtureRequest) -> Iterator[Futures]:
    """Start all selected checks; keep all that are finished, whatever ends the run."""
    executor = pool(request.config.getoption("--workers"))
    started: Futures = {}
    try:
        started = submit(executor, request.config.stash[_WANTED])
        yield started
    finally:
        finished = {job: future for job, future in started.items() if future.done() and not future.cancelled()}
        found = {job: future.result() for job, future in finished.items() if future.exception() is None}
        request.config.stash[_VERDICTS].update(found)
        stop(executor)


@pytest.fixture
def verdict(job: Job, futures: Futures, request: pytest.FixtureRequest) -> Verdict:
    """Wait for the verdict of one check."""
    found = futures[job].result()
    request.config.stash[_VERDICTS][job] = found
    return found


@pytest.hookimpl(trylast=True)  # after the fixtures are gone, and have left what was finished
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the verdicts; a full disk ends with exit code 3."""
    config = session.config
    target, page, verdicts = config.getoption("--json"), config.getoption("--page"), _settled(config)
    if verdicts and (target or page):
        missing = [job.name for job in config.stash[_WANTED] if job not in config.stash[_VERDICTS]]
        scale, block = cast(Scale, config.getoption("--scale")), config.getoption("--seed-block")
        try:
            if target:
                write_json(target, verdicts, scale, block, missing)
            if page:
                write_page(page, as_json(verdicts, scale, block, missing))
        except OSError as error:
            config.stash[_NOT_WRITTEN] = not_written(error)
            session.exitstatus = 3


def _settled(config: pytest.Config) -> list[Verdict]:
    found = config.stash[_VERDICTS]
    return settle([found[job] for job in _all_jobs(config) if job in found])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """End with counts, closest calls and what needs attention."""
    verdicts = _settled(config)
    if verdicts:
        terminalreporter.section("verdicts")
        writer = terminalreporter._tw
        long, width = config.getoption("--table"), max(writer.fullwidth, 100)
        files = config.getoption("--json"), config.getoption("--page")
        kept = "" if _NOT_WRITTEN in config.stash else f"{where(*files)}\n"
        terminalreporter.write(table(verdicts, width=width, colour=writer.hasmarkup, long=long) + kept)
    if _NOT_WRITTEN in config.stash:
        terminalreporter.write_line(config.stash[_NOT_WRITTEN], red=True)
