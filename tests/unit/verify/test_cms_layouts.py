"""CMS in every layout of the field: GM and standard OIDs, with and without attributes."""

from base64 import b64encode
from dataclasses import replace

import pytest

from keystore import SIGNER_ID_GM, sm3
from keystore.cms import CONTENT_TYPE, GM_DATA, GM_SIGNED_DATA, MESSAGE_DIGEST, SIGNING_TIME
from keystore.tlv import NULL, OCTET_STRING, SEQUENCE, encoded, encoded_integer, encoded_oid
from tests.fakes.pdf_documents import document
from tests.fakes.signature_values import (
    ECDSA_SHA256,
    GM,
    NULL_DER,
    RSA,
    RSA_PSS,
    SHA256_OID,
    SM2_ONE,
    SM2_SM3,
    SM3_OID,
    Cms,
    attribute,
    digest,
    ess_certificate,
    pss_parameters,
)
from tests.fakes.signed_documents import Field, code_of, decisive_code, report_on, sign
from tests.fakes.sm2_people import NOW, Foreigner, Person, foreigner, world
from verify import Code, Indication, SubIndication, TrustAnchors, VerificationReport
from verify.report import CheckName, TimeSource

ADOBE = b"/Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached"
WITHOUT = Cms(attributes=False)


def report_of(
    cms: Cms, person: Person | Foreigner | None = None, *, more: bytes = b"", **options: object
) -> VerificationReport:
    people = world()
    signer = person or people.signer
    how = Field(
        value=lambda signed: cms.over(signed, signer),
        dss=people.certificates,
        crls=people.crls(),
        entries=ADOBE,
        more=more,
        image=None,
    )
    return report_on(sign(document(), how), **options)


def over_digest(cms: Cms, encode=lambda one: one) -> VerificationReport:
    """Layout V2: the content is the digest of the document."""
    people = world()

    def value(signed: bytes) -> bytes:
        content = encode(digest(cms.digest_oid, signed))
        return replace(cms, content=content).over(signed, people.signer)

    how = Field(value=value, dss=people.certificates, crls=people.crls(), image=None)
    return report_on(sign(document(), how))


@pytest.mark.parametrize(
    "cms",
    [
        Cms(),
        GM,
        replace(GM, algorithm=SM2_SM3),
        replace(GM, algorithm="1.2.156.10197.1.301"),
        Cms(signed_data=GM_SIGNED_DATA),
        Cms(content_type=GM_DATA),
        Cms(algorithm=SM2_ONE, parameters=b""),
        Cms(ess=ess_certificate(sm3(world().signer.certificate.der))),
        Cms(
            ess=ess_certificate(digest(SHA256_OID, world().signer.certificate.der), oid=None),
        ),
        Cms(certificates=()),
        Cms(certificates=world().signer.chain),
        Cms(signers=2),
        Cms(beside=(world().maker,)),
        Cms(signing_time=None),
    ],
)
def test_attributes_over_the_document_hold(cms: Cms) -> None:
    report = report_of(cms)
    assert report.indication is Indication.TOTAL_PASSED
    (one,) = report.signatures
    assert (one.kind, one.filter) == ("cms", "Adobe.PPKLite")
    assert one.signer == "示例市农业农村局"
    assert one.warnings == ()


@pytest.mark.parametrize("cms", [WITHOUT, replace(GM, attributes=False), Cms(), GM])
def test_a_digest_as_content_holds_with_a_warning(cms: Cms) -> None:
    report = over_digest(cms)
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].warnings == ("CMS_DIGEST_AS_CONTENT",)


@pytest.mark.parametrize(
    "written",
    [
        lambda digest: b64encode(digest)[:-2] + bytes((b64encode(digest)[-2] + 1,)) + b"=",
        lambda digest: b64encode(digest).rstrip(b"="),
        lambda digest: b64encode(digest) + b"\n",
    ],
)
def test_a_digest_as_base64_is_written_in_one_way_only(written) -> None:
    assert over_digest(WITHOUT, written).indication is Indication.TOTAL_FAILED


def test_a_digest_as_base64_holds_with_a_warning() -> None:
    report = over_digest(WITHOUT, b64encode)
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].warnings == ("CMS_DIGEST_AS_BASE64",)


@pytest.mark.parametrize(
    "encode", [lambda one: one[:-1], lambda one: b"=" + one, lambda one: b64encode(one[:-2])]
)
def test_other_content_is_not_the_document(encode) -> None:
    report = over_digest(WITHOUT, encode)
    assert report.indication is Indication.TOTAL_FAILED
    assert report.sub_indication is SubIndication.HASH_FAILURE


