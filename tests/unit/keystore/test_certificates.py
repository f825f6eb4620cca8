"""Certificates and lists are read strictly, in every kind a verifier meets."""

from base64 import encodebytes
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keystore import SIGNER_ID_GM, Certificate, RevocationList, Sm2PublicKey, verify_with_key
from keystore.algorithms import SM2_WITH_SM3, digest_of
from keystore.certificates import CERTIFICATE_MAX_BYTES
from keystore.errors import InvalidSignature, KeystoreError, MalformedCertificate
from keystore.tlv import SEQUENCE, Tlv, encoded, encoded_integer
from keystore.x509_asn1 import CertificateFrame, CrlFrame, TbsCertificate, TbsCrl, raw
from tests.fakes.foreign import ec_certificate, ec_key, ed25519_der, foreign_der, rsa_certificate
from tests.fakes.foreign import rsa_key as make_rsa_key
from tests.fakes.pki import CA_USES, NOW, name, new_signer, pki, plan

RSA_SHA256, EC_SHA256 = "1.2.840.113549.1.1.11", "1.2.840.10045.4.3.2"
CRL = pki().crl(5, 9)
TBS_FIELDS = tuple(TbsCertificate.__annotations__)


def frame_of(certificate: Certificate) -> CertificateFrame:
    return asn1.decode_der(CertificateFrame, certificate.der)


def changed(certificate: Certificate, *, outer: object = None, **tbs: object) -> bytes:
    """The certificate with other fields; its signature no longer fits."""
    frame = frame_of(certificate)
    fields = {one: getattr(frame.tbs, one) for one in TBS_FIELDS} | tbs
    return asn1.encode_der(
        CertificateFrame(
            tbs=TbsCertificate(**fields),
            signature_algorithm=outer or frame.signature_algorithm,
            signature=frame.signature,
        )
    )


def test_a_certificate_says_what_was_planned():
    signer = new_signer()
    made = pki().issuing_ca.issue(
        plan("王小明", signer, extended_key_usage=("1.3.6.1.5.5.7.3.36",))
    )
    assert made.common_name == "王小明"
    assert made.organization == "示例农业农村局"
    assert made.subject == "CN=王小明,O=示例农业农村局,C=CN"
    assert made.issuer == pki().issuing.certificate.subject
    assert made.public_key == signer.public_key
    assert made.key_usage == {"digital_signature", "content_commitment"}
    assert made.extended_key_usage == {"1.3.6.1.5.5.7.3.36"}
    assert not made.is_ca
    assert made.path_length is None
    assert made.not_before == NOW - timedelta(days=1)
    assert made.not_after == NOW + timedelta(days=365)
    assert made.not_after.tzinfo is UTC
    assert 0 < made.serial < 2**129
    assert len(made.fingerprint) == 64


def test_an_authority_says_so():
    root = pki().root.certificate
    assert root.is_ca
    assert root.path_length == 1
    assert root.key_usage == CA_USES


def test_times_are_utc_and_take_the_form_their_year_wants():
    east = timezone(timedelta(hours=8))
    begins = datetime(2026, 1, 1, tzinfo=east)
    ends = datetime(2050, 1, 1, 8, tzinfo=east)
    made = pki().root_ca.issue(plan("久", new_signer(), not_before=begins, not_after=ends))
    assert made.not_before == begins
    assert made.not_after == ends
    validity = frame_of(made).tbs.validity
    assert isinstance(validity.not_before, asn1.UTCTime)
    assert isinstance(validity.not_after, asn1.GeneralizedTime)


def test_certificates_are_equal_by_their_bytes():
    leaf = pki().leaf.certificate
    assert leaf == Certificate.from_der(bytes(bytearray(leaf.der)))
    assert hash(leaf) == hash(Certificate.from_der(leaf.der))
    assert leaf != pki().maker.certificate
    assert leaf != leaf.der


def test_a_version_that_does_not_exist_is_refused_in_pem_too():
    der = pki().leaf.certificate.der
    at = der.index(b"\xa0\x03\x02\x01\x02")
    strange = der[: at + 4] + b"\x42" + der[at + 5 :]
    body = encodebytes(strange)
    with pytest.raises(MalformedCertificate):
        Certificate.load_pem_chain(
            b"-----BEGIN CERTIFICATE-----\n" + body + b"-----END CERTIFICATE-----\n"
        )


