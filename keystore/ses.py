"""The ASN.1 of electronic seals: GB/T 38540-2020 (v4), GM/T 0031-2025 (v5), GM/T 0031-2014 (v1).

Names are the standards' own, misspellings included. What one vendor or another writes beside
the standard is an optional field here, so that a reader can accept it and say so.
"""

from typing import Annotated

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

__all__ = [
    "CertDigestObj",
    "ExtData",
    "SES_ESPictrueInfo",
    "SES_ESPropertyInfo",
    "SES_ESPropertyInfoV1",
    "SES_Header",
    "SES_SealInfo",
    "SES_SealInfoV1",
    "SES_SignInfo",
    "SES_Signature",
    "SES_SignatureV1",
    "SESeal",
    "SESealV1",
    "SignedSealV1",
    "TBS_Sign",
    "TBS_SignV1",
]

Time = asn1.GeneralizedTime | asn1.UTCTime


@asn1.sequence
class SES_Header:
    """ID is always "ES"; Vid names the maker of the software."""

    ID: asn1.IA5String
    version: int
    Vid: asn1.IA5String


@asn1.sequence
class CertDigestObj:
    """A signer's certificate by its digest; `type` names the digest."""

    type: asn1.PrintableString
    value: bytes


@asn1.sequence
class SES_ESPropertyInfo:
    """certListType 1: certificates, 2: `CertDigestObj`s."""

    type: int
    name: str
    certListType: int
    certList: list[asn1.TLV]
    createDate: Time
    validStart: Time
    validEnd: Time


@asn1.sequence
class SES_ESPropertyInfoV1:
    """GM/T 0031-2014 has no certListType and writes UTCTime."""

    type: int
    name: str
    certList: list[asn1.TLV]
    createDate: Time
    validStart: Time
    validEnd: Time


@asn1.sequence
class SES_ESPictrueInfo:
    """The picture; width and height in mm."""

    type: asn1.IA5String
    data: bytes
    width: int
    height: int


@asn1.sequence
class ExtData:
    """`critical` FALSE is left out in DER; some encoders write it all the same."""

    extnID: ObjectIdentifier
    critical: bool | None
    extnValue: bytes


@asn1.sequence
class SES_SealInfo:
    """Untagged extDatas is v4's form, [0] is v1's and seen in v4 as well."""

    header: SES_Header
    esID: asn1.IA5String
    property: SES_ESPropertyInfo
    picture: SES_ESPictrueInfo
    extDatas: list[ExtData] | None
    extDatasTagged: Annotated[list[ExtData] | None, asn1.Explicit(0)]


@asn1.sequence
class SES_SealInfoV1:
    """As v4, with the older property."""

    header: SES_Header
    esID: asn1.IA5String
    property: SES_ESPropertyInfoV1
    picture: SES_ESPictrueInfo
    extDatas: list[ExtData] | None
    extDatasTagged: Annotated[list[ExtData] | None, asn1.Explicit(0)]


@asn1.sequence
class SESeal:
    """v4 and v5: signedValue is over DER(SES_SealInfo) alone."""

    eSealInfo: asn1.TLV
    cert: bytes
    signAlgID: ObjectIdentifier
    signedValue: asn1.BitString
    timeStamp: Annotated[asn1.BitString | None, asn1.Explicit(0)]


@asn1.sequence
class SES_SignInfo:
    """v1: who made the seal, and the value."""

    cert: bytes
    signatureAlgorithm: ObjectIdentifier
    signData: asn1.BitString


@asn1.sequence
class SESealV1:
    """v1: two elements."""

    esealInfo: asn1.TLV
    signInfo: SES_SignInfo


@asn1.sequence
class SignedSealV1:
    """What signData of v1 is over."""

    esealInfo: asn1.TLV
    cert: bytes
    signatureAlgorithm: ObjectIdentifier


@asn1.sequence
class TBS_Sign:
    """v4 and v5: what the seal signature is over. Some vendors leave the tag of extDatas out."""

    version: int
    eseal: asn1.TLV
    timeInfo: asn1.GeneralizedTime
    dataHash: asn1.BitString
    propertyInfo: asn1.IA5String
    extDatas: Annotated[list[ExtData] | None, asn1.Explicit(0)]
    extDatasUntagged: list[ExtData] | None


@asn1.sequence
class SES_Signature:
    """v4 and v5: an electronic seal on a document."""

    toSign: asn1.TLV
    cert: bytes
    signatureAlgID: ObjectIdentifier
    signature: asn1.BitString
    timeStamp: Annotated[asn1.BitString | None, asn1.Explicit(0)]
    timeStampUntagged: asn1.BitString | None


@asn1.sequence
class TBS_SignV1:
    """v1: timeInfo holds a UTCTime or a time-stamp token."""

    version: int
    eseal: asn1.TLV
    timeInfo: asn1.BitString
    dataHash: asn1.BitString
    propertyInfo: asn1.IA5String
    cert: bytes
    signatureAlgorithm: ObjectIdentifier


@asn1.sequence
class SES_SignatureV1:
    """v1: certificate and algorithm stand inside toSign."""

    toSign: asn1.TLV
    signature: asn1.BitString
