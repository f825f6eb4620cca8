"""Revisions that change nothing for a strict reader, and everything for the reader on the desk."""

import re
from dataclasses import replace

import pytest

from tests.fakes.pdf_documents import Document, document, flate, object_stream, stream, xref_stream
from tests.fakes.signature_values import Cms, Token
from tests.fakes.signed_documents import Field, code_of, report_on, sealed, sealing, sign
from tests.fakes.sm2_people import world
from verify import DEFAULT_LIMITS, Code, Indication, read_upload
from verify.coverage import signed_bytes
from verify.finding import find_signatures
from verify.report import CheckName
from verify.upkeep import NotUpkeep, review_upkeep

RED = stream(b"1 0 0 rg 0 0 600 850 re f")
RED_FORM = stream(
    b"1 0 0 rg 0 0 220 220 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 220 220]"
)


def changes(data: bytes) -> str:
    return code_of(report_on(data), CheckName.CHANGES)


def evil_page(signed: Document) -> bytes:
    page = signed.objects[3].replace(b"/Contents 4 0 R", b"/Contents 99 0 R")
    assert page != signed.objects[3]
    return b"3 0 obj\n" + page + b"\nendobj\n"


def appended(
    signed: Document,
    unlisted: bytes,
    *,
    body: bytes = RED,
    before_trailer: bytes = b"",
    trailer: bytes = b"",
    after_trailer: bytes = b"",
    before_eof: bytes = b"",
) -> bytes:
    """Append a revision that lists object 99 only."""
    out = bytearray(signed.data + unlisted)
    listed = len(out)
    out += b"99 0 obj\n" + body + b"\nendobj\n" + before_trailer
    table = len(out)
    out += b"xref\n99 1\n%010d 00000 n \ntrailer\n" % listed
    out += b"<< /Size 100 /Root 1 0 R /Prev %d %s >>%s\n" % (signed.start, trailer, after_trailer)
    out += b"startxref\n%d\n%s%%%%EOF\n" % (table, before_eof)
    return bytes(out)


def test_a_revision_that_only_adds_an_object_nobody_uses_is_upkeep() -> None:
    report = report_on(appended(sealed(), b""))
    assert report.indication is Indication.TOTAL_PASSED


def test_a_page_that_no_table_lists_is_a_change_for_readers_that_rebuild() -> None:
    signed = sealed()
    assert changes(appended(signed, evil_page(signed))) == Code.CHANGED_AFTER_SEALING


def test_a_trailer_that_is_a_stream_makes_readers_rebuild() -> None:
    """Seen with pdfium and poppler: both showed the page that no table lists."""
    signed = sealed()
    data = appended(
        signed,
        evil_page(signed),
        trailer=b"/Length 2",
        after_trailer=b"\nstream\nxx\nendstream",
    )
    assert changes(data) == Code.CHANGED_AFTER_SEALING


@pytest.mark.parametrize(
    "options",
    [
        {"trailer": b"/Length 2", "after_trailer": b"\nstream\nxx\nendstream"},
        {"after_trailer": b" trailer << /Root 7 0 R >>"},
        {"before_trailer": b"trailer << /Root 7 0 R /Size 9 >>\n"},
        {"before_trailer": b"garbage\n"},
        {"before_trailer": b"% 3 0 obj << >> endobj\n"},
        {"after_trailer": b"\nstartxref\n9\n%%EOF"},
        {"body": stream(b"\n3 0 obj\n<< /Type /Page >>\nendobj\n")},
        {"body": stream(b"\n3 % a comment\n 0\x00obj<< /Type /Page >>\nendobj\n")},
        {"body": stream(b"\ntrailer\n<< /Root 7 0 R >>\n")},
        {"body": RED + b" 3 0 R"},
        {"body": b"<< /Length 5000 >>\nstream\n\nendstream"},
        {"body": b"<< /Length 1 >>\nstream\n1 0 0 rg\nendstream"},
        {"body": b"<< /A 1 >> << /B 2 >>"},
    ],
    ids=lambda one: " ".join(map(str, one.items())),
)
def test_every_byte_of_a_later_revision_is_accounted_for(options: dict) -> None:
    assert changes(appended(sealed(), b"", **options)) == Code.CHANGED_AFTER_SEALING


