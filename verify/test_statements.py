"""Every statement of the paper, confronted with evidence."""

from verify.report.schema import Verdict
from verify.run import Job


def test_statement_is_confirmed(job: Job, verdict: Verdict) -> None:
    assert verdict.status == "confirmed", f"{verdict.id}: {verdict.status}; {verdict.measured}; {verdict.margins}"
