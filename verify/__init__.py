"""The lens: says whether the seals in a PDF hold. Knows no database."""

from verify.anchor_rules import AnchorRule, IssuingRight, Purpose
from verify.bundles import EvidenceBundle, differences, read_bundle, write_bundle
from verify.codes import Code
from verify.distrust import Distrust, key_sm3
from verify.errors import BadTrustAnchor, EncryptedPdf, NotAPdf, PdfTooLarge, VerifyError
from verify.evidence import NO_EVIDENCE, Evidence
from verify.later import ChangeKind, LaterChange, LaterChanges, PagePair
from verify.limits import DEFAULT_LIMITS, Limits
from verify.metadata import ATTACHMENT_NAME, read_metadata
from verify.policy import (
    POLICIES,
    QIANYIN_DEFAULT,
    QIANYIN_STRICT,
    RevocationRule,
    VerificationPolicy,
)
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
from verify.report_json import report_to_json as to_json
from verify.report_views import View, schema_of, view_of
from verify.report_words import words_of_file, words_of_signature
from verify.revocation_words import Inquiry, Word
from verify.shown_text import shown_text
from verify.signed_reports import (
    REPORT_SIGNING,
    SIGNED_REPORT_BYTES,
    SignedReport,
    read_signed_report,
)
from verify.times import Times
from verify.trust import TrustAnchors
from verify.upload import ReadablePdf, read_upload
from verify.verifying import verify_pdf, verify_with_facts
from verify.wording import SENTENCES, VERDICTS, Sentence, sentence_of

__all__ = [
    "ATTACHMENT_NAME",
    "DEFAULT_LIMITS",
    "NO_EVIDENCE",
    "POLICIES",
    "QIANYIN_DEFAULT",
    "QIANYIN_STRICT",
    "REPORT_SIGNING",
    "SENTENCES",
    "SIGNED_REPORT_BYTES",
    "VERDICTS",
    "AnchorRule",
    "BadTrustAnchor",
    "CertificateSummary",
    "ChangeKind",
    "CheckName",
    "CheckResult",
    "Code",
    "Coverage",
    "Distrust",
    "EncryptedPdf",
    "Evidence",
    "EvidenceBundle",
    "Indication",
    "Inquiry",
    "IssuingRight",
    "LaterChange",
    "LaterChanges",
    "Limits",
    "NotAPdf",
    "Outcome",
    "PagePair",
    "PdfTooLarge",
    "Purpose",
    "ReadablePdf",
    "RevocationRule",
    "SealSummary",
    "Sentence",
    "SignatureKind",
    "SignatureReport",
    "SignedReport",
    "SubIndication",
    "TimeSource",
    "Times",
    "TrustAnchors",
    "VerificationPolicy",
    "VerificationReport",
    "VerifyError",
    "View",
    "Word",
    "differences",
    "key_sm3",
    "read_bundle",
    "read_metadata",
    "read_signed_report",
    "read_upload",
    "schema_of",
    "sentence_of",
    "shown_text",
    "to_json",
    "verify_pdf",
    "verify_with_facts",
    "view_of",
    "words_of_file",
    "words_of_signature",
    "write_bundle",
]
