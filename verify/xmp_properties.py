"""Reads the simple properties of one namespace out of an XMP packet."""

from xml.parsers.expat import ExpatError, ParserCreate

__all__ = ["properties_in"]

_JOINT = " "  # stands in no namespace and in no name


def properties_in(packet: bytes, namespace: str) -> dict[str, str]:
    """Return them by name; raise `ValueError` where they do not say one thing.

    That is: no XML, a document type, a property that stands there twice or has parts.
    """
    reader = _Reader(namespace + _JOINT)
    parser = ParserCreate(namespace_separator=_JOINT)
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(packet, True)
    except ExpatError as error:
        raise ValueError("the packet is no XML") from error
    return reader.found


class _Reader:
    def __init__(self, prefix: str) -> None:
        self.found: dict[str, str] = {}
        self._prefix = prefix
        self._open: list[str] | None = None

    def refuse(self, *_: object) -> None:
        raise ValueError("a packet has no document type")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._open is not None:
            raise ValueError("a property has parts")
        for key, value in attributes.items():
            if key.startswith(self._prefix):
                self._add(key, value)
        if name.startswith(self._prefix):
            self._open = []

    def characters(self, text: str) -> None:
        if self._open is not None:
            self._open.append(text)

    def end(self, name: str) -> None:
        if self._open is not None:
            self._add(name, "".join(self._open))
            self._open = None

    def _add(self, name: str, value: str) -> None:
        local = name.removeprefix(self._prefix)
        if local in self.found:
            raise ValueError("a property stands there twice")
        self.found[local] = value
