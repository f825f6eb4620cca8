"""What stands on the sheet: the file's own words only as such, differences marked, no more."""

from datetime import UTC, datetime

import pytest

from api.pages.field_lines import field_lines
from api.pages.language import Language
from api.pages.seal_cards import common_name
from api.pages.standings import standing_words
from licenses.checking import RegisterWord
from licenses.lifecycle import Standing, StandingKind

RECORD = {
    "ZZMC": "动物诊疗许可证",
    "CZZT": "张三",
    "CZZTDM": "110101199003070011",
    "CZZTDMLX": "公民身份号码",
    "CZZTDMLXDM": "111",
    "ZZBFRQ": "20261123",
    "ZZYXQJZRQ": "99991231",
    "KZ_X": "值",
    "KZ_OTHER": 7,
}
LABELS = {"KZ_X": ("某字段", "Some field")}


def word(differing=(), *, known=True):
    standing = Standing(StandingKind.IN_FORCE)
    return RegisterWord("1", standing, known, not differing, known, tuple(differing))


def lines(record=RECORD, the_word=None, *, language=Language.ZH, is_proven=True):
    made = field_lines(record, the_word or word(), LABELS, language, is_proven=is_proven)
    return {line.label: (line.value, line.is_same) for line in made}


def test_fields_have_labels_days_are_written_out_and_unknown_names_stand_last():
    shown = lines()
    assert next(iter(shown)) == "证照名称"
    assert shown["颁发日期"] == ("2026年11月23日", True)
    assert shown["有效期至"] == ("长期", True)
    assert shown["某字段"] == ("值", True)
    assert list(shown)[-1] == "KZ_OTHER"
    assert lines(language=Language.EN)["Valid until"] == ("without end", True)


def test_a_persons_code_is_not_shown_in_full_and_a_firms_is():
    assert lines()["持证主体代码"][0] == "110***11"
    firm = {**RECORD, "CZZTDMLXDM": "001", "CZZTDM": "91990000MA0000001B"}
    assert lines(firm)["持证主体代码"][0] == "91990000MA0000001B"


def test_what_deceives_in_a_record_is_spelt_out():
    shown = lines({**RECORD, "CZZT": "张\u202e三", "KZ_\u200b": "x"})
    assert shown["持证主体"][0] == "张〔U+202E〕三"
    assert shown["KZ_〔U+200B〕"][0] == "x"


def test_what_differs_from_the_register_is_marked_without_saying_what_is_right():
    shown = lines(the_word=word(["CZZT"]))
    assert shown["持证主体"] == ("张三", False)
    assert shown["证照名称"] == ("动物诊疗许可证", True)


def test_nothing_is_called_the_same_where_nothing_was_compared_or_proven():
    assert {same for _, same in lines(the_word=word(known=False)).values()} == {None}
    assert {same for _, same in lines(is_proven=False).values()} == {None}


def test_a_file_cannot_flood_the_page():
    many = {f"KZ_{n}": "x" * 10_000 for n in range(500)}
    shown = lines(many)
    assert len(shown) == 60
    assert max(len(value) for value, _ in shown.values()) == 2_000


def test_a_day_that_is_none_is_shown_as_it_stands():
    assert lines({**RECORD, "ZZBFRQ": "20261345"})["颁发日期"][0] == "20261345"


def test_a_file_without_record_has_no_lines():
    assert field_lines(None, word(), LABELS, Language.ZH, is_proven=True) == ()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("CN=千印演示签发CA,O=千印,C=CN", "千印演示签发CA"),
        ("C=CN,O=Acme\\, Inc,CN=Acme\\, Inc CA", "Acme, Inc CA"),
        ("O=only", "O=only"),
        ("", ""),
    ],
)
def test_a_certificates_issuer_is_called_by_its_common_name(name, shown):
    assert common_name(name) == shown


@pytest.mark.parametrize("kind", list(StandingKind))
@pytest.mark.parametrize("language", list(Language))
def test_every_standing_can_be_said(kind, language):
    since = datetime(2026, 5, 3, tzinfo=UTC).date()
    words = standing_words(Standing(kind, since, "1.2.156"), language)
    assert words
    assert "{" not in words
