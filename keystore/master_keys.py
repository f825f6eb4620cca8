"""Master keys: where each comes from (`master-keys.toml`), and all of them for a moment.

current = "file:/etc/qianyin/master-2.key"
earlier = ["env:QIANYIN_MASTER_KEY_1"]          # while secrets are still wrapped under them
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from keystore.erasing import erase
from keystore.errors import (
    KeyRefused,
    KeystoreError,
    KeyUnavailable,
    MasterKeyMissing,
)
from keystore.ports import KeepsMasterKeys
from keystore.private_files import read_private, replace_private, write_new
from keystore.uri import KeyUri
from keystore.wrapping import MASTER_KEY_BYTES, MasterKey

__all__ = ["MasterKeys", "Places", "Sources", "make_master_key"]

HEX_DIGITS = 2 * MASTER_KEY_BYTES
FILE_MAX_BYTES = HEX_DIGITS + 2
"""The digits and an end of line."""

Environment = Callable[[str], bytearray | None]
"""The value of a variable, in a buffer that is the caller's to overwrite."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where names of sources lead: a deployment's folder, and its environment."""

    folder: Path
    environment: Environment = field(repr=False)
    keeper: Callable[[KeyUri], KeepsMasterKeys]
    """Finds the device that a URI means; raises `UnknownScheme` and `MalformedUri`."""

    @property
    def file(self) -> Path:
        """The file that names the sources."""
        return self.folder / "master-keys.toml"


@dataclass(frozen=True, slots=True)
class Sources:
    """What `master-keys.toml` says; none of it is a secret."""

    current: str
    earlier: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return None where no master key was ever named; raises `KeystoreError`s."""
        try:
            config = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise KeyUnavailable(f"the file cannot be read: {path}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise KeystoreError(f"{path} is not TOML: {error}") from error
        current, earlier = config.pop("current", None), config.pop("earlier", [])
        texts = [current, *earlier] if isinstance(earlier, list) else [None]
        if config or not all(isinstance(one, str) for one in texts):
            raise KeystoreError(f"{path} has a text `current` and a list `earlier`, no more")
        return cls(current, tuple(earlier))

    def write(self, path: Path) -> None:
        """Put it on the disk, whole; raises `OSError`."""
        lines = [
            "# Where the master keys come from: docs/operations.md, Secrets at rest.",
            f"current = {_toml(self.current)}",
            f"earlier = [{', '.join(map(_toml, self.earlier))}]",
        ]
        replace_private(path, "\n".join([*lines, ""]).encode())


class MasterKeys:
    """Keys fetched from their sources when wanted; a context: overwritten at its end."""

    def __init__(self, sources: Sources, places: Places) -> None:
        """Fetch none yet."""
        self._sources, self._places = sources, places
        self._held: dict[str, MasterKey] = {}

    def __enter__(self) -> Self:
        """Use the keys."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Overwrite what was fetched."""
        erase(*(one.key for one in self._held.values()))
        self._held.clear()

    @property
    def current(self) -> MasterKey:
        """The key that wraps; raises what its source raises."""
        return self._fetch(self._sources.current)

    def find(self, master_id: str) -> MasterKey:
        """Return a key by its name, the current one first.

        Raises `KeyUnavailable` where a source is away, else `MasterKeyMissing`: a lost earlier key
        is no harm to what is not wrapped under it.
        """
        reasons = []
        for source in (self._sources.current, *self._sources.earlier):
            try:
                key = self._fetch(source)
            except KeyUnavailable:
                raise
            except KeystoreError as error:
                reasons.append(str(error))
                continue
            if key.id == master_id:
                return key
            reasons.append(f"{source} is {key.id}")
        raise MasterKeyMissing(
            f"a secret is wrapped under the master key {master_id}: {'; '.join(reasons)}"
        )

    def _fetch(self, source: str) -> MasterKey:
        if source not in self._held:
            self._held[source] = MasterKey(_fetched(source, self._places))
        return self._held[source]


def make_master_key(source: str, places: Places) -> str:
    """Make a key where the source can keep one; what is there already is left. Return its id.

    Raises `KeyRefused` for a variable that is not set: nobody but its owner can make that one.
    """
    scheme, _, rest = source.partition(":")
    key = bytearray(os.urandom(MASTER_KEY_BYTES))
    try:
        if scheme == "file":
            _keep_in_file(places.folder / rest, key)
        elif scheme not in _KINDS:
            uri, device = _device(source, places)
            if not Path(uri.require("path")).exists():
                device.keep_master_key(uri, key)
    finally:
        erase(key)
    made = MasterKey(_fetched(source, places))
    try:
        return made.id
    finally:
        erase(made.key)


def _keep_in_file(path: Path, key: bytearray) -> None:
    try:
        write_new(path, f"{key.hex()}\n".encode("ascii"))
    except OSError as error:
        raise KeyUnavailable(f"the master key cannot be written: {path}") from error


def _fetched(source: str, places: Places) -> bytearray:
    scheme, _, rest = source.partition(":")
    kind = _KINDS.get(scheme)
    if kind is not None:
        return _from_hex(kind(rest, places), source)
    uri, device = _device(source, places)
    key = device.give_master_key(uri)
    if len(key) != MASTER_KEY_BYTES:
        raise KeyRefused(f"a master key has {MASTER_KEY_BYTES} bytes; {source} gives others")
    return key


def _from_file(rest: str, places: Places) -> bytearray:
    return read_private(places.folder / rest, most_bytes=FILE_MAX_BYTES + 1)


def _from_environment(rest: str, places: Places) -> bytearray:
    value = places.environment(rest)
    if value is None:
        raise MasterKeyMissing(f"the environment has no {rest}, which should hold a master key")
    return value


_KINDS: Mapping[str, Callable[[str, Places], bytearray]] = {
    "file": _from_file,
    "env": _from_environment,
}
"""What is not here is the URI of a device that can keep one."""


def _from_hex(text: bytearray, source: str) -> bytearray:
    try:
        # No text object in between; what is wrong is not repeated.
        digits = bytes(text).strip()
        if len(digits) != HEX_DIGITS:
            raise ValueError
        return bytearray.fromhex(digits.decode("ascii"))
    except ValueError:
        raise KeyRefused(
            f"a master key is {HEX_DIGITS} hexadecimal digits; not so {source}"
        ) from None
    finally:
        erase(text)


def _device(source: str, places: Places) -> tuple[KeyUri, KeepsMasterKeys]:
    uri = KeyUri.parse(source).resolved(places.folder)
    return uri, places.keeper(uri)


def _toml(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
