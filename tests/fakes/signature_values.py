"""Signature values of every layout, right or wrong on purpose: SES, CMS, RFC 3161 tokens."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ObjectIdentifier

from keystore import SIGNER_ID_GM, Certificate, Seal, Sm2Signature, sm3
from keystore.cms import (
    CONTENT_TYPE,
    DATA,
    GM_DATA,
    GM_SIGNED_DATA,
    MESSAGE_DIGEST,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    SIGNING_TIME,
    TIMESTAMP_TOKEN,
    TST_INFO,
)
from keystore.ses import SES_Signature, TBS_Sign
from keystore.tlv import (
    CONTEXT_0,
    CONTEXT_1,
    INTEGER,
    NULL,
    OCTET_STRING,
    OID,
    SEQUENCE,
    SET,
    encoded,
    encoded_integer,
    encoded_oid,
)
from keystore.x509_asn1 import raw
from tests.fakes.sm2_people import NOW, Foreigner, Person, World

SM3_OID, SHA256_OID = "1.2.156.10197.1.401", "2.16.840.1.101.3.4.2.1"
SM2_SM3, SM2_ONE = "1.2.156.10197.1.501", "1.2.156.10197.1.301.1"
RSA_PSS = "1.2.840.113549.1.1.10"
RSA, ECDSA_SHA256 = "1.2.840.113549.1.1.1", "1.2.840.10045.4.3.2"
NULL_DER = encoded(NULL)
DIGESTS = {SM3_OID: hashes.SM3, SHA256_OID: hashes.SHA256, "1.3.14.3.2.26": hashes.SHA1}


def digest(oid: str, data: bytes) -> bytes:
    running = hashes.Hash(DIGESTS[oid]())
    running.update(data)
    return running.finalize()


def ses_value(
    world: World,
    document: bytes,
    *,
    seal: Seal | None = None,
    signer: Person | None = None,
    key: Person | None = None,
    signed_at: datetime = NOW,
    data_hash: bytes | None = None,
    version: int = 4,
    algorithm: str = SM2_SM3,
    raw_value: bool = False,
    unused_bits: int = 0,
    stamp: "Token | None" = None,
    bad_stamp: bytes | None = None,
) -> bytes:
    """Return DER(SES_Signature); `key` signs when it is not the signer's own."""
    signer = signer or world.signer
    to_sign = asn1.encode_der(
        TBS_Sign(
            version=version,
            eseal=raw((seal or world.seal).der),
            timeInfo=asn1.GeneralizedTime(signed_at),
            dataHash=asn1.BitString(sm3(document) if data_hash is None else data_hash, 0),
            propertyInfo=asn1.IA5String("Seal1"),
            extDatas=None,
            extDatasUntagged=None,
        )
    )
    value = (key or signer).signer.sign(to_sign, signer_id=SIGNER_ID_GM)
    octets = value.to_raw() if raw_value else value.to_der()
    if unused_bits:
        octets = octets[:-1] + bytes([octets[-1] & ~((1 << unused_bits) - 1) & 255])
    token = bad_stamp if stamp is None else stamp.over(octets)
    return asn1.encode_der(
        SES_Signature(
            toSign=raw(to_sign),
            cert=signer.certificate.der,
            signatureAlgID=ObjectIdentifier(algorithm),
            signature=asn1.BitString(octets, unused_bits),
            timeStamp=None if token is None else asn1.BitString(token, 0),
            timeStampUntagged=None,
        )
    )