def test_later_revisions_stand_in_their_order() -> None:
    signed = sealed()
    trailer = b"trailer\n<< /Size 100 /Root 1 0 R /Prev %010d >>\nstartxref\n%d\n%%%%EOF\n"
    first = len(signed.data)
    newest = b"xref\n0 0\n" + trailer % (0, first)
    second = first + len(newest)
    newest = newest.replace(b"%010d" % 0, b"%010d" % second)
    older = b"xref\n0 0\n" + trailer % (signed.start, first)
    with pytest.raises(NotUpkeep, match="their order"):
        own_review(signed.raw(signed.data + newest + older))


def test_nothing_that_was_missing_when_it_was_signed_may_appear_later() -> None:
    """A page inherits from /Parent: pyHanko does not look there, viewers do."""
    page = b"<< /Type /Page /Parent 90 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
    signed = sealed(base=document({3: page, 4: stream(b"/A Do")}))
    assert report_on(signed).indication is Indication.TOTAL_PASSED
    parent = (
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Parent 2 0 R"
        b" /Resources << /XObject << /A 91 0 R >> >> >>"
    )
    later = signed.update({90: parent, 91: RED_FORM})
    assert changes(later.data) == Code.CHANGED_AFTER_SEALING


@pytest.mark.parametrize("spelling", [b"90 0 R", b"90 % x\n0\x00R", b"0090 00 R", b"90 0000000 R"])
def test_a_missing_object_may_not_appear_however_the_reference_is_spelt(spelling: bytes) -> None:
    signed = sealed(base=document({5: b"<< /Foo [ %s ] >>" % spelling}))
    later = signed.update({90: b"<< >>"})
    assert changes(later.data) == Code.CHANGED_AFTER_SEALING


def test_objects_beyond_the_size_may_not_come_to_count_later() -> None:
    """Missing for a reader by the standard, until a later trailer says a larger /Size."""
    base = document({90: RED_FORM})
    small = replace(base, objects={n: b for n, b in base.objects.items() if n != 90})
    signed = sign(small, sealing(world()))
    with pytest.raises(NotUpkeep, match="beyond its size"):
        own_review(signed.update({300: b"<< >>"}))


def own_review(later: Document) -> None:
    """Ask our reader alone, without pyHanko's second opinion."""
    readable = read_upload(later.data, limits=DEFAULT_LIMITS)
    then = signed_bytes(readable, find_signatures(readable)[0]).revision
    assert then is not None
    review_upkeep(readable, then)


def compressed(holder: bytes, *, info: bytes = b"") -> Document:
    """A document whose page takes its content from an array in object stream 50."""
    people = world()
    evidence = [*people.certificates, *people.crls()]
    numbers = [b"%d 0 R" % number for number in range(61, 61 + len(evidence))]
    count = len(people.certificates)
    store = b"<< /Type /DSS /Certs [%s] /CRLs [%s] /VRI 50 0 R >>" % (
        b" ".join(numbers[:count]),
        b" ".join(numbers[count:]),
    )
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 51 0 R >>"
    objects = {3: page, 5: RED, 60: store} | {
        number: stream(one) for number, one in enumerate(evidence, 61)
    }
    base = document(objects, catalog=b"/DSS 60 0 R")
    out = bytearray(base.data)
    held = len(out)
    out += b"50 0 obj\n" + holder + b"\nendobj\n"
    table = len(out)
    rows = {51: (2, 50, 0), 50: (1, held, 0), 53: (1, table, 0)}
    out += b"53 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
        xref_stream(rows, base.start, max(base.objects) + 1, entries=info),
        table,
    )
    return Document(bytes(out), base.objects | {50: b"", 51: b"", 53: b""}, table)


