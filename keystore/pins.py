"""The PIN of a key: from the file its URI names as `pin-source`, else from whoever is there."""

from pathlib import Path

from keystore.erasing import erase
from keystore.errors import MasterKeyMissing
from keystore.ports import SecretSource
from keystore.uri import KeyUri
from keystore.vault import NO_MASTER_KEY, Vault, read_secret_file
from keystore.wrapping import Purpose, is_wrapped

__all__ = ["pin_for"]


def pin_for(uri: KeyUri, secrets: SecretSource) -> bytearray:
    """Return the file's first line without its end, as `openssl -passin file:` reads it.

    A wrapped file is opened by `secrets` where that is a `Vault`. Raises `KeyUnavailable` where the
    file cannot be read, and as `Vault.opened`. Keep, log and print it nowhere; overwrite it after
    use (`erase`).
    """
    source = uri.get("pin-source")
    if source is None:
        # What a terminal could not decode comes back as the bytes it was, and in no error.
        return bytearray(secrets("pin").encode("utf-8", "surrogateescape"))
    content = read_secret_file(Path(source))
    if is_wrapped(content):
        if not isinstance(secrets, Vault):
            raise MasterKeyMissing(NO_MASTER_KEY)
        content = secrets.opened(Path(source), Purpose.PIN)
    pin = _first_line(content)
    erase(content)
    return pin


def _first_line(content: bytearray) -> bytearray:
    end = content.find(b"\n")
    size = len(content) if end < 0 else end
    while size and content[size - 1 : size] == b"\r":
        size -= 1
    return content[:size]