def test_a_pem_file_keeps_its_order():
    chain = pki().leaf.chain
    text = b"Issued by us\n" + b"\n".join(one.to_pem() for one in chain)
    assert Certificate.load_pem_chain(text) == chain
    assert Certificate.from_pem(text) == chain[0]


@pytest.mark.parametrize(
    "pem", [b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_file_without_a_certificate_is_refused(pem):
    with pytest.raises(MalformedCertificate):
        Certificate.load_pem_chain(pem)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"0\x00",
        b"garbage",
        bytes(CERTIFICATE_MAX_BYTES + 1),
        pki().leaf.certificate.der + b"\0",
    ],
)
def test_malformed_bytes_are_refused(der):
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(der)


def test_two_differing_signature_algorithms_are_refused():
    other = [raw(asn1.encode_der(x509.ObjectIdentifier(RSA_SHA256)))]
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(changed(pki().leaf.certificate, outer=other))
    with_null = [*frame_of(pki().leaf.certificate).signature_algorithm, raw(b"\x05\x00")]
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(changed(pki().leaf.certificate, outer=with_null))
    both = changed(pki().leaf.certificate, outer=with_null, signature=with_null)
    assert Certificate.from_der(both).common_name == "签章者"


def test_a_version_1_certificate_has_no_extensions_and_is_no_authority():
    old = Certificate.from_der(changed(pki().root.certificate, version=None, extensions=None))
    assert not old.is_ca
    assert old.key_usage == frozenset()
    assert old.extended_key_usage == frozenset()


@pytest.mark.parametrize("version", [3, 5, -1])
def test_an_unknown_version_is_refused(version):
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(changed(pki().leaf.certificate, version=version))


def test_an_extension_that_stands_twice_is_refused():
    extensions = frame_of(pki().leaf.certificate).tbs.extensions
    doubled = changed(pki().leaf.certificate, extensions=[*extensions, extensions[0]])
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(doubled)


X400_NAME = bytes.fromhex("300d0603551d1104063004a3020500")


def test_an_extension_nobody_can_read_is_refused():
    extensions = frame_of(pki().leaf.certificate).tbs.extensions
    odd = changed(pki().leaf.certificate, extensions=[*extensions, raw(X400_NAME)])
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(odd)


def test_a_name_without_common_name_is_shown_whole():
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "CN")])
    made = Certificate.from_der(
        changed(pki().leaf.certificate, subject=raw(subject.public_bytes()))
    )
    assert made.common_name == "C=CN"
    assert made.organization is None


def spki(*algorithm: str, point: bytes) -> asn1.TLV:
    from keystore.x509_asn1 import SubjectPublicKeyInfo

    parts = [raw(asn1.encode_der(x509.ObjectIdentifier(one))) for one in algorithm]
    info = SubjectPublicKeyInfo(algorithm=parts, public_key=asn1.BitString(point, 0))
    return raw(asn1.encode_der(info))


def test_a_few_old_products_name_the_curve_as_the_algorithm():
    point = pki().leaf.signer.public_key.point
    old = changed(pki().leaf.certificate, spki=spki("1.2.156.10197.1.301", point=point))
    assert Certificate.from_der(old).public_key == pki().leaf.signer.public_key


@pytest.mark.parametrize(
    ("algorithm", "point"),
    [
        (("1.2.840.10045.2.1", "1.2.156.10197.1.301"), b"\x04" + bytes(64)),
        (("1.2.840.10045.2.1", "1.2.156.10197.1.301"), b""),
        (("1.2.840.10045.2.1", "1.2.3.4"), b"\x04" + bytes(64)),
        (("1.2.3.4",), b""),
    ],
)
def test_a_key_that_is_none_makes_no_certificate(algorithm, point):
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(changed(pki().leaf.certificate, spki=spki(*algorithm, point=point)))


