"""Putting a signature field, its widget and the evidence into an update."""

from dataclasses import dataclass, field
from datetime import datetime

import pikepdf

from signing.appearance import SealAppearance
from signing.documents import MM_PER_POINT, SealPlacement
from signing.errors import PlacementError, UnsuitablePdf
from signing.update import Update

__all__ = [
    "Evidence",
    "SignatureDictionary",
    "add_evidence",
    "add_field",
    "add_signature",
    "with_entries",
]

NUMBER_WIDTH = 10
"""Digits reserved for each number of /ByteRange: files up to 10 GB."""
PRINTED_AND_LOCKED = 4 + 128
SIGNATURES_EXIST_APPEND_ONLY = 3
NO_CHANGES_ALLOWED = 1
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


def add_signature(update: Update, dictionary: SignatureDictionary) -> int:
    """Add the signature dictionary; return its object number."""
    return update.add(dictionary.body())


def add_field(
    update: Update, signature: int, appearance: SealAppearance, placement: SealPlacement
) -> bytes:
    """Add a visible field for the signature; return the catalog's new AcroForm value."""
    page = _page(update.pdf, placement.page)
    box = _rectangle(page, appearance, placement)
    mask = update.add(appearance.mask())
    image = update.add(appearance.image(mask))
    form = update.add(appearance.form(image))
    fields = _existing_fields(update.pdf)
    number, generation = page.obj.objgen
    widget = update.add(
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (%s%d) /V %d 0 R /F %d /P %d %d R"
        b" /Rect [%.3f %.3f %.3f %.3f] /AP << /N %d 0 R >> >>"
        % (
            FIELD_PREFIX.encode(),
            len(fields) + 1,
            signature,
            PRINTED_AND_LOCKED,
            number,
            generation,
            *box,
            form,
        )
    )
    _append_annotation(update, page, widget)
    return with_entries(
        update.pdf.Root.get("/AcroForm", pikepdf.Dictionary()),
        {
            "/Fields": b"[%s]" % b" ".join([*fields, b"%d 0 R" % widget]),
            "/SigFlags": b"%d" % SIGNATURES_EXIST_APPEND_ONLY,
        },
    )


def add_evidence(update: Update, evidence: Evidence) -> int:
    """Add the document security store (ISO 32000-2, 12.8.4.3); return its object number."""
    store = update.pdf.Root.get("/DSS", pikepdf.Dictionary(Type=pikepdf.Name.DSS))
    entries = {}
    groups = (("/Certs", evidence.certificates), ("/CRLs", evidence.revocation_lists))
    for name, values in groups:
        kept = list(store.get(name, pikepdf.Array()))
        known = {one.read_raw_bytes() for one in kept if "/Filter" not in one}
        added = [b"%d 0 R" % update.add(_stream(one)) for one in values if one not in known]
        if kept or added:
            entries[name] = b"[%s]" % b" ".join([*(one.unparse() for one in kept), *added])
    return update.add(with_entries(store, entries))


def _stream(value: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(value), value)


def _page(pdf: pikepdf.Pdf, index: int) -> pikepdf.Page:
    if not 0 <= index < len(pdf.pages):
        raise PlacementError(f"the document has no page {index + 1}")
    return pdf.pages[index]


def _rectangle(
    page: pikepdf.Page, appearance: SealAppearance, placement: SealPlacement
) -> tuple[float, float, float, float]:
    left, bottom, right, top = (float(value) for value in page.mediabox)
    if int(page.obj.get("/Rotate", 0)) % 360:
        raise PlacementError("a rotated page cannot take a seal")
    x = left + placement.center_x_mm / MM_PER_POINT - appearance.width_pt / 2
    y = top - placement.center_y_mm / MM_PER_POINT - appearance.height_pt / 2
    box = (x, y, x + appearance.width_pt, y + appearance.height_pt)
    if box[0] < left or box[1] < bottom or box[2] > right or box[3] > top:
        raise PlacementError("the seal would reach over the edge of the page")
    return box


def _existing_fields(pdf: pikepdf.Pdf) -> list[bytes]:
    _require_open_to_signatures(pdf)
    form = pdf.Root.get("/AcroForm")
    if form is None:
        return []
    if "/XFA" in form:
        raise UnsuitablePdf("a document with an XFA form cannot be sealed")
    return [b"%d %d R" % one.objgen for one in form.get("/Fields", pikepdf.Array())]


def _require_open_to_signatures(pdf: pikepdf.Pdf) -> None:
    certification = pdf.Root.get("/Perms", pikepdf.Dictionary()).get("/DocMDP")
    if certification is None:
        return
    for reference in certification.get("/Reference", pikepdf.Array()):
        parameters = reference.get("/TransformParams", pikepdf.Dictionary())
        if int(parameters.get("/P", 2)) == NO_CHANGES_ALLOWED:
            raise UnsuitablePdf("the document is certified against any change, a seal included")


def _append_annotation(update: Update, page: pikepdf.Page, widget: int) -> None:
    reference = b"%d 0 R" % widget
    annotations = page.obj.get("/Annots")
    if annotations is not None and annotations.is_indirect:
        update.replace(annotations, b"[%s]" % b" ".join([*_items(annotations), reference]))
        return
    items = [] if annotations is None else _items(annotations)
    value = b"[%s]" % b" ".join([*items, reference])
    update.replace(page.obj, with_entries(page.obj, {"/Annots": value}))


def _items(array: pikepdf.Object) -> list[bytes]:
    return [one.unparse() for one in array]


def with_entries(dictionary: pikepdf.Object, entries: dict[str, bytes]) -> bytes:
    """Return the dictionary written out with these entries, given as PDF text, in it."""
    kept = pikepdf.Dictionary({key: dictionary[key] for key in dictionary.keys() - entries.keys()})
    added = b" ".join(b"%s %s" % (key.encode(), value) for key, value in entries.items())
    return kept.unparse().removesuffix(b">>") + added + b" >>"
