"""Keyring: which keys and seals this deployment has, from `keys.toml`, opened once and kept.

[keys.seal-signer]
uri = "soft:path=keys/seal-signer.key?pin-source=secrets/keys.pass"
chain = "certificates/seal-signer.pem"
mirrors = ["…"]     # if any: further devices that hold the same key

[seals.authority]
file = "seals/authority.esl"
key = "seal-signer"
"""

import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Self

from keystore.breaker import Breaker
from keystore.certificates import Certificate
from keystore.credential import Credential, require_chain
from keystore.errors import (
    InvalidSeal,
    KeyNotFound,
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
)
from keystore.lasting_keys import LastingKey, PooledKey
from keystore.opening import open_key
from keystore.ports import SecretSource, SigningKey
from keystore.seals import Seal
from keystore.signer import Signer
from keystore.uri import KeyUri

__all__ = ["Keyring", "SealEntry", "no_secrets"]

_KEY_FIELDS = frozenset({"uri", "chain"})
_SEAL_FIELDS = frozenset({"file", "key", "maker_chain"})


def no_secrets(name: str) -> str:
    """Refuse to be asked: a service has nobody at the keyboard."""
    raise KeyRefused(f"nobody can be asked for the {name}; name a pin-source in the key URI")


@dataclass(frozen=True, slots=True)
class SealEntry:
    """A seal of the deployment and the alias of the key that may use it."""

    alias: str
    seal: Seal
    key: str
    maker_chain: tuple[Certificate, ...]
    """The maker's certificate and those above it: the seal itself has room for the first only."""


class Keyring:
    """Aliases → credentials and seals; keys are opened on first use and closed by `close`."""

    def __init__(
        self,
        credentials: Mapping[str, Credential],
        seals: Mapping[str, SealEntry],
        secrets: SecretSource,
    ) -> None:
        """Take what was configured; raises `InvalidSeal` for a seal that does not list its key."""
        self._credentials, self._seals, self._secrets = dict(credentials), dict(seals), secrets
        self._pools: dict[str, PooledKey] = {}
        self._signers: dict[str, Signer] = {}
        self._lock = Lock()
        for entry in seals.values():
            self._require_listed(entry)

    @classmethod
    def from_file(cls, path: Path, *, secrets: SecretSource) -> Self:
        """Read `keys.toml`; names in it are relative to its folder. Raises `KeystoreError`s."""
        try:
            tables = _tables(tomllib.loads(path.read_text(encoding="utf-8")))
            credentials = {
                alias: _credential(row, path.parent) for alias, row in tables["keys"].items()
            }
            seals = {
                alias: _seal(alias, row, path.parent) for alias, row in tables["seals"].items()
            }
        except FileNotFoundError as error:
            raise KeyNotFound(f"a file of the keyring is missing: {error.filename}") from error
        except OSError as error:
            raise KeyUnavailable(f"a file of the keyring cannot be read: {error}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise KeystoreError(f"the keyring file cannot be read: {error}") from error
        return cls(credentials, seals, secrets)

    def __enter__(self) -> Self:
        """Use the keyring as a context: keys are closed at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every key."""
        self.close()

    @property
    def aliases(self) -> tuple[str, ...]:
        """The keys' names, sorted."""
        return tuple(sorted(self._credentials))

    @property
    def seals(self) -> tuple[SealEntry, ...]:
        """The seals, by alias."""
        return tuple(self._seals[alias] for alias in sorted(self._seals))

    def credential(self, alias: str) -> Credential:
        """Return a key's certificate chain; raise `KeyNotFound`."""
        try:
            return self._credentials[alias]
        except KeyError:
            raise KeyNotFound(f"the keyring has no key '{alias}'") from None

    def seal(self, alias: str) -> SealEntry:
        """Return a seal; raise `KeyNotFound`."""
        try:
            return self._seals[alias]
        except KeyError:
            raise KeyNotFound(f"the keyring has no seal '{alias}'") from None

    def signer(self, alias: str) -> Signer:
        """Return the signer of a key, its device open: opened now, or again where it was lost.

        Raises `KeyNotFound`, `KeyUnavailable`, `KeyRefused`, and `CertificateMismatch` where the
        device holds another key than the certificate says.
        """
        credential = self.credential(alias)
        with self._lock:
            if alias not in self._signers:
                self._pools[alias] = self._pool(alias, credential)
                self._signers[alias] = Signer(self._pools[alias], credential.public_key)
        self._pools[alias].require_open()
        return self._signers[alias]

    def require_open(self) -> None:
        """Raise what a key in use raises that cannot be opened again."""
        for pool in tuple(self._pools.values()):
            pool.require_open()

    def close(self) -> None:
        """Close every key; the next use opens it again."""
        for pool in tuple(self._pools.values()):
            pool.close()

    def _pool(self, alias: str, credential: Credential) -> PooledKey:
        uris = (credential.uri, *credential.mirrors)
        return PooledKey(tuple(self._lasting(alias, credential, uri) for uri in uris))

    def _lasting(self, alias: str, credential: Credential, uri: KeyUri) -> LastingKey:
        @contextmanager
        def opening() -> Iterator[SigningKey]:
            with open_key(uri, self._secrets) as key:
                credential.require_key(key.public_key)
                yield key

        return LastingKey(f"{alias} ({replace(uri, query=())})", opening, Breaker(time.monotonic))

    def _require_listed(self, entry: SealEntry) -> None:
        if not entry.seal.lists(self.credential(entry.key).certificate):
            raise InvalidSeal(
                f"the seal '{entry.alias}' does not list the certificate of the key '{entry.key}'"
            )


def _tables(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    tables = {"keys": {}, "seals": {}, **config}
    if set(tables) != {"keys", "seals"} or not all(
        isinstance(table, dict) for table in tables.values()
    ):
        raise KeystoreError("the keyring file has the tables [keys.…] and [seals.…] only")
    return tables


def _credential(row: object, folder: Path) -> Credential:
    mirrors = row.get("mirrors", []) if isinstance(row, dict) else []
    if not isinstance(mirrors, list) or not all(isinstance(one, str) for one in mirrors):
        raise KeystoreError("the mirrors of a key in the keyring are a list of key URIs")
    entry = _entry(row, _KEY_FIELDS, optional=frozenset({"mirrors"}))
    uris = (KeyUri.parse(one).resolved(folder) for one in (entry["uri"], *mirrors))
    chain = Certificate.load_pem_chain((folder / entry["chain"]).read_bytes())
    return Credential(next(uris), chain, tuple(uris))


def _seal(alias: str, row: object, folder: Path) -> SealEntry:
    entry = _entry(row, _SEAL_FIELDS)
    seal = Seal.from_der((folder / entry["file"]).read_bytes())
    chain = Certificate.load_pem_chain((folder / entry["maker_chain"]).read_bytes())
    require_chain(chain)
    if chain[0] != seal.maker:
        raise InvalidSeal(f"the maker_chain of the seal '{alias}' is not its maker's")
    return SealEntry(alias, seal, entry["key"], chain)


def _entry(
    row: object, fields: frozenset[str], optional: frozenset[str] = frozenset()
) -> Mapping[str, str]:
    if (
        not isinstance(row, dict)
        or set(row) - optional != fields
        or not all(isinstance(row[name], str) for name in fields)
    ):
        raise KeystoreError(f"an entry of the keyring has exactly {', '.join(sorted(fields))}")
    return row
