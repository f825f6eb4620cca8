"""Reads the record that one of our licences carries as an attached file."""

from collections.abc import Iterator
from typing import Any

import pikepdf

from keystore import clear_json
from verify.errors import NotAPdf
from verify.page_tree import get
from verify.streams import bounded_content
from verify.upload import ReadablePdf
from verify.xmp_properties import properties_in

__all__ = [
    "ATTACHMENT_NAME",
    "UnclearRecord",
    "attached_records",
    "claimed_type",
    "read_metadata",
    "record_in_packet",
]

ATTACHMENT_NAME = "licence.json"
TYPE_CODE = "ZZLXDM"  # 证照类型代码 (GB/T 36903)
_NAMESPACE = "urn:qianyin:gbt36903:1#"
_URN = _NAMESPACE.encode()
_AMPERSAND, _EXCLAMATION = b"&!"  # without them there are no entities, comments and sections
_TIMES = 2  # in the description of the properties, and where they stand
_NODES_MAX = 200  # nodes of the tree of attached files
_FOREIGN = (pikepdf.PdfError, ValueError, RuntimeError)


class UnclearRecord(Exception):
    """There is a record, but not one that says one thing. Stays in this package."""


def read_metadata(readable: ReadablePdf) -> dict[str, Any] | None:
    """Return the attached licence record; None when there is none, or two, or it is no JSON object.

    What it says is what the file says: whether that is so, the register knows.
    """
    try:
        found = _records(readable)
    except _FOREIGN as error:
        raise NotAPdf("the attached files cannot be read") from error
    return _object(found[0]) if len(found) == 1 else None


def claimed_type(readable: ReadablePdf) -> str | None:
    """Return the type code that the licence's record names, None where there is no record.

    Raises `UnclearRecord` for a record that cannot be read, or names none, or stands there twice.
    """
    try:
        found = _records(readable)
    except _FOREIGN as error:
        raise UnclearRecord("the attached files cannot be read") from error
    if not found:
        return None
    record = _object(found[0]) if len(found) == 1 else None
    code = None if record is None else record.get(TYPE_CODE)
    if not isinstance(code, str):
        raise UnclearRecord("the file's record does not name one type of licence")
    return code


def attached_records(readable: ReadablePdf) -> list[dict[str, Any] | None]:
    """Return every attached record, None for one that cannot be read; raises what qpdf raises."""
    return [_object(content) for content in _records(readable)]


def record_in_packet(
    readable: ReadablePdf, attached: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return the record in the file's XMP metadata, None where there is none.

    `attached` is what it should say, if that is known: looking whether it does is quick, reading
    it is not. Raises `UnclearRecord` for metadata beside a record that cannot be read.
    """
    holder = get(readable.catalog, "/Metadata")
    packet = bounded_content(holder, readable.limits.attachment_bytes)
    if holder is None or (packet is not None and attached is None and _URN not in packet):
        return None
    if packet is not None and attached is not None and _says(packet, attached):
        return attached
    try:
        return properties_in(packet or b"", _NAMESPACE) or None
    except ValueError as error:
        raise UnclearRecord("the metadata beside the record cannot be read") from error


def _says(packet: bytes, record: dict[str, Any]) -> bool:
    """Say whether the packet holds this record, as `licenses` writes it, and no other.

    Values that must be escaped count as another form.
    """
    parts = "".join(f"<zz:{name}>{value}</zz:{name}>" for name, value in record.items())
    whole = f'xmlns:zz="{_NAMESPACE}">{parts}</rdf:Description>'.encode()
    is_plain = _AMPERSAND not in packet and _EXCLAMATION not in packet
    return is_plain and packet.count(_URN) == _TIMES and whole in packet


def _records(readable: ReadablePdf) -> list[bytes | None]:
    return [content for name, content in _attachments(readable) if name == ATTACHMENT_NAME]


def _object(content: bytes | None) -> dict[str, Any] | None:
    if content is None:
        return None
    try:
        value = clear_json(content)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _attachments(readable: ReadablePdf) -> Iterator[tuple[str, bytes | None]]:
    """Yield names and contents of the embedded files (ISO 32000-1, 7.9.6 and 7.11.4)."""
    pending = [get(get(readable.catalog, "/Names"), "/EmbeddedFiles")]
    for _ in range(_NODES_MAX):
        if not pending:
            return
        node = pending.pop()
        names, kids = get(node, "/Names"), get(node, "/Kids")
        if isinstance(kids, pikepdf.Array):
            pending.extend(list(kids)[:_NODES_MAX])
        if isinstance(names, pikepdf.Array):
            yield from map(lambda one: _named(one, readable), list(names)[1 : 2 * _NODES_MAX : 2])


def _named(specification: pikepdf.Object, readable: ReadablePdf) -> tuple[str, bytes | None]:
    name = get(specification, "/UF")
    name = get(specification, "/F") if name is None else name
    content = get(get(specification, "/EF"), "/F")
    return str(name), bounded_content(content, readable.limits.attachment_bytes)
