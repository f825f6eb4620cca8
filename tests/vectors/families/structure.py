"""The file's own structure: tables that lie, dictionaries with two meanings, objects in streams."""

from collections.abc import Callable
from dataclasses import replace

from tests.fakes.pdf_documents import Document, flate, object_stream, stream, xref_stream
from tests.fakes.signature_values import Cms
from tests.fakes.signed_documents import sealed, sealing, sign
from tests.fakes.sm2_people import world
from tests.vectors.cases import (
    FORMAT,
    HASH,
    NOT_A_PDF,
    Case,
    Expected,
    Family,
    Importance,
    failed,
    refused,
    unsure,
)
from tests.vectors.starting_points import (
    RED,
    base,
    cms_field,
    genuine,
    genuine_cms,
    replaced,
    sealed_again,
    with_field,
)

ACTIVE = unsure("SIG_CONSTRAINTS_FAILURE")
Row = tuple[str, str, Callable[[], bytes], Expected]


# Dictionaries in which a key stands twice, or is spelt in disguise


def _in_dictionary(more: bytes) -> Callable[[], bytes]:
    return lambda: with_field(more=more)


def _in_cms_dictionary(more: bytes) -> Callable[[], bytes]:
    return lambda: sign(base(), cms_field(Cms(), more=more)).data


def _prepared(number: int, entry: bytes) -> Callable[[], bytes]:
    """The key stood twice when it was sealed already."""

    def made() -> bytes:
        one = base()
        body = one.objects[number].removesuffix(b">>") + entry + b" >>"
        return sealed(base=one.update({number: body})).data

    return made


DUPLICATES: tuple[Row, ...] = (
    ("contents-twice", "Contents stands there twice", _in_dictionary(b"/Contents <00>"), FORMAT),
    ("range-twice", "ByteRange stands there twice", _in_dictionary(b"/ByteRange [0 1 2 3]"), FORMAT),
    ("range-twice-same", "ByteRange stands there twice, alike for half of its numbers", _in_dictionary(b"/ByteRange [0 0000000000 9 9]"), FORMAT),
    ("range-in-disguise", "A second ByteRange is spelt with an escape", _in_dictionary(b"/Byte#52ange [0 1 2 3]"), FORMAT),
    ("contents-in-disguise", "A second Contents is spelt with an escape", _in_dictionary(b"/#43ontents <00>"), FORMAT),
    ("another-type", "The type says font", _in_dictionary(b"/Type /Font"), FORMAT),
    ("type-twice", "The type stands there twice", _in_dictionary(b"/Type /Sig"), FORMAT),
    ("subfilter-twice", "Two sub-filters: a reader by each", _in_dictionary(b"/SubFilter /adbe.pkcs7.detached"), FORMAT),
    ("filter-twice", "Two filters", _in_dictionary(b"/Filter /Adobe.PPKLite"), FORMAT),
    ("cms-contents-twice", "Contents stands there twice, in CMS", _in_cms_dictionary(b"/Contents <00>"), FORMAT),
    ("cms-range-in-disguise", "A second ByteRange in disguise, in CMS", _in_cms_dictionary(b"/ByteRang#65 [0 1 2 3]"), FORMAT),
    ("page-contents-twice", "The page has two contents", _prepared(3, b" /Contents 9 0 R"), ACTIVE),
    ("page-resources-twice", "The page has two resource dictionaries", _prepared(3, b" /Resources << >>"), ACTIVE),
    ("page-box-twice", "The page has two sizes", _prepared(3, b" /MediaBox [0 0 9 9]"), ACTIVE),
    ("catalog-metadata-twice", "The catalog has two metadata streams", _prepared(1, b" /Metadata 4 0 R"), ACTIVE),
    ("widget-value-twice", "The widget has two values", lambda: with_field(widget=b"/V 4 0 R"), FORMAT),
    ("widget-rect-twice", "The widget has two places", lambda: with_field(widget=b"/Rect [0 0 9 9]"), failed("SIG_CONSTRAINTS_FAILURE")),
    ("widget-rect-twice-right-last", "The widget has two places, the right one last", lambda: with_field(widget=b"/Rect [100 100 213.386 213.386]", rect=b"[300 300 400 400]"), ACTIVE),
    ("font-twice", "The font has two names", _prepared(5, b" /BaseFont /Courier"), ACTIVE),
    ("record-twice", "The attached file has two contents", _prepared(7, b" /EF << /F 4 0 R >>"), ACTIVE),
    ("font-twice-in-disguise", "The font's second name is spelt with an escape", _prepared(5, b" /Base#46ont /Courier"), ACTIVE),
    ("font-twice-behind-string", "The font's second name stands behind a string that looks like an end", _prepared(5, b" /A (endobj) /BaseFont /Courier"), ACTIVE),
    ("font-twice-behind-comment", "The font's second name stands behind a comment", _prepared(5, b" %)\n /BaseFont /Courier"), ACTIVE),
    ("widget-type-twice", "The widget is two kinds of annotation", lambda: with_field(widget=b"/Subtype /FreeText"), ACTIVE),
)  # fmt: skip


