"""A report that a service signed: read, and judged with the checks' own words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keystore import Certificate, Sm2PublicKey, clear_json
from keystore.cms import SIGNING_TIME, CmsSignature, CmsSigner
from keystore.errors import MalformedAsn1
from verify.anchor_rules import Need, Purpose
from verify.checks.answers import failed, not_reached, passed, unsure
from verify.claimed_time import utc_time
from verify.cms_value import ValueFault, signer_certificate, verify_signer
from verify.codes import Code
from verify.errors import NotASignedReport
from verify.evidence import Evidence, readable_certificates
from verify.paths import PathSearch, issuers_by_name, search_path
from verify.policy import VerificationPolicy
from verify.report import CheckName, CheckResult, Indication, SubIndication, verdict_of_checks
from verify.report_views import View, schema_of
from verify.revocation import Standing, standing_of_path
from verify.shown_text import shown_text
from verify.times import Times
from verify.trust import TrustAnchors
from verify.validity import Bounds, bounds_of

__all__ = ["REPORT_SIGNING", "SIGNED_REPORT_BYTES", "SignedReport", "read_signed_report"]

REPORT_SIGNING = "2.25.268601762423290506002144695241400374780"
"""Extended key usage of certificates for reports alone (under 2.25, X.667: a UUID of ours)."""
SIGNED_REPORT_BYTES = 64 * 1024 * 1024
"""The largest signed report that is read."""
_SCHEMAS = frozenset(schema_of(view) for view in View)


@dataclass(frozen=True, slots=True)
class SignedReport:
    """What was signed, by whom, when that claims to have been, and whether it holds."""

    content: bytes = field(repr=False)
    """The report's own bytes, JSON."""
    report: Mapping[str, Any] = field(repr=False)
    signer: str
    signed_at: datetime | None
    indication: Indication
    sub_indication: SubIndication | None
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    cms: CmsSignature
    signer: CmsSigner
    certificate: Certificate
    search: PathSearch
    evidence: Evidence
    times: Times
    policy: VerificationPolicy


def read_signed_report(
    data: bytes,
    *,
    anchors: TrustAnchors,
    policy: VerificationPolicy,
    at: datetime,
    evidence: Evidence,
) -> SignedReport:
    """Judge a signed report as of `at`, an aware time; raise `NotASignedReport` for what is none.

    The report is the signer's word: who that is stands in `signer`, and must be read.
    """
    cms, content, report = _parsed(data)
    (signer,) = cms.signers
    carried = readable_certificates(cms.certificates)
    certificate = signer_certificate(signer, carried)
    if certificate is None:
        raise NotASignedReport("the signer's certificate is not in the file")
    known = Evidence(carried, ()).joined(evidence)
    times = Times(_claimed(signer), None, at)
    need, pool = Need(Purpose.REPORTS, times), issuers_by_name(known.certificates)
    search = search_path(certificate, pool, anchors, policy, need)
    case = _Case(cms, signer, certificate, search, known, times, policy)
    checks = tuple(_checks(case))
    indication, why = verdict_of_checks(checks)
    return SignedReport(
        content, report, shown_text(certificate.common_name), times.claimed, indication, why, checks
    )


def _parsed(data: bytes) -> tuple[CmsSignature, bytes, Mapping[str, Any]]:
    if len(data) > SIGNED_REPORT_BYTES:
        raise NotASignedReport(f"the file has more than {SIGNED_REPORT_BYTES} bytes")
    try:
        cms = CmsSignature.from_der(data)
        if cms.content is None or len(cms.signers) != 1:
            raise NotASignedReport("the file has not one signer around a content")
        report = clear_json(cms.content)
    except MalformedAsn1 as error:
        raise NotASignedReport(f"the file is not signed data: {error}") from error
    except ValueError as error:
        raise NotASignedReport(f"what is signed is not clear JSON: {error}") from error
    if not isinstance(report, dict) or str(report.get("schema")) not in _SCHEMAS:
        raise NotASignedReport("what is signed is not a report of a kind that is known here")
    return cms, cms.content, report


def _claimed(signer: CmsSigner) -> datetime | None:
    try:
        value = signer.signed_value(SIGNING_TIME)
    except MalformedAsn1:
        return None
    return None if value is None else utc_time(value)


