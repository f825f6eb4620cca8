"""OCSP: whose word is taken on a certificate, for which time, and every way to forge one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from keystore import Certificate, OcspResponse
from keystore.tlv import CONTEXT_0, CONTEXT_1, SEQUENCE, encoded
from tests.fakes.ocsp import OCSP_SIGNING, SHA1, SHA256, SM3, Answer, Ocsp, extensions
from tests.fakes.pdf_documents import document, stream
from tests.fakes.signature_values import SHA256_OID, Cms, Token, attribute
from tests.fakes.signed_documents import Field, code_of, report_on, sealing, sign
from tests.fakes.sm2_people import (
    DAY,
    NOW,
    Foreigner,
    Person,
    World,
    name,
    new_root,
    new_seal,
    world,
)
from verify import (
    QIANYIN_DEFAULT,
    Code,
    Evidence,
    Indication,
    RevocationRule,
    SubIndication,
    TrustAnchors,
    VerificationReport,
)
from verify.report import CheckName

PEOPLE = world()
STRICT = replace(QIANYIN_DEFAULT, revocation=RevocationRule.ALWAYS)
OTHER = world("other")


NOCHECK = ((x509.OCSPNoCheck(), False),)
RESPONDER = PEOPLE.ca.issue("Responder", purposes=(OCSP_SIGNING,))
ABOUT_SIGNER = Answer(PEOPLE.signer.certificate, PEOPLE.ca.certificate)
ABOUT_MAKER = Answer(PEOPLE.maker.certificate, PEOPLE.ca.certificate)
ABOUT_CA = Answer(PEOPLE.ca.certificate, PEOPLE.root.certificate)
GOOD = Ocsp((ABOUT_SIGNER, ABOUT_MAKER), PEOPLE.ca)
OF_ROOT = Ocsp((ABOUT_CA,), PEOPLE.root)


def known(*responses: bytes, crls: tuple[bytes, ...] = ()) -> Evidence:
    from keystore import RevocationList

    return Evidence(
        (),
        tuple(map(RevocationList.from_der, crls)),
        tuple(map(OcspResponse.from_der, responses)),
    )


def report_with(
    *responses: Ocsp, crls: tuple[bytes, ...] = (), **options: object
) -> VerificationReport:
    """The sealed page without lists of its own, these responses beside it, by a strict policy."""
    at = options.pop("at", NOW)
    how = replace(sealing(PEOPLE, **options), crls=())
    found = known(*(one.der() for one in (*responses, OF_ROOT)), crls=crls)
    return report_on(sign(document(), how), at=at, policy=STRICT, evidence=found)


def revocation_of(report: VerificationReport) -> str:
    return code_of(report, CheckName.REVOCATION)


def test_without_any_word_revocation_is_unknown() -> None:
    assert revocation_of(report_with()) == Code.REVOCATION_UNKNOWN


@pytest.mark.parametrize("hash_oid", [SHA1, SHA256, SM3])
@pytest.mark.parametrize("by_key", [False, True])
def test_the_authority_answers_itself(hash_oid: str, by_key: bool) -> None:
    answers = tuple(replace(one, hash_oid=hash_oid) for one in GOOD.answers)
    report = report_with(GOOD.but(answers=answers, by_key=by_key, carried=()))
    assert report.indication is Indication.TOTAL_PASSED
    assert revocation_of(report) == Code.NOT_REVOKED


def test_a_delegate_answers_when_a_list_says_it_is_in_force() -> None:
    response = GOOD.but(responder=RESPONDER)
    report = report_with(response)
    assert revocation_of(report) == Code.REVOCATION_UNKNOWN, "nothing is known of the delegate"
    fresh = PEOPLE.ca.crl()
    # The list speaks for the signer, too: only what OCSP adds is asked here, a revocation.
    revoked = response.but(answers=(replace(ABOUT_SIGNER, revoked_at=NOW - DAY),))
    assert revocation_of(report_with(revoked, crls=(fresh,))) == Code.REVOKED
    dismissed = PEOPLE.ca.crl({RESPONDER.certificate.serial: NOW - 2 * DAY})
    assert revocation_of(report_with(revoked, crls=(dismissed,))) == Code.NOT_REVOKED


def test_a_delegate_that_need_not_be_checked_answers_alone() -> None:
    response = GOOD.but(responder=_delegate(more=NOCHECK))
    assert report_with(response).indication is Indication.TOTAL_PASSED


def _delegate(**changes: object) -> Person:
    return PEOPLE.ca.issue("Delegate", **({"purposes": (OCSP_SIGNING,), "more": NOCHECK} | changes))


STRANGER = new_root("CA ")
FORGERIES = {
    "another serial number": GOOD.but(answers=(replace(ABOUT_SIGNER, serial=7), ABOUT_MAKER)),
    "another issuer of the same name": GOOD.but(
        answers=(replace(ABOUT_SIGNER, issuer=STRANGER.certificate), ABOUT_MAKER)
    ),
    "another issuer's key": GOOD.but(answers=(replace(ABOUT_SIGNER, key_bits=b"k"), ABOUT_MAKER)),
    "an unknown hash": GOOD.but(answers=(replace(ABOUT_SIGNER, hash_oid="1.2.3"), ABOUT_MAKER)),
    "signed by a stranger": GOOD.but(key=STRANGER),
    "from a stranger of the same name": GOOD.but(responder=STRANGER),
    "from a delegate nothing is known of": GOOD.but(responder=_delegate(more=())),
    "from a delegate without the purpose": GOOD.but(responder=_delegate(purposes=())),
    "from a delegate with a critical extension nobody knows": GOOD.but(
        responder=_delegate(more=(*NOCHECK, (x509.InhibitAnyPolicy(0), True)))
    ),
    "from a delegate for time-stamps": GOOD.but(
        responder=_delegate(purposes=("1.3.6.1.5.5.7.3.8",))
    ),
    "from a delegate whose key is for other uses": GOOD.but(
        responder=_delegate(uses=frozenset({"key_agreement"}))
    ),
    "from another authority's delegate": GOOD.but(
        responder=OTHER.ca.issue("Delegate", purposes=(OCSP_SIGNING,), more=NOCHECK)
    ),
    "from the root's delegate": GOOD.but(
        responder=PEOPLE.root.issue("Delegate", purposes=(OCSP_SIGNING,), more=NOCHECK)
    ),
    "from the delegate of a stranger of the same name": GOOD.but(
        responder=STRANGER.issue("Delegate", purposes=(OCSP_SIGNING,), more=NOCHECK)
    ),
    "from the signer itself": GOOD.but(responder=PEOPLE.signer),
    "from a delegate that had expired": GOOD.but(responder=_delegate(end=NOW - 2 * DAY)),
    "from a delegate that expired since": GOOD.but(responder=_delegate(end=NOW - DAY / 2)),
    "from a delegate still to come": GOOD.but(responder=_delegate(start=NOW - DAY / 2)),
    "stale": GOOD.but(
        answers=(
            replace(ABOUT_SIGNER, this_update=NOW - 9 * DAY, next_update=NOW - DAY),
            ABOUT_MAKER,
        )
    ),
    "from the future": GOOD.but(
        answers=(replace(ABOUT_SIGNER, this_update=NOW + DAY), ABOUT_MAKER)
    ),
    "without an end, made before now": GOOD.but(
        answers=(replace(ABOUT_SIGNER, next_update=None), ABOUT_MAKER)
    ),
    "unknown": GOOD.but(answers=(replace(ABOUT_SIGNER, status=b"\x82\x00"), ABOUT_MAKER)),
    "good and unknown at once": GOOD.but(
        answers=(ABOUT_SIGNER, replace(ABOUT_SIGNER, status=b"\x82\x00"), ABOUT_MAKER)
    ),
    "nobody's signature": GOOD.but(signature=b"\x30\x06\x02\x01\x01\x02\x01\x01"),
    "an algorithm that is not accepted": GOOD.but(signature_oid="1.2.840.113549.1.1.5"),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_no_other_answer_is_believed(what: str) -> None:
    report = report_with(FORGERIES[what])
    assert revocation_of(report) == Code.REVOCATION_UNKNOWN
    assert report.indication is Indication.INDETERMINATE


def test_a_delegate_with_a_weak_key_is_not_believed() -> None:
    """RSA keys of 1024 bits are refused everywhere, here as well."""
    root = foreign_ca()
    leaf = foreign(root, "Leaf")
    weak = foreign(root, "Weak", purposes=[OCSP_SIGNING], bits=1024)
    strong = foreign(root, "Strong", purposes=[OCSP_SIGNING], bits=2048)
    answer = Answer(leaf.certificate, root.certificate)
    for responder, code in ((strong, Code.NOT_REVOKED), (weak, Code.REVOCATION_UNKNOWN)):
        assert foreign_revocation(root, leaf, Ocsp((answer,), responder)) == code


def test_rsa_and_ecdsa_answers_are_read() -> None:
    for kind in ("rsa", "ec"):
        root = foreign_ca(kind)
        leaf = foreign(root, "Leaf")
        response = Ocsp((Answer(leaf.certificate, root.certificate),), root)
        assert foreign_revocation(root, leaf, response) == Code.NOT_REVOKED


def foreign_revocation(root: Foreigner, leaf: Foreigner, response: Ocsp) -> str:
    cms = Cms(digest_oid=SHA256_OID, algorithm="1.2.840.10045.4.3.2")
    how = Field(value=lambda data: cms.over(data, leaf), image=None)
    report = report_on(
        sign(document(), how),
        anchors=TrustAnchors((root.certificate,)),
        policy=STRICT,
        evidence=known(response.der()),
    )
    return revocation_of(report)


def foreign_ca(kind: str = "ec") -> Foreigner:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else None
    key = key or ec.generate_private_key(ec.SECP256R1())
    return _foreign("Foreign CA", key, "Foreign CA", key, x509.BasicConstraints(True, None))


def foreign(root: Foreigner, who: str, *, purposes=(), bits: int = 0) -> Foreigner:
    key = rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
    more = [x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in purposes])] * bool(
        purposes
    )
    return _foreign(who, key, "Foreign CA", root.key, x509.OCSPNoCheck(), *more)


def _foreign(subject: str, key, issuer: str, issuer_key, *more) -> Foreigner:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 10 * DAY)
        .not_valid_after(NOW + 100 * DAY)
    )
    for extension in more:
        builder = builder.add_extension(extension, critical=False)
    built = builder.sign(issuer_key, hashes.SHA256())
    return Foreigner(Certificate.from_der(built.public_bytes(Encoding.DER)), key)


# --- what a revocation means: the same as on a list


def revoked_on(date: datetime) -> Ocsp:
    later = NOW + 3 * DAY
    updates = {"this_update": NOW, "next_update": later}
    return Ocsp(
        (replace(ABOUT_SIGNER, revoked_at=date, **updates), replace(ABOUT_MAKER, **updates)),
        PEOPLE.ca,
        produced_at=NOW,
    )


def test_a_certificate_revoked_before_it_signed_fails() -> None:
    report = report_with(revoked_on(NOW - DAY))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.sub_indication is SubIndication.REVOKED


def test_a_claim_does_not_prove_that_it_was_signed_before_revocation() -> None:
    report = report_with(revoked_on(NOW + DAY), at=NOW + 2 * DAY)
    assert report.sub_indication is SubIndication.REVOKED_NO_POE


def test_a_stamp_proves_that_it_was_signed_before_revocation() -> None:
    stamp = Token(PEOPLE.tsa)
    about_tsa = Ocsp((Answer(PEOPLE.tsa.certificate, PEOPLE.ca.certificate),), PEOPLE.ca)
    report = report_with(revoked_on(NOW + DAY), about_tsa, at=NOW + 2 * DAY, stamp=stamp)
    assert revocation_of(report) == Code.REVOKED_LATER
    report = report_with(revoked_on(NOW), about_tsa, at=NOW + 2 * DAY, stamp=stamp)
    assert report.sub_indication is SubIndication.REVOKED


def test_one_word_of_revocation_outweighs_every_good_one() -> None:
    revoked = replace(ABOUT_SIGNER, revoked_at=NOW - DAY, reason=encoded(0xA0, b"\x0a\x01\x06"))
    for order in ((ABOUT_SIGNER, revoked), (revoked, ABOUT_SIGNER)):
        report = report_with(GOOD.but(answers=(*order, ABOUT_MAKER)))
        assert report.sub_indication is SubIndication.REVOKED
    report = report_with(GOOD, GOOD.but(answers=(revoked,)))
    assert report.sub_indication is SubIndication.REVOKED
    assert revocation_of(report_with(GOOD, revoked_on(NOW - DAY), crls=(PEOPLE.ca.crl(),))) == (
        Code.REVOKED
    )


def test_a_word_said_after_a_certificate_ended_says_nothing() -> None:
    """A list may leave out whoever has expired (RFC 5280, 3.3), revoked or not."""
    signer = PEOPLE.ca.issue("Short", end=NOW + DAY)
    people: World = replace(PEOPLE, signer=signer, seal=new_seal(PEOPLE.maker, signer))
    stamp = Token(PEOPLE.tsa)
    how = replace(sealing(people, stamp=stamp), crls=())
    data = sign(document(), how)
    for made, code in ((NOW, Code.NOT_REVOKED), (NOW + 2 * DAY, Code.REVOCATION_UNKNOWN)):
        lists = (
            PEOPLE.root.crl(next_update=NOW + 9 * DAY),
            PEOPLE.ca.crl(this_update=made, next_update=NOW + 9 * DAY),
        )
        report = report_on(data, at=NOW + 3 * DAY, evidence=known(crls=lists), policy=STRICT)
        assert revocation_of(report) == code


def test_an_answer_without_an_end_proves_what_is_older() -> None:
    stamp = Token(PEOPLE.tsa)
    open_ended = {"this_update": NOW + DAY, "next_update": None}
    answers = (
        replace(ABOUT_SIGNER, **open_ended),
        replace(ABOUT_MAKER, **open_ended),
        Answer(PEOPLE.tsa.certificate, PEOPLE.ca.certificate),
    )
    report = report_with(GOOD.but(answers=answers), at=NOW + 2 * DAY, stamp=stamp)
    assert revocation_of(report) == Code.NOT_REVOKED


# --- where it is found


def test_answers_travel_in_the_file() -> None:
    responses = [GOOD.der(), OF_ROOT.der()]
    store = b"/DSS << /Type /DSS /OCSPs [82 0 R 80 0 R 81 0 R 7 null] >>"
    how = replace(
        sealing(PEOPLE),
        dss=(),
        crls=(),
        catalog=store,
        extra={
            80: stream(responses[0]),
            81: stream(responses[1]),
            82: b"<< /Length 1 /Filter /Nothing >>\nstream\nx\nendstream",
        },
    )
    found = Evidence(tuple(one.certificate for one in (PEOPLE.root, PEOPLE.ca)), ())
    report = report_on(sign(document(), how), policy=STRICT, evidence=found)
    assert revocation_of(report) == Code.NOT_REVOKED


@pytest.mark.parametrize("shared", [b"", b"/OCSPs [80 0 R]"])
def test_answers_for_one_signature_are_found(shared: bytes) -> None:
    store = b"/DSS << /Type /DSS %s /VRI << /AB << /OCSP [80 0 R 81 0 R] >> /CD 7 >> >>" % shared
    how = replace(
        sealing(PEOPLE),
        dss=(),
        crls=(),
        catalog=store,
        extra={80: stream(GOOD.der()), 81: stream(OF_ROOT.der())},
    )
    found = Evidence(tuple(one.certificate for one in (PEOPLE.root, PEOPLE.ca)), ())
    report = report_on(sign(document(), how), policy=STRICT, evidence=found)
    assert revocation_of(report) == Code.NOT_REVOKED


def archive(*parts: bytes) -> bytes:
    return attribute("1.2.840.113583.1.1.8", encoded(SEQUENCE, *parts))


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (
            (
                encoded(CONTEXT_0, encoded(SEQUENCE, PEOPLE.root.crl())),
                encoded(CONTEXT_1, encoded(SEQUENCE, GOOD.der())),
            ),
            Code.NOT_REVOKED,
        ),
        ((encoded(CONTEXT_1, encoded(SEQUENCE, GOOD.der(), OF_ROOT.der())),), Code.NOT_REVOKED),
        ((encoded(CONTEXT_1, encoded(SEQUENCE, b"\x30\x00")),), Code.REVOCATION_UNKNOWN),
        ((b"\x02\x01\x01",), Code.REVOCATION_UNKNOWN),
    ],
)
def test_answers_travel_in_signed_attributes(parts: tuple[bytes, ...], code: str) -> None:
    cms = Cms(more_attributes=(archive(*parts),))
    how = Field(
        value=lambda data: cms.over(data, PEOPLE.signer), dss=PEOPLE.certificates, image=None
    )
    assert revocation_of(report_on(sign(document(), how), policy=STRICT)) == code


def test_answers_are_kept_in_a_folder(tmp_path) -> None:
    (tmp_path / "a.ocsp").write_bytes(GOOD.der())
    assert len(Evidence.from_directory(tmp_path).ocsp_responses) == 1


# --- a time-stamp is no stronger than its authority


def test_a_stamp_by_an_algorithm_the_policy_does_not_take_proves_nothing() -> None:
    only_rsa = replace(QIANYIN_DEFAULT, signature_algorithms=frozenset({"1.2.840.113549.1.1.11"}))
    how = sealing(PEOPLE, stamp=Token(PEOPLE.tsa))
    report = report_on(sign(document(), how), policy=only_rsa)
    assert code_of(report, CheckName.TIMESTAMP) == Code.TIMESTAMP_UNTRUSTED


def test_freshness_counts_to_the_second() -> None:
    edge = NOW
    answers = tuple(replace(one, next_update=edge) for one in GOOD.answers)
    assert revocation_of(report_with(GOOD.but(answers=answers))) == Code.NOT_REVOKED
    late = report_with(GOOD.but(answers=answers), at=edge + timedelta(seconds=1))
    assert revocation_of(late) == Code.REVOCATION_UNKNOWN


def test_an_answer_with_a_nonce_is_read() -> None:
    assert report_with(GOOD.but(more=extensions())).indication is Indication.TOTAL_PASSED
