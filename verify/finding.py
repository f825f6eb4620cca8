"""Finds every signature of a file, under any name, in every revision, in the form or not.

What the form shows is read by qpdf and by our own strict reader; raw bytes are scanned for
whatever neither accounts for.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

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
    Keyword,
    MalformedObject,
    Reference,
    object_header,
    read_object,
)
from verify.upload import ReadablePdf

__all__ = ["FoundSignature", "find_signatures"]

_BYTE_RANGE = name_pattern("ByteRange")
_NULL = Keyword(b"null")


@dataclass(frozen=True, slots=True)
class FoundSignature:
    """One signature: its dictionary as our reader sees it, or the `fault` that hides it."""

    field_name: str | None
    widgets: tuple[Widget, ...] = field(repr=False)
    dictionary: Dictionary | None = field(repr=False)
    foreign: pikepdf.Object | None = field(repr=False)
    """The same dictionary as qpdf reads it."""
    at: int | None
    """Offset of the object that holds the dictionary; None when it could not be placed."""
    fault: Code | None


def find_signatures(readable: ReadablePdf) -> tuple[FoundSignature, ...]:
    """Return every signature, those of the form first; raise `PdfTooLarge` over the limit.

    An empty field (no /V at all) is no signature.
    """
    fields = signature_fields(readable.pdf, readable.pages, readable.limits)
    found = [one for one in (_located(readable, field) for field in fields) if one is not None]
    found.extend(_unaccounted(readable, {one.at for one in found if one.at is not None}))
    if len(found) > readable.limits.signatures:
        raise PdfTooLarge(f"more than {readable.limits.signatures} signatures")
    return tuple(_sharing_marked(found))


def _sharing_marked(found: list[FoundSignature]) -> Iterator[FoundSignature]:
    places = [one.at for one in found]
    for one in found:
        shared = one.at is not None and places.count(one.at) > 1 and one.fault is None
        yield _faulty(one, Code.SIGNATURE_SHARED) if shared else one


def _faulty(one: FoundSignature, fault: Code) -> FoundSignature:
    return FoundSignature(one.field_name, one.widgets, one.dictionary, one.foreign, one.at, fault)


def _located(readable: ReadablePdf, field: SignatureField) -> FoundSignature | None:
    foreign = field.value
    if readable.structure is None:
        if foreign is None:
            return None
        return _found(field, foreign, None, None, Code.STRUCTURE_DAMAGED)
    try:
        value, at = _own_value(readable, readable.structure, field)
        if value is None and foreign is None:
            return None
        return _resolved(readable, readable.structure, field, value, at)
    except MalformedObject:
        return _found(field, foreign, None, None, Code.PARSERS_DISAGREE)


def _found(
    field: SignatureField,
    foreign: pikepdf.Object | None,
    dictionary: Dictionary | None,
    at: int | None,
    fault: Code | None,
) -> FoundSignature:
    if fault is None and not field.is_in_form:
        fault = Code.SIGNATURE_NOT_IN_FORM
    return FoundSignature(field.name, field.widgets, dictionary, foreign, at, fault)


def _own_value(
    readable: ReadablePdf, structure: Structure, field: SignatureField
) -> tuple[object, int | None]:
    """Return the nearest /V as our reader sees it and where its holder stands."""
    for one in field.line:
        number, _ = one.objgen
        if not number:
            raise MalformedObject("a field is no object of its own")
        own, at = _read(readable, structure, number)
        if not isinstance(own, Dictionary) or own.keys.count(b"V") > 1:
            raise MalformedObject("a field is no dictionary, or has two values")
        if own.find(b"V") is not None:
            return own.get(b"V"), at
    return None, None


def _read(readable: ReadablePdf, structure: Structure, number: int) -> tuple[object, int | None]:
    depth = readable.limits.nesting_depth
    return read_indirect(readable.data, structure, readable.streams, number, depth=depth)


def _resolved(
    readable: ReadablePdf,
    structure: Structure,
    field: SignatureField,
    value: object,
    at: int | None,
) -> FoundSignature:
    foreign = field.value
    if isinstance(value, Reference):
        if foreign is not None and foreign.objgen != (value.number, value.generation):
            return _found(field, foreign, None, None, Code.PARSERS_DISAGREE)
        value, at = _read(readable, structure, value.number)
    if not isinstance(value, Dictionary) or at is None:
        return _found(field, foreign, None, None, Code.SIGNATURE_VALUE_UNUSABLE)
    return _found(field, foreign, value, at, None)


def _unaccounted(readable: ReadablePdf, known: set[int]) -> Iterator[FoundSignature]:
    """Yield a failing signature for every /ByteRange that no field answers for."""
    if readable.structure is None:
        if not known and _BYTE_RANGE.search(readable.data):
            yield _orphan(None, None, Code.STRUCTURE_DAMAGED)
        return
    structure = readable.structure
    offsets = sorted(
        {p.at for s in structure.sections for p in s.places.values() if p.kind == IN_FILE}
    )
    current = {p.at for p in structure.places.values() if p.kind == IN_FILE}
    for mark in _BYTE_RANGE.finditer(readable.data):
        before = bisect_right(offsets, mark.start()) - 1
        at = offsets[before] if before >= 0 else None
        if at in known or (at is not None and _is_stream_data(readable, at, mark.start())):
            continue
        if at is not None:
            known.add(at)
        dictionary = None if at is None else _dictionary_at(readable, at, mark.start())
        is_current = at in current and dictionary is not None
        fault = Code.SIGNATURE_NOT_IN_FORM if is_current else Code.SIGNATURE_REPLACED
        yield _orphan(dictionary, at, fault)
    for stream in readable.streams.values():
        if _BYTE_RANGE.search(stream.content):
            yield _orphan(None, None, Code.SIGNATURE_VALUE_UNUSABLE)


def _orphan(dictionary: Dictionary | None, at: int | None, fault: Code) -> FoundSignature:
    return FoundSignature(None, (), dictionary, None, at, fault)


def _dictionary_at(readable: ReadablePdf, at: int, mark: int) -> Dictionary | None:
    header = object_header(readable.data, at)
    try:
        value, _ = read_object(
            readable.data, header[2] if header else at, depth=readable.limits.nesting_depth
        )
    except MalformedObject:
        return None
    return value if isinstance(value, Dictionary) and mark < value.end else None


def _is_stream_data(readable: ReadablePdf, at: int, mark: int) -> bool:
    """Say whether the mark stands in the data of the stream that begins at `at`."""
    header = object_header(readable.data, at)
    if header is None or readable.structure is None:
        return False
    try:
        value, _ = read_object(readable.data, header[2], depth=readable.limits.nesting_depth)
    except MalformedObject:
        return False
    if not isinstance(value, Dictionary) or mark < value.end:
        return False
    length = integer_of(readable.data, readable.structure, value.get(b"Length"))
    start = readable.data.find(b"stream", value.end, mark)
    return length is not None and 0 <= start <= mark < start + len(b"stream\r\n") + length
