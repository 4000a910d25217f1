"""Evidence against claims: observations, statistics, verdicts."""

from theorems.load import load_installed
from verify.check import check, check_control
from verify.report.schema import Verdict

__all__ = ["Verdict", "check", "check_control"]

load_installed()
