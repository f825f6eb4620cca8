"""One dictionary with one meaning, one container, and a ByteRange that leaves nothing else out."""

import re
from dataclasses import replace

import pytest

from tests.fakes.pdf_documents import Document, document
from tests.fakes.signed_documents import (
    RANGE_ROOM,
    Field,
    code_of,
    decisive_code,
    report_on,
    sealed,
    sealing,
    sign,
)
from tests.fakes.sm2_people import world
from verify import DEFAULT_LIMITS, Code, Coverage, Indication, Outcome, SubIndication, read_upload
from verify.report import CheckName
from verify.revisions import IN_FILE

GOOD = sealing(world())


def failing(how: Field, base: Document | None = None) -> str:
    report = report_on(sign(base or document(), how))
    assert report.indication is Indication.TOTAL_FAILED
    assert report.sub_indication is SubIndication.FORMAT_FAILURE
    return decisive_code(report)


def test_a_sealed_page_passes() -> None:
    report = report_on(sealed())
    assert report.indication is Indication.TOTAL_PASSED
    assert report.sub_indication is None
    (one,) = report.signatures
    assert one.covers is Coverage.ENTIRE_FILE
    assert (one.kind, one.filter, one.sub_filter) == ("seal", "Qianyin.GMPkiLite", "GM.sm2seal")
    assert one.page == 0
    assert one.rect == pytest.approx((100, 100, 213.386, 213.386))
    assert all(check.outcome is Outcome.PASSED for check in one.checks)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (b"/SubFilter /Other", Code.SIGNATURE_DICTIONARY_AMBIGUOUS),
        (b"/ByteRange [0 1 2 3]", Code.SIGNATURE_DICTIONARY_AMBIGUOUS),
        (b"/Contents <00>", Code.SIGNATURE_DICTIONARY_AMBIGUOUS),
        (b"/C#6fntents <00>", Code.SIGNATURE_DICTIONARY_AMBIGUOUS),
        (b"/N#61me (x)", Code.SIGNATURE_DICTIONARY_AMBIGUOUS),
    ],
)
def test_a_repeated_or_disguised_key_fails(more: bytes, code: str) -> None:
    assert failing(replace(GOOD, more=more)) == code


def test_a_dictionary_of_another_type_fails() -> None:
    assert failing(replace(GOOD, entries=b"/Type /Page")) == Code.SIGNATURE_DICTIONARY_AMBIGUOUS


@pytest.mark.parametrize(
    "more",
    [
        b"/Name (\xfe\xff\x5e\x02) ",
        b"/Reason (a\\(b) % a comment\n",
        b"/Reference null /Nothing null",
        b"/Prop_Build << /App << /Name /X >> >> /M (D:20260601120000Z) % c\n",
    ],
)
def test_an_odd_dictionary_is_compared_with_another_reader(more: bytes) -> None:
    how = replace(GOOD, more=more)
    assert report_on(sign(document(), how)).indication is Indication.TOTAL_PASSED


CONTENTS = {
    "mixed case": lambda digits: b"<" + digits.replace(b"a", b"A", 1) + b">",
    "white space": lambda digits: b"< " + digits[:-1] + b">",
    "a string": lambda digits: b"(" + b"x" * len(digits) + b")",
    "a short token": lambda digits: b"<" + digits[:-10] + b">" + b" " * 10,
}


@pytest.mark.parametrize("name", CONTENTS)
def test_contents_written_in_another_way_fail(name: str) -> None:
    code = failing(replace(GOOD, contents=CONTENTS[name]))
    assert code in {Code.CONTENTS_NOT_HEX, Code.BYTE_RANGE_GAP}


def test_contents_in_capitals_are_sound() -> None:
    how = replace(GOOD, contents=lambda digits: b"<" + digits.upper() + b">")
    assert report_on(sign(document(), how)).indication is Indication.TOTAL_PASSED


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (lambda good: good + b"\x00\x01", Code.CONTENTS_PADDING),
        (lambda good: b"\x30\x83\xff\xff\xff" + good, Code.CONTAINER_MALFORMED),
        (lambda good: b"\x30\x80" + good, Code.CONTAINER_MALFORMED),
        (lambda good: b"\x30\x02\x30\x00", Code.CONTAINER_MALFORMED),
        (lambda good: b"\x30\x02\x06\x00", Code.CONTAINER_MALFORMED),
        (lambda good: b"", Code.CONTENTS_MISSING),
    ],
)
def test_a_value_that_cannot_be_read_fails(value, code: str) -> None:
    how = replace(GOOD, value=lambda signed: value(GOOD.value(signed)))
    assert failing(how) == code


@pytest.mark.parametrize("value", [b"\x30\x02\x02\x00", b"\x30\x00", b"\x04\x02\x06\x00"])
def test_a_value_of_an_unknown_kind_is_never_called_invalid(value: bytes) -> None:
    report = report_on(sign(document(), replace(GOOD, value=lambda _: value)))
    assert report.indication is Indication.INDETERMINATE
    assert code_of(report, CheckName.FORMAT) == Code.CONTAINER_UNKNOWN
    assert code_of(report, CheckName.VALUE) == Code.NOT_REACHED


