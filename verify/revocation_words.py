"""What revocation lists and OCSP answers say of one certificate, as far as they are believed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509

from keystore import Certificate, OcspAnswer, OcspResponse, OcspStatus
from keystore.errors import InvalidSignature
from verify.evidence import Evidence, is_issued_by
from verify.paths import is_understood
from verify.policy import VerificationPolicy
from verify.strength import is_acceptable
from verify.times import Times

__all__ = ["Inquiry", "Word"]

_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"
_CACHED_VERDICTS = 256


@dataclass(frozen=True, slots=True)
class Word:
    """One source's word; `revoked_at` None: not revoked."""

    revoked_at: datetime | None
    this_update: datetime
    next_update: datetime | None

    def speaks_for(self, certificate: Certificate, times: Times) -> bool:
        """Say whether the source, known at `at`, was still fresh at the time that matters.

        What was said after a certificate's end says nothing: it may have been left out by then.
        """
        moment = times.proven or times.at
        if self.this_update > min(times.at, certificate.not_after):
            return False
        if self.next_update is None:
            return moment <= self.this_update
        return moment <= self.next_update

    def counts_for(self, certificate: Certificate, times: Times) -> bool:
        """Say whether it decides anything: a revocation does, however old its source is."""
        is_revoked = self.revoked_at is not None and self.revoked_at <= times.at
        return is_revoked or self.speaks_for(certificate, times)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is known, and by what it is judged."""

    evidence: Evidence
    times: Times
    policy: VerificationPolicy

    def words(self, certificate: Certificate, issuer: Certificate) -> tuple[Word, ...]:
        """Return every word that the certificate's own issuer answers for."""
        return (*self._of_lists(certificate, issuer), *self._of_ocsp(certificate, issuer))

    def _of_lists(self, certificate: Certificate, issuer: Certificate) -> Iterator[Word]:
        if issuer.key_usage and "crl_sign" not in issuer.key_usage:
            return
        for one in self.evidence.revocation_lists:
            if (
                one.issuer_der == certificate.issuer_der
                and one.is_whole
                and self._accepts(one.algorithm)
                and is_issued_by(one, issuer, self.policy.signer_id)
            ):
                yield Word(one.revoked.get(certificate.serial), one.this_update, one.next_update)

    def _of_ocsp(self, certificate: Certificate, issuer: Certificate) -> Iterator[Word]:
        words = (self.word(one, certificate, issuer) for one in self.evidence.ocsp_responses)
        yield from (one for one in words if one is not None)

    def word(
        self, response: OcspResponse, certificate: Certificate, issuer: Certificate
    ) -> Word | None:
        """Return what one response says of the certificate, None where that is no word."""
        word = _word_of([one for one in response.answers if one.is_about(certificate, issuer)])
        if word is None or not self._accepts(response.algorithm):
            return None
        return word if self._holds(response, issuer) else None

    def _accepts(self, algorithm: str) -> bool:
        return algorithm in self.policy.signature_algorithms

    def _holds(self, response: OcspResponse, issuer: Certificate) -> bool:
        """Say whether the issuer, or somebody it let answer, signed the response."""
        known = (issuer, *response.certificates, *self.evidence.certificates)
        named = (one for one in dict.fromkeys(known) if response.names(one))
        return any(
            _signature_holds(response.der, one, self.policy.signer_id)
            and (one == issuer or self._may_answer(one, issuer, response))
            for one in named
        )

    def _may_answer(
        self, responder: Certificate, issuer: Certificate, response: OcspResponse
    ) -> bool:
        """Say whether the issuer let this responder answer for it (RFC 6960, 4.2.2.2)."""
        moments = (response.produced_at, self.times.proven or self.times.at)
        return (
            _OCSP_SIGNING in responder.extended_key_usage
            and (not responder.key_usage or "digital_signature" in responder.key_usage)
            and all(responder.not_before <= one <= responder.not_after for one in moments)
            and is_understood(responder)
            and is_acceptable(responder, self.policy)
            and _has_issued(issuer, responder, self.policy.signer_id)
            and self._is_in_force(responder, issuer)
        )

    def _is_in_force(self, responder: Certificate, issuer: Certificate) -> bool:
        """Say whether it needs no check (ocsp-nocheck), or a list says it is not revoked."""
        if any(isinstance(one.value, x509.OCSPNoCheck) for one in responder.x509.extensions):
            return True
        words = tuple(self._of_lists(responder, issuer))
        is_revoked = any(one.revoked_at is not None for one in words)
        return not is_revoked and any(one.speaks_for(responder, self.times) for one in words)


def _word_of(answers: list[OcspAnswer]) -> Word | None:
    """Return what the answers about one certificate come to: revoked before anything else."""
    revoked = [one for one in answers if one.status is OcspStatus.REVOKED]
    if revoked:
        first = min(revoked, key=lambda one: one.revoked_at or one.this_update)
        return Word(first.revoked_at or first.this_update, first.this_update, first.next_update)
    if len({one.status for one in answers}) != 1 or answers[0].status is OcspStatus.UNKNOWN:
        return None
    latest = max(answers, key=lambda one: one.this_update)
    return Word(None, latest.this_update, latest.next_update)


def _has_issued(issuer: Certificate, responder: Certificate, signer_id: bytes) -> bool:
    if responder.issuer_der != issuer.subject_der:
        return False
    try:
        issuer.verify_issued(responder, signer_id=signer_id)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=_CACHED_VERDICTS)
def _signature_holds(der: bytes, responder: Certificate, signer_id: bytes) -> bool:
    try:
        OcspResponse.from_der(der).verify_signed_by(responder, signer_id=signer_id)
    except InvalidSignature:
        return False
    return True
