"""Our own distrust of a key: what it signed since is refused, whatever its certificate says."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.pdf_documents import document
from tests.fakes.signature_values import Token
from tests.fakes.signed_documents import code_of, report_on, sealing, sign
from tests.fakes.sm2_people import DAY, NOW, Person, world
from verify import (
    DEFAULT_LIMITS,
    QIANYIN_DEFAULT,
    Code,
    Distrust,
    Evidence,
    Indication,
    SubIndication,
    TrustAnchors,
    VerificationReport,
    key_sm3,
    read_bundle,
    verify_pdf,
    write_bundle,
)
from verify.errors import BadEvidenceBundle, BadTrustAnchor
from verify.report import CheckName
from verify.upload import read_upload

PEOPLE = world()


def distrust(since: datetime, who: Person = PEOPLE.signer) -> Evidence:
    return Evidence((), (), (), (Distrust(key_sm3(who.certificate.public_key), since),))


def report_of(evidence: Evidence, *, at: datetime = NOW, **options: object) -> VerificationReport:
    return report_on(sign(document(), sealing(PEOPLE, **options)), at=at, evidence=evidence)


def test_what_was_sealed_after_the_moment_fails_as_revoked() -> None:
    report = report_of(distrust(NOW - DAY))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.sub_indication is SubIndication.REVOKED
    assert code_of(report, CheckName.REVOCATION) == Code.KEY_DISTRUSTED


def test_the_moment_itself_is_already_too_late() -> None:
    assert report_of(distrust(NOW)).indication is Indication.TOTAL_FAILED


def test_a_thief_who_claims_an_earlier_time_is_not_believed() -> None:
    report = report_of(distrust(NOW + DAY), at=NOW + 2 * DAY)
    assert report.indication is Indication.INDETERMINATE
    assert report.sub_indication is SubIndication.REVOKED_NO_POE
    assert code_of(report, CheckName.REVOCATION) == Code.KEY_DISTRUSTED_NO_PROOF


def test_a_trusted_stamp_before_the_moment_saves_it() -> None:
    stamped = {"stamp": Token(PEOPLE.tsa), "at": NOW + 2 * DAY}
    saved = report_of(distrust(NOW + DAY), **stamped)
    assert saved.indication is Indication.TOTAL_PASSED
    assert code_of(saved, CheckName.REVOCATION) == Code.REVOKED_LATER
    assert report_of(distrust(NOW), **stamped).sub_indication is SubIndication.REVOKED


def test_a_stamp_by_a_distrusted_authority_proves_nothing() -> None:
    both = distrust(NOW + DAY).joined(distrust(NOW - DAY, PEOPLE.tsa))
    report = report_of(both, stamp=Token(PEOPLE.tsa), at=NOW + 2 * DAY)
    assert report.indication is not Indication.TOTAL_PASSED


def test_a_moment_still_to_come_is_not_held_against_it() -> None:
    assert report_of(distrust(NOW + DAY)).indication is Indication.TOTAL_PASSED


def test_another_key_is_not_touched() -> None:
    assert report_of(distrust(NOW - DAY, PEOPLE.tsa)).indication is Indication.TOTAL_PASSED


def test_the_same_key_in_a_new_certificate_is_distrusted_too() -> None:
    renewed = PEOPLE.ca.issue("Renewed", signer=PEOPLE.signer.signer)
    assert distrust(NOW).distrusted_since(renewed.certificate) == NOW


@pytest.mark.parametrize("who", [PEOPLE.ca, PEOPLE.root])
def test_an_authority_above_it_may_be_the_one(who: Person) -> None:
    report = report_of(distrust(NOW + DAY, who), at=NOW + 2 * DAY)
    assert report.sub_indication is SubIndication.REVOKED_CA_NO_POE
    assert report_of(distrust(NOW - DAY, who)).indication is Indication.TOTAL_FAILED


def test_an_anchor_that_signs_itself_can_be_distrusted() -> None:
    anchors = TrustAnchors((PEOPLE.signer.certificate,))
    how = sign(document(), sealing(PEOPLE))
    report = report_on(how, anchors=anchors, evidence=distrust(NOW - DAY))
    assert report.indication is Indication.TOTAL_FAILED


def test_what_a_list_says_as_badly_is_told_as_the_list_says_it() -> None:
    revoked = PEOPLE.ca.crl({PEOPLE.signer.certificate.serial: NOW - DAY})
    how = sign(document(), replace(sealing(PEOPLE), crls=(revoked,)))
    report = report_on(how, evidence=distrust(NOW - DAY))
    assert code_of(report, CheckName.REVOCATION) == Code.REVOKED


def test_a_word_of_distrust_is_found_in_the_folder(tmp_path: Path) -> None:
    word = distrust(NOW).distrusted[0]
    (tmp_path / "a.distrust").write_bytes(word.to_json())
    assert Evidence.from_directory(tmp_path).distrusted == (word,)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"key_sm3": "00", "from": "2026-11-23T00:00:00Z"}',
        b'{"key_sm3": 7, "from": "2026-11-23T00:00:00Z"}',
        b'{"key_sm3": "%s", "from": "2026-11-23T00:00:00"}' % (b"0" * 64),
        b'{"key_sm3": "%s", "from": "soon"}' % (b"0" * 64),
    ],
)
def test_a_word_that_cannot_be_read_is_named_and_never_passed_over(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "half.distrust").write_bytes(content)
    with pytest.raises(BadTrustAnchor, match=r"half\.distrust"):
        Evidence.from_directory(tmp_path)


def test_stored_evidence_remembers_the_distrust() -> None:
    anchors, evidence = TrustAnchors((PEOPLE.root.certificate,)), distrust(NOW - DAY)
    pdf = read_upload(sign(document(), sealing(PEOPLE)).data, limits=DEFAULT_LIMITS)
    report = verify_pdf(pdf, anchors=anchors, policy=QIANYIN_DEFAULT, at=NOW, evidence=evidence)
    stored = write_bundle(report, anchors=anchors, policy=QIANYIN_DEFAULT, evidence=evidence)
    policies = {QIANYIN_DEFAULT.name: QIANYIN_DEFAULT}
    assert read_bundle(stored, policies).evidence == evidence
    with pytest.raises(BadEvidenceBundle):
        read_bundle(stored.replace(evidence.distrusted[0].key_sm3.encode(), b"0" * 64), policies)


def test_a_moment_is_kept_to_the_microsecond() -> None:
    word = Distrust("0" * 64, NOW + timedelta(microseconds=1))
    assert Distrust.from_json(word.to_json()) == word
