"""Compares two XMP packets but for the dates that signing software keeps."""

import re

__all__ = ["same_but_dates"]

_DATES = rb"(?:xmp:ModifyDate|xmp:MetadataDate|pdf:Producer)"
_ELEMENT = re.compile(rb"<(" + _DATES + rb")>[^<>]{0,200}</\1>")
_ATTRIBUTE = re.compile(rb"\s" + _DATES + rb"=(?:\"[^\"<>]{0,200}\"|'[^'<>]{0,200}')")


def same_but_dates(then: bytes, now: bytes) -> bool:
    """Say whether nothing else than dates of change and the program's name differ."""
    return _without(then) == _without(now)


def _without(packet: bytes) -> bytes:
    return _ATTRIBUTE.sub(b"", _ELEMENT.sub(b"", packet))
