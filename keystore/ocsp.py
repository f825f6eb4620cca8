"""OCSP answers as read (RFC 6960), whatever kind of key signed them, SM2 included."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from cryptography.hazmat import asn1

from keystore.algorithms import DIGEST_NAMES, digest_of_bytes
from keystore.certificates import Certificate
from keystore.der import read_der
from keystore.errors import InvalidSignature, MalformedAsn1, MalformedCertificate
from keystore.public_keys import verify_with_key
from keystore.tlv import CONTEXT_0, CONTEXT_1, SEQUENCE, Tlv, only

__all__ = ["OCSP_MAX_BYTES", "OCSP_NONCE", "OcspAnswer", "OcspResponse", "OcspStatus"]

OCSP_MAX_BYTES = 256 * 1024
OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2"
_BASIC = "1.3.6.1.5.5.7.48.1.1"
_BOOLEAN, _BIT_STRING, _ENUMERATED, _GENERALIZED_TIME = 0x01, 0x03, 0x0A, 0x18
_CONTEXT_2 = 0xA2
_GOOD, _REVOKED, _UNKNOWN = 0x80, 0xA1, 0x82
_ANSWERS_MAX = 1000
_TRUE = b"\xff"


class OcspStatus(StrEnum):
    """What the responder says of one certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OcspAnswer:
    """About one certificate, which its issuer's name and key (hashed) and its number identify."""

    digest: str | None
    """Name of the hash; None for one that is not supported."""
    issuer_name_hash: bytes = field(repr=False)
    issuer_key_hash: bytes = field(repr=False)
    serial: int
    status: OcspStatus
    revoked_at: datetime | None
    this_update: datetime
    next_update: datetime | None

    def is_about(self, certificate: Certificate, issuer: Certificate) -> bool:
        """Say whether this very certificate of this very issuer is meant."""
        if self.digest is None or self.serial != certificate.serial:
            return False
        return (
            certificate.issuer_der == issuer.subject_der
            and digest_of_bytes(self.digest, issuer.subject_der) == self.issuer_name_hash
            and digest_of_bytes(self.digest, issuer.key_bits) == self.issuer_key_hash
        )


@dataclass(frozen=True, slots=True)
class OcspResponse:
    """A successful response with its answers; nothing is verified yet."""

    der: bytes = field(repr=False)
    responder_name: bytes | None = field(repr=False)
    responder_key_hash: bytes | None = field(repr=False)
    """One of the two names the responder."""
    nonce: bytes | None = field(repr=False)
    """As its extension holds it; None without one."""
    produced_at: datetime
    answers: tuple[OcspAnswer, ...]
    certificates: tuple[Certificate, ...] = field(repr=False)
    algorithm: str
    signature: bytes = field(repr=False)
    signed_bytes: bytes = field(repr=False)

    @classmethod
    def from_der(cls, der: bytes) -> "OcspResponse":
        """Read strictly; raise `MalformedAsn1`, for a responder's refusal as well."""
        if len(der) > OCSP_MAX_BYTES:
            raise MalformedAsn1("the OCSP response is larger than 256 KiB")
        try:
            return _response(der)
        except (ValueError, IndexError) as error:
            raise MalformedAsn1(f"the OCSP response cannot be read: {error}") from error

    def names(self, responder: Certificate) -> bool:
        """Say whether the response names this certificate's holder as its responder."""
        if self.responder_name is not None:
            return self.responder_name == responder.subject_der
        return self.responder_key_hash == digest_of_bytes("sha1", responder.key_bits)

    def verify_signed_by(self, responder: Certificate, *, signer_id: bytes) -> None:
        """Raise `InvalidSignature` unless `responder`, who must be named, signed this."""
        if not self.names(responder):
            raise InvalidSignature("the response is of another responder")
        verify_with_key(
            responder.public_key,
            self.signed_bytes,
            self.signature,
            algorithm=self.algorithm,
            digest=None,
            signer_id=signer_id,
        )


def _response(der: bytes) -> OcspResponse:
    status, *rest = Tlv.from_der(der).expect(SEQUENCE, "OCSPResponse").children()
    if status.expect(_ENUMERATED, "responseStatus").body != b"\0":
        raise MalformedAsn1("the responder did not answer")
    wrapped = only(tuple(rest), "OCSPResponse").expect(CONTEXT_0, "responseBytes").children()
    kind, content = only(wrapped, "responseBytes").expect(SEQUENCE, "responseBytes").children()
    if kind.oid() != _BASIC:
        raise MalformedAsn1("the response is not a basic one")
    basic = Tlv.from_der(content.octets()).expect(SEQUENCE, "BasicOCSPResponse").children()
    data, algorithm, value, *certificates = basic
    (responder, produced_at, answers), nonce = _parts(data.expect(SEQUENCE, "ResponseData"))
    name, key_hash = _responder(responder)
    return OcspResponse(
        der=der,
        responder_name=name,
        responder_key_hash=key_hash,
        nonce=nonce,
        produced_at=_time(produced_at),
        answers=_answers(answers),
        certificates=_certificates(tuple(certificates)),
        algorithm=_algorithm(algorithm),
        signature=_whole_octets(value),
        signed_bytes=data.der,
    )


