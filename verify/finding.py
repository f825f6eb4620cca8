"""Finds every signature of a file, under any name, in every revision, in the form or not.

What the form shows is read by qpdf and by our own strict reader; raw bytes are scanned for
whatever neither accounts for.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import pikepdf

from verify.codes import Code
from verify.errors import PdfTooLarge
from verify.fields import SignatureField, signature_fields
from verify.object_streams import integer_of, read_indirect
from verify.page_tree import Widget
from verify.revisions import IN_FILE, Structure
from verify.scanning import name_pattern
from verify.tokens import (
    Dictionary,
    MalformedObject,
    Reference,
    header_end,
    read_object,
)
from verify.upload import ReadablePdf

__all__ = ["FoundSignature", "find_signatures", "reads_one_way"]

_BYTE_RANGE = name_pattern("ByteRange")
_PLAIN = bytes(set(range(0x20, 0x7F)) - set(b"%#\\")) + b"\r\n"


@dataclass(frozen=True, slots=True)
class FoundSignature:
    """One signature: its dictionary as our reader sees it, or the `fault` that hides it."""

    field: SignatureField | None
    dictionary: Dictionary | None
    at: int | None
    """Offset of the object that holds the dictionary; None when it could not be placed."""
    fault: Code | None

    @property
    def field_name(self) -> str | None:
        """The full name of its field."""
        return None if self.field is None else self.field.name

    @property
    def widgets(self) -> tuple[Widget, ...]:
        """Where it is shown."""
        return () if self.field is None else self.field.widgets

    @property
    def foreign(self) -> pikepdf.Object | None:
        """The same dictionary as qpdf reads it; slow, for it decodes /Contents again."""
        return None if self.field is None else self.field.value


def find_signatures(readable: ReadablePdf) -> tuple[FoundSignature, ...]:
    """Return every signature, those of the form first; raise `PdfTooLarge` over the limit.

    An empty field (no /V at all) is no signature.
    """
    fields = signature_fields(readable.catalog, readable.pages, readable.limits)
    found = [one for one in (_located(readable, field) for field in fields) if one is not None]
    # One too many is enough to know: a file may repeat the name millions of times.
    room = readable.limits.signatures + 1 - len(found)
    found.extend(islice(_unaccounted(readable, tuple(found)), max(room, 0)))
    if len(found) > readable.limits.signatures:
        raise PdfTooLarge(f"more than {readable.limits.signatures} signatures")
    return tuple(_sharing_marked(found))


def _sharing_marked(found: list[FoundSignature]) -> Iterator[FoundSignature]:
    places = [one.at for one in found]
    for one in found:
        shared = one.at is not None and places.count(one.at) > 1 and one.fault is None
        yield replace(one, fault=Code.SIGNATURE_SHARED) if shared else one


def _located(readable: ReadablePdf, field: SignatureField) -> FoundSignature | None:
    if readable.structure is None:
        is_empty = field.value is None
        return None if is_empty else FoundSignature(field, None, None, Code.STRUCTURE_DAMAGED)
    try:
        return _placed(readable, readable.structure, field)
    except MalformedObject:
        return FoundSignature(field, None, None, Code.PARSERS_DISAGREE)


def _placed(
    readable: ReadablePdf, structure: Structure, field: SignatureField
) -> FoundSignature | None:
    value, at, is_plain = _own_value(readable, structure, field)
    if not is_plain and not _is_same(field.value, value):
        raise MalformedObject("two readers see different values in the field")
    if value is None:
        return None
    if isinstance(value, Reference):
        number = value.number
        value, at = _read(readable, structure, value)
        # To go over its /Contents once more would take longer than all other objects.
        readable.search.known[number] = value
    if not isinstance(value, Dictionary) or at is None:
        return FoundSignature(field, None, None, Code.SIGNATURE_VALUE_UNUSABLE)
    fault = None if field.is_in_form else Code.SIGNATURE_NOT_IN_FORM
    return FoundSignature(field, value, at, fault)


def _own_value(
    readable: ReadablePdf, structure: Structure, field: SignatureField
) -> tuple[object, int | None, bool]:
    """Return the nearest /V, where its holder stands, and whether it reads only one way."""
    all_plain = True
    for one in field.line:
        own, at = _read(readable, structure, Reference(*one.objgen))
        if not isinstance(own, Dictionary) or own.keys.count(b"V") > 1:
            raise MalformedObject("a field is no object of its own, or has two values")
        all_plain = all_plain and at is not None and reads_one_way(readable, own)
        if own.find(b"V") is not None:
            return own.get(b"V"), at, all_plain
    return None, None, all_plain


def _is_same(foreign: pikepdf.Object | None, own: object) -> bool:
    if isinstance(own, Reference):
        return foreign is None or foreign.objgen == (own.number, own.generation)
    return own is not None or foreign is None


def reads_one_way(readable: ReadablePdf, dictionary: Dictionary) -> bool:
    """Say whether a dictionary of the file is written so that every reader sees the same.

    Printable ASCII without comments, escapes and repeated keys, in a file with one kind of
    cross-reference. Anything else is compared with what qpdf reads.
    """
    structure = readable.structure
    if structure is None or any(section.is_hybrid for section in structure.sections):
        return False
    written = readable.data[dictionary.start : dictionary.end]
    return not written.translate(None, _PLAIN) and not dictionary.has_duplicates


def _read(
    readable: ReadablePdf, structure: Structure, reference: Reference
) -> tuple[object, int | None]:
    depth = readable.limits.nesting_depth
    return read_indirect(readable.data, structure, readable.streams, reference, depth=depth)


def _unaccounted(
    readable: ReadablePdf, found: tuple[FoundSignature, ...]
) -> Iterator[FoundSignature]:
    """Yield a failing signature for every /ByteRange that no field answers for."""
    structure = readable.structure
    if structure is None:
        if not found and _BYTE_RANGE.search(readable.data):
            yield FoundSignature(None, None, None, Code.STRUCTURE_DAMAGED)
        return
    known = {one.at for one in found if one.at is not None}
    offsets = sorted(
        {p.at for s in structure.sections for p in s.places.values() if p.kind == IN_FILE}
    )
    current = {p.at for p in structure.places.values() if p.kind == IN_FILE}
    quiet_until = 0
    for mark in _BYTE_RANGE.finditer(readable.data):
        before = bisect_right(offsets, mark.start()) - 1
        at = offsets[before] if before >= 0 else -1
        if at in known or mark.start() < quiet_until:
            continue
        value = _value_at(readable, at)
        stream_end = _stream_end(readable, structure, value, mark.start())
        if mark.start() < stream_end:
            # An object may be hidden in a stream: up to the next one there is only data.
            quiet_until = min([stream_end, *offsets[before + 1 : before + 2]])
            continue
        known.add(at)
        dictionary = value if value is not None and mark.start() < value.end else None
        is_current = at in current and dictionary is not None
        fault = Code.SIGNATURE_NOT_IN_FORM if is_current else Code.SIGNATURE_REPLACED
        yield FoundSignature(None, dictionary, at, fault)
    for stream in readable.streams.values():
        if _BYTE_RANGE.search(stream.content):
            yield FoundSignature(None, None, None, Code.SIGNATURE_VALUE_UNUSABLE)


def _value_at(readable: ReadablePdf, at: int) -> Dictionary | None:
    """Return the dictionary of the object or stream at `at`; before all objects there is none."""
    try:
        start = header_end(readable.data, max(at, 0))
        value, _ = read_object(readable.data, start, depth=readable.limits.nesting_depth)
    except MalformedObject:
        return None
    return value if isinstance(value, Dictionary) else None


def _stream_end(
    readable: ReadablePdf, structure: Structure, value: Dictionary | None, mark: int
) -> int:
    """Return where the data end of the stream that `value` describes; 0 if `mark` is not in it."""
    if value is None or mark < value.end:
        return 0
    length = integer_of(readable.data, structure, value.get(b"Length"))
    start = readable.data.find(b"stream", value.end, mark)
    return 0 if length is None or start < 0 else start + len(b"stream\r\n") + length
