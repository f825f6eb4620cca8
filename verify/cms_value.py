"""Verifies one CMS signer against content, in every layout seen in the field."""

from base64 import b64encode

from cryptography import x509

from keystore import Certificate, DigestAfter, Sm2PublicKey, Sm2Signature, digests_of
from keystore.algorithms import DIGEST_NAMES, RSA_PSS, SIGNATURE_ALGORITHMS
from keystore.cms import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE_V2,
    CmsSignature,
    CmsSigner,
    digest_attribute,
    oid_attribute,
)
from keystore.errors import InvalidSignature, MalformedAsn1
from keystore.public_keys import verify_digested
from keystore.tlv import SEQUENCE, Tlv
from verify.codes import Code
from verify.digests import digest_of_parts

__all__ = [
    "DETACHED",
    "ValueFault",
    "digest_name",
    "signer_certificate",
    "verify_signer",
]

DETACHED = "CMS_WITHOUT_ATTRIBUTES"
DIGEST_AS_CONTENT = "CMS_DIGEST_AS_CONTENT"
DIGEST_AS_BASE64 = "CMS_DIGEST_AS_BASE64"
_SHA256 = "sha256"  # the default of ESSCertIDv2 (RFC 5035, 4)


class ValueFault(Exception):
    """The signature does not hold; `code` says which part. Stays in this package."""

    def __init__(self, code: Code, detail: str) -> None:
        """Keep the code for the report."""
        super().__init__(detail)
        self.code = code


def digest_name(signer: CmsSigner) -> str | None:
    """Return the name of the signer's digest algorithm; None when it is not supported."""
    return DIGEST_NAMES.get(signer.digest_algorithm)


def signer_certificate(
    signer: CmsSigner, candidates: tuple[Certificate, ...]
) -> Certificate | None:
    """Return the certificate the signer names, by issuer and serial or by key identifier."""
    for one in candidates:
        if signer.key_id is not None:
            if _key_identifier(one) == signer.key_id:
                return one
        elif (one.issuer_der, one.serial) == (signer.issuer_der, signer.serial):
            return one
    return None


def _key_identifier(certificate: Certificate) -> bytes | None:
    for one in certificate.x509.extensions:
        if isinstance(one.value, x509.SubjectKeyIdentifier):
            return one.value.digest
    return None


def verify_signer(
    cms: CmsSignature,
    signer: CmsSigner,
    certificate: Certificate,
    document: DigestAfter,
    signer_id: bytes,
) -> tuple[str, ...]:
    """Return the deviations of the layout that holds; raise `ValueFault` when none does.

    `document` gives the digests of what a detached signature is about.
    """
    digest = digest_name(signer)
    if digest is None or signer.signature_algorithm not in SIGNATURE_ALGORITHMS:
        raise ValueFault(Code.ALGORITHM_UNSUPPORTED, "an algorithm is not supported")
    if signer.signature_parameters is not None and signer.signature_algorithm != RSA_PSS:
        raise ValueFault(Code.ALGORITHM_UNSUPPORTED, "the signature algorithm has parameters")
    if signer.signed_attributes_der is not None:
        _check_attributes(cms, signer, certificate, document, digest)
        _verify(certificate, signer, digest, digests_of(signer.signed_attributes_der), signer_id)
        return ()
    if cms.content is not None:
        _verify(certificate, signer, digest, digests_of(cms.content), signer_id)
        return ()
    try:
        _verify(certificate, signer, digest, document, signer_id)
    except ValueFault:
        _refuse_bare_digest(certificate, signer, document(digest, b""))
        raise
    return (DETACHED,)


def _verify(
    certificate: Certificate,
    signer: CmsSigner,
    digest: str,
    message: DigestAfter,
    signer_id: bytes,
) -> None:
    try:
        verify_digested(
            certificate.public_key,
            message,
            signer.signature,
            algorithm=signer.signature_algorithm,
            digest=digest,
            signer_id=signer_id,
            parameters=signer.signature_parameters,
        )
    except InvalidSignature as error:
        raise ValueFault(Code.VALUE_INVALID, str(error)) from error


def _refuse_bare_digest(certificate: Certificate, signer: CmsSigner, digest: bytes) -> None:
    """Name the layout without Z_A: the key did sign, but not as GB/T 32918 says."""
    if not isinstance(certificate.public_key, Sm2PublicKey):
        return
    try:
        certificate.public_key.verify_digest(digest, Sm2Signature.from_der(signer.signature))
    except InvalidSignature:
        return
    raise ValueFault(Code.VALUE_NONCONFORMING, "the value is over the bare digest, without Z_A")


def _check_attributes(
    cms: CmsSignature,
    signer: CmsSigner,
    certificate: Certificate,
    document: DigestAfter,
    digest: str,
) -> None:
    try:
        content_type = signer.signed_value(CONTENT_TYPE)
        message_digest = signer.signed_value(MESSAGE_DIGEST)
        if content_type is None or message_digest is None:
            raise ValueFault(Code.ATTRIBUTES_INVALID, "a mandatory signed attribute is missing")
        if oid_attribute(content_type) != cms.content_type:
            raise ValueFault(Code.ATTRIBUTES_INVALID, "contentType is not the content's type")
        stated = digest_attribute(message_digest)
        _check_certificate_name(signer, certificate)
    except MalformedAsn1 as error:
        raise ValueFault(Code.ATTRIBUTES_INVALID, str(error)) from error
    actual = (
        document(digest, b"") if cms.content is None else digest_of_parts(digest, [cms.content])
    )
    if stated != actual:
        raise ValueFault(Code.DIGEST_MISMATCH, "messageDigest is not the digest of the content")


def _check_certificate_name(signer: CmsSigner, certificate: Certificate) -> None:
    """Check signing-certificate-v2 where it is present (RFC 5035, 5.4)."""
    value = signer.signed_value(SIGNING_CERTIFICATE_V2)
    if value is None:
        return
    identifier = _first(_first(Tlv.from_der(value).expect(SEQUENCE, "SigningCertificateV2")))
    name: str | None = _SHA256
    parts = identifier.children()
    if _first(identifier).tag == SEQUENCE:
        name = DIGEST_NAMES.get(_first(parts[0]).oid())
        parts = parts[1:]
    if name is None or not parts or parts[0].octets() != digest_of_parts(name, [certificate.der]):
        raise ValueFault(
            Code.SIGNER_CERTIFICATE_NOT_NAMED, "the signed attributes name another certificate"
        )


def _first(part: Tlv) -> Tlv:
    found = part.children()
    if not found:
        raise MalformedAsn1("SigningCertificateV2 lacks a part")
    return found[0]


def content_deviations(content: bytes, digest: bytes) -> tuple[str, ...] | None:
    """Say how embedded content stands for the document; None when it does not."""
    if content == digest:
        return (DIGEST_AS_CONTENT,)
    # Written out, not read: what decodes to the digest may have other bits in its last character.
    return (DIGEST_AS_BASE64,) if content == b64encode(digest) else None
