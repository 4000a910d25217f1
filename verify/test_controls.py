"""Every control: a broken world or claim that the same machinery must refute."""

import pytest

from verify.report.schema import Verdict
from verify.run import Job


@pytest.mark.controls
def test_control_is_refuted(job: Job, verdict: Verdict) -> None:
    assert verdict.status == "refuted", f"{verdict.id}, {verdict.control}: {verdict.status}; {verdict.measured}"
