"""Each suite's digest, answer and check agree, and no suite's answer passes for another's."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keystore import SIGNER_ID_GM, Signer, Sm2Signature
from keystore.errors import (
    AdapterFault,
    InvalidSignature,
    KeyRefused,
    MalformedKey,
    MalformedSignature,
)
from keystore.signer import sign_message
from keystore.suites import (
    ForeignSignature,
    SuiteName,
    from_spki,
    message_digest,
    require_digest,
    suite_of,
    to_spki,
    verify_message,
)
from tests.fakes.pki import new_signer

SHA256 = Prehashed(hashes.SHA256())


class EcdsaKey:
    def __init__(self, curve=None):
        self._private = ec.generate_private_key(curve or ec.SECP256R1())
        self.public_key = self._private.public_key()

    def sign_digest(self, digest):
        r, s = decode_dss_signature(self._private.sign(digest, ec.ECDSA(SHA256)))
        return ForeignSignature.ecdsa_from_raw(r.to_bytes(32) + s.to_bytes(32))


class RsaKey:
    def __init__(self, bits=2048):
        self._private = rsa.generate_private_key(65537, bits)
        self.public_key = self._private.public_key()

    def sign_digest(self, digest):
        return ForeignSignature.rsa(self._private.sign(digest, padding.PKCS1v15(), SHA256))


@pytest.fixture(scope="module")
def keys():
    return {
        SuiteName.SM2_SM3: new_signer().key,
        SuiteName.ECDSA_P256_SHA256: EcdsaKey(),
        SuiteName.RSA_SHA256: RsaKey(),
    }


@pytest.mark.parametrize("name", list(SuiteName))
def test_a_message_is_signed_in_the_suite_of_the_key(keys, name):
    key = keys[name]
    assert suite_of(key.public_key).name is name
    signature = sign_message(key, key.public_key, b"granted", signer_id=SIGNER_ID_GM)
    verify_message(key.public_key, b"granted", signature, signer_id=SIGNER_ID_GM)
    with pytest.raises(InvalidSignature):
        verify_message(key.public_key, b"refused", signature, signer_id=SIGNER_ID_GM)


@pytest.mark.parametrize("name", list(SuiteName))
@pytest.mark.parametrize("other", list(SuiteName))
def test_the_answer_of_one_suite_is_no_answer_in_another(keys, name, other):
    key = keys[name]
    digest = message_digest(key.public_key, b"m", signer_id=SIGNER_ID_GM)
    answer = keys[other].sign_digest(digest)
    if name is not other:
        with pytest.raises(InvalidSignature):
            verify_message(key.public_key, b"m", answer, signer_id=SIGNER_ID_GM)


@pytest.mark.parametrize("name", list(SuiteName))
def test_a_public_key_comes_back_as_it_was(keys, name):
    assert from_spki(to_spki(keys[name].public_key)) == keys[name].public_key


def test_a_public_key_of_no_suite_is_refused():
    with pytest.raises(MalformedKey, match="no public key"):
        from_spki(b"0\0")
    spki = ed25519.Ed25519PrivateKey.generate().public_key()
    with pytest.raises(MalformedKey, match="neither"):
        from_spki(spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize("key", [EcdsaKey(ec.SECP384R1()), RsaKey(1024)], ids=["P-384", "RSA 1024"])
def test_a_key_no_row_is_for_is_refused(key):
    with pytest.raises(KeyRefused):
        suite_of(key.public_key)


def test_a_raw_signature_of_another_length_is_refused():
    with pytest.raises(MalformedSignature):
        ForeignSignature.ecdsa_from_raw(bytes(63))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_only_32_bytes_are_a_digest(size):
    with pytest.raises(KeyRefused):
        require_digest(bytes(size))


def test_a_signer_of_seals_takes_sm2_keys_only(keys):
    assert Signer.of(keys[SuiteName.SM2_SM3]).public_key == keys[SuiteName.SM2_SM3].public_key
    with pytest.raises(KeyRefused, match="another kind"):
        Signer.of(keys[SuiteName.RSA_SHA256])


def test_the_right_numbers_in_the_clothes_of_another_suite_are_the_adapters_fault():
    signer = new_signer()

    class Disguised:
        public_key = signer.public_key

        def sign_digest(self, digest):
            value = signer.key.sign_digest(digest).to_der()
            return ForeignSignature(SuiteName.ECDSA_P256_SHA256, value)

    with pytest.raises(AdapterFault, match="another kind"):
        Signer(Disguised(), signer.public_key).sign(b"m", signer_id=SIGNER_ID_GM)
    assert isinstance(signer.sign(b"m", signer_id=SIGNER_ID_GM), Sm2Signature)
