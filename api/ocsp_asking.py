"""Asks OCSP responders about the certificates known here, and takes no answer unjudged."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from api.errors import RevocationUnavailable
from api.revocation_fetching import ListFetcher
from keystore import (
    SIGNER_ID_GM,
    Certificate,
    OcspRequest,
    OcspResponse,
    OcspStatus,
    Sm2PublicKey,
    sm3,
)
from keystore.errors import InvalidSignature
from verify import Evidence, Inquiry, Times, VerificationPolicy, Word

__all__ = ["OcspAsker", "Question", "questions"]

_NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Question:
    """One certificate at one responder that it names."""

    url: str
    certificate: Certificate
    issuer: Certificate

    @property
    def file_name(self) -> str:
        """Its answer's in the cache."""
        return f"{sm3(f'{self.url} {self.certificate.fingerprint}'.encode()).hex()}.ocsp"


@dataclass(frozen=True, slots=True)
class OcspAsker:
    """Asks, and judges as a verification by `policy` would."""

    fetcher: ListFetcher
    policy: VerificationPolicy

    def fetch(
        self, question: Question, now: datetime, evidence: Evidence, cached: bytes | None
    ) -> bytes:
        """Return an answer to keep, no older than `cached`.

        `evidence` says whether a delegate is in force. Raises `RevocationUnavailable`,
        `KeystoreError`.
        """
        asked = _request(question)
        response = OcspResponse.from_der(self.fetcher.ask(question.url, asked.to_der()))
        asked.require_echo(response)
        inquiry = Inquiry(evidence, Times(None, None, now), self.policy)
        word = _word(inquiry, response, question)
        self._require_for_now(word, now)
        if cached is not None and _is_newer(OcspResponse.from_der(cached), word, question):
            raise RevocationUnavailable("the answer is older than the one in the cache")
        return response.der

    def _require_for_now(self, word: Word, now: datetime) -> None:
        """Refuse what is stale; without an end only a revocation is worth keeping."""
        begins = word.this_update - self.policy.clock_tolerance
        is_open = word.next_update is None and word.revoked_at is not None
        is_fresh = word.next_update is not None and now <= word.next_update
        if now < begins or not (is_open or is_fresh):
            raise RevocationUnavailable("the answer is not for now")


def questions(certificates: tuple[Certificate, ...], now: datetime) -> tuple[Question, ...]:
    """Return what there is to ask: of certificates in force whose issuer is known as well."""
    return tuple(
        Question(url, one, issuer)
        for one in certificates
        if now <= one.not_after
        for issuer in _issuers(one, certificates)
        for url in _responders(one)
    )


def _issuers(child: Certificate, known: tuple[Certificate, ...]) -> list[Certificate]:
    """Return the first that signed it; several under one key would be asked alike."""
    named = (one for one in known if one.subject_der == child.issuer_der and one != child)
    return [one for one in named if _has_signed(one, child)][:1]


def _has_signed(issuer: Certificate, child: Certificate) -> bool:
    try:
        issuer.verify_issued(child, signer_id=SIGNER_ID_GM)
    except InvalidSignature:
        return False
    return True


def _responders(certificate: Certificate) -> Iterator[str]:
    for extension in certificate.x509.extensions:
        if isinstance(extension.value, x509.AuthorityInformationAccess):
            for entry in extension.value:
                name = entry.access_location
                is_ocsp = entry.access_method == AuthorityInformationAccessOID.OCSP
                if is_ocsp and isinstance(name, x509.UniformResourceIdentifier):
                    yield name.value


def _request(question: Question) -> OcspRequest:
    """SM3 where the issuer's key is SM2; SHA-1, which every other responder knows, elsewhere."""
    digest = "sm3" if isinstance(question.issuer.public_key, Sm2PublicKey) else "sha1"
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return OcspRequest(question.certificate, question.issuer, digest, nonce)


def _word(inquiry: Inquiry, response: OcspResponse, question: Question) -> Word:
    found = [one for one in response.answers if one.is_about(question.certificate, question.issuer)]
    if not found:
        raise RevocationUnavailable("the answer is about another certificate")
    word = inquiry.word(response, question.certificate, question.issuer)
    if word is not None:
        return word
    if all(one.status is OcspStatus.UNKNOWN for one in found):
        raise RevocationUnavailable("the responder does not know the certificate")
    raise RevocationUnavailable("nobody whom the certificate's issuer lets answer has signed this")


def _is_newer(cached: OcspResponse, word: Word, question: Question) -> bool:
    return any(
        one.this_update > word.this_update
        for one in cached.answers
        if one.is_about(question.certificate, question.issuer)
    )