def _checks(case: _Case) -> Iterator[CheckResult]:
    yield _value(case)
    yield _purpose(case.certificate)
    yield _chain(case)
    yield _revocation(case)
    yield _acceptance(case)


def _value(case: _Case) -> CheckResult:
    def absent(_name: str, _prefix: bytes) -> bytes:  # pragma: no cover - it is inside
        raise ValueFault(Code.ATTRIBUTES_INVALID, "there is no content")

    try:
        verify_signer(case.cms, case.signer, case.certificate, absent, case.policy.signer_id)
    except ValueFault as error:
        why = SubIndication.SIG_CRYPTO_FAILURE
        if error.code is Code.DIGEST_MISMATCH:
            why = SubIndication.HASH_FAILURE
        return failed(CheckName.VALUE, error.code, why, str(error))
    detail = "the value is over this report, by the certificate's key"
    return passed(CheckName.VALUE, Code.VALUE_HOLDS, detail)


def _purpose(certificate: Certificate) -> CheckResult:
    if REPORT_SIGNING in certificate.extended_key_usage:
        return passed(CheckName.SIGNER, Code.SIGNER_FOUND, "the certificate may sign reports")
    detail = "the certificate is not for signing reports"
    why = SubIndication.CHAIN_CONSTRAINTS_FAILURE
    return unsure(CheckName.SIGNER, Code.SIGNER_EXTENDED_KEY_USAGE, why, detail)


def _chain(case: _Case) -> CheckResult:
    path, refused = case.search.path, case.search.refused
    if path is None and refused is not None:
        why = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        return unsure(CheckName.CHAIN, refused.code, why, refused.detail)
    if path is None:
        detail = "no path leads from the signer's certificate to a trusted root"
        why = SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        return unsure(CheckName.CHAIN, Code.CHAIN_UNKNOWN, why, detail)
    if bounds_of(path, case.times) is not Bounds.INSIDE:
        detail = "a certificate is not valid now, or was not when the report was signed"
        why = SubIndication.OUT_OF_BOUNDS_NO_POE
        return unsure(CheckName.CHAIN, Code.CERTIFICATE_OUT_OF_BOUNDS, why, detail)
    if not set(case.cms.certificates) <= {one.der for one in path.certificates}:
        detail = "a certificate is carried along that is not of the signer's path"
        why = SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE
        return unsure(CheckName.CHAIN, Code.EXTRA_CERTIFICATE_UNPROVEN, why, detail)
    return passed(CheckName.CHAIN, Code.CHAIN_TRUSTED, "a path leads to a trusted root")


_STANDINGS = {
    Standing.GOOD: Code.NOT_REVOKED,
    Standing.UNKNOWN_ACCEPTED: Code.REVOCATION_UNKNOWN_ACCEPTED,
}


def _revocation(case: _Case) -> CheckResult:
    check = CheckName.REVOCATION
    if case.search.path is None:
        return not_reached(check)
    standing, _ = standing_of_path(case.search.path, case.evidence, case.times, case.policy)
    if standing in _STANDINGS:
        return passed(check, _STANDINGS[standing], "nothing known speaks against the signer")
    if standing is Standing.UNKNOWN:
        detail = "no fresh revocation list is at hand"
        return unsure(check, Code.REVOCATION_UNKNOWN, SubIndication.TRY_LATER, detail)
    # A report's time is its signer's claim: who lost the key could write any.
    detail = "a certificate is revoked, and nothing proves that the report is older"
    return unsure(check, Code.REVOKED_NO_PROOF, SubIndication.REVOKED_NO_POE, detail)


def _acceptance(case: _Case) -> CheckResult:
    check = CheckName.ACCEPTANCE
    if not isinstance(case.certificate.public_key, Sm2PublicKey):
        detail = f"reports are signed with SM2, not by {case.signer.signature_algorithm}"
        why = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
        return failed(check, Code.ALGORITHM_NOT_ACCEPTED, why, detail)
    strange = sorted(set(map(str, case.cms.deviations)) - case.policy.accepted_deviations)
    if strange or case.cms.crls or case.signer.signed_attributes is None:
        detail = ", ".join(strange) or "the form is not that of a signed report"
        why = SubIndication.SIG_CONSTRAINTS_FAILURE
        return unsure(check, Code.DEVIATION_NOT_ACCEPTED, why, detail)
    return passed(check, Code.POLICY_SATISFIED, f"the policy {case.policy.name} is satisfied")
