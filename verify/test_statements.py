"""Every statement of the paper, confronted with evidence."""

from verify.report.schema import Verdict
from verify.run import Job


def test_statement_is_confirmed(job: Job, verdict: Verdict) -> None:
    said = f"{verdict.id}: {verdict.status}; {verdict.measured}; {verdict.margins}"
    assert verdict.as_expected, f"{said}; declared open: {verdict.unsettled}" if verdict.unsettled else said