def test_a_long_form_header_is_read() -> None:
    how = replace(GOOD, value=lambda _: b"\x30\x81\x80" + b"\x06" + b"\x00" * 127)
    assert failing(how) == Code.CONTAINER_MALFORMED


def test_contents_over_the_limit_fail() -> None:
    limits = replace(DEFAULT_LIMITS, contents_bytes=100)
    report = report_on(sealed(), limits=limits)
    assert decisive_code(report) == Code.CONTAINER_MALFORMED


RANGES = {
    "three numbers": lambda a, b, c: b"[0 %d %d]" % (a, b),
    "six numbers": lambda a, b, c: b"[0 %d %d 0 0 %d]" % (a, b, c),
    "names": lambda a, b, c: b"[/A %d %d %d]" % (a, b, c),
    "negative": lambda a, b, c: b"[0 %d %d -%d]" % (a, b, c),
    "real numbers": lambda a, b, c: b"[0 %d. %d %d]" % (a, b, c),
    "not from the start": lambda a, b, c: b"[1 %d %d %d]" % (a, b, c),
    "backwards": lambda a, b, c: b"[0 %d %d %d]" % (b, a, c),
    "past the end": lambda a, b, c: b"[0 %d %d %d]" % (a, b, c + 1),
}
GAPS = {
    "a wider gap": lambda a, b, c: b"[0 %d %d %d]" % (a - 1, b, c),
    "a longer gap": lambda a, b, c: b"[0 %d %d %d]" % (a, b + 1, c - 1),
    "inside the brackets": lambda a, b, c: b"[0 %d %d %d]" % (a + 1, b - 1, c + 1),
    "no gap": lambda a, b, c: b"[0 %d %d %d]" % (a, a, c + b - a),
    "another gap": lambda a, b, c: b"[0 20 40 %d]" % (c + b - 40),
}


@pytest.mark.parametrize("name", RANGES)
def test_a_byte_range_of_another_form_fails(name: str) -> None:
    assert failing(replace(GOOD, byte_range=RANGES[name])) == Code.BYTE_RANGE_MALFORMED


@pytest.mark.parametrize("name", GAPS)
def test_a_gap_that_is_not_exactly_the_contents_fails(name: str) -> None:
    assert failing(replace(GOOD, byte_range=GAPS[name])) == Code.BYTE_RANGE_GAP


def test_a_byte_range_that_ends_early_fails() -> None:
    how = replace(GOOD, byte_range=lambda a, b, c: b"[0 %d %d %d]" % (a, b, c - 7))
    report = report_on(sign(document(), how))
    assert decisive_code(report) == Code.BYTE_RANGE_END
    assert report.signatures[0].covers is Coverage.PARTIAL


@pytest.mark.parametrize("tail", [b"\n", b" ", b"\x00", b"%%EOF\n", b"junk"])
def test_bytes_appended_without_a_revision_fail(tail: bytes) -> None:
    report = report_on(sealed().data + tail)
    assert report.indication is Indication.TOTAL_FAILED


def test_a_signature_that_names_the_gap_of_another_fails() -> None:
    # Signature wrapping: a second field reuses ByteRange and value of the first.
    signed = sealed()
    body = signed.data[signed.data.index(b"<< /Type /Sig /Filter") :]
    stolen = body[: body.index(b">>", body.index(b"/Contents")) + 2]
    numbers = re.search(rb"/ByteRange \[[^\]]*\]", stolen)
    assert numbers
    thief = replace(GOOD, name=b"Thief", byte_range=lambda *_: numbers[0].split(b" ", 1)[1].strip())
    twice = sign(signed, thief)
    report = report_on(twice)
    assert report.indication is Indication.TOTAL_FAILED
    assert Code.BYTE_RANGE_GAP in {decisive_code(report, n) for n in (0, 1)}


def test_a_signature_appended_to_an_older_state_does_not_cover_it() -> None:
    # The range ends where a revision ends, but before the one that holds the signature.
    base = document()
    how = replace(GOOD, byte_range=lambda a, b, c: b"[0 %d %d 0]" % (a, b))
    report = report_on(sign(base, how))
    assert decisive_code(report) == Code.BYTE_RANGE_END


def test_the_room_for_the_range_is_what_the_fake_says() -> None:
    assert RANGE_ROOM not in sealed().data


def test_a_later_table_that_passes_over_the_signed_one_fails() -> None:
    base = document()
    signed = sealed(base=base)
    readable = read_upload(signed.data, limits=DEFAULT_LIMITS)
    places = readable.structure.places
    rows = b"".join(
        b"%d 1\n%010d %05d n \n" % (number, place.at, place.second)
        for number, place in places.items()
        if place.kind == IN_FILE
    )
    root, start = readable.pdf.trailer["/Root"].objgen[0], len(signed.data)
    trailer = b"<< /Size %d /Root %d 0 R /Prev %d >>" % (max(places) + 1, root, base.start)
    end = b"trailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)
    report = report_on(signed.data + b"xref\n" + rows + end)
    assert report.indication is Indication.TOTAL_FAILED
    assert [one.covers for one in report.signatures] == [Coverage.PARTIAL]