# Cross-references


def _evil(one: Document) -> bytes:
    page = replaced(one.objects[3], b"/Contents 4 0 R", b"/Contents 99 0 R")
    return b"3 0 obj\n" + page + b"\nendobj\n99 0 obj\n" + RED + b"\nendobj\n"


def _tail(
    rows: bytes, trailer: bytes, *, startxref: int | None = None, one: Document | None = None
) -> bytes:
    """Append the evil page and a table; {at} in the row is its place."""
    signed = one or genuine()
    at = len(signed.data)
    before = _evil(signed)
    table = at + len(before)
    trailer = trailer.replace(b"{start}", b"%d" % signed.start).replace(b"{self}", b"%d" % table)
    trailer = trailer.replace(b"{at}", b"%d" % at)
    rows = rows.replace(b"{at}", b"%010d" % at)
    end = b"startxref\n%d\n%%%%EOF\n" % (table if startxref is None else startxref)
    return (
        signed.data
        + before
        + b"xref\n%strailer\n<< /Size 100 /Root 1 0 R %s >>\n" % (rows, trailer)
        + end
    )


ROW, PREV = b"3 1\n{at} 00000 n \n", b"/Prev {start}"


def _stream_and_table() -> bytes:
    """A table that says nothing, and an XRefStm that lists the evil page."""
    signed = genuine()
    at = len(signed.data)
    body = _evil(signed)
    hidden = at + len(body)
    listed = xref_stream({3: (1, at, 0), 99: (1, at + body.index(b"99 0 obj"), 0)}, None, 100)
    body += b"98 0 obj\n%s\nendobj\n" % listed
    table = at + len(body)
    tail = b"xref\n0 0\ntrailer\n<< /Size 100 /Root 1 0 R /Prev %d /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n"
    return signed.data + body + tail % (signed.start, hidden, table)


def _prepared_hybrid() -> bytes:
    """Prepared before it was sealed: old readers see one content, new ones another."""
    one = base()
    at = len(one.data)
    body = b"4 0 obj\n" + RED + b"\nendobj\n"
    hidden = at + len(body)
    body += b"98 0 obj\n%s\nendobj\n" % xref_stream({4: (1, at, 0)}, None, 100)
    table = at + len(body)
    tail = b"xref\n0 0\ntrailer\n<< /Size 100 /Root 1 0 R /Prev %d /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n"
    data = one.data + body + tail % (one.start, hidden, table)
    return sealed(base=Document(data, one.objects, table)).data


def _into_stream() -> bytes:
    """The table leads to an object inside the content of a stream."""
    signed = genuine()
    inner = (
        b"3 0 obj\n"
        + replaced(signed.objects[3], b"/Contents 4 0 R", b"/Contents 99 0 R")
        + b"\nendobj\n"
    )
    at = len(signed.data)
    head = b"99 0 obj\n" + stream(inner) + b"\nendobj\n"
    place = at + head.index(b"3 0 obj")
    table = at + len(head)
    rows = b"3 1\n%010d 00000 n \n99 1\n%010d 00000 n \n" % (place, at)
    tail = b"xref\n%strailer\n<< /Size 100 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return signed.data + head + tail % (rows, signed.start, table)


def _into_comment() -> bytes:
    """The table leads to an object behind a comment sign."""
    signed = genuine()
    page = replaced(signed.objects[3], b"/Contents 4 0 R", b"/Contents 99 0 R").replace(b"\n", b" ")
    at = len(signed.data)
    body = b"% 3 0 obj " + page + b" endobj\n99 0 obj\n" + RED + b"\nendobj\n"
    table = at + len(body)
    rows = b"3 1\n%010d 00000 n \n" % (at + 2)
    tail = b"xref\n%strailer\n<< /Size 100 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return signed.data + body + tail % (rows, signed.start, table)


