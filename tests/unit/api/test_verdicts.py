"""One state for every report: never better than its worst check, never worse than it knows."""

from datetime import date

import pytest

from api.pages.language import Language
from api.pages.sheet import verdict_of
from api.pages.state_words import STATES
from api.pages.states import State, Tone
from api.pages.verdicts import decide
from licenses.lifecycle import StandingKind
from tests.fakes.reports import report, signature, word
from verify.report import (
    CheckName,
    Coverage,
    Indication,
    Outcome,
    SignatureKind,
    SignatureReport,
    SubIndication,
)

UNKNOWN = word(known=False)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (StandingKind.IN_FORCE, State.IN_FORCE),
        (StandingKind.NOT_YET_IN_FORCE, State.NOT_YET),
        (StandingKind.SUSPENDED, State.SUSPENDED),
        (StandingKind.REVOKED, State.REVOKED),
        (StandingKind.EXPIRED, State.EXPIRED),
        (StandingKind.REPLACED, State.REPLACED),
        (StandingKind.NOT_ISSUED, State.NOT_ISSUED),
    ],
)
def test_a_genuine_file_stands_as_the_register_says(kind, state):
    assert decide(report(signature()), word(kind)) is state


def test_a_genuine_file_the_register_does_not_know_is_genuine():
    assert decide(report(signature()), UNKNOWN) is State.GENUINE


def test_a_genuine_file_with_other_data_than_the_registers_is_never_in_force():
    assert decide(report(signature()), word(StandingKind.IN_FORCE, same=False)) is State.DIFFERENT


@pytest.mark.parametrize("name", list(CheckName))
@pytest.mark.parametrize("standing", list(StandingKind))
def test_a_failed_check_is_bad_whatever_the_register_says(name, standing):
    failed = report(signature(name, Outcome.FAILED, SubIndication.HASH_FAILURE))
    assert STATES[decide(failed, word(standing))].tone is Tone.BAD


@pytest.mark.parametrize("name", list(CheckName))
def test_an_undecided_check_of_an_unknown_file_is_never_called_good(name):
    undecided = report(signature(name, Outcome.INDETERMINATE, SubIndication.TRY_LATER))
    tone = STATES[decide(undecided, UNKNOWN)].tone
    assert tone is (Tone.BAD if name is CheckName.CONTENT else Tone.OPEN)


def test_an_unknown_issuer_is_no_forger_unless_it_imitates_a_licence_of_ours():
    unknown = report(
        signature(CheckName.CHAIN, Outcome.INDETERMINATE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)
    )
    assert decide(unknown, UNKNOWN) is State.UNKNOWN_ISSUER
    assert decide(unknown, word(StandingKind.IN_FORCE)) is State.IMPOSTOR


def test_the_worst_signature_decides():
    bad = signature(CheckName.INTEGRITY, Outcome.FAILED, SubIndication.HASH_FAILURE)
    assert decide(report(signature(), bad), word(StandingKind.IN_FORCE)) is State.CHANGED


def test_no_signature_is_unsigned():
    assert decide(report(), word(StandingKind.IN_FORCE)) is State.UNSIGNED


def test_a_report_without_checks_is_at_best_undecided():
    empty = SignatureReport(
        None, SignatureKind.CMS, None, None, Indication.INDETERMINATE, None, None, None, None,
        Coverage.NONE, None, None, (), (), None, None,
    )  # fmt: skip
    assert decide(report(empty), UNKNOWN) is State.UNDECIDED


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("language", list(Language))
def test_every_state_is_a_sentence_a_word_an_icon_and_an_advice(state, language):
    verdict = verdict_of(state, language, since=date(2026, 5, 3))
    assert verdict.sentence.endswith(("。", "."))
    assert "{" not in verdict.sentence
    assert verdict.label
    assert verdict.icon
    assert verdict.advice


def test_states_of_different_tones_never_share_an_icon():
    icons = {}
    for words in STATES.values():
        if words.tone in (Tone.GOOD, Tone.BAD):
            icons.setdefault(words.icon, set()).add(words.tone)
    assert all(len(tones) == 1 for tones in icons.values())


def test_unknown_is_never_shown_as_invalid_and_revoked_never_as_an_error():
    assert STATES[State.UNKNOWN_ISSUER].tone is Tone.OPEN
    assert STATES[State.REVOKED].tone is Tone.CAUTION
    assert "不等于文件是假的" in STATES[State.UNKNOWN_ISSUER].advice[0]
