"""A stranger's name hides nothing: what is not seen, steers or deceives is spelt out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.pdf_documents import document
from tests.fakes.signed_documents import report_on, sealing, sign
from tests.fakes.sm2_people import new_seal, world
from verify import shown_text
from verify.report_views import View, view_of

ODD = {
    "a\u202eb": "a〔U+202E〕b",
    "\u2066局\u2069": "〔U+2066〕局〔U+2069〕",
    "北京\u200b市": "北京〔U+200B〕市",
    "a\x1b[2J\r\n": "a〔U+001B〕[2J〔U+000D〕〔U+000A〕",
    "a\u2028b\xa0c": "a〔U+2028〕b〔U+00A0〕c",
    "局\u3164": "局〔U+3164〕",
    "a\ufe0f": "a〔U+FE0F〕",
    "\u0410griculture": "〔U+0410〕griculture",
    "AB\u039f C\u0421": "AB〔U+039F〕 C〔U+0421〕",
    "北京市エ商局": "北京市〔U+30A8〕商局",
    "\u2f2f商局": "〔U+2F2F〕商局",
    "ㄚ头": "〔U+311A〕头",
    "\ud800": "〔U+D800〕",
    "\ue000": "〔U+E000〕",
    "\U000e0041": "〔U+E0041〕",
    "葛\U000e0100\U000e0101": "葛\U000e0100〔U+E0101〕",
}
PLAIN = (
    "",
    "Example Bureau, No. 7",
    "示例市农业农村局（测试）",
    "张\u3000三",
    "Мария Иванова",
    "Ελλάς 7",
    "東京エレクトロン株式会社",
    "エレ",
    "葛\U000e0100城",
    "Zürich · café",
)


@pytest.mark.parametrize("text", ODD)
def test_what_deceives_is_spelt_out(text: str) -> None:
    assert shown_text(text) == ODD[text]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_names_stay_as_they_are(text: str) -> None:
    assert shown_text(text) == text


@given(st.text())
def test_nothing_unseen_is_left(text: str) -> None:
    assert all(one.isprintable() or one == "\u3000" for one in shown_text(text))


def test_every_view_of_a_report_spells_names_out() -> None:
    people = world("names")
    signer = people.ca.issue("\u202e\u200b局")
    seal = new_seal(people.maker, signer, name="市\u2066局")
    how = sealing(people, signer=signer, seal=seal)
    report = report_on(sign(document(), how), people)
    for view in View:
        text = json.dumps(view_of(report, view), ensure_ascii=False)
        assert "〔U+202E〕〔U+200B〕局" in text
        assert not set(text) & set("\u202e\u200b\u2066")
