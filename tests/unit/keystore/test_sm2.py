"""SM2 as the rest of the product sees it: strict values, one meaning, second opinions."""

import secrets

import pytest
from gmssl import sm2 as gmssl_sm2
from hypothesis import given
from hypothesis import strategies as st

from keystore import SIGNER_ID_GM, Sm2PublicKey, Sm2Signature, sm3
from keystore.errors import InvalidSignature, MalformedKey, MalformedSignature
from keystore.sm2_backends import ORDER, backend
from tests.fakes.pki import new_signer

# GB/T 32918.5-2017, annex A.2.
SCALAR = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
POINT = bytes.fromhex(
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
MESSAGE = b"message digest"


@pytest.fixture(scope="module")
def key():
    return Sm2PublicKey(POINT)


def test_the_standards_signature_verifies_from_its_message_on(key):
    key.verify(MESSAGE, Sm2Signature(R, S), signer_id=SIGNER_ID_GM)
    expected = "F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640"
    assert key.message_digest(MESSAGE, signer_id=SIGNER_ID_GM).hex().upper() == expected


@pytest.mark.parametrize(
    ("message", "r", "s", "signer_id"),
    [
        (b"message digesT", R, S, SIGNER_ID_GM),
        (MESSAGE, R + 1, S, SIGNER_ID_GM),
        (MESSAGE, R, S - 1, SIGNER_ID_GM),
        (MESSAGE, S, R, SIGNER_ID_GM),
        (MESSAGE, R, S, b""),
        (MESSAGE, R, S, b"ALICE123@YAHOO.COM"),
        (MESSAGE, R, ORDER - R, SIGNER_ID_GM),  # t = r + s = 0 mod n
        (MESSAGE, 1, 1, SIGNER_ID_GM),
    ],
)
def test_a_signature_of_anything_else_is_invalid(key, message, r, s, signer_id):
    with pytest.raises(InvalidSignature):
        key.verify(message, Sm2Signature(r, s), signer_id=signer_id)


@pytest.mark.parametrize("value", [0, ORDER, ORDER + R, -R, 2**256, 2**600])
def test_a_component_out_of_range_cannot_be_made(value):
    for r, s in ((value, S), (R, value)):
        with pytest.raises(MalformedSignature):
            Sm2Signature(r, s)


GOOD = Sm2Signature(R, S).to_der()


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        b"\x30\x00",
        GOOD + b"\x00",
        GOOD[:-1],
        b"\x31" + GOOD[1:],
        b"\x30\x81\x46" + GOOD[2:],  # the length in BER's long form
        b"\x30\x80" + GOOD[2:] + b"\0\0",  # indefinite
        b"\x30\x47\x02\x22\x00" + GOOD[4:],  # r with a zero too many
        b"\x30\x44\x02\x20" + GOOD[5:],  # r without the zero: negative
        b"\x30\x26\x02\x01\x00" + GOOD[37:],  # r = 0
        b"\x30\x49" + GOOD[2:] + b"\x02\x01\x01",  # a third number
        b"\x30\x23" + GOOD[2:37],  # one number
        GOOD[:37] + b"\x04" + GOOD[38:],  # s as OCTET STRING
    ],
)
def test_only_the_one_der_form_is_read(der):
    with pytest.raises(MalformedSignature):
        Sm2Signature.from_der(der)


def test_s_plus_n_is_not_a_second_form_of_a_signature():
    from cryptography.hazmat import asn1

    from keystore.sm2 import _SignatureValue

    for r, s in ((R, S + ORDER), (R + ORDER, S), (R, ORDER), (R, 0)):
        with pytest.raises(MalformedSignature):
            Sm2Signature.from_der(asn1.encode_der(_SignatureValue(r=r, s=s)))


@given(st.binary(max_size=80))
def test_arbitrary_bytes_are_a_signature_in_one_form_or_refused(data):
    try:
        assert Sm2Signature.from_der(data).to_der() == data
    except MalformedSignature:
        pass


