"""Seals and seal signatures as other products and older standards write them."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ObjectIdentifier

from keystore import SIGNER_ID_GM, Certificate, Seal, sm3
from keystore.algorithms import SM2_WITH_SM3
from keystore.ses import (
    CertDigestObj,
    ExtData,
    SES_ESPictrueInfo,
    SES_ESPropertyInfo,
    SES_ESPropertyInfoV1,
    SES_Header,
    SES_SealInfo,
    SES_SealInfoV1,
    SES_Signature,
    SES_SignatureV1,
    SES_SignInfo,
    SESeal,
    SESealV1,
    SignedSealV1,
    TBS_Sign,
    TBS_SignV1,
)
from keystore.x509_asn1 import raw
from tests.fakes.pki import NOW, Party, pki, seal

OTHER_OID = ObjectIdentifier("1.2.156.112600.7.1")


def extension(critical: bool | None = None) -> ExtData:
    return ExtData(extnID=OTHER_OID, critical=critical, extnValue=b"vendor")


def certificate_list(*certificates: Certificate) -> list[asn1.TLV]:
    return [raw(asn1.encode_der(one.der)) for one in certificates]


def digest_list(*certificates: Certificate, kind: str = "SM3") -> list[asn1.TLV]:
    return [
        raw(asn1.encode_der(CertDigestObj(type=asn1.PrintableString(kind), value=sm3(one.der))))
        for one in certificates
    ]


@dataclass(frozen=True)
class SealRecipe:
    """What a foreign seal maker writes; `version` chooses the standard's form."""

    version: int = 4
    header_id: str = "ES"
    list_type: int = 1
    signers: list[asn1.TLV] | None = None
    untagged: list[ExtData] | None = None
    tagged: list[ExtData] | None = None
    raw_value: bool = False
    unused_bits: int = 0
    utc_time: bool | None = None
    timestamp: bytes | None = None
    maker: Party = field(default_factory=lambda: pki().maker)
    value: bytes | None = None
    picture: bytes = b"picture"
    picture_type: str = "ofd"
    size_mm: int = 42
    times: tuple[datetime, datetime, datetime] = (NOW, NOW, NOW)
    algorithm: str = SM2_WITH_SM3

    def but(self, **changes: object) -> "SealRecipe":
        return replace(self, **changes)

    @property
    def is_2014(self) -> bool:
        return self.version == 1

    def der(self) -> bytes:
        info = raw(asn1.encode_der(self._info()))
        cert, oid = self.maker.certificate.der, ObjectIdentifier(self.algorithm)
        if self.is_2014:
            signed = SignedSealV1(esealInfo=info, cert=cert, signatureAlgorithm=oid)
            value = self._value(asn1.encode_der(signed))
            made = SES_SignInfo(cert=cert, signatureAlgorithm=oid, signData=value)
            return asn1.encode_der(SESealV1(esealInfo=info, signInfo=made))
        return asn1.encode_der(
            SESeal(
                eSealInfo=info,
                cert=cert,
                signAlgID=oid,
                signedValue=self._value(asn1.encode_der(info)),
                timeStamp=None if self.timestamp is None else asn1.BitString(self.timestamp, 0),
            )
        )

    def seal(self) -> Seal:
        return Seal.from_der(self.der())

    def _value(self, signed: bytes) -> asn1.BitString:
        made = self.maker.signer.sign(signed, signer_id=SIGNER_ID_GM)
        value = made.to_raw() if self.raw_value else made.to_der()
        return bits(self.value if self.value is not None else value, self.unused_bits)

    def _time(self, moment: datetime) -> asn1.UTCTime | asn1.GeneralizedTime:
        utc = self.is_2014 if self.utc_time is None else self.utc_time
        return (asn1.UTCTime if utc else asn1.GeneralizedTime)(moment)

    def _info(self) -> SES_SealInfo | SES_SealInfoV1:
        signers = certificate_list(pki().leaf.certificate) if self.signers is None else self.signers
        times = {
            name: self._time(moment)
            for name, moment in zip(
                ("createDate", "validStart", "validEnd"), self.times, strict=True
            )
        }
        header = SES_Header(
            ID=asn1.IA5String(self.header_id),
            version=self.version,
            Vid=asn1.IA5String("GOMAIN"),
        )
        common = {
            "header": header,
            "esID": asn1.IA5String("32010000000001"),
            "picture": SES_ESPictrueInfo(
                type=asn1.IA5String(self.picture_type),
                data=self.picture,
                width=self.size_mm,
                height=self.size_mm,
            ),
            "extDatas": self.untagged,
            "extDatasTagged": self.tagged,
        }
        if self.is_2014:
            old = SES_ESPropertyInfoV1(type=1, name="旧印章", certList=signers, **times)
            return SES_SealInfoV1(property=old, **common)
        made = SES_ESPropertyInfo(
            type=4, name="电子印章", certListType=self.list_type, certList=signers, **times
        )
        return SES_SealInfo(property=made, **common)


