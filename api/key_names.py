"""Which key somebody means: an alias of keys.toml, a certificate file, or a serial number."""

from collections.abc import Iterator
from pathlib import Path

from api.issuing_parts import open_keyring
from api.settings import Settings
from keystore import Certificate, Keyring
from keystore.errors import KeyNotFound
from licenses.keys import KeyName
from verify import key_sm3

__all__ = ["key_named", "name_of_alias"]


def key_named(settings: Settings, named: str) -> KeyName:
    """Find the key; a serial is hexadecimal and searched in `certificates/`.

    Raises `KeyNotFound`, and `MalformedCertificate` for a file that holds none.
    """
    ours = _ours(settings)
    by_alias = {one.alias: one for one in ours}
    if named in by_alias:
        return by_alias[named]
    certificate = _certificate(settings, named)
    sm3 = key_sm3(certificate.public_key)
    stranger = KeyName(sm3, certificate.common_name, "", certificate.not_after)
    return next((one for one in ours if one.sm3 == sm3), stranger)


def _ours(settings: Settings) -> tuple[KeyName, ...]:
    """Return the keyring's keys; where only verifying is done there is no keyring."""
    if not settings.keyring_file.exists():
        return ()
    with open_keyring(settings) as keyring:
        return tuple(name_of_alias(keyring, alias) for alias in keyring.aliases)


def name_of_alias(keyring: Keyring, alias: str) -> KeyName:
    """Return the name of a key in the keyring."""
    credential = keyring.credential(alias)
    return KeyName(
        key_sm3(credential.public_key), alias, str(credential.uri), credential.certificate.not_after
    )


def _certificate(settings: Settings, named: str) -> Certificate:
    if Path(named).is_file():
        content = Path(named).read_bytes()
        is_pem = b"-----BEGIN" in content
        return Certificate.load_pem_chain(content)[0] if is_pem else Certificate.from_der(content)
    for one in _known(settings.certificates_dir):
        if f"{one.serial:x}" == named.replace(":", "").lower().lstrip("0"):
            return one
    raise KeyNotFound(f"'{named}' is no alias, no certificate file and no serial known here")


def _known(folder: Path) -> Iterator[Certificate]:
    for path in sorted(folder.glob("*.pem")):
        yield from Certificate.load_pem_chain(path.read_bytes())
