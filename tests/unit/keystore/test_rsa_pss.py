"""RSASSA-PSS in certificates, lists and messages; only parameters with one plain meaning."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from keystore import Certificate, RevocationList
from keystore.errors import InvalidSignature
from keystore.public_keys import verify_with_key
from keystore.rsa_pss import pss_parameters
from keystore.tlv import CONTEXT_0, SEQUENCE, encoded, encoded_integer
from tests.fakes.foreign import rsa_key
from tests.fakes.pki import NOW, name
from tests.fakes.signature_values import RSA_PSS, SHA256_OID, SM3_OID, algorithm
from tests.fakes.signature_values import pss_parameters as made

SHA1_OID = "1.3.14.3.2.26"
PADDED = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def certificate() -> Certificate:
    built = (
        x509.CertificateBuilder()
        .subject_name(name("PSS"))
        .issuer_name(name("PSS"))
        .public_key(rsa_key().public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(rsa_key(), hashes.SHA256(), rsa_padding=PADDED)
    )
    return Certificate.from_der(built.public_bytes(Encoding.DER))


def test_a_certificate_and_a_list_hold() -> None:
    root = certificate()
    assert root.x509.signature_algorithm_oid.dotted_string == RSA_PSS
    root.verify_issued(root, signer_id=b"")
    built = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name("PSS"))
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
        .sign(rsa_key(), hashes.SHA256(), rsa_padding=PADDED)
    )
    listing = RevocationList.from_der(built.public_bytes(Encoding.DER))
    listing.verify_issued_by(root, signer_id=b"")


def test_a_message_holds_under_its_own_parameters_only() -> None:
    value = rsa_key().sign(b"m", PADDED, hashes.SHA256())

    def judge(parameters: bytes | None, digest: str | None = None) -> None:
        verify_with_key(
            certificate().public_key,
            b"m",
            value,
            algorithm=RSA_PSS,
            digest=digest,
            signer_id=b"",
            parameters=parameters,
        )

    judge(made())
    judge(made(), "sha256")
    for wrong, digest in ((made(salt=20), None), (made(), "sha512"), (None, None)):
        with pytest.raises(InvalidSignature):
            judge(wrong, digest)


@pytest.mark.parametrize(
    "parameters",
    [
        None,
        b"\x05\x00",
        encoded(SEQUENCE),
        made(SHA1_OID),
        made(SM3_OID),
        made("1.2.3"),
        made(SHA256_OID, SHA1_OID),
        made(salt=65),
        made(salt=-1),
        made(more=encoded(0xA3, encoded_integer(2))),
        made(more=encoded(0xA4, encoded_integer(1))),
        made(more=encoded(CONTEXT_0, algorithm(SHA256_OID))),
        encoded(SEQUENCE, encoded(CONTEXT_0, encoded(SEQUENCE, b"\x06\x01\x2a", b"\x02\x01\x01"))),
        made()[:-1],
    ],
)
def test_parameters_with_another_meaning_are_refused(parameters: bytes | None) -> None:
    with pytest.raises(InvalidSignature):
        pss_parameters(parameters)


def test_the_defaults_of_salt_and_trailer_may_be_left_out_or_said() -> None:
    assert pss_parameters(made(more=encoded(0xA3, encoded_integer(1))))[0] == "sha256"
    short = Salted.without_salt()
    assert pss_parameters(short)[1]._salt_length == 20


class Salted:
    @staticmethod
    def without_salt() -> bytes:
        mask = encoded(SEQUENCE, bytes.fromhex("06092a864886f70d010108"), algorithm(SHA256_OID))
        return encoded(SEQUENCE, encoded(CONTEXT_0, algorithm(SHA256_OID)), encoded(0xA1, mask))
