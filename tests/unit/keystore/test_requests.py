"""What goes to a CA and what comes back from it."""

import random

import pytest
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ObjectIdentifier, load_der_x509_csr
from hypothesis import given, settings
from hypothesis import strategies as st

from keystore.errors import (
    CertificateMismatch,
    InvalidSignature,
    KeystoreError,
    MalformedAsn1,
    MalformedCertificate,
    MalformedKey,
)
from keystore.issuing_ca import IssuingCa
from keystore.requests import CertificateRequest, import_chain, make_request
from keystore.suites import ForeignSignature, SuiteName
from keystore.x509_asn1 import RequestFrame, SubjectPublicKeyInfo, raw
from tests.fakes.foreign import rsa_certificate
from tests.fakes.pki import ANY_URI, CA_USES, name, new_signer, pki, plan

SIGNER = new_signer()
REQUEST = make_request(SIGNER.key, name("新章"))


def changed(**changes: object) -> bytes:
    frame = asn1.decode_der(RequestFrame, REQUEST)
    for field, value in changes.items():
        setattr(frame.tbs if hasattr(frame.tbs, field) else frame, field, value)
    return asn1.encode_der(frame)


def test_a_request_carries_subject_and_key_and_proves_possession():
    read = CertificateRequest.from_der(REQUEST)
    assert read.public_key == SIGNER.public_key
    assert read.subject_der == name("新章").public_bytes()


class Foreign:
    """A key of another suite, as a device holds one."""

    def __init__(self, private):
        self.private, self.public_key = private, private.public_key()

    def sign_digest(self, digest):
        how = Prehashed(hashes.SHA256())
        if isinstance(self.private, rsa.RSAPrivateKey):
            return ForeignSignature.rsa(self.private.sign(digest, padding.PKCS1v15(), how))
        value = self.private.sign(digest, ec.ECDSA(how))
        return ForeignSignature(SuiteName.ECDSA_P256_SHA256, value)


@pytest.mark.parametrize(
    "private",
    [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)],
    ids=["ecdsa", "rsa"],
)
def test_a_request_for_a_key_of_another_suite_is_read_by_others(private):
    read = load_der_x509_csr(make_request(Foreign(private), name("Somebody")))
    assert read.is_signature_valid
    assert read.public_key() == private.public_key()
    with pytest.raises(MalformedCertificate):
        CertificateRequest.from_der(read.public_bytes(Encoding.DER))


def test_a_request_for_somebody_elses_key_is_refused():
    other = SubjectPublicKeyInfo(
        algorithm=asn1.decode_der(
            SubjectPublicKeyInfo, asn1.encode_der(asn1.decode_der(RequestFrame, REQUEST).tbs.spki)
        ).algorithm,
        public_key=asn1.BitString(new_signer().public_key.point, 0),
    )
    with pytest.raises(InvalidSignature):
        CertificateRequest.from_der(changed(spki=raw(asn1.encode_der(other))))


def test_a_request_with_another_subject_is_refused():
    with pytest.raises(InvalidSignature):
        CertificateRequest.from_der(changed(subject=raw(name("别人").public_bytes())))


def test_a_request_of_another_algorithm_is_refused():
    rsa = [raw(asn1.encode_der(ObjectIdentifier("1.2.840.113549.1.1.11")))]
    for algorithm in (rsa, []):
        with pytest.raises(MalformedCertificate):
            CertificateRequest.from_der(changed(signature_algorithm=algorithm))


def test_a_request_without_a_point_is_refused():
    bad = SubjectPublicKeyInfo(algorithm=[], public_key=asn1.BitString(b"\x04", 0))
    with pytest.raises(MalformedKey):
        CertificateRequest.from_der(changed(spki=raw(asn1.encode_der(bad))))
    with pytest.raises(MalformedAsn1):
        CertificateRequest.from_der(changed(spki=raw(b"\x30\x00")))