def test_a_value_over_the_document_itself_holds_with_a_warning() -> None:
    report = report_of(WITHOUT)
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].warnings == ("CMS_WITHOUT_ATTRIBUTES",)


def test_a_value_without_the_signers_id_never_passes() -> None:
    report = report_of(replace(WITHOUT, bare_digest=True))
    assert report.indication is Indication.TOTAL_FAILED
    assert code_of(report, CheckName.VALUE) == Code.VALUE_NONCONFORMING


def test_a_value_of_another_key_without_attributes_fails() -> None:
    report = report_of(replace(WITHOUT, bad_key=world().maker))
    assert report.indication is Indication.TOTAL_FAILED
    assert code_of(report, CheckName.VALUE) == Code.VALUE_INVALID
    assert code_of(report, CheckName.INTEGRITY) == Code.DIGEST_MISMATCH


def test_unsorted_attributes_hold_with_a_warning() -> None:
    report = report_of(Cms(unsorted=True))
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signatures[0].warnings == ("CMS_ATTRIBUTES_UNSORTED",)


BAD = {
    "another key": (Cms(bad_key=world().maker), Code.VALUE_INVALID),
    "no DER value": (Cms(signature=b"\x30\x00"), Code.VALUE_INVALID),
    "a raw value": (Cms(signature=bytes(range(1, 65))), Code.VALUE_INVALID),
    "no contentType": (Cms(left_out=frozenset({CONTENT_TYPE})), Code.ATTRIBUTES_INVALID),
    "no messageDigest": (Cms(left_out=frozenset({MESSAGE_DIGEST})), Code.DIGEST_MISMATCH),
    "another contentType": (Cms(stated_type=GM_DATA), Code.ATTRIBUTES_INVALID),
    "another digest": (Cms(stated_digest=bytes(32)), Code.DIGEST_MISMATCH),
    "an attribute twice": (
        Cms(more_attributes=(attribute(CONTENT_TYPE, encoded_oid("1.2")),)),
        Code.CONTAINER_MALFORMED,
    ),
    "two values": (
        Cms(
            left_out=frozenset({CONTENT_TYPE}),
            more_attributes=(attribute(CONTENT_TYPE, encoded_oid("1.2"), encoded_oid("1.3")),),
        ),
        Code.ATTRIBUTES_INVALID,
    ),
    "two digests": (
        Cms(
            left_out=frozenset({MESSAGE_DIGEST}),
            more_attributes=(
                attribute(MESSAGE_DIGEST, encoded(OCTET_STRING, b"a"), encoded(OCTET_STRING, b"b")),
            ),
        ),
        Code.DIGEST_MISMATCH,
    ),
    "another certificate named": (
        Cms(ess=ess_certificate(bytes(32))),
        Code.SIGNER_CERTIFICATE_NOT_NAMED,
    ),
    "named by an unknown digest": (
        Cms(ess=ess_certificate(bytes(32), oid="1.2.3")),
        Code.SIGNER_CERTIFICATE_NOT_NAMED,
    ),
    "named by a digest alone": (
        Cms(
            ess=encoded(
                SEQUENCE,
                encoded(SEQUENCE, encoded(SEQUENCE, encoded(SEQUENCE, encoded_oid(SHA256_OID)))),
            )
        ),
        Code.SIGNER_CERTIFICATE_NOT_NAMED,
    ),
    "no certificate named": (Cms(ess=encoded(SEQUENCE)), Code.ATTRIBUTES_INVALID),
    "nothing named": (Cms(ess=encoded(SEQUENCE, encoded(SEQUENCE))), Code.ATTRIBUTES_INVALID),
    "named by a digest without a name": (
        Cms(ess=encoded(SEQUENCE, encoded(SEQUENCE, encoded(SEQUENCE, encoded(SEQUENCE))))),
        Code.ATTRIBUTES_INVALID,
    ),
    "an empty name": (
        Cms(ess=encoded(SEQUENCE, encoded(SEQUENCE, encoded(SEQUENCE)))),
        Code.ATTRIBUTES_INVALID,
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_container_that_does_not_hold_fails(name: str) -> None:
    cms, code = BAD[name]
    report = report_of(cms)
    assert report.indication is Indication.TOTAL_FAILED
    codes = {
        code_of(report, one) for one in (CheckName.VALUE, CheckName.INTEGRITY, CheckName.FORMAT)
    }
    assert code in codes


def test_one_bad_signer_among_two_fails() -> None:
    good = world().signer

    class Half(Cms):
        def _signer(self, signed: bytes, person: Person) -> bytes:
            made = Cms(bad_key=world().maker) if self.turns.pop() else Cms()
            return Cms._signer(made, signed, person)

    half = Half(signers=2)
    object.__setattr__(half, "turns", [True, False])
    report = report_of(half, good)
    assert report.indication is Indication.TOTAL_FAILED


UNSURE = {
    "an unknown digest": Cms(digest_oid=SHA256_OID, announced=("1.2.3",)),
    "an announced digest that is not used": Cms(announced=(SHA256_OID,)),
    "a wrong version": Cms(version=3),
    "a wrong signer version": Cms(signer_version=3),
    "an announced digest twice": Cms(announced=(SM3_OID, SM3_OID)),
    "a signer twice": Cms(signers=2, signing_time=None),
    "a certificate of another form": Cms(other_certificates=(encoded(0xA1, b"x"),)),
}


@pytest.mark.parametrize("name", UNSURE)
def test_a_deviation_that_is_not_accepted_never_passes(name: str) -> None:
    assert report_of(UNSURE[name]).indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    ("cms", "code"),
    [
        (Cms(version=3), "CMS_VERSION"),
        (Cms(announced=(SM3_OID, SM3_OID)), "CMS_DIGEST_ALGORITHMS"),
        (UNSURE["a signer twice"], "CMS_SIGNER_TWICE"),
    ],
)
def test_the_deviation_is_named(cms: Cms, code: str) -> None:
    report = report_of(cms)
    assert decisive_code(report) == Code.DEVIATION_NOT_ACCEPTED
    assert report.signatures[0].warnings == (code,)


def test_evidence_that_stands_there_twice_is_told_and_holds() -> None:
    for cms in (
        Cms(certificates=(world().signer.certificate,) * 2),
        Cms(crls=world().crls()[:1] * 2),
    ):
        report = report_of(cms)
        assert report.indication is Indication.TOTAL_PASSED
        assert report.signatures[0].warnings == ("CMS_EVIDENCE_TWICE",)


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
@pytest.mark.parametrize("attributes", [True, False])
def test_sound_foreign_algorithms_hold(kind: str, attributes: bool) -> None:
    person = foreigner(kind)
    algorithm = RSA if kind.startswith("rsa") else ECDSA_SHA256
    cms = Cms(digest_oid=SHA256_OID, algorithm=algorithm, attributes=attributes)
    report = report_of(cms, person, anchors=TrustAnchors((person.certificate,)))
    assert report.indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("attributes", [True, False])
def test_rsa_with_pss_holds_under_its_own_parameters(attributes: bool) -> None:
    person = foreigner("rsa2048")
    anchors = TrustAnchors((person.certificate,))
    cms = Cms(
        digest_oid=SHA256_OID,
        algorithm=RSA_PSS,
        parameters=pss_parameters(),
        attributes=attributes,
    )
    assert report_of(cms, person, anchors=anchors).indication is Indication.TOTAL_PASSED
    for other in (pss_parameters(salt=20), NULL_DER):
        report = report_of(replace(cms, parameters=other), person, anchors=anchors)
        assert report.indication is Indication.TOTAL_FAILED


def test_a_foreign_value_without_attributes_that_does_not_hold_fails() -> None:
    person = foreigner("p256")
    cms = Cms(
        digest_oid=SHA256_OID, algorithm=ECDSA_SHA256, attributes=False, signature=b"\x30\x00"
    )
    report = report_of(cms, person, anchors=TrustAnchors((person.certificate,)))
    assert code_of(report, CheckName.VALUE) == Code.VALUE_INVALID


@pytest.mark.parametrize(
    ("kind", "code"), [("rsa1024", Code.KEY_TOO_SMALL), ("k256", Code.KEY_TOO_SMALL)]
)
def test_weak_keys_are_refused(kind: str, code: str) -> None:
    person = foreigner(kind)
    algorithm = RSA if kind.startswith("rsa") else ECDSA_SHA256
    cms = Cms(digest_oid=SHA256_OID, algorithm=algorithm)
    report = report_of(cms, person, anchors=TrustAnchors((person.certificate,)))
    assert report.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    assert decisive_code(report) == code


def test_sha_1_is_refused() -> None:
    person = foreigner("rsa2048")
    cms = Cms(digest_oid="1.3.14.3.2.26", algorithm=RSA)
    report = report_of(cms, person, anchors=TrustAnchors((person.certificate,)))
    assert report.indication is Indication.TOTAL_FAILED
    assert decisive_code(report) == Code.ALGORITHM_NOT_ACCEPTED


@pytest.mark.parametrize(
    "cms",
    [
        Cms(algorithm="1.2.3"),
        Cms(parameters=encoded_integer(1)),
    ],
)
def test_an_unknown_algorithm_is_not_called_invalid_by_the_value(cms: Cms) -> None:
    report = report_of(cms)
    assert code_of(report, CheckName.VALUE) == Code.ALGORITHM_UNSUPPORTED


def test_an_unknown_digest_is_not_called_a_mismatch() -> None:
    people = world()
    good = Cms().over(b"", people.signer)
    unknown = good.replace(encoded_oid("1.2.156.10197.1.401"), encoded_oid("1.2.156.10197.1.999"))
    report = report_of(Cms(), people.signer)
    assert report.indication is Indication.TOTAL_PASSED
    how = Field(value=lambda _: unknown, dss=people.certificates, image=None)
    report = report_on(sign(document(), how))
    assert code_of(report, CheckName.INTEGRITY) == Code.DIGEST_ALGORITHM_UNSUPPORTED
    assert code_of(report, CheckName.VALUE) == Code.ALGORITHM_UNSUPPORTED
    assert report.signatures[0].warnings == ()


def test_a_signer_may_be_named_by_key_identifier() -> None:
    person = foreigner("p256")
    identifier = next(
        one.value.digest
        for one in person.certificate.x509.extensions
        if one.oid.dotted_string == "2.5.29.14"
    )
    cms = Cms(digest_oid=SHA256_OID, algorithm=ECDSA_SHA256, by_key=identifier)
    anchors = TrustAnchors((person.certificate,))
    assert report_of(cms, person, anchors=anchors).indication is Indication.TOTAL_PASSED
    unknown = report_of(replace(cms, by_key=b"nobody"), person, anchors=anchors)
    assert code_of(unknown, CheckName.SIGNER) == Code.SIGNER_CERTIFICATE_MISSING
    nameless = foreigner("plain")
    carried = replace(cms, certificates=(nameless.certificate, person.certificate))
    both = TrustAnchors((person.certificate, nameless.certificate))
    assert report_of(carried, person, anchors=both).indication is Indication.TOTAL_PASSED
    without = replace(cms, by_key=identifier, certificates=(world().root.certificate,))
    assert report_of(without, person).indication is Indication.INDETERMINATE


def test_a_signer_whose_certificate_is_nowhere_cannot_be_judged() -> None:
    stranger = world("other").signer
    report = report_of(Cms(certificates=()), stranger)
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND
    assert report.signatures[0].signer is None
    assert report.signatures[0].certificate is None
    assert code_of(report, CheckName.CHAIN) == Code.NOT_REACHED
    assert code_of(report, CheckName.REVOCATION) == Code.NOT_REACHED


def test_the_claimed_time_is_the_attributes_else_the_dictionarys() -> None:
    stated = report_of(Cms(), more=b"/M (D:20200101000000Z)")
    assert stated.signatures[0].signed_at == NOW
    assert stated.signatures[0].signed_at_source is TimeSource.CLAIMED
    dated = report_of(Cms(signing_time=None), more=b"/M (D:20260601190000+08'00')")
    assert dated.signatures[0].signed_at == NOW.replace(hour=11)
    none = report_of(Cms(signing_time=None))
    assert none.signatures[0].signed_at is None
    assert none.signatures[0].signed_at_source is None
    assert code_of(none, CheckName.TIMESTAMP) == Code.TIME_MISSING


def test_a_time_with_two_values_is_no_time() -> None:
    twice = attribute(SIGNING_TIME, encoded(NULL), encoded(NULL))
    report = report_of(Cms(signing_time=None, more_attributes=(twice,)))
    assert report.signatures[0].signed_at is None


def test_certificates_that_are_carried_along_must_hold_together() -> None:
    people = world()
    stray = world("other").signer.certificate
    report = report_of(Cms(certificates=(people.signer.certificate, stray)))
    assert report.indication is Indication.INDETERMINATE
    assert decisive_code(report) == Code.EXTRA_CERTIFICATE_UNPROVEN
    kin = report_of(Cms(certificates=(people.signer.certificate, people.maker.certificate)))
    assert kin.indication is Indication.TOTAL_PASSED
    unreadable = report_of(Cms(other_certificates=(encoded(SEQUENCE),)))
    assert unreadable.signatures[0].signer == "示例市农业农村局"


def test_the_wrong_signer_id_fails() -> None:
    people = world()

    class OtherId(Cms):
        def _value(self, message: bytes, person: Person) -> bytes:
            return person.signer.sign(message, signer_id=b"Alice").to_der()

    assert SIGNER_ID_GM != b"Alice"
    report = report_of(OtherId(), people.signer)
    assert report.sub_indication is SubIndication.SIG_CRYPTO_FAILURE
