"""What comes back from an examining process is checked as a stranger's words are."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ExaminationDied, ExaminationTimedOut
from api.examination.findings import Findings, from_json, to_json
from api.examination.frames import Frame
from api.examination.page_pictures import Mark
from api.examination.pool import End, Said
from api.examination.service import Examinations
from api.uploads import Upload
from verify import QIANYIN_DEFAULT
from verify.errors import EncryptedPdf, NotAPdf, PdfTooLarge
from verify.report import (
    CertificateSummary,
    CheckName,
    CheckResult,
    Coverage,
    Indication,
    Outcome,
    SealSummary,
    SignatureKind,
    SignatureReport,
    SubIndication,
    TimeSource,
    VerificationReport,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SEAL = SealSummary("印章", "1", "制章者", NOW, NOW, b"\x89PNG\xff\x00", 42, 42, 4)
CERTIFICATE = CertificateSummary("CN=a", "CN=b", 2**159, NOW, NOW)
CHECKS = (CheckResult(CheckName.FORMAT, Outcome.FAILED, "X", SubIndication.HASH_FAILURE, "d"),)
SIGNATURE = SignatureReport(
    "S", SignatureKind.SEAL, "f", "s", Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE, "x", NOW,
    TimeSource.CLAIMED, Coverage.PARTIAL, 0, (1.0, 2.0, 3.0, 4.0), CHECKS, ("W",), SEAL, CERTIFICATE,
)  # fmt: skip
REPORT = VerificationReport(
    Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE, (SIGNATURE,), "p", ("a",), NOW, "00", 1
)
FINDINGS = Findings(REPORT, {"ZZMC": "证"})
GOOD = Frame({"kind": "findings"}, to_json(FINDINGS))


class Pool:
    """Says what it is told to say."""

    def __init__(self, *frames, end=End.DONE):
        self._said = Said(tuple(frames), end, 7.5)

    def run(self, job):
        self.job = job
        return self._said


def examine(pool, charge=lambda _seconds: None):
    upload = Upload("a.pdf", b"%PDF", charge=charge)
    return Examinations(pool).examine(
        upload, at=NOW, policy=QIANYIN_DEFAULT, pictures=True, facts=False
    )


@pytest.mark.parametrize("frames", [(GOOD,), ()], ids=["found", "nothing"])
def test_who_sent_a_file_is_charged_for_the_time_it_took_whatever_came_of_it(frames):
    charged = []
    with contextlib.suppress(ExaminationDied):
        examine(Pool(*frames), charged.append)
    assert charged == [7.5]


def test_a_report_survives_the_journey_unchanged():
    assert from_json(to_json(FINDINGS)) == FINDINGS


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_report_and_nothing_worse(content):
    with pytest.raises(ExaminationDied):
        from_json(content)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"TOTAL_FAILED"', b'"GENUINE"'),
        (b'"record"', b'"recrod"'),
        (b'"page_count":1', b'"page_count":"many"'),
        (b'"policy":"p"', b'"policy":"p","extra":1'),
    ],
)
def test_a_report_of_another_shape_is_refused(before, after):
    content = to_json(FINDINGS)
    assert before in content
    if b"extra" in after:
        content = content[:-1] + b',"extra":1}'
    else:
        content = content.replace(before, after)
    with pytest.raises(ExaminationDied):
        from_json(content)


def test_the_examiner_is_told_the_time_and_whether_pictures_are_wanted():
    pool = Pool(GOOD)
    assert examine(pool).findings == FINDINGS
    asked = {"at": NOW.isoformat(), "policy": "qianyin-default", "pictures": True, "facts": False}
    assert pool.job.header == asked


@pytest.mark.parametrize("error", [NotAPdf, EncryptedPdf, PdfTooLarge])
def test_a_refusal_is_raised_as_the_error_it_was(error):
    frame = Frame({"kind": "refused", "error": error.__name__, "detail": "why"})
    with pytest.raises(error, match="why"):
        examine(Pool(frame))


def test_only_known_refusals_can_be_raised_from_afar():
    with pytest.raises(ExaminationDied):
        examine(Pool(Frame({"kind": "refused", "error": "SystemExit", "detail": "x"})))


def test_a_report_made_before_the_examiner_died_still_counts():
    assert examine(Pool(GOOD, end=End.DIED)).findings == FINDINGS
    assert examine(Pool(GOOD, end=End.TIMED_OUT)).pictures == ()


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (End.DIED, ExaminationDied),
        (End.TIMED_OUT, ExaminationTimedOut),
        (End.DONE, ExaminationDied),
    ],
)
def test_no_answer_is_an_error_that_says_why(end, error):
    with pytest.raises(error):
        examine(Pool(end=end))


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"page": 0, "width": 10},
        {"page": -1, "width": 1, "height": 1},
        {"page": "0", "width": 1, "height": 1},
        {"page": 0, "width": 10**9, "height": 1},
        {"page": 0, "width": 1, "height": 1, "marks": {}},
        {"page": 0, "width": 1, "height": 1, "marks": [[0, 1, 2, 3]]},
        {"page": 0, "width": 1, "height": 1, "marks": [[0, 1, 2, 3, True]]},
    ],
)
def test_a_picture_with_impossible_sizes_is_refused(header):
    with pytest.raises(ExaminationDied):
        examine(Pool(GOOD, Frame({"kind": "picture", **header}, b"png")))


def test_pictures_come_with_their_sizes():
    sizes = {"page": 1, "width": 3, "height": 4, "marks": [[0, 1, 1, 2, 2]]}
    (picture,) = examine(Pool(GOOD, Frame({"kind": "picture", **sizes}, b"png"))).pictures
    assert (picture.page, picture.width, picture.height, picture.png) == (1, 3, 4, b"png")
    assert picture.marks == (Mark(0, 1, 1, 2, 2),)


def test_findings_can_differ():
    assert replace(FINDINGS, record=None) != FINDINGS
