"""RFC 3161 tokens: whether one proves a time for some bytes (SM2 by GM/T 0033, RSA, ECDSA)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509

from keystore import Certificate
from keystore.algorithms import DIGEST_NAMES
from keystore.cms import TST_INFO, CmsSignature, CmsSigner
from keystore.errors import MalformedAsn1
from keystore.tlv import SEQUENCE, Tlv
from verify.cms_value import ValueFault, signer_certificate, verify_signer
from verify.codes import Code
from verify.evidence import are_lists, readable_certificates
from verify.policy import VerificationPolicy

__all__ = ["BadToken", "TokenFacts", "is_timestamping_certificate", "read_token"]

_GENERALIZED_TIME = 0x18
_TIME_STAMPING = "1.3.6.1.5.5.7.3.8"
_TIME_FORMATS = ("%Y%m%d%H%M%SZ", "%Y%m%d%H%M%S.%fZ")
_PARTS_MIN = 5  # version, policy, imprint, serial number, time (RFC 3161, 2.4.2)
_TSA_USES = frozenset({"digital_signature", "content_commitment"})


class BadToken(Exception):
    """The token does not hold; `code` says why. Stays in this package."""

    def __init__(self, code: Code, detail: str) -> None:
        """Keep the code for the report."""
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """A token whose signature and imprint hold; whether its authority is trusted is asked apart."""

    time: datetime
    certificate: Certificate
    signer: CmsSigner
    others: tuple[Certificate, ...]


def read_token(
    cms: CmsSignature,
    stamped: Callable[[str], bytes],
    policy: VerificationPolicy,
    known: tuple[Certificate, ...],
) -> TokenFacts:
    """Verify a token over the bytes whose digest `stamped` gives; raise `BadToken`.

    `known` are certificates that may be the authority's besides those inside.
    """
    if cms.content_type != TST_INFO or cms.content is None or len(cms.signers) != 1:
        raise BadToken(Code.TIMESTAMP_INVALID, "the token is no RFC 3161 token with one signer")
    algorithm, imprint, moment = _tst_info(cms.content)
    if algorithm not in policy.digests or imprint != stamped(algorithm):
        raise BadToken(Code.TIMESTAMP_INVALID, "the token is about other bytes")
    others = readable_certificates(cms.certificates)
    is_whole = len(others) == len(cms.certificates) and are_lists(
        cms.crls, others + known, policy.signer_id
    )
    if not is_whole or set(cms.deviations) - policy.accepted_deviations:
        raise BadToken(Code.TIMESTAMP_UNTRUSTED, "the token is not as its standard says")
    signer = cms.signers[0]
    certificate = signer_certificate(signer, others + known)
    if certificate is None:
        raise BadToken(Code.TIMESTAMP_UNTRUSTED, "the authority's certificate is missing")
    if signer.signed_attributes_der is None:
        raise BadToken(Code.TIMESTAMP_INVALID, "the token has no signed attributes")
    try:
        verify_signer(cms, signer, certificate, _absent, policy.signer_id)
    except ValueFault as error:
        raise BadToken(Code.TIMESTAMP_INVALID, str(error)) from error
    return TokenFacts(moment, certificate, signer, others)


def _absent(_name: str, _prefix: bytes) -> bytes:  # pragma: no cover - a token carries its content
    raise BadToken(Code.TIMESTAMP_INVALID, "the token has no content")


def _tst_info(content: bytes) -> tuple[str, bytes, datetime]:
    """Return the digest's name, the imprint and the time (RFC 3161, 2.4.2)."""
    try:
        parts = Tlv.from_der(content).expect(SEQUENCE, "TSTInfo").children()
        if len(parts) < _PARTS_MIN or parts[0].integer() != 1:
            raise MalformedAsn1("TSTInfo lacks a part or is of another version")
        algorithm, imprint = parts[2].expect(SEQUENCE, "MessageImprint").children()
        name = DIGEST_NAMES.get(algorithm.children()[0].oid(), "")
        return name, imprint.octets(), _time(parts[4])
    except (MalformedAsn1, ValueError, IndexError) as error:
        raise BadToken(Code.TIMESTAMP_INVALID, f"TSTInfo cannot be read: {error}") from error


def _time(part: Tlv) -> datetime:
    text = part.expect(_GENERALIZED_TIME, "genTime").body.decode("ascii")
    for form in _TIME_FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise MalformedAsn1("genTime is no UTC time")


def is_timestamping_certificate(certificate: Certificate) -> bool:
    """Say whether it is for time-stamps only, and says so critically (RFC 3161, 2.3)."""
    if certificate.extended_key_usage != {_TIME_STAMPING}:
        return False
    critical = any(
        one.critical and one.oid == x509.OID_EXTENDED_KEY_USAGE
        for one in certificate.x509.extensions
    )
    return critical and (not certificate.key_usage or bool(certificate.key_usage & _TSA_USES))
