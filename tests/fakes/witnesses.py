"""A witness knows secrets, and says whether it sees one anywhere, in whatever writing."""

import base64
import json
import traceback
from urllib.parse import quote

SHORTEST = 6
"""Shorter runs of a secret would be found by chance."""


class Witness:
    """Looks for each secret as it is, in hex, in base64 wherever it begins, as a number, as text."""

    def __init__(self, **secrets: bytes) -> None:
        assert all(len(one) >= SHORTEST for one in secrets.values())
        self._forms = {name: _forms(bytes(one)) for name, one in secrets.items()}

    def seen(self, *things: object) -> set[str]:
        """Return which secrets stand in the things: bytes, texts, errors or objects."""
        data = b"\n".join(_shown(one) for one in things)
        folded = data.lower()
        return {
            f"{name} as {form!r}"
            for name, forms in self._forms.items()
            for form in forms
            if form in data or form.lower() in folded
        }


def _shown(thing: object) -> bytes:
    if isinstance(thing, bytes | bytearray):
        return bytes(thing)
    if isinstance(thing, BaseException):
        told = "".join(traceback.format_exception(thing))
        return f"{told}{thing!r}{thing.args!r}".encode("utf-8", "backslashreplace")
    text = thing if isinstance(thing, str) else f"{thing!r} {thing!s}"
    return text.encode("utf-8", "backslashreplace")


def _forms(secret: bytes) -> set[bytes]:
    text = secret.decode("utf-8", "backslashreplace")
    forms = {
        secret,
        secret.hex().encode(),
        secret.hex(":").encode(),
        repr(secret)[2:-1].encode(),
        repr(bytearray(secret))[12:-2].encode(),
        str(list(secret))[1:-1].encode(),
        str(int.from_bytes(secret, "big")).encode(),
        str(int.from_bytes(secret, "little")).encode(),
        json.dumps(text)[1:-1].encode(),
        quote(secret).encode(),
    }
    for before in range(3):
        inside = base64.b64encode(b"\0" * before + secret)[4 if before else 0 :]
        forms |= {inside[:-4], base64.b64encode(inside).rstrip(b"=")[:-2]}
        forms.add(inside[:-4].replace(b"+", b"-").replace(b"/", b"_"))
    return {one for one in forms if len(one) >= SHORTEST}
