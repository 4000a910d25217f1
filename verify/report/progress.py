"""A line for each check as it is finished, in a terminal and in a log alike, with the time that is left."""

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import pytest

from verify.report.schema import Verdict
from verify.report.wording import readable
from verify.verdict import Failure

_WIDTH, _CALM = 120, 30.0  # characters; seconds for which the kept run's pace is believed


class Progress:
    """What is finished of a run, and how long the rest takes.

    Parameters
    ----------
    seconds : mapping
        By the name of each check that is to be made, the seconds that it took in another run.
    workers : int
        Checks that are made at a time.
    """

    def __init__(self, seconds: Mapping[str, float], workers: int) -> None:
        self._seconds, self._workers, self._began = dict(seconds), workers, time.monotonic()
        self._total, self._done, self._name = len(seconds), 0.0, max(map(len, seconds), default=0)

    def line(self, name: str, found: Verdict | Failure) -> str:
        """Return the line of one check that is finished."""
        self._done += self._seconds.pop(name, 0.0)
        finished = self._total - len(self._seconds)
        good = isinstance(found, Verdict) and found.as_expected
        status = found.status if isinstance(found, Verdict) else "no verdict"
        what = readable(found.measured) if isinstance(found, Verdict) else found.reason
        took = f"{found.seconds:6.1f} s" if isinstance(found, Verdict) else " " * 8
        head = f"{finished:>{len(str(self._total))}}/{self._total} {'ok' if good else 'NO'} {name:<{self._name}} "
        line = f"{head}{status:<12} {took} {self._left():>14}  {what}"
        return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."

    def _left(self) -> str:
        """Say how long the rest takes at the pace of what is done."""
        if not self._seconds:
            return "done"
        elapsed, done = time.monotonic() - self._began, self._done / self._workers
        left = (elapsed + _CALM) / (done + _CALM) * sum(self._seconds.values()) / self._workers
        return f"{left:.0f} s left" if left < 90 else f"{left / 60:.0f} min left"


class Lines:
    """A plugin of pytest: the lines stand in the place of its letters, but with -v, -q and -n."""

    def __init__(self, config: pytest.Config, progress: Progress) -> None:
        self._config, self._progress = config, progress
        self._reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
        self._on = getattr(self._reporter, "verbosity", None) == 0 and not config.pluginmanager.has_plugin("dsession")

    def write(self, found: Sequence[tuple[str, Verdict | Failure]]) -> None:
        """Write a line for each check."""
        if not (self._on and found):
            return
        capture: Any = self._config.pluginmanager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
            self._reporter.ensure_newline()
            for name, verdict in found:
                self._reporter.write_line(self._progress.line(name, verdict))
            self._reporter.flush()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        """Name the file of the tests that are not of checks only."""
        if self._on:
            self._reporter.showfspath = "job" not in getattr(item, "fixturenames", ())

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """Count the test of a check that has its line, without a letter."""
        if not (self._on and getattr(report, "told", False) and (report.when == "call" or report.failed)):
            return None
        return (report.outcome if report.when == "call" else "error"), "", ""
