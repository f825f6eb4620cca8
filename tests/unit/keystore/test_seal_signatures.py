"""Seal signatures of every version are read, and none that was changed verifies."""

import pytest
from cryptography.hazmat import asn1
from hypothesis import given, settings
from hypothesis import strategies as st

from keystore import SIGNER_ID_GM, Deviation, SealSignature
from keystore.errors import InvalidSeal, InvalidSignature, KeystoreError, MalformedAsn1
from tests.fakes.foreign import rsa_certificate
from tests.fakes.pki import NOW, pki
from tests.fakes.pki import seal as standard_seal
from tests.fakes.seals import SealRecipe, SignatureRecipe, extension


def read(recipe: SignatureRecipe) -> SealSignature:
    return SealSignature.from_der(recipe.der())


def verify(signature: SealSignature) -> None:
    signature.verify_value(signer_id=SIGNER_ID_GM)


@pytest.mark.parametrize("version", [1, 4, 5])
def test_every_version_is_read_and_verified(version):
    own = None if version == 1 else SealRecipe(version=version).der()
    signature = read(SignatureRecipe(version=version, seal=own))
    verify(signature)
    assert signature.version == version
    assert signature.seal.version == version
    assert signature.signed_at == NOW
    assert signature.data_hash == bytes(range(32))
    assert signature.property_info == "/Doc_0/Signs/Sign_0/Signature.xml"
    assert signature.certificate == pki().leaf.certificate
    assert signature.algorithm == "1.2.156.10197.1.501"
    assert signature.timestamp is None
    assert signature.deviations == ()
    with pytest.raises(InvalidSignature):
        signature.verify_value(signer_id=b"")


@pytest.mark.parametrize("version", [1, 4])
def test_a_raw_value_is_read_as_what_it_says(version):
    signature = read(SignatureRecipe(version=version, raw_value=True))
    verify(signature)
    assert signature.deviations == (Deviation.RAW_SIGNATURE,)
    assert len(signature.signature_octets) == 64
    assert signature.signature[0] == 0x30


@pytest.mark.parametrize(
    ("recipe", "deviations"),
    [
        (SignatureRecipe(tagged=[extension()]), ()),
        (SignatureRecipe(untagged=[extension()]), (Deviation.EXTENSION_TAG,)),
        (SignatureRecipe(tagged=[extension(False)]), (Deviation.EXPLICIT_DEFAULT,)),
        (SignatureRecipe(timestamp=b"token"), ()),
        (SignatureRecipe(untagged_timestamp=b"token"), (Deviation.TIMESTAMP_TAG,)),
        (SignatureRecipe(hash_unused_bits=2), (Deviation.UNUSED_BITS,)),
        (SignatureRecipe(version=3), (Deviation.VERSION,)),
        (SignatureRecipe(seal=SealRecipe(version=5).der()), (Deviation.VERSION,)),
    ],
)
def test_what_vendors_write_beside_the_standard_is_read_and_named(recipe, deviations):
    signature = read(recipe)
    verify(signature)
    assert signature.deviations == deviations
    expected = recipe.timestamp or recipe.untagged_timestamp
    assert signature.timestamp == expected


def test_unused_bits_of_the_value_are_named():
    assert Deviation.UNUSED_BITS in read(SignatureRecipe(unused_bits=2)).deviations


def test_a_token_in_the_time_of_2014_is_neither_a_claim_nor_a_timestamp():
    signature = read(SignatureRecipe(version=1, time_info=b"\x30\x03\x02\x01\x00"))
    assert (signature.signed_at, signature.timestamp) == (None, None)
    assert signature.deviations == (Deviation.STAMP_AS_TIME,)
    verify(signature)


@pytest.mark.parametrize(
    ("version", "seal"), [(1, SealRecipe().der()), (4, SealRecipe(version=1).der())]
)
def test_a_seal_of_another_standard_inside_is_refused(version, seal):
    with pytest.raises(InvalidSeal, match="of different standards"):
        read(SignatureRecipe(version=version, seal=seal))


def test_a_seal_that_is_none_inside_is_refused():
    with pytest.raises(InvalidSeal):
        read(SignatureRecipe(seal=SealRecipe(header_id="XX").der()))


@pytest.mark.parametrize("version", [1, 4])
def test_a_signer_that_is_no_certificate_is_refused(version):
    with pytest.raises(MalformedAsn1, match="certificate cannot be read"):
        read(SignatureRecipe(version=version, certificate=b"\x30\x00"))


@pytest.mark.parametrize("value", [bytes(64), b"\xff" * 64])
def test_a_raw_value_out_of_range_is_malformed(value):
    with pytest.raises(MalformedAsn1, match="out of range"):
        read(SignatureRecipe(value=value))


@pytest.mark.parametrize("value", [b"", b"\x30\x00", b"garbage"])
def test_a_value_that_is_none_does_not_verify(value):
    with pytest.raises(InvalidSignature):
        verify(read(SignatureRecipe(value=value)))


def test_another_signers_certificate_does_not_verify():
    for certificate in (pki().maker.certificate, rsa_certificate()):
        with pytest.raises(InvalidSignature):
            verify(read(SignatureRecipe(certificate=certificate.der)))


ORIGINALS = (
    SignatureRecipe(seal=SealRecipe().der(), tagged=[extension()]).der(),
    SignatureRecipe(version=1).der(),
)


@settings(max_examples=400)
@given(st.sampled_from(ORIGINALS), st.data())
def test_a_signature_with_a_changed_byte_never_verifies(original, data):
    place = data.draw(st.integers(0, len(original) - 1))
    octet = data.draw(st.integers(0, 255).filter(lambda one: one != original[place]))
    changed = original[:place] + bytes([octet]) + original[place + 1 :]
    with pytest.raises((MalformedAsn1, InvalidSeal, InvalidSignature)):
        verify_with_its_ca(SealSignature.from_der(changed))


def verify_with_its_ca(signature: SealSignature) -> None:
    """The certificate stands beside what is signed in v4; its CA and the seal's list vouch."""
    verify(signature)
    pki().issuing.certificate.verify_issued(signature.certificate, signer_id=SIGNER_ID_GM)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_malformed(data):
    with pytest.raises((MalformedAsn1, InvalidSeal)):
        SealSignature.from_der(data)


def test_bytes_after_the_value_are_refused():
    with pytest.raises(KeystoreError):
        SealSignature.from_der(ORIGINALS[0] + b"\0")


def test_a_signature_of_ours_is_over_der_of_tbs_sign():
    from keystore.ses import SES_Signature

    der = SignatureRecipe().der()
    signature = SealSignature.from_der(der)
    frame = asn1.decode_der(SES_Signature, der)
    assert signature.signed_bytes == asn1.encode_der(frame.toSign)
    assert signature.seal == standard_seal() or signature.seal.der == standard_seal().der
