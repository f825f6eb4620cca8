"""A message inside signed data: the whole of it, at whole seconds, by a certificate in force."""

from datetime import timedelta

import pytest

from keystore import SIGNER_ID_GM, Sm2Signature, sm3
from keystore.cms import MESSAGE_DIGEST, SIGNING_TIME, CmsSignature
from signing import GBT_35275, RFC_5652, signed_message
from signing.errors import SealNotInForce
from tests.fakes.pki import NOW, pki


@pytest.mark.parametrize("dialect", [GBT_35275, RFC_5652], ids=["GB/T 35275", "RFC 5652"])
@pytest.mark.parametrize("message", [b"", b"{}", b"x" * 70_000], ids=["empty", "short", "long"])
def test_the_message_stands_inside_and_its_digest_is_signed(dialect, message):
    leaf = pki().leaf
    value = signed_message(
        message,
        dialect=dialect,
        credential=leaf.credential,
        signer=leaf.signer,
        at=NOW + timedelta(microseconds=123_456),
    )
    read = CmsSignature.from_der(value)
    (signer,) = read.signers
    assert (read.content, read.deviations) == (message, ())
    assert signer.signed_value(MESSAGE_DIGEST) == b"\x04\x20" + sm3(message)
    assert signer.signed_value(SIGNING_TIME) == b"\x17\x0d261123080000Z"
    signature = Sm2Signature.from_der(signer.signature)
    leaf.signer.public_key.verify(signer.signed_attributes_der, signature, signer_id=SIGNER_ID_GM)


@pytest.mark.parametrize("distance", [timedelta(days=-2), timedelta(days=366)])
def test_a_certificate_out_of_its_validity_signs_no_message(distance):
    leaf = pki().leaf
    with pytest.raises(SealNotInForce, match="签章者 is not valid"):
        signed_message(
            b"{}",
            dialect=RFC_5652,
            credential=leaf.credential,
            signer=leaf.signer,
            at=NOW + distance,
        )