def _prev_loop() -> bytes:
    """Two sections that name each other as the one before."""
    signed = genuine()
    first = len(signed.data)
    form = (
        b"xref\n0 0\ntrailer\n<< /Size 100 /Root 1 0 R /Prev %010d >>\nstartxref\n%010d\n%%%%EOF\n"
    )
    size = len(form % (0, 0))
    return signed.data + form % (first + size, first) + form % (first, first + size)


def _xref_stream_evil(**entries: bytes) -> bytes:
    """The evil page through a cross-reference stream."""
    signed = genuine()
    at = len(signed.data)
    body = _evil(signed)
    table = at + len(body)
    rows = {3: (1, at, 0), 99: (1, at + body.index(b"99 0 obj"), 0), 100: (1, table, 0)}
    made = xref_stream(rows, signed.start, 101, **entries)
    return signed.data + body + b"100 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (made, table)


def _no_tables() -> bytes:
    """Every startxref points nowhere: readers rebuild, and find the last objects."""
    signed = genuine()
    return (signed.data + _evil(signed)).replace(b"startxref\n", b"startxre_\n")


def _stream_for_trailer() -> bytes:
    signed = genuine()
    at, body = len(signed.data), _evil(signed)
    tail = (
        b"xref\n99 1\n%010d 00000 n \ntrailer\n<< /Size 100 /Root 1 0 R /Prev %d /Length 2 >>\n"
        b"stream\nxx\nendstream\nstartxref\n%d\n%%%%EOF\n"
    )
    return signed.data + body + tail % (at + body.index(b"99 0 obj"), signed.start, at + len(body))


def _skipping() -> bytes:
    signed = genuine()
    return _tail(ROW, b"/Prev %d" % signed.data.index(b"xref\n0"))


XREF: tuple[Row, ...] = (
    ("page-listed", "A later table lists another page under the same number", lambda: _tail(ROW, PREV), HASH),
    ("page-unlisted", "Another page that no table lists, for readers that rebuild", lambda: _tail(b"", PREV), FORMAT),
    ("no-prev", "The last section names none before it", lambda: _tail(ROW, b""), NOT_A_PDF),
    ("prev-itself", "The section names itself as the one before", lambda: _tail(ROW, b"/Prev {self}"), FORMAT),
    ("prev-loop", "Two sections name each other", _prev_loop, FORMAT),
    ("prev-forward", "The section before lies behind the file", lambda: _tail(ROW, b"/Prev 99999999"), FORMAT),
    ("prev-negative", "The section before lies before the file", lambda: _tail(ROW, b"/Prev -1"), FORMAT),
    ("prev-real", "The place of the section before is a real number", lambda: _tail(ROW, PREV + b".0"), FORMAT),
    ("prev-reference", "The place of the section before is a reference", lambda: _tail(ROW, b"/Prev 5 0 R"), NOT_A_PDF),
    ("prev-twice", "Two places for the section before", lambda: _tail(ROW, PREV + b" /Prev 0"), NOT_A_PDF),
    ("prev-skips-seal", "The sealed revision is left out of the chain", _skipping, FORMAT),
    ("prev-into-string", "The section before lies inside an object", lambda: _tail(ROW, b"/Prev 40"), FORMAT),
    ("another-root", "The trailer names two catalogs", lambda: _tail(ROW, b"/Root 2 0 R " + PREV), NOT_A_PDF),
    ("xrefstm-to-object", "A hybrid entry leads to the evil page itself", lambda: _tail(ROW, PREV + b" /XRefStm {at}"), FORMAT),
    ("hybrid", "Old readers see nothing new, new ones see another page", _stream_and_table, FORMAT),
    ("hybrid-prepared", "Old readers see one content, new ones another, when it is sealed", _prepared_hybrid, FORMAT),
    ("freed-page", "The page is declared free", lambda: _tail(b"3 1\n0000000000 00001 f \n", PREV), NOT_A_PDF),
    ("freed-value", "The signature is declared free", lambda: _tail(b"10 1\n0000000000 00001 f \n", PREV), FORMAT),
    ("another-generation", "The page comes back in another generation", lambda: _tail(ROW.replace(b"00000 n", b"00001 n"), PREV), NOT_A_PDF),
    ("row-twice", "The page is listed twice", lambda: _tail(ROW + ROW, PREV), FORMAT),
    ("short-rows", "Rows of nineteen bytes", lambda: _tail(ROW.replace(b" \n", b"\n"), PREV), FORMAT),
    ("into-signed-bytes", "The content is looked for inside the signed revision", lambda: _tail(b"4 1\n%010d 00000 n \n" % genuine().data.index(b"5 0 obj"), PREV), FORMAT),
    ("old-table-again", "The last startxref leads back to the sealed table", lambda: _tail(b"", PREV, startxref=genuine().start), HASH),
    ("into-stream", "The table leads into the content of a stream", _into_stream, HASH),
    ("into-comment", "The table leads into a comment", _into_comment, HASH),
    ("stream-for-trailer", "A stream in the trailer's place makes readers rebuild", _stream_for_trailer, HASH),
    ("no-tables", "No table can be found at all", _no_tables, FORMAT),
    ("xref-stream", "The evil page through a cross-reference stream", _xref_stream_evil, HASH),
    ("xref-stream-extends", "A cross-reference stream that claims a root of its own", lambda: _xref_stream_evil(entries=b"/Root 2 0 R "), NOT_A_PDF),
    ("cms-page-listed", "A later table lists another page, under CMS", lambda: _tail(ROW, PREV, one=genuine_cms()), HASH),
    ("cms-page-unlisted", "Another page that no table lists, under CMS", lambda: _tail(b"", PREV, one=genuine_cms()), FORMAT),
    ("sealed-over-unlisted", "A page that no table lists, and a second seal covers it", lambda: _sealed_over_unlisted(), FORMAT),
)  # fmt: skip


