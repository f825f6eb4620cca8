"""The PIN of a key: from the file its URI names as `pin-source`, else from whoever is there."""

from pathlib import Path

from keystore.errors import KeyUnavailable
from keystore.ports import SecretSource
from keystore.uri import KeyUri

__all__ = ["pin_for"]

PIN_FILE_MAX_BYTES = 4096


def pin_for(uri: KeyUri, secrets: SecretSource) -> bytes:
    """Return the file's first line without its end, as `openssl -passin file:` reads it.

    Raises `KeyUnavailable` where the file cannot be read. Keep, log and print it nowhere.
    """
    source = uri.get("pin-source")
    if source is None:
        # What a terminal could not decode comes back as the bytes it was, and in no error.
        return secrets("pin").encode("utf-8", "surrogateescape")
    try:
        with Path(source).open("rb") as file:
            return file.read(PIN_FILE_MAX_BYTES).split(b"\n", 1)[0].rstrip(b"\r")
    except OSError as error:
        raise KeyUnavailable(f"the PIN file cannot be read: {source}") from error
