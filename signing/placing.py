"""Putting a signature field, its widget and the evidence into an update."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

import pikepdf

from signing.appearance import SealAppearance
from signing.documents import SealPlacement
from signing.errors import UnsuitablePdf
from signing.pages import find_page, seal_box
from signing.permissions import require_open_to_seal
from signing.update import Update, array_of, dictionary_of

__all__ = [
    "Evidence",
    "SignatureDictionary",
    "add_evidence",
    "add_field",
    "with_entries",
]

NUMBER_WIDTH = 10
"""Digits reserved for each number of /ByteRange: files up to 10 GB."""
PRINTED_AND_LOCKED = 4 + 128
SIGNATURES_EXIST_APPEND_ONLY = 3
FIELD_PREFIX = "Seal"

BYTE_RANGE_ROOM = b"[0 " + b" ".join([b"0" * NUMBER_WIDTH] * 3) + b"]"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a verifier needs and the signature value has no room for (DER each)."""

    certificates: tuple[bytes, ...] = field(repr=False)
    revocation_lists: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignatureDictionary:
    """The names and the claimed time of a signature, and how many bytes its value may take."""

    filter: str
    sub_filter: str
    signed_at: datetime
    reserved_bytes: int

    def body(self) -> bytes:
        """Return the dictionary with zeros where ByteRange's numbers and the value will be."""
        return (
            b"<< /Type /Sig /Filter %s /SubFilter %s /M (D:%sZ) /ByteRange %s /Contents <%s> >>"
            % (
                pikepdf.Name("/" + self.filter).unparse(),
                pikepdf.Name("/" + self.sub_filter).unparse(),
                f"{self.signed_at:%Y%m%d%H%M%S}".encode(),
                BYTE_RANGE_ROOM,
                b"0" * (2 * self.reserved_bytes),
            )
        )


def add_field(
    update: Update, signature: int, appearance: SealAppearance, placement: SealPlacement
) -> bytes:
    """Add a visible field for the signature; return the catalog's new AcroForm value."""
    page = find_page(update, placement.page)
    box = seal_box(page, appearance, placement)
    mask = update.add(appearance.mask())
    image = update.add(appearance.image(mask))
    form = update.add(appearance.form(image))
    existing = _form(update.pdf)
    fields = list(array_of(dictionary_of(existing).get("/Fields")))
    name = _free_name(fields)
    require_open_to_seal(update.pdf, name)
    number, generation = page.obj.objgen
    widget = update.add(
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s) /V %d 0 R /F %d /P %d %d R"
        b" /Rect [%.3f %.3f %.3f %.3f] /AP << /N %d 0 R >> >>"
        % (
            name.encode(),
            signature,
            PRINTED_AND_LOCKED,
            number,
            generation,
            *box,
            form,
        )
    )
    _append_annotation(update, page, widget)
    added = {
        "/Fields": b"[%s]" % b" ".join([*_items(fields), b"%d 0 R" % widget]),
        "/SigFlags": b"%d" % SIGNATURES_EXIST_APPEND_ONLY,
    }
    body = with_entries(dictionary_of(existing), added)
    if existing is None or not existing.is_indirect:
        return body
    update.replace(existing, body)
    return existing.unparse()


def add_evidence(update: Update, evidence: Evidence) -> int:
    """Add the document security store (ISO 32000-2, 12.8.4.3); return its object number."""
    store = dictionary_of(update.pdf.Root.get("/DSS", pikepdf.Dictionary(Type=pikepdf.Name.DSS)))
    entries = {}
    groups = (("/Certs", evidence.certificates), ("/CRLs", evidence.revocation_lists))
    for name, values in groups:
        kept = list(array_of(store.get(name)))
        known = {one.read_raw_bytes() for one in kept if _is_plain_stream(one)}
        added = [b"%d 0 R" % update.add(_stream(one)) for one in values if one not in known]
        if kept or added:
            entries[name] = b"[%s]" % b" ".join([*_items(kept), *added])
    return update.add(with_entries(store, entries))


def _is_plain_stream(value: pikepdf.Object) -> bool:
    return isinstance(value, pikepdf.Stream) and "/Filter" not in value


def _stream(value: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(value), value)


def _form(pdf: pikepdf.Pdf) -> pikepdf.Object | None:
    """Return the interactive form as it stands, perhaps indirect."""
    form = pdf.Root.get("/AcroForm")
    if "/XFA" in dictionary_of(form):
        raise UnsuitablePdf("a document with an XFA form cannot be sealed")
    return form


def _free_name(fields: list[pikepdf.Object]) -> str:
    taken = {str(dictionary_of(one).get("/T", "")) for one in fields}
    names = (f"{FIELD_PREFIX}{number}" for number in count(len(fields) + 1))
    return next(name for name in names if name not in taken)


def _append_annotation(update: Update, page: pikepdf.Page, widget: int) -> None:
    annotations = page.obj.get("/Annots")
    items = [*_items(list(array_of(annotations))), b"%d 0 R" % widget]
    value = b"[%s]" % b" ".join(items)
    if annotations is not None and annotations.is_indirect:
        update.replace(annotations, value)
    else:
        update.replace(page.obj, with_entries(page.obj, {"/Annots": value}))


def _items(values: list[pikepdf.Object]) -> list[bytes]:
    return [one.unparse() if isinstance(one, pikepdf.Object) else _scalar(one) for one in values]


def _scalar(value: object) -> bytes:
    """Return what pikepdf gives as Python's own: numbers, null and truth values."""
    return bytes(pikepdf.Array([value]).unparse()).removeprefix(b"[").removesuffix(b"]").strip()


def with_entries(dictionary: pikepdf.Object, entries: dict[str, bytes]) -> bytes:
    """Return the dictionary written out with these entries, given as PDF text, in it."""
    kept = {key: dictionary[key] for key in dictionary.keys() if key not in entries}
    added = b" ".join(b"%s %s" % (key.encode(), value) for key, value in entries.items())
    return pikepdf.Dictionary(kept).unparse().removesuffix(b">>") + added + b" >>"
