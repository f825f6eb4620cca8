"""What is asked of a responder, as another reader reads it; and which nonce is taken back."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from keystore import OcspRequest, OcspResponse
from keystore.algorithms import digest_of_bytes
from keystore.errors import MalformedAsn1
from keystore.tlv import OCTET_STRING, encoded
from tests.fakes.ocsp import Answer, Ocsp, extensions
from tests.fakes.sm2_people import world

PEOPLE = world()
NONCE = bytes(range(32))
CHILD, ISSUER = PEOPLE.signer.certificate, PEOPLE.ca.certificate
REQUEST = OcspRequest(CHILD, ISSUER, "sha1", NONCE)
GOOD = Ocsp((Answer(CHILD, ISSUER),), PEOPLE.ca)


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sm3"])
def test_another_reader_reads_what_is_asked(digest: str) -> None:
    read = ocsp.load_der_ocsp_request(replace(REQUEST, digest=digest).to_der())
    assert read.serial_number == CHILD.serial
    assert read.issuer_name_hash == digest_of_bytes(digest, ISSUER.subject_der)
    assert read.issuer_key_hash == digest_of_bytes(digest, ISSUER.key_bits)
    assert [one.value.nonce for one in read.extensions] == [NONCE]
    if digest == "sha256":
        assert isinstance(read.hash_algorithm, hashes.SHA256)


def answered(more: bytes = b"") -> OcspResponse:
    return OcspResponse.from_der(GOOD.but(more=more).der())


def test_a_nonce_must_be_ours_where_there_is_one() -> None:
    REQUEST.require_echo(answered())
    REQUEST.require_echo(answered(extensions("1.2.3")))
    REQUEST.require_echo(answered(extensions(value=encoded(OCTET_STRING, NONCE))))
    for other in (encoded(OCTET_STRING, NONCE[::-1]), b""):
        with pytest.raises(MalformedAsn1, match="another request"):
            REQUEST.require_echo(answered(extensions(value=other)))


def test_the_nonce_is_in_no_repr() -> None:
    assert "nonce" not in repr(REQUEST)