def holder(array: bytes) -> bytes:
    content, first = object_stream({51: array})
    return flate(content, b"/Type /ObjStm /N 1 /First %d" % first)


def test_an_object_stream_of_the_signed_revision_may_not_be_replaced() -> None:
    """Our reader alone must see it: nobody else may be asked what a second opinion is for."""
    how = Field(value=sealing(world()).value)
    signed = sign(compressed(holder(b"[4 0 R]")), how)
    assert report_on(signed).indication is Indication.TOTAL_PASSED
    later = signed.update({50: holder(b"[5 0 R]")})
    with pytest.raises(NotUpkeep):
        own_review(later)


SECOND = b"/Type /Sig /Filter /Qianyin.GMPkiLite /SubFilter /GM.sm2seal"
STAMP = b"/Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161"
CMS = b"/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached"


def second(signed: Document, entries: bytes, value: object, widget: bytes = b"") -> Document:
    """A second signature that draws a red square of its own choice on the page."""
    drawn = signed.free + 20
    return sign(
        signed,
        Field(
            value=value,  # type: ignore[arg-type]
            name=b"Second",
            entries=entries,
            image=None,
            rect=b"[50 500 270 720]",
            widget=b"/AP << /N %d 0 R >> %s" % (drawn, widget),
            extra={drawn: RED_FORM},
        ),
    )


def test_a_time_stamp_draws_nothing_over_what_was_sealed() -> None:
    """Anybody gets a time-stamp: it may not paint."""
    report = report_on(second(sealed(), STAMP, Token(world().tsa).over))
    assert report.indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize("look", [b"/BG [1 0 0]", b"/BC [1 0 0]", b"/BG [1 0 0] /CA (x)"])
def test_a_time_stamp_lets_no_reader_paint_over_what_was_sealed(look: bytes) -> None:
    """Seen with poppler: a background painted over the page, from a widget without a look."""
    how = Field(
        value=Token(world().tsa).over,
        entries=STAMP,
        image=None,
        rect=b"[50 500 270 720]",
        name=b"Second",
        widget=b"/MK << %s >>" % look,
    )
    assert report_on(sign(sealed(), how)).indication is not Indication.TOTAL_PASSED


def test_a_later_signature_without_a_seal_draws_nothing_over_what_was_sealed() -> None:
    people = world()
    later = second(sealed(), CMS, lambda signed: Cms().over(signed, people.signer))
    assert report_on(later).indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize("flags", [b"/F 36", b"/F 292", b"/F 288", b"/F 36.0"])
def test_a_seal_that_is_only_printed_or_shown_under_the_mouse_is_seen(
    monkeypatch: pytest.MonkeyPatch, flags: bytes
) -> None:
    later = _second_seal(monkeypatch, b"/F 132", flags)
    assert report_on(later).indication is not Indication.TOTAL_PASSED


@pytest.mark.parametrize("kind", [b"/Stamp", b"/FreeText", b"/Square", b"/Nothing"])
def test_a_later_signature_is_a_widget_and_no_other_annotation(
    monkeypatch: pytest.MonkeyPatch, kind: bytes
) -> None:
    later = _second_seal(monkeypatch, b"/Subtype /Widget", b"/Subtype " + kind)
    assert report_on(later).indication is not Indication.TOTAL_PASSED


def _second_seal(monkeypatch: pytest.MonkeyPatch, old: bytes, new: bytes) -> Document:
    import tests.fakes.signed_documents as fakes

    signed, made = sealed(), fakes._widget
    monkeypatch.setattr(fakes, "_widget", lambda *one: made(*one).replace(old, new))
    return second(signed, SECOND, sealing(world()).value)


def test_an_empty_field_is_signed_within_its_kind() -> None:
    """The widget that was empty when sealed may not turn into something painted."""
    people = world()
    twice = sign(
        sealed(), replace(sealing(people), name=b"Seal2", rect=b"[300 300 413.386 413.386]")
    )
    assert report_on(twice).indication is Indication.TOTAL_PASSED


