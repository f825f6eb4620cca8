"""Time-stamps: which prove a time, which do not, and which are lies."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keystore.cms import TIMESTAMP_TOKEN, TST_INFO
from keystore.tlv import NULL, OCTET_STRING, SEQUENCE, encoded, encoded_integer, encoded_oid
from tests.fakes.pdf_documents import Document, document
from tests.fakes.signature_values import (
    ECDSA_SHA256,
    SHA256_OID,
    Cms,
    Token,
    algorithm,
    attribute,
    ints,
)
from tests.fakes.signed_documents import (
    Field,
    code_of,
    decisive_code,
    report_on,
    sealed,
    sealing,
    sign,
)
from tests.fakes.sm2_people import DAY, NOW, TIME_STAMPING, foreigner, world
from verify import Code, Indication, SubIndication, TrustAnchors, VerificationReport
from verify.report import CheckName, TimeSource

PEOPLE = world()
STAMP_FIELD = b"/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161"


def stamped(token: Token, **options: object) -> VerificationReport:
    """A seal with a token over its value."""
    return report_on(sealed(stamp=token), **options)


def stamp_code(report: VerificationReport) -> str:
    return code_of(report, CheckName.TIMESTAMP)


@pytest.mark.parametrize(
    "token",
    [
        Token(PEOPLE.tsa),
        Token(PEOPLE.tsa, imprint_oid=SHA256_OID),
        Token(PEOPLE.tsa, time_text=b"20260601120002.5Z"),
        Token(PEOPLE.tsa, cms=Cms(content_type=TST_INFO, certificates=())),
    ],
)
def test_a_token_over_the_value_proves_the_time(token: Token) -> None:
    report = stamped(token)
    assert report.indication is Indication.TOTAL_PASSED
    assert stamp_code(report) == Code.TIME_PROVEN
    (one,) = report.signatures
    assert one.signed_at is not None
    assert one.signed_at >= NOW + timedelta(seconds=2)
    assert one.signed_at_source is TimeSource.TIMESTAMP


INVALID = {
    "other bytes": Token(PEOPLE.tsa, imprint=bytes(32)),
    "a forgotten digest": Token(PEOPLE.tsa, imprint_oid="1.3.14.3.2.26"),
    "another content": Token(PEOPLE.tsa, cms=Cms()),
    "two signers": Token(PEOPLE.tsa, cms=Cms(content_type=TST_INFO, signers=2)),
    "no attributes": Token(PEOPLE.tsa, cms=Cms(content_type=TST_INFO, attributes=False)),
    "another key": Token(PEOPLE.tsa, cms=Cms(content_type=TST_INFO, bad_key=PEOPLE.maker)),
    "a local time": Token(PEOPLE.tsa, time_text=b"20260601120002"),
    "no text at all": Token(PEOPLE.tsa, time_text=b"\xff"),
    "another version": Token(PEOPLE.tsa, version=2),
    "nothing in it": Token(PEOPLE.tsa, content=encoded(SEQUENCE)),
    "no sequence": Token(PEOPLE.tsa, content=b"\x02\x01\x01"),
    "an imprint of three parts": Token(
        PEOPLE.tsa,
        content=encoded(
            SEQUENCE, encoded_integer(1), encoded_oid("1.2"), ints(1, 2, 3), ints(), ints()
        ),
    ),
    "an imprint without algorithm": Token(
        PEOPLE.tsa,
        content=encoded(
            SEQUENCE,
            encoded_integer(1),
            encoded_oid("1.2"),
            encoded(SEQUENCE, encoded(SEQUENCE), encoded(OCTET_STRING, b"")),
            encoded_integer(1),
            encoded(0x18, b"20260601120002Z"),
        ),
    ),
}


@pytest.mark.parametrize("name", INVALID)
def test_a_token_that_does_not_hold_fails_the_signature(name: str) -> None:
    report = stamped(INVALID[name])
    assert report.indication is Indication.TOTAL_FAILED
    assert stamp_code(report) == Code.TIMESTAMP_INVALID


@pytest.mark.parametrize("token", [b"", b"\x30\x00", b"junk"])
def test_bytes_that_are_no_token_fail_the_signature(token: bytes) -> None:
    report = report_on(sealed(bad_stamp=token))
    assert stamp_code(report) == Code.TIMESTAMP_INVALID


LATE = PEOPLE.ca.issue("Old TSA", purposes=(TIME_STAMPING,), end=NOW - DAY)
UNTRUSTED = {
    "a signer's certificate": Token(PEOPLE.signer),
    "two purposes": Token(PEOPLE.ca.issue("T", purposes=(TIME_STAMPING, "1.3.6.1.5.5.7.3.4"))),
    "a key for ciphers": Token(
        PEOPLE.ca.issue("T", purposes=(TIME_STAMPING,), uses=frozenset({"key_encipherment"}))
    ),
    "another root": Token(world("other").tsa),
    "an expired certificate": Token(LATE),
    "a time to come": Token(PEOPLE.tsa, time=NOW + DAY),
    "an unreadable certificate inside": Token(
        PEOPLE.tsa, cms=Cms(content_type=TST_INFO, other_certificates=(encoded(SEQUENCE),))
    ),
    "a stranger's certificate inside": Token(
        PEOPLE.tsa,
        cms=Cms(
            content_type=TST_INFO,
            certificates=(PEOPLE.tsa.certificate, world("other").signer.certificate),
        ),
    ),
    "a list that is none": Token(
        PEOPLE.tsa, cms=Cms(content_type=TST_INFO, crls=(encoded(SEQUENCE),))
    ),
    "another version of CMS": Token(PEOPLE.tsa, cms=Cms(content_type=TST_INFO, version=1)),
    "a certificate nowhere": Token(
        world("other").tsa, cms=Cms(content_type=TST_INFO, certificates=())
    ),
}


@pytest.mark.parametrize("name", UNTRUSTED)
def test_a_token_of_an_authority_not_trusted_proves_nothing(name: str) -> None:
    report = stamped(UNTRUSTED[name])
    assert report.indication is Indication.INDETERMINATE
    assert stamp_code(report) == Code.TIMESTAMP_UNTRUSTED
    assert report.signatures[0].signed_at == NOW
    assert report.signatures[0].signed_at_source is TimeSource.CLAIMED


def test_a_revoked_authority_proves_nothing() -> None:
    revoked = {PEOPLE.tsa.certificate.serial: NOW - DAY}
    how = replace(sealing(PEOPLE, stamp=Token(PEOPLE.tsa)), crls=(PEOPLE.ca.crl(revoked),))
    report = report_on(sign(document(), how))
    assert stamp_code(report) == Code.TIMESTAMP_UNTRUSTED


def test_a_signature_younger_than_its_own_stamp_is_doubted() -> None:
    report = stamped(Token(PEOPLE.tsa, time=NOW - DAY))
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.TIMESTAMP_ORDER_FAILURE


def test_a_signature_from_the_future_is_doubted() -> None:
    report = report_on(sealed(), at=NOW - timedelta(minutes=6))
    assert report.indication is Indication.INDETERMINATE
    assert stamp_code(report) == Code.TIME_IN_FUTURE
    assert report_on(sealed(), at=NOW - timedelta(minutes=4)).indication is Indication.TOTAL_PASSED


def test_a_foreign_authority_can_stamp_an_sm2_signature() -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    from keystore import Certificate

    base = foreigner("p256")
    name = base.certificate.x509.subject
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(base.key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(TIME_STAMPING)]), critical=True)
        .sign(base.key, hashes.SHA256())
    )
    certificate = Certificate.from_der(built.public_bytes(Encoding.DER))
    tsa = replace(base, certificate=certificate)
    cms = Cms(content_type=TST_INFO, digest_oid=SHA256_OID, algorithm=ECDSA_SHA256)
    anchors = TrustAnchors((PEOPLE.root.certificate, certificate))
    report = stamped(Token(tsa, cms=cms), anchors=anchors)
    assert stamp_code(report) == Code.TIME_PROVEN
    assert report.indication is Indication.TOTAL_PASSED


def _cms_stamped(token_of, signers: int = 1) -> VerificationReport:
    """A CMS signature with an unsigned attribute made from its value."""

    class Stamped(Cms):
        def _signer(self, signed: bytes, person) -> bytes:
            attributes = self._attributes(signed)
            value = self._value(encoded(0x31, *attributes), person)
            again = Cms(signature=value, unsigned=tuple(token_of(value)))
            return Cms._signer(again, signed, person)

    how = Field(
        value=lambda signed: Stamped(signers=signers).over(signed, PEOPLE.signer),
        dss=PEOPLE.certificates,
        crls=PEOPLE.crls(),
        image=None,
    )
    return report_on(sign(document(), how))


def test_a_token_in_cms_proves_the_time() -> None:
    report = _cms_stamped(lambda value: [attribute(TIMESTAMP_TOKEN, Token(PEOPLE.tsa).over(value))])
    assert report.indication is Indication.TOTAL_PASSED
    assert stamp_code(report) == Code.TIME_PROVEN


def test_a_token_over_one_of_several_values_proves_no_time_for_the_others() -> None:
    """A revoked key's value beside a stranger's stamped one was REVOKED_LATER, and passed."""
    report = _cms_stamped(
        lambda value: [attribute(TIMESTAMP_TOKEN, Token(PEOPLE.tsa).over(value))], signers=2
    )
    assert stamp_code(report) == Code.TIME_CLAIMED


def test_two_tokens_in_one_attribute_fail() -> None:
    def twice(value: bytes) -> list[bytes]:
        token = Token(PEOPLE.tsa).over(value)
        return [attribute(TIMESTAMP_TOKEN, token, token)]

    assert stamp_code(_cms_stamped(twice)) == Code.TIMESTAMP_INVALID


def test_an_unknown_unsigned_attribute_never_passes() -> None:
    report = _cms_stamped(lambda _: [attribute("1.2.3", encoded(NULL))])
    assert decisive_code(report) == Code.DEVIATION_NOT_ACCEPTED


def _with_document_stamp(base: Document, token: Token) -> Document:
    how = Field(
        value=token.over,
        name=b"Stamp1",
        entries=STAMP_FIELD,
        dss=PEOPLE.certificates,
        image=None,
        rect=b"[0 0 0 0]",
    )
    return sign(base, how)


def test_a_document_stamp_proves_the_time_of_what_it_covers() -> None:
    report = report_on(_with_document_stamp(sealed(), Token(PEOPLE.tsa)))
    assert report.indication is Indication.TOTAL_PASSED
    seal, stamp = report.signatures
    assert (seal.signed_at_source, stamp.signed_at_source) == ("timestamp", "timestamp")
    assert stamp_code(report) == Code.TIME_PROVEN
    assert stamp.kind == "timestamp"
    assert {one.check for one in stamp.checks}.isdisjoint({CheckName.SEAL, CheckName.APPEARANCE})


def test_a_document_stamp_does_not_prove_what_comes_later() -> None:
    first = _with_document_stamp(document(), Token(PEOPLE.tsa))
    report = report_on(sealed(base=first))
    assert [one.kind for one in report.signatures] == ["timestamp", "seal"]
    assert report.signatures[1].signed_at_source is TimeSource.CLAIMED


def test_a_file_that_was_only_stamped_was_signed_by_nobody() -> None:
    report = report_on(_with_document_stamp(document(), Token(PEOPLE.tsa)))
    assert report.signatures[0].indication is Indication.TOTAL_PASSED
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.SIGNED_DATA_NOT_FOUND


@pytest.mark.parametrize("name", INVALID)
def test_a_document_stamp_that_does_not_hold_fails(name: str) -> None:
    report = report_on(_with_document_stamp(sealed(), INVALID[name]))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.signatures[0].signed_at_source is TimeSource.CLAIMED


@pytest.mark.parametrize("name", UNTRUSTED)
def test_a_document_stamp_of_a_stranger_proves_nothing(name: str) -> None:
    report = report_on(_with_document_stamp(sealed(), UNTRUSTED[name]))
    assert report.indication is not Indication.TOTAL_PASSED
    assert report.signatures[0].signed_at_source is TimeSource.CLAIMED


def test_the_fake_writes_algorithms_as_they_are() -> None:
    assert algorithm(SHA256_OID).startswith(b"\x30")
