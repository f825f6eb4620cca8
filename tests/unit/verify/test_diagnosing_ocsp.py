"""The facts say which OCSP answers were there, of whom, on whom, and whether they counted."""

from base64 import b64decode
from dataclasses import replace

from keystore import Certificate, OcspResponse, sm3
from tests.fakes.ocsp import SM3, Answer, Ocsp
from tests.fakes.signature_values import Token
from tests.fakes.signed_documents import report_on, sealed
from tests.fakes.sm2_people import DAY, NOW, world
from verify import Evidence, View, view_of

PEOPLE, OTHER = world(), world("other")
CA = PEOPLE.ca.certificate
SIGNER, MAKER = PEOPLE.signer.certificate, PEOPLE.maker.certificate
GOOD = Ocsp((Answer(SIGNER, CA, hash_oid=SM3), Answer(MAKER, CA)), PEOPLE.ca)


def facts_with(*responses: Ocsp, data: bytes | None = None, known: tuple[Certificate, ...] = ()):
    read = tuple(OcspResponse.from_der(one.der()) for one in responses)
    report = report_on(data or sealed().data, evidence=Evidence(known, (), read))
    facts = view_of(report, View.DIAGNOSTIC)["diagnosis"]
    (signature,) = facts["signatures"]
    return facts["ocsp_responses"], signature["ocsp_answers"]


def test_an_answer_that_counted_is_told_with_its_response() -> None:
    (response,), answers = facts_with(GOOD, GOOD)
    assert b64decode(response["der"]) == GOOD.der()
    assert response["responder"] == CA.subject
    assert response["sm3"] == sm3(GOOD.der()).hex()
    by_certificate = {one["certificate"]: one for one in answers}
    assert set(by_certificate) == {SIGNER.fingerprint, MAKER.fingerprint}
    assert by_certificate[SIGNER.fingerprint] == {
        "response": response["sm3"],
        "certificate": SIGNER.fingerprint,
        "status": "good",
        "revoked_at": None,
        "this_update": "2026-05-31T12:00:00Z",
        "next_update": "2026-06-08T12:00:00Z",
        "counted": True,
    }


def about_signer(**changes: object) -> Ocsp:
    return GOOD.but(answers=(replace(GOOD.answers[0], **changes),))


def told(response: Ocsp) -> tuple[str, bool]:
    _, (answer,) = facts_with(response)
    return answer["status"], answer["counted"]


def test_what_did_not_count_is_there_and_says_so() -> None:
    assert told(about_signer(status=b"\x82\x00")) == ("unknown", False)
    stale = about_signer(this_update=NOW - 9 * DAY, next_update=NOW - DAY)
    assert told(stale) == ("good", False)
    assert told(about_signer().but(key=OTHER.ca)) == ("good", False)


def test_a_revocation_counts_however_old_it_is_but_not_before_its_day() -> None:
    old = {"this_update": NOW - 9 * DAY, "next_update": NOW - DAY}
    assert told(about_signer(revoked_at=NOW - DAY, **old)) == ("revoked", True)
    assert told(about_signer(revoked_at=NOW + DAY, **old)) == ("revoked", False)


def test_of_several_answers_in_a_response_the_worst_is_told() -> None:
    good, revoked = GOOD.answers[0], replace(GOOD.answers[0], revoked_at=NOW - DAY)
    assert told(GOOD.but(answers=(good, revoked, good))) == ("revoked", True)


def test_a_responder_nobody_here_knows_has_no_name() -> None:
    strange = about_signer().but(responder=OTHER.ca, carried=())
    (response,), _ = facts_with(strange)
    assert response["responder"] is None
    (response,), _ = facts_with(strange, known=(OTHER.ca.certificate,))
    assert response["responder"] == OTHER.ca.certificate.subject


def test_what_speaks_of_nobody_in_the_chains_is_left_out() -> None:
    elsewhere = Ocsp((Answer(OTHER.signer.certificate, OTHER.ca.certificate),), OTHER.ca)
    assert facts_with(elsewhere) == ([], [])


def test_the_authority_of_a_time_stamp_is_asked_for_the_time_of_checking() -> None:
    stamped = sealed(stamp=Token(PEOPLE.tsa, time=NOW - DAY / 2)).data
    until = {"this_update": NOW - DAY, "next_update": NOW - DAY / 4}
    of_tsa = Answer(PEOPLE.tsa.certificate, CA, **until)
    both = GOOD.but(answers=(replace(GOOD.answers[0], **until), of_tsa))
    _, answers = facts_with(both, data=stamped)
    counted = {one["certificate"]: one["counted"] for one in answers}
    assert counted == {SIGNER.fingerprint: True, PEOPLE.tsa.certificate.fingerprint: False}
