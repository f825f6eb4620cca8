"""Documents with signature fields, made by hand: the form, the widget, the evidence, the value."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PIL import Image

from tests.fakes.pdf_documents import Document, document, flate, stream
from tests.fakes.report_schemas import require_published_forms
from tests.fakes.signature_values import ses_value
from tests.fakes.sm2_people import NOW, SEAL_MM, World, picture, world
from verify import DEFAULT_LIMITS, QIANYIN_DEFAULT, TrustAnchors, read_upload, verify_with_facts
from verify.report import CheckName, VerificationReport

POINTS = SEAL_MM / 25.4 * 72
RANGE_ROOM = b"[0 0000000000 0000000000 0000000000]"
Value = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Field:
    """How a signature is put into a document; `value` makes /Contents from the signed bytes."""

    value: Value
    name: bytes = b"Seal1"
    entries: bytes = b"/Type /Sig /Filter /Qianyin.GMPkiLite /SubFilter /GM.sm2seal"
    more: bytes = b""
    widget: bytes = b""
    rect: bytes | None = None
    image: Image.Image | None = field(default_factory=picture)
    room: int = 8000
    dss: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    catalog: bytes = b""
    trailer: bytes = b""
    in_form: bool = True
    extra: dict[int, bytes] = field(default_factory=dict)
    byte_range: Callable[[int, int, int], bytes] | None = None
    contents: Callable[[bytes], bytes] | None = None
    """Writes the token for /Contents from its hex digits, padded to the room."""


def sign(before: Document, how: Field) -> Document:
    """Append a revision with the signature over everything up to its end."""
    n = before.free
    sig, widget, form, image, mask, store = range(n, n + 6)
    changed: dict[int, bytes] = {
        sig: b"<< %s %s /ByteRange %s /Contents <%s> >>"
        % (how.entries, how.more, RANGE_ROOM, b"0" * 2 * how.room),
        widget: _widget(how, sig, form),
    }
    if how.image is not None:
        changed |= _appearance(how.image, form, image, mask)
    changed |= _evidence(how, store)
    changed |= _catalog_and_page(before, how, widget, store)
    changed |= how.extra
    return _filled(before.update(changed, trailer=how.trailer), how)


def _widget(how: Field, sig: int, form: int) -> bytes:
    rect = how.rect or b"[100 100 %.3f %.3f]" % (100 + POINTS, 100 + POINTS)
    shown = b"" if how.image is None else b"/AP << /N %d 0 R >>" % form
    return (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /V %d 0 R /F 132 /P 3 0 R"
        b" /Rect %s %s %s >>" % (how.name, sig, rect, shown, how.widget)
    )


def _appearance(image: Image.Image, form: int, number: int, mask: int) -> dict[int, bytes]:
    size = b"%.3f 0 0 %.3f" % (POINTS, POINTS)
    return {
        form: stream(
            b"q %s 0 0 cm /Seal Do Q" % size,
            b"/Type /XObject /Subtype /Form /BBox [0 0 %.3f %.3f]"
            b" /Resources << /XObject << /Seal %d 0 R >> >>" % (POINTS, POINTS, number),
        ),
        number: image_stream(image.convert("RGB"), b"/DeviceRGB", b"/SMask %d 0 R" % mask),
        mask: image_stream(image.getchannel("A"), b"/DeviceGray", b""),
    }


def image_stream(image: Image.Image, space: bytes, more: bytes) -> bytes:
    entries = (
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %s"
        b" /BitsPerComponent 8 %s" % (*image.size, space, more)
    )
    return flate(image.tobytes(), entries)


def _evidence(how: Field, store: int) -> dict[int, bytes]:
    if not how.dss and not how.crls:
        return {}
    made = dict(enumerate((stream(one) for one in (*how.dss, *how.crls)), store + 1))
    numbers = [b"%d 0 R" % number for number in made]
    certs, crls = numbers[: len(how.dss)], numbers[len(how.dss) :]
    made[store] = b"<< /Type /DSS /Certs [%s] /CRLs [%s] >>" % (b" ".join(certs), b" ".join(crls))
    return made


def _catalog_and_page(before: Document, how: Field, widget: int, store: int) -> dict[int, bytes]:
    reference = b"%d 0 R" % widget
    catalog = before.objects[1]
    if how.in_form:
        catalog = _appended(
            catalog,
            rb"/Fields \[([^\]]*)\]",
            reference,
            b"/AcroForm << /SigFlags 3 /Fields [%s] >>",
        )
    if how.dss or how.crls:
        catalog = re.sub(rb"/DSS \d+ 0 R", b"", catalog)
        catalog = catalog.removesuffix(b">>") + b"/DSS %d 0 R >>" % store
    if how.catalog:
        catalog = catalog.removesuffix(b">>") + how.catalog + b" >>"
    page = _appended(before.objects[3], rb"/Annots \[([^\]]*)\]", reference, b"/Annots [%s]")
    return {1: catalog, 3: page}


def _appended(body: bytes, pattern: bytes, reference: bytes, whole: bytes) -> bytes:
    found = re.search(pattern, body)
    if found is None:
        return body.removesuffix(b">>") + whole % reference + b" >>"
    return body[: found.end(1)] + b" " + reference + body[found.end(1) :]


def _filled(document: Document, how: Field) -> Document:
    data = bytearray(document.data)
    start = data.rindex(b"<" + b"0" * 2 * how.room + b">")
    end = start + 2 * how.room + 2
    numbers = (how.byte_range or _range)(start, end, len(data) - end)
    place = data.rindex(RANGE_ROOM)
    data[place : place + len(RANGE_ROOM)] = numbers.ljust(len(RANGE_ROOM))
    digits = how.value(bytes(data[:start] + data[end:])).hex().encode()
    assert len(digits) <= 2 * how.room, "the fake's room is too small"
    padded = digits.ljust(2 * how.room, b"0")
    token = (how.contents or (lambda one: b"<" + one + b">"))(padded)
    assert len(token) == end - start
    data[start:end] = token
    return document.raw(bytes(data))


def _range(start: int, end: int, rest: int) -> bytes:
    return b"[0 %d %d %d]" % (start, end, rest)


def sealing(people: World, **options: object) -> Field:
    """A field sealed by `people`, with their evidence; `options` go to `ses_value`."""
    return Field(
        value=lambda signed: ses_value(people, signed, **options),
        dss=people.certificates,
        crls=people.crls(),
    )


def sealed(
    people: World | None = None, base: Document | None = None, **options: object
) -> Document:
    """One page with one good seal."""
    return sign(base or document(), sealing(people or world(), **options))


def report_on(
    data: bytes | Document, people: World | None = None, **options: object
) -> VerificationReport:
    """Verify against the world's root, at its NOW; `options` replace arguments."""
    arguments: dict = {
        "anchors": TrustAnchors(((people or world()).root.certificate,)),
        "policy": QIANYIN_DEFAULT,
        "at": NOW,
        **options,
    }
    limits = arguments.pop("limits", DEFAULT_LIMITS)
    content = data.data if isinstance(data, Document) else data
    report = verify_with_facts(read_upload(content, limits=limits), **arguments)
    require_published_forms(report)
    return report


def code_of(report: VerificationReport, check: CheckName, position: int = 0) -> str:
    """Return what a check of one signature answered."""
    return next(one.code for one in report.signatures[position].checks if one.check == check)


def decisive_code(report: VerificationReport, position: int = 0) -> str:
    decisive = report.signatures[position].decisive
    assert decisive is not None
    return decisive.code


__all__ = [
    "Field",
    "code_of",
    "decisive_code",
    "replace",
    "report_on",
    "sealed",
    "sealing",
    "sign",
    "zlib",
]
