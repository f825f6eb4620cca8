"""What only one TPM opens, in files: "TSS2 PRIVATE KEY", as OpenSSL's TPM providers have it."""

import base64
import binascii
import os
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import core

from keystore.errors import KeyNotFound, KeyRefused, KeyUnavailable, MalformedKey

__all__ = ["SEALED_DATA", "WrappedKey", "read_key_file", "write_key_file"]

LOADABLE_KEY = "2.23.133.10.1.3"
SEALED_DATA = "2.23.133.10.1.5"
FILE_MAX_BYTES = 16 * 1024
BEGIN, END = b"-----BEGIN TSS2 PRIVATE KEY-----", b"-----END TSS2 PRIVATE KEY-----"
LINE = 64


class _TpmKey(core.Sequence):  # type: ignore[misc]
    _fields = [  # noqa: RUF012 - asn1crypto's way
        ("type", core.ObjectIdentifier),
        ("empty_auth", core.Boolean, {"explicit": 0, "optional": True}),
        ("parent", core.Integer),
        ("public", core.OctetString),
        ("private", core.OctetString),
    ]


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """What a file holds: the parent's handle, TPM2B_PUBLIC and TPM2B_PRIVATE."""

    parent: int
    public: bytes
    private: bytes


def read_key_file(path: Path, kind: str = LOADABLE_KEY) -> WrappedKey:
    """Raises `KeyNotFound`, `KeyUnavailable` or `MalformedKey`; keys under policies are none."""
    try:
        with path.open("rb") as file:
            text = file.read(FILE_MAX_BYTES)
    except FileNotFoundError as error:
        raise KeyNotFound(f"there is no key file: {path}") from error
    except OSError as error:
        raise KeyUnavailable(f"the key file cannot be read: {path}") from error
    try:
        body = text.split(BEGIN, 1)[1].split(END, 1)[0]
        key = _TpmKey.load(base64.b64decode(body), strict=True)
        if key["type"].native != kind:
            raise MalformedKey(f"the file holds something else for a TPM: {path}")
        return WrappedKey(key["parent"].native, key["public"].native, key["private"].native)
    except (IndexError, ValueError, TypeError, binascii.Error) as error:
        raise MalformedKey(f"the file is no TSS2 PRIVATE KEY without a policy: {path}") from error


def write_key_file(path: Path, key: WrappedKey, kind: str = LOADABLE_KEY) -> None:
    """Write it for its owner alone; an existing file is never overwritten (`KeyRefused`).

    Sealed data have no PIN of their own.
    """
    members = {"type": kind, "empty_auth": kind == SEALED_DATA, "parent": key.parent}
    der = _TpmKey({**members, "public": key.public, "private": key.private}).dump()
    text = base64.b64encode(der)
    lines = [text[at : at + LINE] for at in range(0, len(text), LINE)]
    try:
        place = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(place, "wb") as file:
            file.write(b"\n".join([BEGIN, *lines, END, b""]))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise KeyRefused(f"there is a key already: {path}") from error
    except OSError as error:
        raise KeyUnavailable(f"the key file cannot be written: {path}") from error
