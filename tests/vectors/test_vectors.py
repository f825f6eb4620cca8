"""Every case gets exactly its verdict; nothing but what is genuine passes; files are reproducible."""

import json
from itertools import islice

import pytest

from keystore import sm3
from scripts.score_vectors import DOCUMENT, document
from tests.fakes.signed_documents import report_on, sealed
from tests.vectors import judging
from tests.vectors.catalog import FAMILIES
from tests.vectors.families import shadow
from tests.vectors.judging import every_case, judged
from tests.vectors.make import INDEX, index
from verify import Code, Indication

CASES_MIN, FAMILIES_MIN, GOOD_MIN = 300, 12, 40


@pytest.mark.parametrize("label", every_case())
def test_the_verdict_is_the_expected_one(label: str) -> None:
    one = judged(label)
    assert one.verdict == one.case.expect


def test_nothing_passes_but_what_is_genuine() -> None:
    passed = {
        one for one in every_case() if judged(one).verdict.indication == Indication.TOTAL_PASSED
    }
    assert passed == {one for one in every_case() if one.startswith("good/")}
    assert len(passed) >= GOOD_MIN


def test_every_code_is_the_answer_to_some_case() -> None:
    reports = (judged(one).report for one in every_case())
    signatures = [one for report in reports if report is not None for one in report.signatures]
    seen = {check.code for one in signatures for check in one.checks}
    assert set(map(str, Code)) - seen == set()


def test_there_are_enough_cases_in_enough_families() -> None:
    assert len(every_case()) == sum(len(one.cases) for one in FAMILIES)
    assert len(every_case()) - len(FAMILIES[0].cases) >= CASES_MIN
    assert len({one.name for one in FAMILIES[1:]}) >= FAMILIES_MIN


def test_every_case_says_why_in_a_sentence_of_its_own() -> None:
    for family in FAMILIES:
        told = [one.why for one in family.cases]
        assert all(told)
        assert len(set(told)) == len(told), [one for one in told if told.count(one) > 1]


def test_no_two_cases_are_the_same_file_under_the_same_trust_policy_and_time() -> None:
    files: dict[object, list[str]] = {}
    for label in every_case():
        case = judged(label).case
        files.setdefault((sm3(judged(label).data), case.trust, case.policy, case.at), []).append(
            label
        )
    assert [one for one in files.values() if len(one) > 1] == []


def test_the_index_is_what_the_generator_makes() -> None:
    """The index was written by another process: equal digests mean equal bytes."""
    kept, made = json.loads(INDEX.read_text(encoding="utf-8")), json.loads(index())
    wrong = [one["id"] for one, other in zip(kept, made, strict=True) if one != other]
    assert wrong == [], "run: python -m tests.vectors.make --index"


def test_making_a_case_twice_gives_the_same_bytes() -> None:
    for label in islice(every_case(), 0, None, 7):
        family, case = judging._BY_LABEL[label]
        assert case.make(family.name) == judged(label).data, label


@pytest.mark.parametrize("id", sorted(shadow.TRAPS))
def test_a_trap_that_was_not_sprung_passes(id: str) -> None:
    _, (prepared, _) = shadow.TRAPS[id]
    assert report_on(sealed(base=prepared)).indication is Indication.TOTAL_PASSED


def test_the_document_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), (
        "run: python -m scripts.score_vectors --write"
    )
