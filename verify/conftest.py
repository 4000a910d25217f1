"""`pytest verify/`: all checks run on a pool while pytest shows progress; their summary comes last.

Under pytest-xdist (`-n 2`) each of its workers makes the checks that it is handed, without a pool of its own; only the
process that started them writes the evidence and prints the table.
"""

import base64
import pickle
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from dynamics.files import check_targets, not_written, write_whole
from dynamics.output import lasting
from dynamics.processes import Pool, cores, one_stop, one_thread
from theorems.load import load
from theorems.statement import Scale
from verify.report.progress import Lines, Progress
from verify.report.render import keep_page, write_page
from verify.report.schema import Verdict
from verify.report.table import attacks, table, where
from verify.run import Job, expected, in_order, jobs, outcome, submit, with_holm
from verify.verdict import Failure, as_json

Futures = dict[Job, "Future[Verdict]"]
_WANTED = pytest.StashKey[Sequence[Job]]()
_VERDICTS = pytest.StashKey[dict[Job, Verdict | Failure]]()
_NOT_WRITTEN = pytest.StashKey[str]()
_UNASKED = pytest.StashKey[str]()
_LINES = pytest.StashKey[Lines]()
_TOLD = pytest.StashKey[set[Job]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of a verification run."""
    group = parser.getgroup("verify", "verification of the paper's statements")
    group.addoption("--scale", choices=("quick", "full"), default="quick", help="how many draws (default: quick)")
    group.addoption("--seed-block", type=int, default=0, metavar="K", help="block of seeds, 0, 1, ... (default: 0)")
    group.addoption("--json", type=Path, default=None, metavar="FILE", help="write all verdicts and their evidence")
    group.addoption("--load", action="append", default=[], metavar="FILE", help="statements and rules of one's own")
    group.addoption("--page", type=Path, default=None, metavar="FILE", help="write the report page (HTML)")
    group.addoption("--no-page", action="store_true", help="leave out the page, report.html, of a run of everything")
    group.addoption("--table", action="store_true", help="print what each statement predicts and measured, too")
    group.addoption("--workers", type=int, default=None, metavar="N", help="processes (default: one a core)")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a negative block before any work."""
    if config.getoption("--seed-block") < 0:
        raise pytest.UsageError(f"--seed-block = {config.getoption('--seed-block')} is not allowed: it must be >= 0")
    try:
        for file in config.getoption("--load"):
            load(file)
        check_targets(json=config.getoption("--json"), page=config.getoption("--page"))
    except ValueError as error:
        raise pytest.UsageError(f"--{error}") from None
    workers = config.getoption("--workers")
    if workers is not None and workers < 1:
        raise pytest.UsageError(f"--workers = {workers} is not allowed: it must be at least 1")
    config.addinivalue_line("markers", "controls: a check that must be refuted")  # where no pyproject.toml says it
    config.stash[_VERDICTS], config.stash[_TOLD] = {}, set()
    config.stash[_WANTED] = ()
    if not hasattr(config, "workerinput"):
        stops = ExitStack()
        stops.enter_context(one_stop())  # SIGTERM and SIGHUP end a run as Ctrl-C does
        config.add_cleanup(stops.close)
        reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and reporter._tw._file is not None:
            reporter._tw._file = lasting(reporter._tw._file)  # a terminal that is lost does not end a run


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
    items.sort(key=lambda item: place[jobs_of[item]] if item in jobs_of else len(place))
    config.stash[_WANTED] = wanted
    seconds = {job.name: taken for job, taken in expected(wanted).items()}
    config.stash[_LINES] = Lines(config, Progress(seconds, config.getoption("--workers") or cores()))
    config.pluginmanager.register(config.stash[_LINES])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: Sequence[str]) -> None:
    """Learn from xdist's workers, which all collect the same, what they will check."""
    selected = {id.rpartition("[")[2].removesuffix("]") for id in ids}
    config = node.config
    config.stash[_WANTED] = in_order([job for job in _all_jobs(config) if job.name in selected])


