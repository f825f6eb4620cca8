"""What the verifier says: three values, one result per check, and no truth value."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn

from verify.diagnosis import Diagnosis
from verify.later import LaterChanges

__all__ = [
    "CertificateSummary",
    "CheckName",
    "CheckResult",
    "Coverage",
    "Indication",
    "Outcome",
    "SealSummary",
    "SignatureKind",
    "SignatureReport",
    "SubIndication",
    "TimeSource",
    "VerificationReport",
]


class Indication(StrEnum):
    """The verdict on one signature or on the file (ETSI EN 319 102-1, 5.1.3)."""

    TOTAL_PASSED = "TOTAL_PASSED"
    TOTAL_FAILED = "TOTAL_FAILED"
    INDETERMINATE = "INDETERMINATE"


class Outcome(StrEnum):
    """The result of one check (a building block in ETSI EN 319 102-1)."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    INDETERMINATE = "INDETERMINATE"


class SubIndication(StrEnum):
    """Why a verdict is not TOTAL_PASSED (ETSI EN 319 102-1, tables 5 and 6)."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    NO_POE = "NO_POE"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    TRY_LATER = "TRY_LATER"


class CheckName(StrEnum):
    """The checks, in the order in which they are made and shown."""

    FORMAT = "format"
    COVERAGE = "coverage"
    INTEGRITY = "integrity"
    CHANGES = "changes"
    CONTENT = "content"
    VALUE = "value"
    TIMESTAMP = "timestamp"
    SIGNER = "signer"
    CHAIN = "chain"
    REVOCATION = "revocation"
    SEAL = "seal"
    APPEARANCE = "appearance"
    ACCEPTANCE = "acceptance"


class SignatureKind(StrEnum):
    """What the container in /Contents is, decided by its ASN.1."""

    SEAL = "seal"
    CMS = "cms"
    TIMESTAMP = "timestamp"


class Coverage(StrEnum):
    """How much of the file the ByteRange covers."""

    ENTIRE_FILE = "ENTIRE_FILE"
    ENTIRE_REVISION = "ENTIRE_REVISION"
    PARTIAL = "PARTIAL"
    NONE = "NONE"


class TimeSource(StrEnum):
    """Who says when the signature was made."""

    CLAIMED = "claimed"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check; `code` is the key of its sentence in `verify.wording`.

    `detail` is technical, in English, and holds no fact about a person.
    """

    check: CheckName
    outcome: Outcome
    code: str
    sub_indication: SubIndication | None
    detail: str


@dataclass(frozen=True, slots=True)
class SealSummary:
    """What a seal says about itself; sizes in mm, picture as stored (a PNG if anything)."""

    name: str
    seal_id: str
    maker: str
    valid_from: datetime
    valid_until: datetime
    picture_png: bytes | None
    width_mm: int
    height_mm: int
    version: int


@dataclass(frozen=True, slots=True)
class CertificateSummary:
    """The signer's certificate in the words a reader looks for."""

    subject: str
    issuer: str
    serial: int
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """The verdict on one signature; `rect` in points from the page's lower left, `page` from 0."""

    field_name: str | None
    kind: SignatureKind
    filter: str | None
    sub_filter: str | None
    indication: Indication
    sub_indication: SubIndication | None
    signer: str | None
    signed_at: datetime | None
    signed_at_source: TimeSource | None
    covers: Coverage
    page: int | None
    rect: tuple[float, float, float, float] | None
    checks: tuple[CheckResult, ...]
    warnings: tuple[str, ...]
    seal: SealSummary | None
    certificate: CertificateSummary | None

    @property
    def decisive(self) -> CheckResult | None:
        """The check that decided the verdict: the first of the worst outcome."""
        return decisive_check(self.checks)

    def __bool__(self) -> NoReturn:
        """Refuse a truth value; compare `indication` instead."""
        raise TypeError("a signature report has three values: compare its indication")


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The verdict on a file; `anchors` are SM3 fingerprints in hex, `checked_at` is aware UTC."""

    indication: Indication
    sub_indication: SubIndication | None
    signatures: tuple[SignatureReport, ...]
    policy: str
    anchors: tuple[str, ...]
    checked_at: datetime
    file_sm3: str
    page_count: int
    changes: LaterChanges | None = None
    """What was done after the earliest signature that this breaks; None where nothing was."""
    diagnosis: Diagnosis | None = field(default=None, repr=False)
    """The facts behind it; None in a report that was not made by `verify_pdf`."""

    def __bool__(self) -> NoReturn:
        """Refuse a truth value; compare `indication` instead."""
        raise TypeError("a verification report has three values: compare its indication")

    def to_json(self) -> dict[str, Any]:
        """Return the report as the object that `qianyin verify --json` prints."""
        from verify.report_json import report_to_json  # noqa: PLC0415  (it imports this module)

        return report_to_json(self)


# The worst first: a failure outweighs a doubt, a doubt outweighs a pass.
_SEVERITY = (Outcome.FAILED, Outcome.INDETERMINATE, Outcome.PASSED)
_INDICATION_OF = {
    Outcome.FAILED: Indication.TOTAL_FAILED,
    Outcome.INDETERMINATE: Indication.INDETERMINATE,
    Outcome.PASSED: Indication.TOTAL_PASSED,
}
_INDICATIONS = (Indication.TOTAL_FAILED, Indication.INDETERMINATE, Indication.TOTAL_PASSED)


def decisive_check(checks: tuple[CheckResult, ...]) -> CheckResult | None:
    """Return the first check of the worst outcome; None when there was no check."""
    return min(checks, key=lambda result: _SEVERITY.index(result.outcome), default=None)


def verdict_of_checks(
    checks: tuple[CheckResult, ...],
) -> tuple[Indication, SubIndication | None]:
    """Return the verdict of one signature; without any check it is INDETERMINATE."""
    worst = decisive_check(checks)
    if worst is None:
        return Indication.INDETERMINATE, SubIndication.POLICY_PROCESSING_ERROR
    return _INDICATION_OF[worst.outcome], worst.sub_indication


def verdict_of_signatures(
    signatures: tuple[SignatureReport, ...],
) -> tuple[Indication, SubIndication | None]:
    """Return the verdict of a file: the worst of its signatures; none is INDETERMINATE."""
    worst = min(signatures, key=lambda one: _INDICATIONS.index(one.indication), default=None)
    if worst is None:
        return Indication.INDETERMINATE, SubIndication.SIGNED_DATA_NOT_FOUND
    return worst.indication, worst.sub_indication
