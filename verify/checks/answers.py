"""The three answers a check can give."""

from verify.codes import Code
from verify.report import CheckName, CheckResult, Outcome, SubIndication

__all__ = ["failed", "not_reached", "passed", "unsure"]


def passed(check: CheckName, code: Code, detail: str) -> CheckResult:
    """Answer that the check holds."""
    return CheckResult(check, Outcome.PASSED, code, None, detail)


def failed(check: CheckName, code: Code, why: SubIndication, detail: str) -> CheckResult:
    """Answer that the check does not hold."""
    return CheckResult(check, Outcome.FAILED, code, why, detail)


def unsure(check: CheckName, code: Code, why: SubIndication, detail: str) -> CheckResult:
    """Answer that it cannot be told with what is at hand."""
    return CheckResult(check, Outcome.INDETERMINATE, code, why, detail)


def not_reached(check: CheckName) -> CheckResult:
    """Answer that an earlier check left nothing to look at."""
    detail = "an earlier check left nothing to look at"
    return unsure(check, Code.NOT_REACHED, SubIndication.POLICY_PROCESSING_ERROR, detail)
