"""A revocation list that speaks for a part of what its issuer issued clears nobody."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat import asn1

from keystore import SIGNER_ID_GM, RevocationList
from keystore.issuing_ca import _extension
from keystore.x509_asn1 import CrlFrame
from tests.fakes.pdf_documents import document
from tests.fakes.signed_documents import code_of, report_on, sealing, sign
from tests.fakes.sm2_people import world
from verify import QIANYIN_STRICT, Code
from verify.report import CheckName

PEOPLE = world()
SCOPE = {"full_name": None, "relative_name": None, "only_some_reasons": None, "indirect_crl": False}
NO_SCOPE = {
    "only_contains_user_certs": False,
    "only_contains_ca_certs": False,
    "only_contains_attribute_certs": False,
}
PARTS = {
    "a delta": x509.DeltaCRLIndicator(1),
    "users only": x509.IssuingDistributionPoint(
        **SCOPE, **{**NO_SCOPE, "only_contains_user_certs": True}
    ),
    "CAs only": x509.IssuingDistributionPoint(
        **SCOPE, **{**NO_SCOPE, "only_contains_ca_certs": True}
    ),
    "one place": x509.IssuingDistributionPoint(
        **{**SCOPE, "full_name": [x509.UniformResourceIdentifier("http://example.org/1.crl")]},
        **NO_SCOPE,
    ),
    "indirect": x509.IssuingDistributionPoint(**{**SCOPE, "indirect_crl": True}, **NO_SCOPE),
}


def listing_with(extension: x509.ExtensionType | None, *, critical: bool) -> bytes:
    """The signer's authority's list, signed anew with one more extension."""
    frame = asn1.decode_der(CrlFrame, PEOPLE.ca.crl())
    more = [] if extension is None else [_extension(extension, critical=critical)]
    tbs = replace(frame.tbs, extensions=[*(frame.tbs.extensions or []), *more])
    value = PEOPLE.ca.ca.signer.sign(asn1.encode_der(tbs), signer_id=SIGNER_ID_GM)
    signed = replace(frame, tbs=tbs, signature=asn1.BitString(value.to_der(), 0))
    return asn1.encode_der(signed)


def answer(listing: bytes) -> str:
    how = replace(sealing(PEOPLE), crls=(PEOPLE.root.crl(), listing))
    report = report_on(sign(document(), how), PEOPLE, policy=QIANYIN_STRICT)
    return code_of(report, CheckName.REVOCATION)


def test_the_same_list_without_it_clears_the_signer() -> None:
    assert answer(listing_with(None, critical=False)) == Code.NOT_REVOKED


@pytest.mark.parametrize("critical", [False, True])
@pytest.mark.parametrize("name", PARTS)
def test_a_list_of_a_part_clears_nobody(name: str, critical: bool) -> None:
    listing = listing_with(PARTS[name], critical=critical)
    assert RevocationList.from_der(listing).revoked == {}
    assert answer(listing) == Code.REVOCATION_UNKNOWN