def _parts(data: Tlv) -> tuple[tuple[Tlv, Tlv, Tlv], bytes | None]:
    """Return responder, time, answers, and a nonce: version 1 is the default."""
    first, *rest = data.children()
    if first.tag == CONTEXT_0:
        raise MalformedAsn1("the version is written out, or another than 1")
    nonce = None
    if len(rest) == 3:  # noqa: PLR2004 - time, answers, extensions
        nonce = _uncritical(rest.pop()).get(OCSP_NONCE)
    if len(rest) != 2:  # noqa: PLR2004 - time and answers
        raise MalformedAsn1("ResponseData has not the parts it should have")
    return (first, rest[0], rest[1].expect(SEQUENCE, "responses")), nonce


def _responder(part: Tlv) -> tuple[bytes | None, bytes | None]:
    inner = only(part.children(), "ResponderID")
    if part.tag == CONTEXT_1:
        return inner.expect(SEQUENCE, "the responder's name").der, None
    part.expect(_CONTEXT_2, "ResponderID")
    return None, inner.octets()


def _answers(part: Tlv) -> tuple[OcspAnswer, ...]:
    found = part.children()
    if not 0 < len(found) <= _ANSWERS_MAX:
        raise MalformedAsn1(f"the response has {len(found)} answers")
    return tuple(_answer(one.expect(SEQUENCE, "SingleResponse").children()) for one in found)


def _answer(parts: tuple[Tlv, ...]) -> OcspAnswer:
    identity, status, this_update, *rest = parts
    algorithm, name_hash, key_hash, serial = identity.expect(SEQUENCE, "CertID").children()
    next_update = None
    if rest and rest[0].tag == CONTEXT_0:
        next_update = _time(only(rest.pop(0).children(), "nextUpdate"))
    if rest:
        _uncritical(only(tuple(rest), "the end of SingleResponse"))
    word, revoked_at = _status(status)
    return OcspAnswer(
        digest=DIGEST_NAMES.get(_algorithm(algorithm)),
        issuer_name_hash=name_hash.octets(),
        issuer_key_hash=key_hash.octets(),
        serial=serial.integer(),
        status=word,
        revoked_at=revoked_at,
        this_update=_time(this_update),
        next_update=next_update,
    )


def _status(part: Tlv) -> tuple[OcspStatus, datetime | None]:
    if part.tag == _REVOKED:
        moment, *reason = part.children()
        if len(reason) > 1 or any(one.tag != CONTEXT_0 for one in reason):
            raise MalformedAsn1("RevokedInfo has parts that do not belong there")
        return OcspStatus.REVOKED, _time(moment)
    if part.body or part.tag not in {_GOOD, _UNKNOWN}:
        raise MalformedAsn1("there is no such status")
    return (OcspStatus.GOOD if part.tag == _GOOD else OcspStatus.UNKNOWN), None


def _uncritical(part: Tlv) -> dict[str, bytes]:
    """Return extensions by OID; refuse those that must be understood, for none is here."""
    outer = part.expect(CONTEXT_1, "extensions").children()
    found = {}
    for one in only(outer, "extensions").expect(SEQUENCE, "extensions").children():
        oid, *flags, value = one.children()
        if any(flag.tag == _BOOLEAN and flag.body == _TRUE for flag in flags):
            raise MalformedAsn1("a critical extension is not understood")
        found[oid.oid()] = value.octets()
    return found


def _certificates(parts: tuple[Tlv, ...]) -> tuple[Certificate, ...]:
    if not parts:
        return ()
    outer = only(parts, "certs").expect(CONTEXT_0, "certs").children()
    found = []
    for one in only(outer, "certs").expect(SEQUENCE, "certs").children():
        try:
            found.append(Certificate.from_der(one.der))
        except MalformedCertificate as error:
            raise MalformedAsn1("a responder's certificate cannot be read") from error
    return tuple(found)


def _algorithm(part: Tlv) -> str:
    oid, *parameters = part.expect(SEQUENCE, "an AlgorithmIdentifier").children()
    if any(one.body for one in parameters):
        raise MalformedAsn1("an algorithm has parameters")
    return oid.oid()


def _whole_octets(part: Tlv) -> bytes:
    body = part.expect(_BIT_STRING, "the signature").body
    if body[:1] != b"\0":
        raise MalformedAsn1("the signature is not whole octets")
    return body[1:]


def _time(part: Tlv) -> datetime:
    part.expect(_GENERALIZED_TIME, "a time")
    return read_der(asn1.GeneralizedTime, part.der, what="a time").as_datetime().astimezone(UTC)