@given(st.integers(1, ORDER - 1), st.integers(1, ORDER - 1))
def test_both_forms_say_the_same(r, s):
    signature = Sm2Signature(r, s)
    assert Sm2Signature.from_der(signature.to_der()) == signature
    assert Sm2Signature.from_raw(signature.to_raw()) == signature
    assert len(signature.to_raw()) == 64


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_a_raw_signature_has_64_bytes(length):
    with pytest.raises(MalformedSignature):
        Sm2Signature.from_raw(b"\x01" * length)


@pytest.mark.parametrize(
    "point",
    [
        b"",
        POINT[1:],
        POINT + b"\0",
        b"\x02" + POINT[1:33],  # compressed
        b"\x06" + POINT[1:],  # hybrid
        POINT[:-1] + bytes([POINT[-1] ^ 1]),  # off the curve
        b"\x04" + bytes(64),
        b"\x04" + b"\xff" * 64,
        b"\0",  # infinity
    ],
)
def test_a_public_key_is_a_point_of_the_curve(point):
    with pytest.raises(MalformedKey):
        Sm2PublicKey(point)


def test_keys_are_equal_by_their_point(key):
    assert key == Sm2PublicKey(POINT)
    assert hash(key) == hash(Sm2PublicKey(POINT))
    assert key != new_signer().public_key


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_digest_has_32_bytes(key, length):
    with pytest.raises(InvalidSignature):
        key.verify_digest(bytes(length), Sm2Signature(R, S))


def test_a_signer_id_fits_its_length_field(key):
    key.message_digest(b"", signer_id=b"x" * 8191)
    with pytest.raises(MalformedKey):
        key.message_digest(b"", signer_id=b"x" * 8192)


def second_opinion(point: bytes, scalar: str = "") -> gmssl_sm2.CryptSM2:
    """gmssl without its bug: `lstrip("04")` would eat the first digits of one key in eight."""
    made = gmssl_sm2.CryptSM2(private_key=scalar, public_key="", asn1=False)
    made.public_key = point[1:].hex()
    return made


def test_pure_python_accepts_what_we_sign():
    signer = new_signer()
    for turn in range(3):
        digest = signer.public_key.message_digest(b"%d" % turn, signer_id=SIGNER_ID_GM)
        signature = signer.sign(b"%d" % turn, signer_id=SIGNER_ID_GM)
        opinion = second_opinion(signer.public_key.point)
        assert opinion.verify(signature.to_raw().hex(), digest)


def test_we_accept_what_pure_python_signs_with_a_nonce_of_ours():
    for _ in range(3):
        scalar, point = backend().generate()
        key = Sm2PublicKey(point)
        digest = key.message_digest(MESSAGE, signer_id=SIGNER_ID_GM)
        nonce = f"{1 + secrets.randbelow(ORDER - 1):064x}"
        raw = second_opinion(point, scalar.hex()).sign(digest, nonce)
        key.verify(MESSAGE, Sm2Signature.from_raw(bytes.fromhex(raw)), signer_id=SIGNER_ID_GM)


def test_a_key_whose_x_begins_with_the_digits_gmssl_eats_is_an_ordinary_key():
    scalar = (6).to_bytes(32, "big")  # X = 0927AFB5…
    point = backend_point(scalar)
    assert point[1] == 0x09
    key, private = Sm2PublicKey(point), backend().load_private(scalar, point)
    digest = sm3(b"m")
    signature = Sm2Signature.from_der(backend().sign(private, digest))
    key.verify_digest(digest, signature)
    assert second_opinion(point).verify(signature.to_raw().hex(), digest)


def backend_point(scalar: bytes) -> bytes:
    """The point of a scalar, by pure Python."""
    helper = gmssl_sm2.CryptSM2(private_key="", public_key="")
    return b"\x04" + bytes.fromhex(
        helper._kg(int.from_bytes(scalar, "big"), gmssl_sm2.default_ecc_table["g"])
    )
