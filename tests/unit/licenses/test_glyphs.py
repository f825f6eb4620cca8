import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses.errors import UnprintableText
from licenses.glyphs import check_printable, fault_in_text


@pytest.mark.parametrize(
    "text", ["示例市农业农村局", "（A类）20%·①号“样例”—℃", "全\u3000角 space", ""]
)
def test_ordinary_texts_can_be_printed(text: str) -> None:
    check_printable(text, "/holder/name")


def test_a_character_the_fonts_lack_is_named_with_its_code() -> None:
    with pytest.raises(UnprintableText) as caught:
        check_printable("张𠮷", "/holder/name")
    assert "𠮷 (U+20BB7)" in str(caught.value)
    assert caught.value.faults[0][0] == "/holder/name"


def test_a_character_that_only_one_of_the_two_fonts_has_is_refused() -> None:
    assert "not in the licence font" in str(fault_in_text("\u4db6"))  # serif only
    assert "not in the licence font" in str(fault_in_text("\U00027fb7"))  # sans only


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a\nb", "U+000A is a control character"),
        ("a\x00", "U+0000 is a control character"),
        ("a\x7f", "U+007F is a control character"),
        ("动物\u202e诊疗", "U+202E is an invisible formatting character"),
        ("动物\u200b诊疗", "U+200B is an invisible formatting character"),
        ("a\u00adb", "U+00AD is an invisible formatting character"),
        ("a\u2066b", "U+2066 is an invisible formatting character"),
        ("a\ufeffb", "U+FEFF is an invisible formatting character"),
        ("\ue000", "U+E000 is a private-use character"),
        ("\U00100000", "U+100000 is a private-use character"),
        ("\ud800", "U+D800 is half of a surrogate pair"),
        ("\u0378", "U+0378 is not assigned"),
        ("a\u2028b", "U+2028 is a line separator"),
        ("a\u2029b", "U+2029 is a paragraph separator"),
        ("a\u00a0b", "U+00A0 is a space other"),
        ("a\u0301", "U+0301 is a combining mark"),
        ("a\u20dd", "U+20DD is a combining mark"),
        ("葛\U000e0100", "U+E0100 is a combining mark"),
    ],
)
def test_characters_that_hide_move_or_overprint_are_refused_by_their_code_alone(
    text: str, why: str
) -> None:
    fault = fault_in_text(text)
    assert fault is not None
    assert why in fault
    assert fault.isprintable()


@given(st.text())
def test_what_passes_holds_visible_assigned_characters_only(text: str) -> None:
    if fault_in_text(text) is None:
        assert all(unicodedata.category(c)[0] in "LNPS" or c in " \u3000" for c in text)
