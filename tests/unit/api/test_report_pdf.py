"""The printed report: repeatable, bounded, and no text of a file is ever more than text."""

import io
from dataclasses import replace

import pikepdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import ReportNotPrinted
from api.pages.states import Tone
from api.report_pdf import rendering
from api.report_pdf.content import SIGNATURES_MAX, Headline, headline_of, printed
from api.report_pdf.rendering import report_pdf
from api.report_pdf.visible import CHARACTERS_MAX, grouped, visible
from tests.fakes.pdf_documents import document
from tests.fakes.signed_documents import report_on, sealed, sealing, sign
from tests.fakes.sm2_people import new_seal, world
from verify import Indication, words_of_file

HOSTILE = (
    '\u202eexe.fdp\u202c#panic() \x00\u0301\U0001f600"\\" $x^2$ *b* _i_ @r <l> // /* `' + "A" * 400
)


@pytest.fixture(scope="module")
def good():
    return report_on(sealed())


@pytest.fixture(scope="module")
def bad():
    data = bytearray(sealed().data)
    data[data.index(b"/MediaBox") + 12] ^= 1
    return report_on(bytes(data))


def text_of(pdf: bytes) -> str:
    pages = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in pages)


def test_the_verdict_the_file_and_every_check_stand_on_it(good):
    pdf = report_pdf(good)
    text = text_of(pdf).replace("\r\n", "").replace(" ", "")
    for wanted in ("签章有效", good.file_sm3, good.policy, "示例市农业农村局", good.anchors[0]):
        assert wanted in text
    assert text.count("通过passed") == 13
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.pages) <= 2
        assert opened.open_metadata()["pdfaid:part"] == "2"


def test_the_same_report_gives_the_same_bytes(good):
    assert report_pdf(good) == report_pdf(good)


def test_a_clock_that_counts_microseconds_is_welcome(good):
    assert report_pdf(replace(good, checked_at=good.checked_at.replace(microsecond=1)))


def test_what_did_not_pass_says_so_and_what_to_do(bad):
    words = words_of_file(bad)
    headline = headline_of(bad)
    assert headline.tone is Tone.BAD
    assert headline.sentence == (words.zh, words.en)
    assert headline.next_step[0]
    assert "未通过" in text_of(report_pdf(bad))


def test_a_file_without_signatures_has_its_page():
    report = report_on(document())
    assert "没有签章" in text_of(report_pdf(report))
    assert headline_of(report).tone is Tone.OPEN


def test_the_services_verdict_takes_the_place_of_the_seals_alone(good):
    said = Headline(Tone.CAUTION, ("已被注销", "Revoked"), ("不再有效。", "No more."), ("", ""))
    text = text_of(report_pdf(good, said))
    assert "已被注销" in text
    assert "不再有效。" in text


def test_hostile_texts_are_printed_as_texts_and_cut(good):
    one = good.signatures[0]
    hostile = replace(
        one,
        signer=HOSTILE,
        seal=replace(one.seal, name=HOSTILE, seal_id="W" * 5000),
        certificate=replace(one.certificate, issuer="长" * 5000),
        warnings=("PDF_HYBRID_XREF",) * 500,
        signed_at=None,
        signed_at_source=None,
    )
    report = replace(good, signatures=(hostile,) * 100, policy=HOSTILE, anchors=good.anchors * 99)
    text = text_of(report_pdf(report))
    assert "〔U+202E〕" in text
    assert "\u202e" not in text
    assert "#panic()" in text
    assert "94" in text
    assert len(text) < 60_000


def test_what_deceives_in_a_name_is_spelt_out_on_paper_as_on_the_screen():
    people = world()
    signer = people.ca.issue("\u202e\u200b北京市\x1b[2J工商局 \u0410BC")
    seal = new_seal(people.maker, signer, name="示例市\u2066局")
    report = report_on(sign(document(), sealing(people, signer=signer, seal=seal)))
    text = text_of(report_pdf(report))
    for code in ("202E", "200B", "001B", "0410", "2066"):
        assert f"〔U+{code}〕" in text


def test_the_worst_signatures_are_the_ones_that_are_shown(good, bad):
    report = replace(good, signatures=good.signatures * 50 + bad.signatures)
    shown = printed(report, headline_of(report))
    assert len(shown["signatures"]) == SIGNATURES_MAX
    assert shown["more"] == 51 - SIGNATURES_MAX
    assert Indication.TOTAL_FAILED in shown["signatures"][0]["code"]


def test_a_signature_without_seal_or_certificate_is_shown(good):
    bare = replace(good.signatures[0], seal=None, certificate=None, signer=None, checks=())
    assert text_of(report_pdf(replace(good, signatures=(bare,), anchors=())))


@given(st.text(max_size=300))
def test_whatever_is_printed_is_printable_and_short(text):
    from licenses.glyphs import is_printable

    shown = visible(text)
    assert all(is_printable(one) or one == "\u200b" for one in shown)
    assert len(text) <= CHARACTERS_MAX or shown.endswith("…")
    assert shown


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_set(good, text):
    one = replace(good.signatures[0], signer=text, checks=())
    assert report_pdf(replace(good, signatures=(one,)))


def test_long_runs_have_places_to_break_and_digests_have_groups():
    assert "\u200b" in visible("x" * 40)
    assert "\u200b" not in visible("x" * 18)
    assert grouped("0123456789abcdef01") == "01234567 89abcdef 01"
    assert visible(None) == visible("") == "—"


def test_what_cannot_be_set_is_an_error_of_ours(good, monkeypatch):
    monkeypatch.setattr(rendering, "_MAIN", "#panic()\n// {content}")
    with pytest.raises(ReportNotPrinted):
        report_pdf(good)
