"""verify_pdf: finds every signature of a file and runs every check on each."""

from dataclasses import replace
from datetime import datetime

import pikepdf

from verify.checks import CHECKS, Check
from verify.checks.answers import unsure
from verify.codes import Code
from verify.comparing import changes_since
from verify.diagnosing import diagnose
from verify.errors import NotAPdf
from verify.evidence import NO_EVIDENCE, Evidence, evidence_in
from verify.finding import FoundSignature, find_signatures
from verify.later import LaterChanges
from verify.license_record import LicenseRecord
from verify.permissions import Peer
from verify.policy import VerificationPolicy
from verify.report import (
    CheckName,
    CheckResult,
    Indication,
    Outcome,
    SignatureKind,
    SignatureReport,
    SubIndication,
    VerificationReport,
    verdict_of_signatures,
)
from verify.second_opinion import SecondOpinion
from verify.subject import Demands, Subject
from verify.summaries import signature_report
from verify.trust import TrustAnchors
from verify.upload import ReadablePdf

__all__ = ["verify_pdf", "verify_with_facts"]

# What qpdf raises when an object turns out to be damaged only once it is looked at.
_FOREIGN = (pikepdf.PdfError, pikepdf.ForeignObjectError, RuntimeError, UnicodeError, OverflowError)


def verify_pdf(
    readable: ReadablePdf,
    *,
    anchors: TrustAnchors,
    policy: VerificationPolicy,
    at: datetime,
    evidence: Evidence = NO_EVIDENCE,
) -> VerificationReport:
    """Judge every signature of the file as of `at`, an aware time.

    `evidence` is what is known beside the file: certificates and revocation lists, none of them
    believed without a signature. The same arguments always give the same report. Raises
    `PdfTooLarge` for too many signatures or fields and `NotAPdf` for objects that cannot be read.
    """
    return _verified(readable, anchors, policy, at, evidence)[0]


def verify_with_facts(
    readable: ReadablePdf,
    *,
    anchors: TrustAnchors,
    policy: VerificationPolicy,
    at: datetime,
    evidence: Evidence = NO_EVIDENCE,
) -> VerificationReport:
    """Judge as `verify_pdf` does, and gather the facts behind the report as its `diagnosis`."""
    report, subjects = _verified(readable, anchors, policy, at, evidence)
    return replace(report, diagnosis=diagnose(readable, subjects, policy))


def _verified(
    readable: ReadablePdf,
    anchors: TrustAnchors,
    policy: VerificationPolicy,
    at: datetime,
    evidence: Evidence,
) -> tuple[VerificationReport, list[Subject]]:
    if at.tzinfo is None:
        raise ValueError("the time of verification must be aware")
    try:
        found = find_signatures(readable)
        known = evidence_in(readable).joined(evidence)
    except _FOREIGN as error:
        raise NotAPdf("the file's objects cannot be read") from error
    opinion = SecondOpinion(readable.data, 0, readable.limits.opinion_steps)
    record = LicenseRecord(readable)
    demands = Demands(anchors, policy, at, known, (), opinion, record, ())
    subjects = _subjects(readable, found, demands)
    signatures = _judged(subjects)
    indication, why = _verdict(signatures)
    report = VerificationReport(
        indication=indication,
        sub_indication=why,
        signatures=signatures,
        policy=policy.name,
        anchors=anchors.fingerprints,
        checked_at=at,
        file_sm3=readable.digest.hex(),
        page_count=readable.page_count,
        changes=_changes(readable, subjects, signatures),
    )
    return report, subjects


def _subjects(
    readable: ReadablePdf, found: tuple[FoundSignature, ...], demands: Demands
) -> list[Subject]:
    subjects = [Subject(readable, one, demands) for one in found]
    steps = readable.limits.opinion_steps
    opinion = SecondOpinion(readable.data, _earliest_revision(subjects), steps)
    demands = replace(demands, opinion=opinion, peers=_peers(subjects))
    for subject in subjects:
        subject.demands = demands
    return subjects


def _judged(subjects: list[Subject]) -> tuple[SignatureReport, ...]:
    """Judge document time-stamps first: those that hold prove a time for what they cover."""
    stamps = {one: _report(one) for one in subjects if one.kind is SignatureKind.TIMESTAMP}
    proofs = tuple(
        (subject.signed.end, report.signed_at)
        for subject, report in stamps.items()
        if report.indication is Indication.TOTAL_PASSED and report.signed_at is not None
    )
    for subject in subjects:
        subject.demands = replace(subject.demands, proofs=proofs)
    return tuple(stamps[one] if one in stamps else _report(one) for one in subjects)


def _peers(subjects: list[Subject]) -> tuple[Peer, ...]:
    try:
        return tuple(one.as_peer() for one in subjects)
    except _FOREIGN as error:
        raise NotAPdf("the file's objects cannot be read") from error


def _changes(
    readable: ReadablePdf, subjects: list[Subject], reports: tuple[SignatureReport, ...]
) -> LaterChanges | None:
    """List what was changed since the earliest signature that does not allow it."""
    broken = [
        (subject.signed.end, position, subject.signed.revision)
        for position, (subject, report) in enumerate(zip(subjects, reports, strict=True))
        if subject.signed.revision is not None and _is_changed(report)
    ]
    if not broken:
        return None
    end, position, revision = min(broken, key=lambda one: one[:2])
    return LaterChanges(position, end, *changes_since(readable, revision))


def _is_changed(report: SignatureReport) -> bool:
    return any(
        one.check is CheckName.CHANGES and one.outcome is Outcome.FAILED for one in report.checks
    )


def _earliest_revision(subjects: list[Subject]) -> int:
    states = [one.signed.revision for one in subjects if one.signed.revision is not None]
    return min((len(state.sections) - 1 for state in states), default=0)


def _report(subject: Subject) -> SignatureReport:
    results = tuple(_result(name, check, subject) for name, check in CHECKS[subject.kind].items())
    return signature_report(subject, results)


def _result(name: CheckName, check: Check, subject: Subject) -> CheckResult:
    try:
        return check(subject)
    except _FOREIGN as error:
        detail = f"an object of the file cannot be read ({type(error).__name__})"
        return unsure(name, Code.STRUCTURE_DAMAGED, SubIndication.FORMAT_FAILURE, detail)


def _verdict(
    signatures: tuple[SignatureReport, ...],
) -> tuple[Indication, SubIndication | None]:
    """Return the worst verdict; a file that only authorities of time signed, nobody signed."""
    indication, why = verdict_of_signatures(signatures)
    only_stamps = all(one.kind is SignatureKind.TIMESTAMP for one in signatures)
    if indication is Indication.TOTAL_PASSED and only_stamps:
        return Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND
    return indication, why
