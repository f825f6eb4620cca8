"""Making an electronic seal: SESeal version 4 (GB/T 38540-2020, 6.2)."""

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from keystore.algorithms import SM2_WITH_SM3
from keystore.certificates import Certificate
from keystore.credential import Credential
from keystore.errors import InvalidSeal
from keystore.pictures import SealPicture
from keystore.seals import BY_CERTIFICATE, HEADER_ID, Seal
from keystore.ses import (
    SES_ESPictrueInfo,
    SES_ESPropertyInfo,
    SES_Header,
    SES_SealInfo,
    SESeal,
)
from keystore.signer import Signer
from keystore.sm2 import SIGNER_ID_GM
from keystore.x509_asn1 import raw

__all__ = ["SealPlan", "make_seal"]

VERSION_2020 = 4
VENDOR_ID = "Qianyin"
MAKER_USES = frozenset({"digital_signature", "content_commitment"})


@dataclass(frozen=True, slots=True)
class SealPlan:
    """What a new seal will say. `type_code` is opaque: 3 and 4 are what real seals carry."""

    seal_id: str
    name: str
    type_code: int
    picture: SealPicture
    signers: tuple[Certificate, ...]
    created_at: datetime
    valid_from: datetime
    valid_until: datetime


def make_seal(plan: SealPlan, *, maker: Credential, signer: Signer) -> Seal:
    """Return the seal signed by its maker.

    Raises `InvalidSeal` when the plan lists no signer, ends before it begins, lets the maker
    seal documents himself, or the maker's certificate may not sign.
    """
    _require_sound(plan, maker)
    try:
        info = asn1.encode_der(_seal_info(plan))
    except (ValueError, TypeError) as error:
        raise InvalidSeal("the plan holds a text or number that a seal cannot carry") from error
    signature = signer.sign(info, signer_id=SIGNER_ID_GM)
    made = SESeal(
        eSealInfo=raw(info),
        cert=maker.certificate.der,
        signAlgID=ObjectIdentifier(SM2_WITH_SM3),
        signedValue=asn1.BitString(signature.to_der(), 0),
        timeStamp=None,
    )
    seal = Seal.from_der(asn1.encode_der(made))
    seal.verify_maker_signature(signer_id=SIGNER_ID_GM)
    return seal


def _require_sound(plan: SealPlan, maker: Credential) -> None:
    faults = {
        "a seal needs at least one signer": not plan.signers,
        "a seal must end after it begins": plan.valid_until <= plan.valid_from,
        "the maker of a seal may not be its signer": maker.certificate in plan.signers,
        "the maker's certificate may not sign": not maker.certificate.key_usage & MAKER_USES,
    }
    for sentence, is_so in faults.items():
        if is_so:
            raise InvalidSeal(sentence)


def _seal_info(plan: SealPlan) -> SES_SealInfo:
    return SES_SealInfo(
        header=SES_Header(
            ID=asn1.IA5String(HEADER_ID), version=VERSION_2020, Vid=asn1.IA5String(VENDOR_ID)
        ),
        esID=asn1.IA5String(plan.seal_id),
        property=SES_ESPropertyInfo(
            type=plan.type_code,
            name=plan.name,
            certListType=BY_CERTIFICATE,
            certList=[raw(asn1.encode_der(one.der)) for one in plan.signers],
            createDate=asn1.GeneralizedTime(plan.created_at.replace(microsecond=0)),
            validStart=asn1.GeneralizedTime(plan.valid_from.replace(microsecond=0)),
            validEnd=asn1.GeneralizedTime(plan.valid_until.replace(microsecond=0)),
        ),
        picture=SES_ESPictrueInfo(
            type=asn1.IA5String(plan.picture.format),
            data=plan.picture.data,
            width=plan.picture.width_mm,
            height=plan.picture.height_mm,
        ),
        extDatas=None,
        extDatasTagged=None,
    )
