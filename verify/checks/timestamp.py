"""Timestamp: who says when it was signed."""

from verify.checks.answers import failed, not_reached, passed, unsure
from verify.codes import Code
from verify.report import CheckName, CheckResult, SubIndication
from verify.subject import Subject
from verify.timestamps import BadToken, TokenFacts

_CHECK = CheckName.TIMESTAMP


def check(subject: Subject) -> CheckResult:
    """Say whether the time of signing is proven, claimed or unknown."""
    if subject.container is None:
        return not_reached(_CHECK)
    token, at = subject.token, subject.demands.at
    tolerance = subject.demands.policy.clock_tolerance
    claimed = subject.claimed
    if claimed is not None and claimed > at + tolerance:
        detail = "the signature claims a time after the time of checking"
        return unsure(_CHECK, Code.TIME_IN_FUTURE, SubIndication.SIG_CONSTRAINTS_FAILURE, detail)
    if isinstance(token, TokenFacts):
        return _of_token(subject, token)
    return _of_bad(token) if isinstance(token, BadToken) else _without_token(subject)


def _without_token(subject: Subject) -> CheckResult:
    if subject.claimed is None:
        return passed(_CHECK, Code.TIME_MISSING, "the signature does not say when it was made")
    if subject.proven is not None:
        return passed(_CHECK, Code.TIME_PROVEN, "a later document time-stamp covers the signature")
    return passed(_CHECK, Code.TIME_CLAIMED, "the time is the signer's own claim")


def _of_bad(token: BadToken) -> CheckResult:
    if token.code is Code.TIMESTAMP_INVALID:
        return failed(_CHECK, token.code, SubIndication.SIG_CRYPTO_FAILURE, str(token))
    return unsure(_CHECK, token.code, SubIndication.NO_CERTIFICATE_CHAIN_FOUND, str(token))


def _of_token(subject: Subject, token: TokenFacts) -> CheckResult:
    fault = subject.authority_fault
    if fault is not None:
        why = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        return unsure(_CHECK, Code.TIMESTAMP_UNTRUSTED, why, fault)
    claimed = subject.claimed
    if claimed is not None and token.time + subject.demands.policy.clock_tolerance < claimed:
        detail = "the signature claims to be younger than its own time-stamp"
        why = SubIndication.TIMESTAMP_ORDER_FAILURE
        return unsure(_CHECK, Code.TIMESTAMP_ORDER, why, detail)
    return passed(_CHECK, Code.TIME_PROVEN, "a trusted authority stamped the signature")
