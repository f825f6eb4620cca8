"""Reports and words of a register as the pages get them, made by hand."""

from datetime import UTC, date, datetime

from licenses.checking import RegisterWord
from licenses.lifecycle import Standing, StandingKind
from verify.report import (
    CheckName,
    CheckResult,
    Coverage,
    Outcome,
    SignatureKind,
    SignatureReport,
    VerificationReport,
    verdict_of_checks,
    verdict_of_signatures,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def signature(at=None, outcome=Outcome.PASSED, sub=None):
    checks = tuple(
        CheckResult(name, outcome if name is at else Outcome.PASSED, "X", sub, "")
        for name in CheckName
    )
    indication, why = verdict_of_checks(checks)
    return SignatureReport(
        "S", SignatureKind.SEAL, None, None, indication, why, None, None, None,
        Coverage.ENTIRE_FILE, 0, None, checks, (), None, None,
    )  # fmt: skip


def report(*signatures):
    indication, why = verdict_of_signatures(signatures)
    return VerificationReport(indication, why, signatures, "p", ("a",), NOW, "00", 1)


def word(kind=StandingKind.UNKNOWN, *, known=True, same=True):
    since = date(2026, 5, 3)
    return RegisterWord("1", Standing(kind, since), known, same if known else None, known, ())
