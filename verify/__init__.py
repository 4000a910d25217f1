"""Evidence against claims: observations, statistics, verdicts."""

from verify.check import check, check_control
from verify.schema import Verdict

__all__ = ["Verdict", "check", "check_control"]