@dataclass(frozen=True)
class SignatureRecipe:
    """What a foreign signer writes."""

    version: int = 4
    seal: bytes | None = None
    data_hash: bytes = bytes(range(32))
    tagged: list[ExtData] | None = None
    untagged: list[ExtData] | None = None
    timestamp: bytes | None = None
    untagged_timestamp: bytes | None = None
    raw_value: bool = False
    unused_bits: int = 0
    hash_unused_bits: int = 0
    time_info: bytes | None = None
    signer: Party = field(default_factory=lambda: pki().leaf)
    certificate: bytes | None = None
    value: bytes | None = None
    signed_at: datetime = NOW
    algorithm: str = SM2_WITH_SM3

    def but(self, **changes: object) -> "SignatureRecipe":
        return replace(self, **changes)

    def der(self) -> bytes:
        to_sign = asn1.encode_der(self._to_sign())
        made = self.signer.signer.sign(to_sign, signer_id=SIGNER_ID_GM)
        value = made.to_raw() if self.raw_value else made.to_der()
        signature = bits(self.value if self.value is not None else value, self.unused_bits)
        if self.version == 1:
            return asn1.encode_der(SES_SignatureV1(toSign=raw(to_sign), signature=signature))
        return asn1.encode_der(
            SES_Signature(
                toSign=raw(to_sign),
                cert=self._certificate,
                signatureAlgID=ObjectIdentifier(self.algorithm),
                signature=signature,
                timeStamp=optional_bits(self.timestamp),
                timeStampUntagged=optional_bits(self.untagged_timestamp),
            )
        )

    @property
    def _certificate(self) -> bytes:
        return self.certificate or self.signer.certificate.der

    def _to_sign(self) -> TBS_Sign | TBS_SignV1:
        own = SealRecipe(version=1).der() if self.version == 1 else seal().der
        common = {
            "version": self.version,
            "eseal": raw(self.seal or own),
            "dataHash": bits(self.data_hash, self.hash_unused_bits),
            "propertyInfo": asn1.IA5String("/Doc_0/Signs/Sign_0/Signature.xml"),
        }
        if self.version == 1:
            claimed = asn1.encode_der(asn1.UTCTime(self.signed_at))
            return TBS_SignV1(
                timeInfo=asn1.BitString(self.time_info or claimed, 0),
                cert=self._certificate,
                signatureAlgorithm=ObjectIdentifier(self.algorithm),
                **common,
            )
        return TBS_Sign(
            timeInfo=asn1.GeneralizedTime(self.signed_at),
            extDatas=self.tagged,
            extDatasUntagged=self.untagged,
            **common,
        )


@dataclass(frozen=True)
class RsaParty:
    """Somebody who seals with RSA, as the standard of 2014 lets nobody but some products do."""

    certificate: Certificate
    key: rsa.RSAPrivateKey

    @property
    def signer(self) -> "RsaParty":
        return self

    def sign(self, message: bytes, *, signer_id: bytes) -> "RsaParty.Value":
        return self.Value(self.key.sign(message, padding.PKCS1v15(), hashes.SHA256()))

    @dataclass(frozen=True)
    class Value:
        octets: bytes

        def to_der(self) -> bytes:
            return self.octets


def bits(value: bytes, unused: int) -> asn1.BitString:
    """A BIT STRING; DER wants the unused bits to be zero."""
    if unused:
        value = value[:-1] + bytes([value[-1] >> unused << unused])
    return asn1.BitString(value, unused)


def optional_bits(value: bytes | None) -> asn1.BitString | None:
    return None if value is None else asn1.BitString(value, 0)
