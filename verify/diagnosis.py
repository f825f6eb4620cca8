"""What a report rests on: the facts behind it, for whoever wants to check the checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keystore import OcspStatus

__all__ = [
    "CertificateFacts",
    "Diagnosis",
    "OcspAnswerFacts",
    "OcspResponseFacts",
    "RevocationListFacts",
    "SignatureFacts",
]


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """One certificate; `serial` in hex."""

    sm3: str
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    algorithm: str
    """OID of the signature on it."""
    der: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RevocationListFacts:
    """One revocation list; `der` None where it is over the size that is shown."""

    sm3: str
    issuer: str
    this_update: datetime
    next_update: datetime | None
    entries: int
    der: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class OcspResponseFacts:
    """One OCSP response, of 256 KiB at most."""

    sm3: str
    responder: str | None
    """Whom it names, where that certificate is at hand; nothing is proven by that."""
    produced_at: datetime
    der: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OcspAnswerFacts:
    """What one response says of one certificate, both by SM3: the worst and latest of it."""

    response: str
    certificate: str
    status: OcspStatus
    revoked_at: datetime | None
    this_update: datetime
    next_update: datetime | None
    counted: bool
    """Whether it is a word: by who may answer, by the policy, for the time that counts."""


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One signature; certificates and lists by their SM3, chains from the leaf up."""

    byte_range: tuple[int, int, int, int] | None
    revision: int | None
    """Which revision it covers, counted from 1."""
    contents_bytes: int | None
    contents_sm3: str | None
    digests: dict[str, str]
    """Of the signed bytes, in hex, by algorithm."""
    content_type: str | None
    """OID of what CMS says it signs."""
    algorithms: tuple[str, ...]
    """OIDs of the signature values."""
    claimed_at: datetime | None
    proven_at: datetime | None
    chains: tuple[tuple[str, ...], ...]
    """For each signer; of one certificate where there is no path to an anchor."""
    maker_chain: tuple[str, ...]
    authority_chain: tuple[str, ...]
    """Of the time-stamp."""
    revocation_lists: tuple[str, ...]
    """Those that one of these chains' authorities signed."""
    ocsp_answers: tuple[OcspAnswerFacts, ...]
    """About certificates of these chains."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The facts of a file; `signatures` in the report's order, `revisions` are offsets."""

    file_bytes: int
    fault: str | None
    """Why the structure cannot be believed."""
    revisions: tuple[int, ...]
    """Where each cross-reference section begins, oldest first."""
    signatures: tuple[SignatureFacts, ...]
    certificates: tuple[CertificateFacts, ...]
    revocation_lists: tuple[RevocationListFacts, ...]
    ocsp_responses: tuple[OcspResponseFacts, ...]
    policy: Mapping[str, Any]
    policy_sm3: str
    limits: Mapping[str, int]
    versions: Mapping[str, str]