def _sealed_over_unlisted() -> bytes:
    signed = genuine()
    table = len(signed.data) + len(_evil(signed))
    later = Document(_tail(b"", PREV), signed.objects | {99: RED}, table)
    return sealed_again(later).data


# Objects inside streams


def _in_streams() -> Document:
    one = base()
    return sealed(base=one.update_compressed({3: one.objects[3], 5: one.objects[5]}))


def _holder_replaced() -> bytes:
    """The object stream that holds the page is exchanged for another."""
    one = base()
    inside = one.update_compressed({3: one.objects[3], 5: one.objects[5]})
    holder = max(n for n in inside.objects if inside.objects[n] == b"") - 1
    signed = sealed(base=inside)
    page = replaced(one.objects[3], b"/Contents 4 0 R", b"/Contents 99 0 R")
    packed, first = object_stream({3: page, 5: one.objects[5]})
    body = flate(packed, b"/Type /ObjStm /N 2 /First %d" % first)
    return signed.update({holder: body, 99: RED}).data


def _later(**options: object) -> Callable[[], bytes]:
    """A later revision in streams, wrong in one thing, that changes the content."""

    def made() -> bytes:
        return genuine().update_compressed({3: _page_with(99)}, **options).data

    return made


def _page_with(number: int) -> bytes:
    return replaced(genuine().objects[3], b"/Contents 4 0 R", b"/Contents %d 0 R" % number)


