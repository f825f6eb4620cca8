"""The lens: says whether the seals in a PDF hold. Knows no database."""

from verify.codes import Code
from verify.errors import BadTrustAnchor, EncryptedPdf, NotAPdf, PdfTooLarge, VerifyError
from verify.evidence import NO_EVIDENCE, Evidence
from verify.limits import DEFAULT_LIMITS, Limits
from verify.metadata import ATTACHMENT_NAME, read_metadata
from verify.policy import POLICIES, QIANYIN_DEFAULT, RevocationRule, VerificationPolicy
from verify.report import (
    CertificateSummary,
    CheckName,
    CheckResult,
    Coverage,
    Indication,
    Outcome,
    SealSummary,
    SignatureKind,
    SignatureReport,
    SubIndication,
    TimeSource,
    VerificationReport,
)
from verify.trust import TrustAnchors
from verify.upload import ReadablePdf, read_upload
from verify.verifying import verify_pdf

__all__ = [
    "ATTACHMENT_NAME",
    "DEFAULT_LIMITS",
    "NO_EVIDENCE",
    "POLICIES",
    "QIANYIN_DEFAULT",
    "BadTrustAnchor",
    "CertificateSummary",
    "CheckName",
    "CheckResult",
    "Code",
    "Coverage",
    "EncryptedPdf",
    "Evidence",
    "Indication",
    "Limits",
    "NotAPdf",
    "Outcome",
    "PdfTooLarge",
    "ReadablePdf",
    "RevocationRule",
    "SealSummary",
    "SignatureKind",
    "SignatureReport",
    "SubIndication",
    "TimeSource",
    "TrustAnchors",
    "VerificationPolicy",
    "VerificationReport",
    "VerifyError",
    "read_metadata",
    "read_upload",
    "verify_pdf",
]