def test_a_key_of_an_unsupported_kind_is_refused():
    with pytest.raises(MalformedCertificate) as caught:
        Certificate.from_der(ed25519_der())
    assert "neither SM2, RSA nor ECDSA" in str(caught.value.__cause__)


def test_rsa_and_ec_certificates_verify_themselves_and_nothing_else():
    for one, other in (
        (rsa_certificate(), ec_certificate()),
        (ec_certificate(), rsa_certificate()),
    ):
        one.verify_issued(one, signer_id=SIGNER_ID_GM)
        with pytest.raises(InvalidSignature, match="do not agree"):
            other.verify_issued(one, signer_id=SIGNER_ID_GM)
        with pytest.raises(InvalidSignature, match="do not agree"):
            one.verify_issued(pki().leaf.certificate, signer_id=SIGNER_ID_GM)


def test_a_certificate_verifies_under_its_issuer_with_the_right_id_only():
    leaf, issuing, root = pki().leaf.chain
    issuing.verify_issued(leaf, signer_id=SIGNER_ID_GM)
    root.verify_issued(root, signer_id=SIGNER_ID_GM)
    for issuer, signer_id in ((issuing, b""), (root, SIGNER_ID_GM), (leaf, SIGNER_ID_GM)):
        with pytest.raises(InvalidSignature):
            issuer.verify_issued(leaf, signer_id=signer_id)


RSA_VALUE = make_rsa_key().sign(b"m", padding.PKCS1v15(), hashes.SHA256())
EC_VALUE = ec_key().sign(b"m", ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("certificate", "value", "oid", "digest"),
    [
        (rsa_certificate(), RSA_VALUE, RSA_SHA256, None),
        (rsa_certificate(), RSA_VALUE, RSA_SHA256, "sha256"),
        (rsa_certificate(), RSA_VALUE, "1.2.840.113549.1.1.1", "sha256"),
        (ec_certificate(), EC_VALUE, EC_SHA256, None),
        (ec_certificate(), EC_VALUE, "1.2.840.10045.2.1", "sha256"),
    ],
)
def test_foreign_signatures_verify_by_algorithm_and_digest(certificate, value, oid, digest):
    verify_with_key(
        certificate.public_key, b"m", value, algorithm=oid, digest=digest, signer_id=b""
    )
    for message, signature in ((b"n", value), (b"m", value[:-1]), (b"m", b"")):
        with pytest.raises(InvalidSignature):
            verify_with_key(
                certificate.public_key,
                message,
                signature,
                algorithm=oid,
                digest=digest,
                signer_id=b"",
            )


@pytest.mark.parametrize(
    ("oid", "digest", "sentence"),
    [
        ("1.2.3", "sha256", "is not supported"),
        ("1.2.840.113549.1.1.4", None, "is not supported"),  # MD5 with RSA
        (RSA_SHA256, "sha1", "do not agree"),
        ("1.2.840.113549.1.1.1", None, "do not agree"),
        ("1.2.840.113549.1.1.1", "md5", "do not agree"),
        (EC_SHA256, None, "the key and the signature algorithm"),
        (SM2_WITH_SM3, None, "the key and the signature algorithm"),
    ],
)
def test_an_algorithm_that_does_not_fit_is_refused_before_any_arithmetic(oid, digest, sentence):
    with pytest.raises(InvalidSignature, match=sentence):
        verify_with_key(
            rsa_certificate().public_key,
            b"m",
            RSA_VALUE,
            algorithm=oid,
            digest=digest,
            signer_id=b"",
        )


def test_sm2_goes_with_sm3_only():
    signer = pki().leaf.signer
    value = signer.sign(b"m", signer_id=SIGNER_ID_GM).to_der()
    for oid in (SM2_WITH_SM3, "1.2.156.10197.1.301.1", "1.2.156.10197.1.301"):
        verify_with_key(
            signer.public_key, b"m", value, algorithm=oid, digest="sm3", signer_id=SIGNER_ID_GM
        )
    with pytest.raises(InvalidSignature, match="do not agree"):
        verify_with_key(
            signer.public_key,
            b"m",
            value,
            algorithm=SM2_WITH_SM3,
            digest="sha256",
            signer_id=SIGNER_ID_GM,
        )