@settings(max_examples=200)
@given(
    st.integers(0, len(REQUEST) - 1).flatmap(
        lambda place: st.integers(0, 255).map(
            lambda octet: REQUEST[:place] + bytes([octet]) + REQUEST[place + 1 :]
        )
    )
    | st.binary(max_size=40)
)
def test_a_changed_request_is_refused(der):
    if der == REQUEST:
        return
    with pytest.raises(KeystoreError):
        CertificateRequest.from_der(der)


# What comes back


def pem_of(*certificates) -> bytes:
    return b"".join(one.to_pem() for one in certificates)


def test_a_chain_is_imported_in_any_order():
    leaf = pki().leaf
    extra = (pki().maker.certificate, rsa_certificate())
    shuffled = [*leaf.chain, *extra]
    for turn in range(10):
        random.Random(turn).shuffle(shuffled)
        credential = import_chain(ANY_URI, leaf.signer.public_key, pem_of(*shuffled))
        assert credential.chain == leaf.chain


def test_an_encryption_certificate_beside_it_is_left_out():
    """Chinese CAs return two: one for signing, one for encryption, with another key."""
    leaf = pki().leaf
    encryption = pki().party("签章者").certificate
    credential = import_chain(
        ANY_URI, leaf.signer.public_key, pem_of(encryption, *reversed(leaf.chain))
    )
    assert credential.certificate == leaf.certificate


def test_a_chain_that_is_not_of_the_key_is_refused():
    with pytest.raises(CertificateMismatch, match="none of the 3 certificates is of the key"):
        import_chain(ANY_URI, new_signer().public_key, pem_of(*pki().leaf.chain))


def test_a_missing_intermediate_is_named():
    leaf, _, root = pki().leaf.chain
    with pytest.raises(CertificateMismatch, match=r"CN=签发CA.*is missing"):
        import_chain(ANY_URI, pki().leaf.signer.public_key, pem_of(leaf, root))


def test_a_missing_root_is_named():
    leaf, issuing, _ = pki().leaf.chain
    with pytest.raises(CertificateMismatch, match=r"CN=根CA.*is missing"):
        import_chain(ANY_URI, pki().leaf.signer.public_key, pem_of(leaf, issuing))


def cross(subject: str, signer, by: IssuingCa):
    return by.issue(plan(subject, signer, key_usage=CA_USES, path_length=3))


def test_cross_signed_authorities_that_only_point_at_each_other_end_in_a_refusal():
    a, b, end = new_signer(), new_signer(), new_signer()
    a_ca, b_ca = IssuingCa(name("甲"), a), IssuingCa(name("乙"), b)
    leaf = a_ca.issue(plan("终", end))
    cycle = pem_of(leaf, cross("甲", a, b_ca), cross("乙", b, a_ca))
    with pytest.raises(CertificateMismatch, match="is missing"):
        import_chain(ANY_URI, end.public_key, cycle)


def test_a_way_to_the_root_is_found_beside_a_cross_certificate():
    a, b, end = new_signer(), new_signer(), new_signer()
    a_ca, b_ca = IssuingCa(name("甲"), a), IssuingCa(name("乙"), b)
    leaf = a_ca.issue(plan("终", end))
    root, crossed, back = cross("甲", a, a_ca), cross("甲", a, b_ca), cross("乙", b, a_ca)
    for order in ((crossed, root, back), (root, back, crossed), (back, crossed, root)):
        found = import_chain(ANY_URI, end.public_key, pem_of(*order, leaf))
        assert found.chain == (leaf, root)
    b_root = cross("乙", b, b_ca)
    found = import_chain(ANY_URI, end.public_key, pem_of(leaf, back, crossed, b_root))
    assert found.chain == (leaf, crossed, b_root)


def test_a_renewed_authority_of_the_same_name_does_not_mislead():
    namesake = new_signer()
    other = pki().root_ca.issue(plan("签发CA", namesake, key_usage=CA_USES, path_length=0))
    for order in ((other, *pki().leaf.chain), (*pki().leaf.chain, other)):
        found = import_chain(ANY_URI, pki().leaf.signer.public_key, pem_of(*order))
        assert found.chain == pki().leaf.chain


def test_a_file_without_certificates_is_refused():
    with pytest.raises(MalformedCertificate):
        import_chain(ANY_URI, SIGNER.public_key, b"")