@pytest.fixture(scope="session")
def futures(request: pytest.FixtureRequest) -> Iterator[Futures | None]:
    """Start all selected checks, but for xdist's workers; keep all that are finished, whatever ends the run."""
    if hasattr(request.config, "workerinput"):
        one_thread()
        yield None
        return
    started: Futures = {}
    with Pool(request.config.getoption("--workers")) as executor:
        try:
            started = submit(executor, request.config.stash[_WANTED])
            yield started
        finally:
            found = request.config.stash[_VERDICTS]
            found |= {job: outcome(job, f) for job, f in started.items() if f.done() and not f.cancelled()}
            executor.end()


@pytest.fixture
def verdict(job: Job, futures: Futures | None, request: pytest.FixtureRequest) -> Verdict:
    """Wait for the verdict of one check."""
    if futures is None:
        future: Future[Verdict] = Future()
        try:
            future.set_result(job())
        except Exception as error:
            future.set_exception(error)
    else:
        future = futures[job]
        while not future.done():
            _tell(request.config, futures)
            wait([f for f in futures.values() if not f.done()], return_when=FIRST_COMPLETED)
        _tell(request.config, futures)
    found = outcome(job, future)
    request.config.stash[_VERDICTS][job] = found
    if isinstance(found, Failure):
        pytest.fail(f"no verdict: {found.reason}\n{found.details}", pytrace=False)
    return found


def _tell(config: pytest.Config, futures: Futures) -> None:
    """Write a line for each check that is finished, whoever waits for it."""
    new = [job for job, future in futures.items() if job not in config.stash[_TOLD] and future.done()]
    config.stash[_TOLD].update(new)
    config.stash[_LINES].write([(job.name, outcome(job, futures[job])) for job in new])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let a report take along what xdist's worker found."""
    report: Any = yield
    job = item.callspec.params.get("job") if hasattr(item, "callspec") else None
    report.told = job in item.config.stash[_TOLD]
    if hasattr(item.config, "workerinput") and job in item.config.stash[_VERDICTS]:
        report.found = base64.b64encode(pickle.dumps((job, item.config.stash[_VERDICTS].pop(job)))).decode()
    return report


def pytest_runtest_logreport(report: Any) -> None:
    """Keep what one of xdist's workers found."""
    if isinstance(getattr(report, "found", None), str) and hasattr(report, "node"):
        job, found = pickle.loads(base64.b64decode(report.found))
        report.node.config.stash[_VERDICTS][job] = found


@pytest.hookimpl(trylast=True)  # after the fixtures are gone, and have left what was finished
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the verdicts; a full disk ends with exit code 3."""
    config, option = session.config, session.config.getoption
    target, page, (verdicts, failed) = option("--json"), option("--page"), _final(config)
    if hasattr(config, "workerinput") or not (verdicts or failed):
        return
    missing = [job.name for job in config.stash[_WANTED] if job not in config.stash[_VERDICTS]]
    evidence = as_json(verdicts, cast(Scale, option("--scale")), option("--seed-block"), missing, failed)
    try:
        for file, write in ((target, write_whole), (page, write_page)):
            if file:
                write(file, evidence)
    except OSError as error:
        config.stash[_NOT_WRITTEN] = not_written(error)
        session.exitstatus = 3
    if len(verdicts) + len(failed) == len(_all_jobs(config)) and not page and not option("--no-page"):
        config.stash[_UNASKED] = keep_page(evidence)


def _final(config: pytest.Config) -> tuple[list[Verdict], list[Failure]]:
    found = config.stash[_VERDICTS]
    in_turn = [found[job] for job in _all_jobs(config) if job in found]
    verdicts = with_holm([v for v in in_turn if isinstance(v, Verdict)])
    return verdicts, [v for v in in_turn if isinstance(v, Failure)]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """End with counts, closest calls and what needs attention."""
    (verdicts, failed), tried = _final(config), attacks(terminalreporter.stats)
    if verdicts or failed:
        terminalreporter.section("verdicts")
        writer, long = terminalreporter._tw, config.getoption("--table")
        files = config.getoption("--json"), config.getoption("--page"), config.stash.get(_UNASKED, "")
        kept = "" if _NOT_WRITTEN in config.stash else f"{where(*files)}\n"
        text = table(verdicts, max(writer.fullwidth, 100), writer.hasmarkup, long, failed, tried)
        terminalreporter.write(text + kept)
    if _NOT_WRITTEN in config.stash:
        terminalreporter.write_line(config.stash[_NOT_WRITTEN], red=True)