def test_every_digest_of_the_table_can_be_made():
    for one in ("sm3", "sha1", "sha256", "sha384", "sha512"):
        assert digest_of(one).name == one


def mutated(data: bytes):
    """Strategies: one or two bytes of it replaced."""
    place = st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255))
    return st.lists(place, min_size=1, max_size=2).map(
        lambda places: bytes(dict(places).get(index, octet) for index, octet in enumerate(data))
    )


@settings(max_examples=300)
@given(mutated(pki().leaf.certificate.der) | st.binary(max_size=64))
@example(changed(pki().leaf.certificate, version=5))
def test_a_changed_certificate_never_verifies(der):
    try:
        read = Certificate.from_der(der)
    except MalformedCertificate:
        return
    assert isinstance(read.common_name + repr(read) + read.to_pem().decode(), str)
    if der != pki().leaf.certificate.der:
        with pytest.raises(InvalidSignature):
            pki().issuing.certificate.verify_issued(read, signer_id=SIGNER_ID_GM)


def test_a_certificate_of_unusual_size_is_read_and_judged_but_not_kept():
    from keystore.certificates import _link_fault, _read

    units = [
        x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "很长的名称" * 12)
        for _ in range(30)
    ]
    kept = _read.cache_info().currsize, _link_fault.cache_info().currsize
    large = pki().issuing_ca.issue(plan("", new_signer(), subject=x509.Name(units)))
    assert len(large.der) > 4096
    pki().issuing.certificate.verify_issued(large, signer_id=SIGNER_ID_GM)
    with pytest.raises(InvalidSignature):
        pki().root.certificate.verify_issued(large, signer_id=SIGNER_ID_GM)
    assert (_read.cache_info().currsize, _link_fault.cache_info().currsize) == kept
    assert Certificate.from_der(pki().leaf.certificate.der) is pki().leaf.certificate


# Revocation lists


def crl_frame() -> CrlFrame:
    return asn1.decode_der(CrlFrame, CRL.der)


def changed_crl(*, outer: object = None, **tbs: object) -> bytes:
    frame = crl_frame()
    fields = {one: getattr(frame.tbs, one) for one in TbsCrl.__annotations__} | tbs
    return asn1.encode_der(
        CrlFrame(
            tbs=TbsCrl(**fields),
            signature_algorithm=outer or frame.signature_algorithm,
            signature=frame.signature,
        )
    )


def test_a_list_says_who_was_revoked_when_and_until_when_it_speaks():
    assert CRL.revoked == {5: NOW, 9: NOW}
    assert CRL.this_update == NOW
    assert CRL.next_update == NOW + timedelta(days=30)
    assert CRL.issuer_der == pki().issuing.certificate.subject_der
    CRL.verify_issued_by(pki().issuing.certificate, signer_id=SIGNER_ID_GM)


def test_an_empty_list_revokes_nobody():
    assert pki().crl().revoked == {}


def test_a_list_of_another_issuer_or_key_or_id_is_refused():
    with pytest.raises(InvalidSignature, match="another issuer"):
        CRL.verify_issued_by(pki().root.certificate, signer_id=SIGNER_ID_GM)
    namesake = pki().root_ca.issue(plan("签发CA", new_signer(), key_usage=CA_USES))
    for ca, signer_id in ((namesake, SIGNER_ID_GM), (pki().issuing.certificate, b"")):
        with pytest.raises(InvalidSignature):
            CRL.verify_issued_by(ca, signer_id=signer_id)


def test_of_two_entries_the_earlier_date_counts():
    entries = crl_frame().tbs.revoked
    early = type(entries[0])(serial_number=5, revocation_date=asn1.UTCTime(NOW - timedelta(days=3)))
    for revoked in ([early, *entries], [*entries, early]):
        read = RevocationList.from_der(changed_crl(revoked=revoked))
        assert read.revoked == {5: NOW - timedelta(days=3), 9: NOW}


