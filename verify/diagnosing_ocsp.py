"""Gathers what OCSP responses say of a signature's certificates, and whether it counted."""

from collections.abc import Iterator

from keystore import Certificate, OcspAnswer, OcspResponse, OcspStatus, sm3
from verify.diagnosis import OcspAnswerFacts, OcspResponseFacts
from verify.revocation_words import Inquiry
from verify.shown_text import shown_text

__all__ = ["answers_about", "response_facts"]

_BY_WEIGHT = (OcspStatus.GOOD, OcspStatus.UNKNOWN, OcspStatus.REVOKED)


def answers_about(
    inquiry: Inquiry, certificate: Certificate, issuer: Certificate
) -> Iterator[tuple[OcspResponse, OcspAnswerFacts]]:
    """Yield one fact for each response, each once, that says anything of the certificate."""
    for response in {one.der: one for one in inquiry.evidence.ocsp_responses}.values():
        found = [one for one in response.answers if one.is_about(certificate, issuer)]
        if found:
            word = inquiry.word(response, certificate, issuer)
            counted = word is not None and word.counts_for(certificate, inquiry.times)
            yield response, _answer(response, certificate, max(found, key=_weight), counted)


def _weight(one: OcspAnswer) -> tuple[int, float]:
    return _BY_WEIGHT.index(one.status), one.this_update.timestamp()


def _answer(
    response: OcspResponse, certificate: Certificate, answer: OcspAnswer, counted: bool
) -> OcspAnswerFacts:
    return OcspAnswerFacts(
        response=sm3(response.der).hex(),
        certificate=certificate.fingerprint,
        status=answer.status,
        revoked_at=answer.revoked_at,
        this_update=answer.this_update,
        next_update=answer.next_update,
        counted=counted,
    )


def response_facts(response: OcspResponse, known: tuple[Certificate, ...]) -> OcspResponseFacts:
    """Return the facts; the responder's name is that of the first of `known` that is named."""
    named = (one for one in (*response.certificates, *known) if response.names(one))
    responder = next(named, None)
    return OcspResponseFacts(
        sm3=sm3(response.der).hex(),
        responder=None if responder is None else shown_text(responder.subject),
        produced_at=response.produced_at,
        der=response.der,
    )
