"""Plugin of pytest for `python -m tests.trust.mutation map`: a context of coverage a test, and what each one costs."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

_PASSED: dict[str, float] = {}
_FAILED: set[str] = set()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Switch the context, and time the test by the processor's clock."""
    running = coverage.Coverage.current()
    assert running is not None
    running.switch_context(item.nodeid)
    began = time.process_time()
    result = yield
    _PASSED[item.nodeid] = time.process_time() - began
    running.switch_context("")
    return result


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what does not pass as it is."""
    if not report.passed:
        _FAILED.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Keep the times of what passed, with those of earlier calls."""
    target = Path(os.environ["MUTATION_MAP"])
    before = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    target.write_text(json.dumps(before | {k: v for k, v in _PASSED.items() if k not in _FAILED}), encoding="utf-8")