def _changed_in_stream() -> bytes:
    signed = _in_streams()
    return signed.update_compressed(
        {5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>"}
    ).data


PACKED, FIRST = object_stream({3: b"<< /Type /Page >>"})

STREAMS: tuple[Row, ...] = (
    ("holder-replaced", "The object stream that holds the page is exchanged", _holder_replaced, HASH),
    ("font-exchanged", "A font in an object stream is exchanged", _changed_in_stream, HASH),
    ("page-in-stream", "Another page in an object stream", lambda: genuine().update_compressed({3: _page_with(99), 99: b"null"}).data, HASH),
    ("wrong-count", "The object stream says it holds more than it does", _later(dictionary=b"/Type /ObjStm /N 9 /First 4"), NOT_A_PDF),
    ("wrong-first", "The object stream's objects begin behind its end", _later(dictionary=b"/Type /ObjStm /N 1 /First 9999"), NOT_A_PDF),
    ("negative-first", "The object stream's objects begin before its start", _later(dictionary=b"/Type /ObjStm /N 1 /First -4"), NOT_A_PDF),
    ("no-type", "The object stream does not say that it is one", _later(dictionary=b"/N 1 /First 4"), FORMAT),
    ("index-of-another", "The index names another object than the table", _later(content=b"4 0\n<< /Type /Page >>"), NOT_A_PDF),
    ("huge-count", "The object stream claims a thousand million objects", _later(dictionary=b"/Type /ObjStm /N 999999999 /First 4"), refused("PdfTooLarge")),
    ("predicted-xref", "The evil page behind a filtered cross-reference stream", _later(predictor=4), HASH),
)  # fmt: skip


# Encryption: what is shown depends on a key, so nothing is read


def _with_encrypt(entry: bytes) -> Callable[[], bytes]:
    return lambda: _tail(ROW, PREV + b" /Encrypt " + entry)


def _encrypted_whole() -> bytes:
    """A sealed file with an encryption dictionary in its own trailer."""
    how = replace(
        sealing(world()), trailer=b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (x) /U (x) /P -4 >>"
    )
    return sign(base(), how).data


def _prepared_encrypt() -> bytes:
    one = base().update(
        {20: b"<< /Filter /Standard /V 4 /R 4 /O (x) /U (x) /P -4 >>"}, trailer=b"/Encrypt 20 0 R"
    )
    return sealed(base=one).data


ENCRYPTED: tuple[Row, ...] = (
    ("added-later", "Encryption is declared later", _with_encrypt(b"<< /Filter /Standard >>"), refused("EncryptedPdf")),
    ("by-reference", "Encryption is declared by a reference to nothing", _with_encrypt(b"88 0 R"), refused("EncryptedPdf")),
    ("of-unknown-kind", "Encryption by a handler nobody knows", _with_encrypt(b"<< /Filter /Nobody >>"), refused("EncryptedPdf")),
    ("when-sealed", "Encryption is declared in the sealed revision", _encrypted_whole, refused("EncryptedPdf")),
    ("before-sealing", "Encryption is declared before it was sealed", _prepared_encrypt, refused("EncryptedPdf")),
)  # fmt: skip


# Revisions: bytes where none belong, and ends that are none


def _cut_in_contents() -> bytes:
    data = genuine().data
    return data[: data.rindex(b"/Contents <") + 200]


def _only_first() -> bytes:
    data = genuine().data
    return data[: data.index(b"%%EOF") + 6]


def _interleaved() -> bytes:
    """The sealed bytes with a foreign revision pushed in between."""
    first, signed = base().data, genuine().data
    return first + b"99 0 obj\n" + RED + b"\nendobj\n" + signed[len(first) :]


def _flip(old: bytes, new: bytes) -> Callable[[], bytes]:
    return lambda: genuine().data.replace(old, new, 1)


def _contents_token(token: Callable[[bytes], bytes]) -> Callable[[], bytes]:
    return lambda: with_field(contents=token)


def _junk_behind_value(junk: bytes) -> Callable[[], bytes]:
    """Bytes between the end of the DER and the end of the gap."""

    def token(digits: bytes) -> bytes:
        return b"<" + digits[: -len(junk)] + junk + b">"

    return _contents_token(token)


REVISIONS: tuple[Row, ...] = (
    ("newline-in-front", "A newline stands before the header", lambda: b"\n" + genuine().data, FORMAT),
    ("header-in-front", "Another header stands before the header", lambda: b"%PDF-1.4\n" + genuine().data, FORMAT),
    ("kilobyte-in-front", "A kilobyte of another format stands in front", lambda: b"GIF89a" + b" " * 1000 + genuine().data, FORMAT),
    ("byte-behind", "One byte follows the end", lambda: genuine().data + b"x", FORMAT),
    ("newline-behind", "One newline follows the end", lambda: genuine().data + b"\n", FORMAT),
    ("zeros-behind", "Zeros follow the end, as some file systems leave them", lambda: genuine().data + bytes(64), FORMAT),
    ("objects-behind", "Objects follow the end", lambda: genuine().data + _evil(genuine()), FORMAT),
    ("zip-behind", "An archive follows the end", lambda: genuine().data + b"PK\x03\x04" + bytes(30), FORMAT),
    ("second-end", "A second end names the sealed table", lambda: genuine().data + b"startxref\n%d\n%%%%EOF\n" % genuine().start, HASH),
    ("second-end-wrong", "A second end names no table", lambda: genuine().data + b"startxref\n0\n%%EOF\n", FORMAT),
    ("end-mark-only", "A second end mark alone", lambda: genuine().data + b"%%EOF\n", FORMAT),
    ("cut-off", "The last bytes are cut off", lambda: genuine().data[:-9], FORMAT),
    ("cut-one-byte", "The last byte is cut off", lambda: genuine().data[:-1], FORMAT),
    ("cut-in-contents", "The file ends inside the value", _cut_in_contents, FORMAT),
    ("first-revision-only", "The sealed revision is cut off: an unsigned file", _only_first, unsure("SIGNED_DATA_NOT_FOUND")),
    ("first-revision-and-tail", "The sealed revision is cut off but for its tail", lambda: _only_first() + genuine().data[-40:], unsure("SIGNED_DATA_NOT_FOUND")),
    ("pushed-in", "A revision is pushed in before the sealed one", _interleaved, FORMAT),
    ("whole-file-twice", "The whole file twice", lambda: genuine().data + genuine().data, HASH),
    ("another-version", "The header says another version", _flip(b"%PDF-1.7", b"%PDF-1.4"), HASH),
    ("binary-mark", "The bytes behind the header differ", _flip(b"\xe2\xe3\xcf\xd3", b"\xe2\xe3\xcf\xd2"), HASH),
    ("root-flipped", "The trailer's catalog is another number", _flip(b"/Root 1 0 R", b"/Root 2 0 R"), HASH),
    ("startxref-line-end", "A line end is of another kind", _flip(b"startxref\n", b"startxref\r"), HASH),
    ("first-table-freed", "A row of the first table says free", _flip(b"00000 n ", b"00000 f "), HASH),
    ("page-size-flipped", "A digit of the page's size differs", _flip(b"595 842", b"595 841"), HASH),
    ("filter-flipped", "A letter of the signature's filter differs", _flip(b"/Qianyin.GMPkiLite", b"/Qianyin.GMPkiLitf"), HASH),
    ("object-word", "The word obj is misspelt", _flip(b"4 0 obj", b"4 0 obk"), FORMAT),
    ("digits-both-cases", "The value's digits are in both cases", _contents_token(lambda d: b"<A" + d[1:-1] + b"a>"), FORMAT),
    ("digits-one-upper", "One digit of the padding is in another case", _contents_token(lambda d: b"<" + d.replace(b"a", b"A", 1) + b">"), FORMAT),
    ("white-space-inside", "White space stands among the digits", _contents_token(lambda d: b"<" + d[:-2] + b" \n>"), FORMAT),
    ("odd-digits", "The last digit is missing", _contents_token(lambda d: b"<" + d[:-1] + b" >"), FORMAT),
    ("early-bracket", "The string ends early, and something else fills the gap", _contents_token(lambda d: b"<" + d[:-8] + b">/A (12) "), FORMAT),
    ("comment-in-gap", "A comment fills the end of the gap", _contents_token(lambda d: b"<" + d[:-8] + b">%1 0 R  "), FORMAT),
    ("object-in-gap", "A name and a number fill the end of the gap", _contents_token(lambda d: b"<" + d[:-8] + b">/Size 9 "), FORMAT),
    ("padding-last", "The last byte of the padding is not zero", _junk_behind_value(b"01"), FORMAT),
    ("padding-many", "The padding holds another text", _junk_behind_value(b"414243444546"), FORMAT),
    ("padding-container", "A second container hides in the padding", _junk_behind_value(b"3003020101"), FORMAT),
)  # fmt: skip


def _family(
    name: str, about: str, rows: tuple[Row, ...], low: frozenset[str] = frozenset()
) -> Family:
    made = (
        Case(id, why, build, expect, Importance.LOW if id in low else Importance.HIGH)
        for id, why, build, expect in rows
    )
    return Family(name, about, tuple(made))


LOW = frozenset(
    {
        "newline-behind",
        "zeros-behind",
        "end-mark-only",
        "digits-both-cases",
        "digits-one-upper",
        "white-space-inside",
        "startxref-line-end",
        "newline-in-front",
    }
)

FAMILIES = (
    _family(
        "duplicate-keys",
        "A key stands twice, or in disguise: each reader takes another",
        DUPLICATES,
    ),
    _family("xref", "Cross-references that lie, loop, or say two things", XREF),
    _family("object-streams", "Objects in streams that are exchanged or misdescribed", STREAMS),
    _family("encrypted", "What is shown depends on a key", ENCRYPTED),
    _family(
        "revisions",
        "Bytes where none belong, ends that are none, values padded with something else",
        REVISIONS,
        LOW,
    ),
)
