import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.pdf_documents import document
from tests.fakes.signed_documents import report_on, sealed
from verify import CheckResult, Code, Indication, Outcome, SubIndication, to_json
from verify.report import (
    CheckName,
    decisive_check,
    verdict_of_checks,
    verdict_of_signatures,
)

OUTCOMES = st.lists(st.sampled_from(list(Outcome)), max_size=8)


def results(outcomes: list[Outcome]) -> tuple[CheckResult, ...]:
    return tuple(
        CheckResult(CheckName.FORMAT, one, Code.FORMAT_SOUND, None, "") for one in outcomes
    )


@given(OUTCOMES)
def test_a_signature_passes_only_if_it_was_checked_and_every_check_passed(outcomes) -> None:
    indication, _ = verdict_of_checks(results(outcomes))
    assert (indication is Indication.TOTAL_PASSED) == (set(outcomes) == {Outcome.PASSED})


@given(OUTCOMES)
def test_one_failed_check_fails_the_signature(outcomes) -> None:
    indication, _ = verdict_of_checks(results([*outcomes, Outcome.FAILED]))
    assert indication is Indication.TOTAL_FAILED


def test_the_first_of_the_worst_decides() -> None:
    first = replace(results([Outcome.FAILED])[0], detail="first")
    checks = (*results([Outcome.INDETERMINATE]), first, *results([Outcome.FAILED]))
    assert decisive_check(checks) is first
    assert decisive_check(()) is None


@given(st.lists(st.sampled_from(list(Indication)), min_size=1, max_size=6))
def test_a_file_is_as_good_as_its_worst_signature(indications) -> None:
    good = report_on(sealed()).signatures[0]
    signatures = tuple(replace(good, indication=one) for one in indications)
    verdict, _ = verdict_of_signatures(signatures)
    assert (verdict is Indication.TOTAL_PASSED) == (set(indications) == {Indication.TOTAL_PASSED})
    assert (verdict is Indication.TOTAL_FAILED) == (Indication.TOTAL_FAILED in indications)


def test_no_signature_is_no_pass() -> None:
    assert verdict_of_signatures(()) == (
        Indication.INDETERMINATE,
        SubIndication.SIGNED_DATA_NOT_FOUND,
    )


def test_a_report_has_no_truth_value() -> None:
    report = report_on(sealed())
    with pytest.raises(TypeError):
        bool(report)
    with pytest.raises(TypeError):
        bool(report.signatures[0])


def test_the_same_arguments_give_the_same_report() -> None:
    data = sealed().data
    assert report_on(data) == report_on(data)


def test_the_json_is_plain_and_whole() -> None:
    report = report_on(sealed())
    value = json.loads(json.dumps(report.to_json()))
    assert value == to_json(report)
    assert value["indication"] == "TOTAL_PASSED"
    assert value["sub_indication"] is None
    (one,) = value["signatures"]
    assert one["kind"] == "seal"
    assert one["signed_at"] == "2026-06-01T12:00:00Z"
    assert one["covers"] == "ENTIRE_FILE"
    assert one["seal"]["picture_png"].startswith("iVBOR")
    assert int(one["certificate"]["serial"], 16) == report.signatures[0].certificate.serial
    assert {"check", "outcome", "code", "sub_indication", "detail"} == set(one["checks"][0])
    assert len(value["file_sm3"]) == 64


def test_the_json_of_a_poor_file_has_the_same_keys() -> None:
    empty = to_json(report_on(document()))
    assert empty["signatures"] == []
    broken = to_json(report_on(sealed().data[:-9]))
    (one,) = broken["signatures"]
    assert set(one) == set(to_json(report_on(sealed()))["signatures"][0])
    assert (one["seal"], one["certificate"], one["signed_at"], one["rect"] is None) == (
        None,
        None,
        None,
        False,
    )


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        report_on(sealed(), at=datetime(2026, 6, 1))
    assert report_on(sealed(), at=datetime(2026, 6, 1, 12, tzinfo=UTC)).indication == "TOTAL_PASSED"
