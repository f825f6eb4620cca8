"""Vault: the wrapped secrets of one deployment, beneath one folder, each under its own name.

It is a source of secrets for adapters (`pin_for`) that opens wrapped files besides. Master keys are
fetched for each opening and overwritten after it, so a rotation needs no restart.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from keystore.errors import KeyUnavailable, MasterKeyMissing, SecretDamaged
from keystore.master_keys import MasterKeys, Places, Sources
from keystore.ports import SecretSource
from keystore.wrapping import Purpose, WrappedSecret, is_wrapped, wrap

__all__ = ["Vault", "read_secret_file", "read_wrapped"]

FILE_MAX_BYTES = 16 * 1024
NO_MASTER_KEY = "a secret is wrapped, and no master key is named in master-keys.toml"


@dataclass(frozen=True, slots=True)
class Vault:
    """What lies in `folder`, which is within the deployment's."""

    folder: Path
    places: Places
    ask: SecretSource = field(repr=False)
    """Who is asked for what no file holds."""

    def __call__(self, name: str) -> str:
        """Ask, as any source of secrets."""
        return self.ask(name)

    def name_of(self, path: Path) -> str:
        """Return what a secret in this file is called, wherever a link to it lies.

        Raises `SecretDamaged` outside the folder, and under a dot: there nobody looks for secrets.
        """
        real = path.resolve()
        if not _is_ours(real, self.folder.resolve()):
            raise SecretDamaged(
                f"wrapped secrets belong into {self.folder}, under no name that begins with a dot; "
                f"{path} does not"
            )
        return real.relative_to(self.folder.resolve()).as_posix()

    def opened(self, path: Path, purpose: Purpose) -> bytearray:
        """Return the secret of a wrapped file.

        Raises `SecretDamaged`, `MasterKeyMissing`, and what the master key's source raises.
        """
        name = self.name_of(path)
        try:
            return self._open(path, name, purpose)
        except MasterKeyMissing:
            # A rotation may have ended between our two looks; nobody rotates twice at once.
            return self._open(path, name, purpose)

    def closed(self, secret: bytes | bytearray, path: Path, purpose: Purpose) -> bytes:
        """Return what to write into a file: wrapped, or as it is where there is no master key."""
        with self.master_keys() as keys:
            if keys is None:
                return bytes(secret)
            return wrap(secret, keys.current, purpose=purpose, name=self.name_of(path))

    @property
    def has_master_key(self) -> bool:
        """Whether one is named, so that what is made now is wrapped."""
        return Sources.read(self.places.file) is not None

    @contextmanager
    def master_keys(self) -> Iterator[MasterKeys | None]:
        """Lend the master keys."""
        sources = Sources.read(self.places.file)
        if sources is None:
            yield None
            return
        with MasterKeys(sources, self.places) as keys:
            yield keys

    def files(self) -> tuple[Path, ...]:
        """Return what may hold a secret: each file once, links resolved, no crash's leavings."""
        folder = self.folder.resolve()
        found = {path.resolve() for path in folder.rglob("*")}
        return tuple(one for one in sorted(found) if one.is_file() and _is_ours(one, folder))

    def wrapped(self) -> dict[Path, WrappedSecret]:
        """Return every wrapped file of `files`; raises as `read_wrapped` for the first damaged."""
        return {path: found for path in self.files() if (found := read_wrapped(path)) is not None}

    def _open(self, path: Path, name: str, purpose: Purpose) -> bytearray:
        secret = _read_line(read_secret_file(path), path)
        with self.master_keys() as keys:
            if keys is None:
                raise MasterKeyMissing(NO_MASTER_KEY)
            return secret.open(keys.find(secret.master), purpose=purpose, name=name)


def read_wrapped(path: Path) -> WrappedSecret | None:
    """Return the line of a wrapped file, else nothing.

    Raises `SecretDamaged` and `KeyUnavailable`.
    """
    data = read_secret_file(path)
    return _read_line(data, path) if is_wrapped(data) else None


def _is_ours(real: Path, folder: Path) -> bool:
    return real.is_relative_to(folder) and not real.name.startswith(".")


def _read_line(data: bytearray, path: Path) -> WrappedSecret:
    try:
        return WrappedSecret.read(data)
    except SecretDamaged as error:
        raise SecretDamaged(f"{error}: {path}") from error


def read_secret_file(path: Path) -> bytearray:
    """Return a secret's file, wrapped or in clear, in a buffer that is the caller's to overwrite.

    Raises `KeyUnavailable`, and reads no more than a secret of ours can have.
    """
    buffer = bytearray(FILE_MAX_BYTES)
    try:
        with path.open("rb", buffering=0) as file:
            size = file.readinto(buffer)
    except OSError as error:
        raise KeyUnavailable(f"the PIN file cannot be read: {path}") from error
    del buffer[size:]
    return buffer
