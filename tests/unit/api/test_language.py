"""The reader's language, and days and times in it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.language import Language, choose_language, say_day, say_moment
from api.pages.names import CHECKS, COVERAGE, KINDS, OUTCOMES
from api.pages.texts import TEXTS
from verify.report import CheckName, Coverage, Outcome, SignatureKind


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, None, "zh"),
        (None, "", "zh"),
        ("en", None, "en"),
        ("EN", None, "zh"),
        (None, "en-US,en;q=0.5", "en"),
        (None, "zh-TW,en;q=0.5", "zh"),
        (None, "fr,en;q=0.2,zh;q=0.3", "zh"),
        (None, "en;q=x,zh;q=0.1", "zh"),
        (None, "en;q=0.9.9", "zh"),
    ],
)
def test_the_language_is_chosen(asked, accepted, language):
    assert choose_language(asked, accepted) == language


@given(st.text(max_size=300))
def test_any_header_gives_a_language(accepted):
    assert choose_language(None, accepted) in Language


def test_days_and_moments_are_said_in_beijing_time():
    midnight = datetime(2026, 5, 2, 16, 0, 7, tzinfo=UTC)
    assert say_moment(midnight, Language.ZH) == "2026年5月3日 00:00:07（北京时间）"
    assert say_moment(midnight, Language.EN) == "3 May 2026, 00:00:07 (Beijing time)"
    assert say_day(date(2026, 5, 3), Language.EN) == "3 May 2026"


def test_every_text_is_there_in_both_languages_with_the_same_holes():
    import string

    for key, (zh, en) in TEXTS.items():
        assert zh.strip(), key
        assert en.strip(), key
        holes = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (zh, en)
        ]
        assert holes[0] == holes[1], key


def test_every_word_of_the_report_can_be_said():
    assert set(CHECKS) == set(CheckName)
    assert set(COVERAGE) == set(Coverage)
    assert set(KINDS) == set(SignatureKind)
    assert set(OUTCOMES) == set(Outcome)