def test_a_list_of_version_1_is_read():
    signer = make_rsa_key()
    built = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name("外国"))
        .last_update(NOW)
        .next_update(NOW + timedelta(days=1))
        .sign(signer, hashes.SHA256())
    )
    read = RevocationList.from_der(built.public_bytes(serialization.Encoding.DER))
    read.verify_issued_by(rsa_certificate(), signer_id=b"")
    from keystore.tlv import SEQUENCE, Tlv, encoded

    outer = Tlv.from_der(read.der).children()
    version, *rest = outer[0].children()
    assert version.integer() == 1
    first = encoded(SEQUENCE, *(one.der for one in rest))
    old = RevocationList.from_der(encoded(SEQUENCE, first, outer[1].der, outer[2].der))
    with pytest.raises(InvalidSignature):
        old.verify_issued_by(rsa_certificate(), signer_id=b"")


@pytest.mark.parametrize(
    "der", [b"", b"0\x00", b"garbage", CRL.der + b"\0", pki().leaf.certificate.der]
)
def test_malformed_lists_are_refused(der):
    with pytest.raises(MalformedCertificate):
        RevocationList.from_der(der)


def test_two_differing_algorithms_of_a_list_are_refused():
    other = type(crl_frame().signature_algorithm)(
        algorithm=x509.ObjectIdentifier("1.2.156.10197.1.301.1"), parameters=None
    )
    with pytest.raises(MalformedCertificate):
        RevocationList.from_der(changed_crl(outer=other))


def test_an_extension_of_a_list_that_stands_twice_is_refused():
    extensions = crl_frame().tbs.extensions
    with pytest.raises(MalformedCertificate):
        RevocationList.from_der(changed_crl(extensions=[*extensions, extensions[0]]))


@settings(max_examples=300)
@given(mutated(CRL.der) | st.binary(max_size=64))
@example(changed_crl(version=6))
def test_a_changed_list_never_verifies(der):
    try:
        read = RevocationList.from_der(der)
    except MalformedCertificate:
        return
    if der != CRL.der:
        with pytest.raises(InvalidSignature):
            read.verify_issued_by(pki().issuing.certificate, signer_id=SIGNER_ID_GM)


def test_foreign_keys_stay_what_they_are():
    assert not isinstance(rsa_certificate().public_key, Sm2PublicKey)
    assert issubclass(MalformedCertificate, KeystoreError)
    assert Certificate.from_der(foreign_der(ec_key(), hashes.SHA384())).is_ca


@pytest.mark.parametrize("serial", [0, -1])
def test_a_serial_number_is_positive(serial: int) -> None:
    der = _rewritten(encoded_integer(serial))
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(der)
    assert Certificate.from_der(_rewritten(encoded_integer(5))).serial == 5


def _rewritten(serial: bytes) -> bytes:
    """A certificate with another serial number; nobody verifies its signature here."""
    tbs, algorithm, value = Tlv.from_der(pki().leaf.certificate.der).children()
    version, _, *rest = tbs.children()
    changed = encoded(SEQUENCE, version.der, serial, *(one.der for one in rest))
    return encoded(SEQUENCE, changed, algorithm.der, value.der)


@pytest.mark.parametrize("kind", [Certificate, RevocationList])
def test_a_signature_is_whole_octets(kind) -> None:
    good = pki().leaf.certificate.der if kind is Certificate else pki().crl().der
    tbs, algorithm, value = Tlv.from_der(good).children()
    odd = encoded(0x03, b"\x01", value.body[1:-1], bytes([value.body[-1] & 0xFE]))
    with pytest.raises(MalformedCertificate):
        kind.from_der(encoded(SEQUENCE, tbs.der, algorithm.der, odd))


def test_an_extension_stands_there_once() -> None:
    tbs, algorithm, value = Tlv.from_der(pki().leaf.certificate.der).children()
    *first, extensions = tbs.children()
    listed = extensions.children()[0].children()
    twice = encoded(0xA3, encoded(SEQUENCE, *(one.der for one in (*listed, listed[0]))))
    changed = encoded(SEQUENCE, *(one.der for one in first), twice)
    with pytest.raises(MalformedCertificate):
        Certificate.from_der(encoded(SEQUENCE, changed, algorithm.der, value.der))
