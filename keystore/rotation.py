"""Wrapping what lies in clear, and going over to another master key while services run.

The order is what makes it safe: a new master key is named beside the old ones before anything is
wrapped under it, each file is replaced whole, and an old key is let go when nothing needs it.
A process that dies in between leaves every secret readable, and the same command goes on.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

from keystore.erasing import erase
from keystore.errors import KeyRefused, MasterKeyMissing
from keystore.master_keys import MasterKeys, Sources, make_master_key
from keystore.private_files import replace_private
from keystore.vault import NO_MASTER_KEY, Vault, read_secret_file
from keystore.wrapping import Purpose, WrappedSecret, is_wrapped, wrap

__all__ = ["drop_earlier", "name_master_key", "rewrap", "wrap_file", "wrap_secret"]


def name_master_key(vault: Vault, source: str) -> str:
    """Make `source` the current master key, making the key where need be; return its id.

    Raises `KeystoreError`s and `OSError`; then everything is as it was.
    """
    with _alone(vault):
        made = make_master_key(source, vault.places)
        old = Sources.read(vault.places.file)
        if old is None:
            Sources(source).write(vault.places.file)
        elif old.current != source:
            earlier = (old.current, *(one for one in old.earlier if one != source))
            Sources(source, earlier).write(vault.places.file)
        return made


def wrap_file(vault: Vault, path: Path, purpose: Purpose) -> bool:
    """Wrap a secret that lies in clear; say whether it did. Raises as `rewrap`."""
    with _alone(vault), _master_keys(vault) as keys:
        secret = read_secret_file(path)
        if is_wrapped(secret):
            return False
        _put(vault, path, secret, keys, purpose)
        return True


def wrap_secret(vault: Vault, path: Path, secret: bytearray, purpose: Purpose) -> None:
    """Write a secret into a wrapped file, new or another one's place; overwrites the buffer.

    Raises `MasterKeyMissing` where no master key is named, and as `rewrap`.
    """
    with _alone(vault), _master_keys(vault) as keys:
        _put(vault, path, secret, keys, purpose)


def rewrap(vault: Vault) -> list[str]:
    """Wrap under the current master key what is under earlier ones; return the names.

    Raises `KeystoreError`s and `OSError`; what was done stays done, the rest is as it was.
    """
    done = []
    with _alone(vault), _master_keys(vault) as keys:
        current = keys.current.id
        for path, found in vault.wrapped().items():
            if found.master != current:
                name, purpose = vault.name_of(path), Purpose(found.purpose)
                secret = found.open(keys.find(found.master), purpose=purpose, name=name)
                _put(vault, path, secret, keys, purpose)
                done.append(name)
    return done


def drop_earlier(vault: Vault) -> tuple[str, ...]:
    """Name the earlier master keys no more; return their sources, whose keys can be erased now.

    Raises `KeyRefused` while a secret is wrapped under one.
    """
    with _alone(vault), _master_keys(vault) as keys:
        current = keys.current.id
        left = [
            vault.name_of(path) for path, one in vault.wrapped().items() if one.master != current
        ]
        if left:
            raise KeyRefused(f"still wrapped under an earlier master key: {', '.join(left)}")
        sources = Sources.read(vault.places.file)
        assert sources is not None  # noqa: S101 - the keys above came from it
        Sources(sources.current).write(vault.places.file)
        return sources.earlier


def _put(vault: Vault, path: Path, secret: bytearray, keys: MasterKeys, purpose: Purpose) -> None:
    """Replace the file, not a link to it, once the new line is known to open."""
    try:
        path = path.resolve()
        name = vault.name_of(path)
        line = wrap(secret, keys.current, purpose=purpose, name=name)
        again = WrappedSecret.read(line).open(keys.current, purpose=purpose, name=name)
        erase(again)
        replace_private(path, line)
    finally:
        erase(secret)


@contextmanager
def _master_keys(vault: Vault) -> Iterator[MasterKeys]:
    with vault.master_keys() as keys:
        if keys is None:
            raise MasterKeyMissing(NO_MASTER_KEY)
        yield keys


@contextmanager
def _alone(vault: Vault) -> Iterator[None]:
    """Let one process at a time change what is wrapped; readers need no turn."""
    vault.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = os.open(vault.folder, os.O_RDONLY)
    try:
        flock(folder, LOCK_EX)
        yield
    finally:
        os.close(folder)
