"""Two dialects of signed data, each verified by the cellar's own reader."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from keystore import SIGNER_ID_GM, Certificate, Sm2Signature, sm3
from keystore.cms import CmsSignature
from keystore.errors import InvalidSignature
from keystore.issuing_ca import IssuingCa
from signing import GBT_35275, RFC_5652, CmsContainer, SealPlacement, UnsignedPdf
from signing.errors import SealNotInForce
from tests.fakes.pki import CA_USES, NOW, Party, new_signer, page_pdf, pki, plan, sealer

DIALECTS = pytest.mark.parametrize("dialect", [GBT_35275, RFC_5652], ids=["GB/T 35275", "RFC 5652"])
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNING_TIME, CERTIFICATE_V2 = "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.16.2.47"


def container(dialect, party=None) -> CmsContainer:
    party = party or pki().leaf
    return CmsContainer(
        party.credential, party.signer, dialect, "Adobe.PPKLite", "adbe.pkcs7.detached"
    )


def prepared(made: CmsContainer, now: datetime = NOW):
    return sealer(made).prepare(UnsignedPdf(page_pdf()), SealPlacement(0, 100, 100), now=now)


@DIALECTS
def test_the_value_is_detached_and_signs_its_attributes(dialect):
    document = prepared(container(dialect))
    read = CmsSignature.from_der(container(dialect).value(document))
    (signer,) = read.signers
    assert read.outer_type == dialect.signed_data
    assert read.content_type == dialect.data
    assert read.content is None
    assert read.deviations == ()
    assert sorted(read.certificates) == sorted(one.der for one in pki().leaf.chain)
    assert signer.signature_algorithm == dialect.signature_algorithm
    assert (signer.issuer_der, signer.serial) == (
        pki().leaf.certificate.issuer_der,
        pki().leaf.certificate.serial,
    )
    assert signer.signed_value(MESSAGE_DIGEST) == b"\x04\x20" + document.digest
    assert signer.signed_value(SIGNING_TIME) == b"\x17\x0d261123080000Z"
    assert (signer.signed_value(CERTIFICATE_V2) is not None) == dialect.names_certificate
    pki().leaf.signer.public_key.verify(
        signer.signed_attributes_der,
        Sm2Signature.from_der(signer.signature),
        signer_id=SIGNER_ID_GM,
    )
    with pytest.raises(InvalidSignature):
        pki().leaf.signer.public_key.verify(
            signer.signed_attributes_der + b"\0",
            Sm2Signature.from_der(signer.signature),
            signer_id=SIGNER_ID_GM,
        )


def test_the_second_dialect_names_the_signers_certificate_by_its_digest():
    read = CmsSignature.from_der(container(RFC_5652).value(prepared(container(RFC_5652))))
    value = read.signers[0].signed_value(CERTIFICATE_V2)
    assert sm3(pki().leaf.certificate.der) in value


@DIALECTS
def test_the_value_fits_its_room_and_the_room_is_not_wasted(dialect):
    made = container(dialect)
    length = len(made.value(prepared(made)))
    assert length <= made.reserved_bytes < length + 1024
    assert made.chain == pki().leaf.chain


def test_a_long_issuer_name_fits_the_room():
    units = [
        x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "很长的名称" * 12)
        for _ in range(8)
    ]
    ca_signer, signer = new_signer(), new_signer()
    ca = IssuingCa(x509.Name(units), ca_signer)
    root = ca.issue(plan("", ca_signer, subject=ca.name, key_usage=CA_USES, path_length=0))
    made = container(RFC_5652, Party(signer, (ca.issue(plan("签", signer)), root)))
    assert len(root.issuer_der) > 1024
    assert len(made.value(prepared(made))) <= made.reserved_bytes


@pytest.mark.parametrize(
    ("moment", "encoded"),
    [
        (datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), b"\x17\x0d491231235959Z"),
        (datetime(2050, 1, 1, tzinfo=UTC), b"\x18\x0f20500101000000Z"),
    ],
)
def test_the_signing_time_takes_the_form_its_year_wants(moment, encoded):
    made = container(RFC_5652)
    document = replace(prepared(made), signed_at=moment)
    read = CmsSignature.from_der(made.value(document))
    assert read.signers[0].signed_value(SIGNING_TIME) == encoded


@pytest.mark.parametrize("distance", [timedelta(days=-2), timedelta(days=366)])
def test_a_certificate_out_of_its_validity_signs_nothing(distance):
    with pytest.raises(SealNotInForce, match="签章者 is not valid"):
        prepared(container(RFC_5652), NOW + distance)


def test_certificates_travel_in_the_value_as_they_are():
    read = CmsSignature.from_der(container(GBT_35275).value(prepared(container(GBT_35275))))
    assert {Certificate.from_der(one) for one in read.certificates} == set(pki().leaf.chain)
