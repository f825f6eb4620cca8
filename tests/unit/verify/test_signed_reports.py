"""A signed report holds when everything about it does, and never because somebody says so."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keystore import Credential, KeyUri
from keystore.cms import SIGNING_TIME
from signing import GBT_35275, RFC_5652, signed_message
from tests.fakes.pdf_documents import document
from tests.fakes.signature_values import RSA, SHA256_OID, Cms, attribute
from tests.fakes.signed_documents import decisive_code, report_on, sealing, sign
from tests.fakes.sm2_people import DAY, NOW, foreigner, world
from verify import (
    NO_EVIDENCE,
    QIANYIN_DEFAULT,
    REPORT_SIGNING,
    AnchorRule,
    CheckName,
    Evidence,
    Indication,
    RevocationRule,
    TrustAnchors,
    read_signed_report,
)
from verify.anchor_rules import Purpose
from verify.errors import NotASignedReport
from verify.evidence import readable_lists

URI = KeyUri.parse("soft:path=in-memory")
REPORT = json.dumps({"schema": "verification-report-1", "file_sm3": "00"}).encode()
DIALECTS = pytest.mark.parametrize("dialect", [RFC_5652, GBT_35275], ids=["rfc5652", "gbt35275"])


def office(**how):
    return world().ca.issue("Verifying office", purposes=(REPORT_SIGNING,), **how)


OFFICE = office()


def signed(content=REPORT, by=None, dialect=RFC_5652, at=NOW):
    by = by or OFFICE
    credential = Credential(URI, by.chain)
    return signed_message(content, dialect=dialect, credential=credential, signer=by.signer, at=at)


def judged(data, **changes):
    arguments = {
        "anchors": TrustAnchors((world().root.certificate,)),
        "policy": QIANYIN_DEFAULT,
        "at": NOW,
        "evidence": NO_EVIDENCE,
        **changes,
    }
    return read_signed_report(data, **arguments)


def answer(found, check):
    return next((one.outcome, one.code) for one in found.checks if one.check is check)


@DIALECTS
def test_a_report_under_a_trusted_signature_holds(dialect) -> None:
    found = judged(signed(dialect=dialect))
    assert (found.indication, found.sub_indication) == (Indication.TOTAL_PASSED, None)
    assert found.content == REPORT
    assert found.report["file_sm3"] == "00"
    assert (found.signer, found.signed_at) == ("Verifying office", NOW)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_byte_can_be_changed(place, change) -> None:
    data = bytearray(signed_once())
    data[place % len(data)] ^= change
    try:
        found = judged(bytes(data))
    except NotASignedReport:
        return
    assert found.indication is not Indication.TOTAL_PASSED


def signed_once(made=[]) -> bytes:  # noqa: B006 - one for all examples
    made or made.append(signed())
    return made[0]


def test_a_certificate_for_seals_signs_no_report() -> None:
    found = judged(signed(by=world().signer))
    assert found.indication is Indication.INDETERMINATE
    assert answer(found, CheckName.SIGNER) == ("INDETERMINATE", "SIGNER_EXTENDED_KEY_USAGE")


def test_a_certificate_for_reports_seals_nothing() -> None:
    how = replace(
        sealing(world()),
        value=lambda content: Cms(certificates=OFFICE.chain).over(content, OFFICE),
        entries=b"/Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached",
        image=None,
    )
    report = report_on(sign(document(), how))
    assert report.indication is Indication.INDETERMINATE
    assert decisive_code(report) == "SIGNER_EXTENDED_KEY_USAGE"


def test_an_unknown_root_is_unknown_not_wrong() -> None:
    elsewhere = TrustAnchors((world("elsewhere").root.certificate,))
    for anchors in (elsewhere, TrustAnchors.nobody()):
        found = judged(signed(), anchors=anchors)
        assert found.indication is Indication.INDETERMINATE
        assert answer(found, CheckName.CHAIN) == ("INDETERMINATE", "CHAIN_UNKNOWN")
        assert answer(found, CheckName.REVOCATION) == ("INDETERMINATE", "NOT_REACHED")


def test_a_root_that_is_for_seals_does_not_vouch_for_reports() -> None:
    root = world().root.certificate
    for serves, code in ((Purpose.SIGNERS, "ANCHOR_OUT_OF_SCOPE"), (Purpose.REPORTS, None)):
        rule = AnchorRule("by hand", NOW.date(), frozenset({serves}), None, None, (), frozenset())
        found = judged(signed(), anchors=TrustAnchors((root,), {root: rule}))
        assert answer(found, CheckName.CHAIN)[1] == (code or "CHAIN_TRUSTED")


def test_a_certificate_carried_along_without_need_is_named() -> None:
    extra = (*OFFICE.chain, world("elsewhere").root.certificate)
    found = judged(written(certificates=extra).over(b"", OFFICE))
    assert answer(found, CheckName.CHAIN) == ("INDETERMINATE", "EXTRA_CERTIFICATE_UNPROVEN")


def test_an_expired_certificate_proves_nothing_by_its_own_claim() -> None:
    short = office(end=NOW + DAY)
    data = signed(by=short)
    assert judged(data).indication is Indication.TOTAL_PASSED
    found = judged(data, at=NOW + 2 * DAY)
    assert answer(found, CheckName.CHAIN) == ("INDETERMINATE", "CERTIFICATE_OUT_OF_BOUNDS")


def lists(revoked, **how):
    return Evidence((), readable_lists([world().ca.crl(revoked, **how), world().root.crl()]))


def test_what_is_known_of_revocation_counts() -> None:
    good = judged(signed(), evidence=lists({}))
    assert answer(good, CheckName.REVOCATION) == ("PASSED", "NOT_REVOKED")
    for when in (NOW - DAY, NOW - timedelta(hours=1)):
        evidence = lists({OFFICE.certificate.serial: when})
        found = judged(signed(), evidence=evidence)
        assert answer(found, CheckName.REVOCATION) == ("INDETERMINATE", "REVOKED_NO_PROOF")
    strict = replace(QIANYIN_DEFAULT, revocation=RevocationRule.ALWAYS)
    found = judged(signed(), policy=strict)
    assert answer(found, CheckName.REVOCATION) == ("INDETERMINATE", "REVOCATION_UNKNOWN")


# Forms that are not ours, made by hand


def written(**how):
    values = {"content": REPORT, "certificates": OFFICE.chain, **how}
    return Cms(**values)


def test_the_same_form_written_by_another_hand_holds() -> None:
    assert judged(written().over(b"", OFFICE)).indication is Indication.TOTAL_PASSED


def test_another_content_is_named_as_that() -> None:
    found = judged(written(stated_digest=b"\1" * 32).over(b"", OFFICE))
    assert found.indication is Indication.TOTAL_FAILED
    assert answer(found, CheckName.VALUE) == ("FAILED", "DIGEST_MISMATCH")


def test_anothers_key_is_wrong() -> None:
    found = judged(written(bad_key=world().signer).over(b"", OFFICE))
    assert answer(found, CheckName.VALUE) == ("FAILED", "VALUE_INVALID")


@pytest.mark.parametrize(
    "odd",
    [
        {"attributes": False},
        {"crls": (world().ca.crl(),)},
        {"unsigned": (attribute("1.2.3", b"\x05\x00"),)},
        {"announced": ("2.16.840.1.101.3.4.2.1",)},
    ],
    ids=["no attributes", "lists", "unsigned attributes", "other digests"],
)
def test_what_no_service_of_ours_writes_is_not_accepted(odd) -> None:
    found = judged(written(**odd).over(b"", OFFICE))
    assert found.indication is Indication.INDETERMINATE
    assert answer(found, CheckName.ACCEPTANCE) == ("INDETERMINATE", "DEVIATION_NOT_ACCEPTED")


@pytest.mark.parametrize(
    "odd",
    [{"content": None}, {"signers": 2}, {"certificates": ()}],
    ids=["detached", "two signers", "no certificate"],
)
def test_what_has_not_one_known_signer_around_a_content_is_refused(odd) -> None:
    with pytest.raises(NotASignedReport):
        judged(written(**odd).over(b"", OFFICE))


def test_a_report_without_a_time_says_none() -> None:
    assert judged(written(signing_time=None).over(b"", OFFICE)).signed_at is None
    twice = (attribute(SIGNING_TIME, utc(NOW), utc(NOW + DAY)),)
    found = judged(written(signing_time=None, more_attributes=twice).over(b"", OFFICE))
    assert found.signed_at is None


def utc(moment) -> bytes:
    return b"\x17\x0d" + moment.strftime("%y%m%d%H%M%SZ").encode()


def test_reports_are_signed_with_sm2() -> None:
    rsa = written(digest_oid=SHA256_OID, algorithm=RSA, certificates=None)
    found = judged(rsa.over(b"", foreigner("rsa2048")))
    assert answer(found, CheckName.VALUE) == ("PASSED", "VALUE_HOLDS")
    assert answer(found, CheckName.ACCEPTANCE) == ("FAILED", "ALGORITHM_NOT_ACCEPTED")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"[]",
        b"{}",
        b'{"schema": "another"}',
        b'{"schema": ["verification-report-1"]}',
        b"[" * 100_000,
        b"\xff\xfe",
        REPORT[:-1] + b', "file_sm3": "11"}',
        REPORT[:-1] + b', "a": [{"indication": 1, "indication": 2}]}',
        REPORT[:-1] + b', "a": NaN}',
        REPORT.decode().encode("utf-16"),
    ],
    ids=[
        "nothing",
        "text",
        "a list",
        "no schema",
        "another",
        "a list as schema",
        "deep",
        "octets",
        "a name twice",
        "twice inside",
        "no number",
        "another encoding",
    ],
)
def test_what_is_signed_but_no_report_is_refused(content) -> None:
    with pytest.raises(NotASignedReport):
        judged(signed(content))


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data) -> None:
    with pytest.raises(NotASignedReport):
        judged(data)


def test_too_many_bytes_are_refused_before_they_are_read(monkeypatch) -> None:
    from verify import signed_reports

    monkeypatch.setattr(signed_reports, "SIGNED_REPORT_BYTES", 10)
    with pytest.raises(NotASignedReport, match="more than"):
        judged(signed())