@dataclass(frozen=True)
class Cms:
    """How a CMS container is made; every default is the RFC 5652 form with SM2."""

    signed_data: str = SIGNED_DATA
    content_type: str = DATA
    digest_oid: str = SM3_OID
    algorithm: str = SM2_SM3
    parameters: bytes = NULL_DER
    salt: int = 32
    """Bytes of salt in RSASSA-PSS; without any, the value is the same every time."""
    content: bytes | None = None
    attributes: bool = True
    more_attributes: tuple[bytes, ...] = ()
    left_out: frozenset[str] = frozenset()
    stated_type: str | None = None
    stated_digest: bytes | None = None
    signing_time: datetime | None = NOW
    ess: bytes | None = None
    unsorted: bool = False
    version: int | None = None
    signer_version: int | None = None
    by_key: bytes | None = None
    certificates: tuple[Certificate, ...] | None = None
    other_certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    announced: tuple[str, ...] | None = None
    unsigned: tuple[bytes, ...] = ()
    signature: bytes | None = None
    bare_digest: bool = False
    bad_key: Person | None = None
    signers: int = 1
    """How often the one person signs, a second later each time."""
    beside: tuple[Person, ...] = ()
    """Who else signs the same."""

    def over(self, document: bytes, person: Person | Foreigner) -> bytes:
        """Return the ContentInfo over `document`."""
        infos = [self._later(nth)._signer(document, person) for nth in range(self.signers)]
        infos += [self._signer(document, one) for one in self.beside]
        content = encoded(
            SEQUENCE,
            encoded_oid(self.content_type),
            b""
            if self.content is None
            else encoded(CONTEXT_0, encoded(OCTET_STRING, self.content)),
        )
        is_data = self.content_type in {DATA, GM_DATA} and self.by_key is None
        people = (person, *self.beside)
        carried = self.certificates
        if carried is None:
            carried = tuple(one.certificate for one in people)
        sets = [*(one.der for one in carried), *self.other_certificates]
        body = encoded(
            SEQUENCE,
            encoded_integer(self.version or (1 if is_data else 3)),
            encoded(SET, *(algorithm(oid) for oid in self.announced or (self.digest_oid,))),
            content,
            encoded(CONTEXT_0, *sets) if sets else b"",
            encoded(CONTEXT_1, *self.crls) if self.crls else b"",
            encoded(SET, *infos),
        )
        return encoded(SEQUENCE, encoded_oid(self.signed_data), encoded(CONTEXT_0, body))

    def _later(self, seconds: int) -> "Cms":
        made = copy(self)
        if self.signing_time is not None:
            later = self.signing_time + timedelta(seconds=seconds)
            object.__setattr__(made, "signing_time", later)
        return made

    def _signer(self, document: bytes, person: Person | Foreigner) -> bytes:
        certificate = person.certificate
        attributes = self._attributes(document) if self.attributes else None
        message = document if self.content is None else self.content
        if attributes is not None:
            message = encoded(SET, *attributes)
        value = self.signature or self._value(message, self.bad_key or person)
        unsigned = [*self.unsigned]
        identity = (
            encoded(SEQUENCE, certificate.issuer_der, encoded_integer(certificate.serial))
            if self.by_key is None
            else encoded(0x80, self.by_key)
        )
        return encoded(
            SEQUENCE,
            encoded_integer(self.signer_version or (1 if self.by_key is None else 3)),
            identity,
            algorithm(self.digest_oid),
            b"" if attributes is None else encoded(CONTEXT_0, *attributes),
            encoded(SEQUENCE, encoded_oid(self.algorithm), self.parameters),
            encoded(OCTET_STRING, value),
            encoded(CONTEXT_1, *unsigned) if unsigned else b"",
        )

    def _attributes(self, document: bytes) -> list[bytes]:
        content = document if self.content is None else self.content
        stated = self.stated_digest or digest(self.digest_oid, content)
        rows = {
            CONTENT_TYPE: encoded_oid(self.stated_type or self.content_type),
            MESSAGE_DIGEST: encoded(OCTET_STRING, stated),
        }
        if self.signing_time is not None:
            rows[SIGNING_TIME] = asn1.encode_der(asn1.UTCTime(self.signing_time))
        if self.ess is not None:
            rows[SIGNING_CERTIFICATE_V2] = self.ess
        made = [attribute(oid, value) for oid, value in rows.items() if oid not in self.left_out]
        made = sorted([*made, *self.more_attributes], reverse=self.unsorted)
        return made

    def _value(self, message: bytes, person: Person | Foreigner) -> bytes:
        if isinstance(person, Foreigner):
            if isinstance(person.key, rsa.RSAPrivateKey):
                hash_ = DIGESTS[self.digest_oid]()
                if self.algorithm == RSA_PSS:
                    pss = padding.PSS(mgf=padding.MGF1(hash_), salt_length=self.salt)
                    return person.key.sign(message, pss, hash_)
                return person.key.sign(message, padding.PKCS1v15(), hash_)
            exact = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
            return person.key.sign(message, exact)
        if self.bare_digest:
            return person.signer.key.sign_digest(sm3(message)).to_der()
        return person.signer.sign(message, signer_id=SIGNER_ID_GM).to_der()


GM = Cms(signed_data=GM_SIGNED_DATA, content_type=GM_DATA, algorithm=SM2_ONE)


def algorithm(oid: str) -> bytes:
    return encoded(SEQUENCE, encoded_oid(oid), NULL_DER)


def pss_parameters(
    digest_oid: str = SHA256_OID, mask_oid: str | None = None, *, salt: int = 32, more: bytes = b""
) -> bytes:
    """Return RSASSA-PSS-params."""
    mask = encoded(SEQUENCE, encoded_oid("1.2.840.113549.1.1.8"), algorithm(mask_oid or digest_oid))
    return encoded(
        SEQUENCE,
        encoded(CONTEXT_0, algorithm(digest_oid)),
        encoded(CONTEXT_1, mask),
        encoded(0xA2, encoded_integer(salt)),
        more,
    )


def attribute(oid: str, *values: bytes) -> bytes:
    return encoded(SEQUENCE, encoded_oid(oid), encoded(SET, *values))


def ess_certificate(hashed: bytes, *, oid: str | None = SM3_OID) -> bytes:
    """Return SigningCertificateV2 with one ESSCertIDv2."""
    named = b"" if oid is None else algorithm(oid)
    identifier = encoded(SEQUENCE, named, encoded(OCTET_STRING, hashed))
    return encoded(SEQUENCE, encoded(SEQUENCE, identifier))


@dataclass(frozen=True)
class Token:
    """A time-stamp by `tsa` at `time`."""

    tsa: Person
    time: datetime = NOW + timedelta(seconds=2)
    cms: Cms = Cms(content_type=TST_INFO)
    imprint: bytes | None = None
    imprint_oid: str = SM3_OID
    time_text: bytes | None = None
    version: int = 1
    content: bytes | None = None

    def over(self, stamped: bytes) -> bytes:
        """Return the token over `stamped`."""
        imprint = self.imprint or digest(self.imprint_oid, stamped)
        moment = self.time_text or f"{self.time:%Y%m%d%H%M%SZ}".encode()
        info = encoded(
            SEQUENCE,
            encoded_integer(self.version),
            encoded_oid("1.2.3.4"),
            encoded(SEQUENCE, algorithm(self.imprint_oid), encoded(OCTET_STRING, imprint)),
            encoded_integer(7),
            encoded(0x18, moment),
        )
        from dataclasses import replace

        made = replace(self.cms, content=self.content or info, signing_time=None)
        return made.over(b"", self.tsa)


def token_attribute(token: Token, signature: bytes) -> bytes:
    return attribute(TIMESTAMP_TOKEN, token.over(signature))


def ints(*values: int) -> bytes:
    return encoded(SEQUENCE, *(encoded_integer(one) for one in values))


__all__ = ["GM", "INTEGER", "OID", "Cms", "Iterable", "Sm2Signature", "Token", "ses_value"]
