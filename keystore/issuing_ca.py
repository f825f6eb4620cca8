"""A small SM2 certification authority by the profile of GB/T 20518: for the demo and for tests."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from keystore.algorithms import EC_PUBLIC_KEY, SM2_CURVE, SM2_WITH_SM3
from keystore.certificates import Certificate
from keystore.revocation_lists import RevocationList
from keystore.signer import Signer
from keystore.sm2 import SIGNER_ID_GM, Sm2PublicKey, sm3
from keystore.x509_asn1 import (
    AlgorithmIdentifier,
    CertificateFrame,
    CrlFrame,
    RevokedEntry,
    SubjectPublicKeyInfo,
    TbsCertificate,
    TbsCrl,
    Validity,
    raw,
)

__all__ = ["CertificatePlan", "IssuingCa", "distinguished_name", "spki_of_key"]

SERIAL_BYTES = 16
KEY_ID_BYTES = 20
UTC_TIME_UNTIL_YEAR = 2050
VERSION_3 = 2
CRL_VERSION_2 = 1

SM2_SM3_IDENTIFIER = AlgorithmIdentifier(algorithm=ObjectIdentifier(SM2_WITH_SM3), parameters=None)


@dataclass(frozen=True, slots=True)
class CertificatePlan:
    """What a certificate will say. `path_length` None: not a CA."""

    subject: x509.Name
    public_key: Sm2PublicKey
    not_before: datetime
    not_after: datetime
    key_usage: frozenset[str]
    path_length: int | None = None
    extended_key_usage: tuple[str, ...] = ()


def distinguished_name(*, country: str, organization: str, common_name: str) -> x509.Name:
    """Return C, O, CN, in this order."""
    oid = x509.NameOID
    return x509.Name(
        [
            x509.NameAttribute(oid.COUNTRY_NAME, country),
            x509.NameAttribute(oid.ORGANIZATION_NAME, organization),
            x509.NameAttribute(oid.COMMON_NAME, common_name),
        ]
    )


def spki_of_key(key: Sm2PublicKey) -> bytes:
    """Return SubjectPublicKeyInfo: id-ecPublicKey with the SM2 curve."""
    algorithm = AlgorithmIdentifier(
        algorithm=ObjectIdentifier(EC_PUBLIC_KEY), parameters=ObjectIdentifier(SM2_CURVE)
    )
    return asn1.encode_der(
        SubjectPublicKeyInfo(algorithm=parts_of(algorithm), public_key=asn1.BitString(key.point, 0))
    )


def parts_of(algorithm: AlgorithmIdentifier) -> list[asn1.TLV]:
    """Return the elements of an AlgorithmIdentifier."""
    parts = [raw(asn1.encode_der(algorithm.algorithm))]
    if algorithm.parameters is not None:
        parts.append(raw(asn1.encode_der(algorithm.parameters)))
    return parts


@dataclass(frozen=True, slots=True)
class IssuingCa:
    """A CA's name and key, and where its serial numbers come from."""

    name: x509.Name
    signer: Signer
    random_bytes: Callable[[int], bytes] = secrets.token_bytes

    def issue(self, plan: CertificatePlan) -> Certificate:
        """Return a certificate signed by this CA; nothing is recorded."""
        tbs = TbsCertificate(
            version=VERSION_3,
            serial_number=int.from_bytes(self.random_bytes(SERIAL_BYTES), "big") | 1,
            signature=parts_of(SM2_SM3_IDENTIFIER),
            issuer=raw(self.name.public_bytes()),
            validity=Validity(not_before=_time(plan.not_before), not_after=_time(plan.not_after)),
            subject=raw(plan.subject.public_bytes()),
            spki=raw(spki_of_key(plan.public_key)),
            extensions=self._extensions(plan),
        )
        signature = self.signer.sign(asn1.encode_der(tbs), signer_id=SIGNER_ID_GM)
        frame = CertificateFrame(
            tbs=tbs,
            signature_algorithm=parts_of(SM2_SM3_IDENTIFIER),
            signature=asn1.BitString(signature.to_der(), 0),
        )
        return Certificate.from_der(asn1.encode_der(frame))

    def revoke(
        self,
        revoked: Mapping[int, datetime],
        *,
        number: int,
        this_update: datetime,
        next_update: datetime,
    ) -> RevocationList:
        """Return a CRL of serial numbers and their times."""
        entries = [
            RevokedEntry(serial_number=serial, revocation_date=_time(moment))
            for serial, moment in sorted(revoked.items())
        ]
        tbs = TbsCrl(
            version=CRL_VERSION_2,
            signature=SM2_SM3_IDENTIFIER,
            issuer=raw(self.name.public_bytes()),
            this_update=_time(this_update),
            next_update=_time(next_update),
            revoked=entries or None,
            extensions=[
                _extension(x509.CRLNumber(number), critical=False),
                self._authority_key_identifier(),
            ],
        )
        signature = self.signer.sign(asn1.encode_der(tbs), signer_id=SIGNER_ID_GM)
        frame = CrlFrame(
            tbs=tbs,
            signature_algorithm=SM2_SM3_IDENTIFIER,
            signature=asn1.BitString(signature.to_der(), 0),
        )
        return RevocationList.from_der(asn1.encode_der(frame))

    def _extensions(self, plan: CertificatePlan) -> list[asn1.TLV]:
        is_ca = plan.path_length is not None
        found = [
            _extension(x509.SubjectKeyIdentifier(_key_id(plan.public_key)), critical=False),
            self._authority_key_identifier(),
            _extension(
                x509.BasicConstraints(ca=is_ca, path_length=plan.path_length), critical=True
            ),
            _extension(_key_usage(plan.key_usage), critical=True),
        ]
        if plan.extended_key_usage:
            uses = [ObjectIdentifier(oid) for oid in plan.extended_key_usage]
            found.append(_extension(x509.ExtendedKeyUsage(uses), critical=True))
        return found

    def _authority_key_identifier(self) -> asn1.TLV:
        identifier = x509.AuthorityKeyIdentifier(_key_id(self.signer.public_key), None, None)
        return _extension(identifier, critical=False)


@asn1.sequence
class _Extension:
    oid: ObjectIdentifier
    critical: bool | None
    value: bytes


def _extension(value: x509.ExtensionType, *, critical: bool) -> asn1.TLV:
    made = _Extension(
        oid=value.oid, critical=True if critical else None, value=value.public_bytes()
    )
    return raw(asn1.encode_der(made))


def _key_usage(uses: frozenset[str]) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in uses for name in names})


def _key_id(key: Sm2PublicKey) -> bytes:
    return sm3(key.point)[:KEY_ID_BYTES]


def _time(moment: datetime) -> asn1.UTCTime | asn1.GeneralizedTime:
    """Choose the form by RFC 5280, 4.1.2.5."""
    whole = moment.replace(microsecond=0)
    if whole.year < UTC_TIME_UNTIL_YEAR:
        return asn1.UTCTime(whole)
    return asn1.GeneralizedTime(whole)
