"""The three questions are never answered better than what is known, nor worse."""

import pytest

from api.pages.answers import answers_of
from api.pages.language import Language
from api.pages.saying import Speaker
from api.pages.states import Tone
from api.pages.verdicts import decide
from licenses.checking import RegisterWord
from licenses.lifecycle import Standing, StandingKind
from tests.fakes.reports import report, signature, word
from verify.report import CheckName, Outcome, SubIndication

ZH = Speaker(Language.ZH, lambda code: (f"《{code}》", ""))
UNKNOWN = RegisterWord(None, Standing(StandingKind.UNKNOWN), False, None, None, ())
IN_FORCE = word(StandingKind.IN_FORCE)
NO_CHAIN = SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def answers(the_report, the_word=IN_FORCE):
    found = answers_of(the_report, the_word, decide(the_report, the_word), ZH)
    return [(one.tone, one.word) for one in found]


def test_all_three_are_good_for_a_licence_in_force():
    assert answers(report(signature())) == [
        (Tone.GOOD, "可信"),
        (Tone.GOOD, "没有改动"),
        (Tone.GOOD, "有效"),
    ]


@pytest.mark.parametrize(
    ("kind", "tone", "name"),
    [
        (StandingKind.REVOKED, Tone.CAUTION, "已被注销"),
        (StandingKind.EXPIRED, Tone.CAUTION, "已过有效期"),
        (StandingKind.NOT_ISSUED, Tone.BAD, "未曾颁发"),
    ],
)
def test_a_genuine_licence_that_does_not_hold_fails_the_last_question_only(kind, tone, name):
    found = answers(report(signature()), word(kind))
    assert [one for one, _ in found[:2]] == [Tone.GOOD, Tone.GOOD]
    assert found[2] == (tone, name)


def test_what_is_not_in_the_register_is_not_known_and_nothing_worse():
    assert answers(report(signature()), UNKNOWN)[2] == (Tone.OPEN, "无法得知")


def test_what_differs_from_the_register_does_not_hold():
    assert answers(report(signature()), word(StandingKind.IN_FORCE, same=False))[2] == (
        Tone.BAD,
        "与登记不符",
    )


@pytest.mark.parametrize("check", [CheckName.INTEGRITY, CheckName.CHANGES])
def test_a_changed_file_is_said_to_be_changed_under_a_seal_that_is_genuine(check):
    found = answers(report(signature(check, Outcome.FAILED)))
    assert found == [(Tone.GOOD, "可信"), (Tone.BAD, "改动过"), (Tone.OPEN, "不能说明")]


@pytest.mark.parametrize("check", [CheckName.COVERAGE, CheckName.CONTENT])
def test_where_a_change_cannot_be_ruled_out_it_is_not_claimed(check):
    assert answers(report(signature(check, Outcome.FAILED)))[1] == (Tone.BAD, "不能保证")
    assert answers(report(signature(check, Outcome.INDETERMINATE)))[1] == (Tone.OPEN, "不能保证")


@pytest.mark.parametrize("check", [CheckName.FORMAT, CheckName.VALUE, CheckName.SIGNER])
def test_without_a_seal_nobody_can_say_that_nothing_was_changed(check):
    assert answers(report(signature(check, Outcome.FAILED)))[:2] == [
        (Tone.BAD, "不可信"),
        (Tone.OPEN, "无从判断"),
    ]


def test_a_seal_that_had_run_out_still_shows_that_nothing_was_changed():
    found = answers(report(signature(CheckName.SEAL, Outcome.FAILED)))
    assert found[:2] == [(Tone.BAD, "不可信"), (Tone.GOOD, "没有改动")]


def test_an_unknown_issuer_is_undecided_and_an_impostor_is_not():
    unknown = report(signature(CheckName.CHAIN, Outcome.INDETERMINATE, NO_CHAIN))
    assert answers(unknown, UNKNOWN) == [
        (Tone.OPEN, "无法判断"),
        (Tone.GOOD, "没有改动"),
        (Tone.OPEN, "无法得知"),
    ]
    assert answers(unknown, IN_FORCE) == [
        (Tone.BAD, "不可信"),
        (Tone.OPEN, "无从判断"),
        (Tone.OPEN, "不能说明"),
    ]


def test_a_file_without_a_seal_answers_nothing():
    assert answers(report(), UNKNOWN) == [
        (Tone.OPEN, "没有签章"),
        (Tone.OPEN, "无从判断"),
        (Tone.OPEN, "不能说明"),
    ]
