"""OCSP responses that are read, and those that are no answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystore import OcspResponse, OcspStatus
from keystore.errors import MalformedAsn1
from keystore.tlv import CONTEXT_0, SEQUENCE, encoded, encoded_integer, encoded_oid
from tests.fakes.ocsp import Answer, Ocsp, extensions, moment
from tests.fakes.sm2_people import NOW, world

PEOPLE = world()
ANSWER = Answer(PEOPLE.signer.certificate, PEOPLE.ca.certificate)
GOOD = Ocsp((ANSWER,), PEOPLE.ca)


def but(**changes: object) -> Answer:
    from dataclasses import replace

    return replace(ANSWER, **changes)


def test_the_answers_are_read() -> None:
    revoked = but(revoked_at=NOW, reason=encoded(CONTEXT_0, b"\x0a\x01\x01"), next_update=None)
    read = OcspResponse.from_der(GOOD.but(answers=(ANSWER, revoked)).der())
    good, bad = read.answers
    assert (good.status, bad.status) == (OcspStatus.GOOD, OcspStatus.REVOKED)
    assert (bad.revoked_at, bad.next_update) == (NOW, None)
    assert read.certificates == (PEOPLE.ca.certificate,)
    assert "der" not in repr(read)


MALFORMED = {
    "a refusal": GOOD.but(status=6).der(),
    "of another kind": GOOD.but(basic="1.2.3").der(),
    "of another version": GOOD.but(before=encoded(CONTEXT_0, encoded_integer(1))).der(),
    "without answers": GOOD.but(answers=()).der(),
    "with a critical extension": GOOD.but(more=extensions(critical=True)).der(),
    "with too many parts": GOOD.but(more=extensions() * 2).der(),
    "with a critical extension in an answer": GOOD.but(
        answers=(but(more=extensions(critical=True)),)
    ).der(),
    "with more in an answer": GOOD.but(answers=(but(more=extensions() * 2),)).der(),
    "with a status that does not exist": GOOD.but(answers=(but(status=b"\x83\x00"),)).der(),
    "with a good status that says more": GOOD.but(answers=(but(status=b"\x80\x01\x00"),)).der(),
    "with more in a revocation": GOOD.but(answers=(but(revoked_at=NOW, reason=moment(NOW)),)).der(),
    "with a signature of odd bits": GOOD.but(unused_bits=b"\x01").der(),
    "with a certificate that is none": GOOD.but(carried=(b"\x30\x00",)).der(),
    "nothing": encoded(SEQUENCE),
    "success without a word": encoded(SEQUENCE, b"\x0a\x01\x00"),
    "too large": bytes(256 * 1024 + 1),
    "followed by bytes": GOOD.der() + b"\0",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_no_answer_is_refused(what: str) -> None:
    with pytest.raises(MalformedAsn1):
        OcspResponse.from_der(MALFORMED[what])


def test_a_critical_flag_that_says_no_is_none() -> None:
    flagged = extensions(critical=True).replace(b"\x01\x01\xff", b"\x01\x01\x00")
    assert OcspResponse.from_der(GOOD.but(more=flagged).der()).answers


def test_an_algorithm_with_parameters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(oid: str) -> bytes:
        return encoded(SEQUENCE, encoded_oid(oid), encoded_integer(1))

    monkeypatch.setattr("tests.fakes.ocsp.algorithm", odd)
    with pytest.raises(MalformedAsn1):
        OcspResponse.from_der(GOOD.der())


@given(st.binary(max_size=400))
def test_arbitrary_bytes_raise_only_our_error(junk: bytes) -> None:
    with pytest.raises(MalformedAsn1):
        OcspResponse.from_der(junk)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_flipped_byte_is_read_or_refused_and_never_holds(at: int, change: int) -> None:
    from keystore import SIGNER_ID_GM
    from keystore.errors import InvalidSignature

    der = bytearray(GOOD_DER)
    der[at % len(der)] ^= change
    try:
        read = OcspResponse.from_der(bytes(der))
    except MalformedAsn1:
        return
    if read.signed_bytes != GOOD_READ.signed_bytes or read.signature != GOOD_READ.signature:
        with pytest.raises(InvalidSignature):
            read.verify_signed_by(PEOPLE.ca.certificate, signer_id=SIGNER_ID_GM)


GOOD_DER = GOOD.der()
GOOD_READ = OcspResponse.from_der(GOOD_DER)