def test_what_confuses_pyhanko_is_a_verdict_and_no_crash() -> None:
    """An index out of order: pyHanko asserts."""
    signed = sealed()
    out = bytearray(signed.data)
    at = len(out)
    out += b"99 0 obj\n" + RED + b"\nendobj\n"
    table = len(out)
    rows = b"".join(b"\1" + offset.to_bytes(4, "big") + b"\0\0" for offset in (table, at))
    out += b"100 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (
        flate(
            rows,
            b"/Type /XRef /W [1 4 2] /Index [100 1 99 1] /Size 101 /Root 1 0 R /Prev %d"
            % signed.start,
        ),
        table,
    )
    assert changes(bytes(out)) == Code.CHANGED_AFTER_SEALING


def other_beginning(length: int) -> bytes:
    """The first objects of a file: a linearized one, and a document of one red page behind it."""
    red = document({4: RED})
    first = b"90 0 obj\n<< /Linearized 1 /L %d /O 3 /E 900 /N 1 /T 9 >>\nendobj\n" % length
    table = red.data[red.start :]
    body = red.data[: red.start].split(b"\n", 2)[2]
    shift = len(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + first + table)
    for row in sorted(set(re.findall(rb"(\d{10}) 00000 n", table))):
        table = table.replace(row, b"%010d" % (int(row) - 15 + shift))
    return first + table + body


def grown(signed: Document, length: int) -> bytes:
    """Append one object that nobody uses, so that the file has this length."""
    room = length - len(signed.update({99: stream(b"")}).data)
    while len(signed.update({99: stream(b" " * room)}).data) > length:
        room -= 1
    return signed.update({99: stream(b" " * room)}).data


def test_an_update_brings_up_no_other_document_by_its_length() -> None:
    """Seen with poppler: a red page in place of the sealed one, once `/L` was the file's length."""
    length = 60_000
    signed = sealed(base=document(header=other_beginning(length)))
    assert report_on(signed).indication is Indication.TOTAL_PASSED
    assert report_on(grown(signed, length - 1)).indication is Indication.TOTAL_PASSED
    later = grown(signed, length)
    assert len(later) == length
    assert report_on(later).indication is Indication.TOTAL_FAILED


SHADOW_PAGE = b"3 0 obj\n<< /Type /Page /Parent 2 0 R /Contents 98 0 R >>\nendobj\n"
LAST = b"\nendstream\nendobj\n%s8 0 obj\n<< /Length 2 >>\nstream\nxx"


@pytest.mark.parametrize(
    "shadow",
    [
        SHADOW_PAGE,
        b"96 0 obj\n" + holder(b"<< /Type /Page >>") + b"\nendobj\n",
        b"90 0 obj\n" + RED + b"\nendobj\n",
    ],
    ids=["a page", "a stream of objects", "an object that is awaited"],
)
def test_what_only_rebuilding_readers_see_may_not_be_signed_and_called_up_later(
    shadow: bytes,
) -> None:
    """Seen with poppler: a `/Size` of 99999999 made it rebuild and show the red page."""
    base = document({5: b"<< /Foo 90 0 R >>"})
    how = replace(sealing(world()), extra={97: stream(LAST % shadow)})
    signed = sign(base, how)
    assert report_on(signed).indication is Indication.TOTAL_PASSED
    assert changes(signed.update({99: RED}).data) == Code.CHANGED_AFTER_SEALING


def test_an_old_object_that_no_table_lists_any_more_is_nothing() -> None:
    how = replace(sealing(world()), extra={97: stream(b"95 0 obj\n<< >>\nendobj\n")})
    signed = sign(document(), how)
    assert report_on(signed.update({99: RED})).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize("number", [8_388_608, 99_999_999])
def test_a_number_that_no_file_may_have_is_damage(number: int) -> None:
    signed = sealed()
    assert report_on(signed.update({number: RED})).indication is Indication.TOTAL_FAILED
    small = appended(signed, b"").replace(b"/Size 100", b"/Size %d" % (number + 1))
    assert report_on(small).indication is Indication.TOTAL_FAILED
