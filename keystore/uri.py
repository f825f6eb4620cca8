"""Names of keys, in the style of RFC 7512: `soft:path=keys/a.key?pin-source=secrets/pass`."""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote

from keystore.errors import MalformedUri

__all__ = ["KeyUri"]

URI_MAX_CHARS = 1024
_SAFE = "/.-_~"
_BYTES = ("id",)
"""Attributes that are bytes and no text, as RFC 7512 has it; held as `surrogateescape` text."""
_FILES = ("path", "pin-source", "module-path", "service")
_FORBIDDEN = frozenset(
    {"pin-value", "pin", "so-pin", "user-pin", "passphrase", "password", "passwd", "pass", "secret"}
)

Attributes = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KeyUri:
    """A scheme, what finds the key (`attributes`) and how to open it (`query`); never a PIN."""

    scheme: str
    attributes: Attributes
    query: Attributes = ()

    @classmethod
    def parse(cls, text: str) -> "KeyUri":
        """Raise `MalformedUri`; a URI that carries a PIN is refused, and not repeated."""
        scheme, colon, rest = text.partition(":")
        if not colon or len(text) > URI_MAX_CHARS or not _is_scheme(scheme):
            raise MalformedUri("a key URI begins with a scheme and a colon, such as soft:path=…")
        path, _, query = rest.partition("?")
        uri = cls(scheme, _parse(path, ";"), _parse(query, "&"))
        if not uri.attributes:
            raise MalformedUri(f"the {scheme}: URI names no key")
        return uri

    def __str__(self) -> str:
        """Print what `parse` reads back."""
        query = f"?{_print(self.query, '&')}" if self.query else ""
        return f"{self.scheme}:{_print(self.attributes, ';')}{query}"

    def get(self, name: str) -> str | None:
        """Return an attribute of either part."""
        return dict(self.attributes + self.query).get(name)

    def require(self, name: str) -> str:
        """Return an attribute; raise `MalformedUri` where it is absent."""
        value = self.get(name)
        if value is None:
            raise MalformedUri(f"the {self.scheme}: URI needs {name}=…")
        return value

    def resolved(self, folder: Path) -> "KeyUri":
        """Return the URI with its file names made absolute, from `folder`."""
        return replace(
            self,
            attributes=_resolve(self.attributes, folder),
            query=_resolve(self.query, folder),
        )


def _is_scheme(text: str) -> bool:
    return text.isascii() and text[:1].isalpha() and text.replace("-", "").isalnum()


def _parse(text: str, separator: str) -> Attributes:
    pairs: dict[str, str] = {}
    for part in filter(None, text.split(separator)):
        name, equals, value = part.partition("=")
        if name.lower() in _FORBIDDEN:
            raise MalformedUri("a key URI never carries a PIN; use pin-source=FILE")
        if not equals or not _is_scheme(name) or not value or name in pairs:
            raise MalformedUri("a key URI is made of distinct name=value parts")
        pairs[name] = _decode(name, value)
    return tuple(pairs.items())


def _decode(name: str, value: str) -> str:
    if name in _BYTES:
        return unquote(value, errors="surrogateescape")
    try:
        text = unquote(value, errors="strict")
    except UnicodeDecodeError as error:
        raise MalformedUri("a key URI is percent-encoded UTF-8") from error
    if not text.isprintable():
        raise MalformedUri("a key URI holds printable text only")
    return text


def _print(pairs: Attributes, separator: str) -> str:
    return separator.join(
        f"{name}={quote(value, safe=_SAFE, errors='surrogateescape')}" for name, value in pairs
    )


def _resolve(pairs: Attributes, folder: Path) -> Attributes:
    return tuple((name, str(folder / value) if name in _FILES else value) for name, value in pairs)
