"""Evidence against claims: observations, statistics, verdicts."""

from verify.check import check, check_control
from verify.load import load_installed
from verify.verdict import Verdict

__all__ = ["Verdict", "check", "check_control"]

load_installed()
