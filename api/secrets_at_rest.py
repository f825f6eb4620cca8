"""Secrets at rest as a deployment has them: its vault, and which of them lie in clear."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from api.errors import BadSettings
from api.settings import Environment, Settings, secret_in_environment
from api.token_keys import PASSPHRASE_FILE
from keystore import Keyring, KeyUri, no_secrets
from keystore.master_keys import Places
from keystore.opening import keeper_of
from keystore.ports import SecretSource
from keystore.vault import Vault, read_secret_file
from keystore.wrapping import Purpose, is_wrapped

__all__ = [
    "in_clear",
    "is_clear_allowed",
    "purpose_of",
    "require_wrapped",
    "require_wrapping",
    "secret_files",
    "secret_files_of",
    "vault_of",
    "warn_of_clear",
]

_LOG = logging.getLogger(__name__)
_MENDING = "qianyin secrets wrap --master SOURCE, or name it in allowed_clear_secrets"


def vault_of(settings: Settings, ask: SecretSource = no_secrets) -> Vault:
    """Return the deployment's vault; `ask` is asked for what no file holds."""
    places = Places(settings.data_dir.absolute(), secret_in_environment, keeper_of)
    return Vault(settings.secrets_dir.absolute(), places, ask)


def secret_files(settings: Settings) -> tuple[Path, ...]:
    """Return the files that hold what this service opens keys with, as far as `keys.toml` says."""
    file = settings.keyring_file.absolute()
    if not file.exists():
        return _existing(_passphrase_file(settings))
    with Keyring.from_file(file, secrets=no_secrets) as keyring:
        return secret_files_of(settings, keyring)


def secret_files_of(settings: Settings, keyring: Keyring) -> tuple[Path, ...]:
    """Return the same of a keyring that was read already."""
    return _existing(_passphrase_file(settings), *_pin_sources(keyring))


def purpose_of(path: Path) -> Purpose:
    """Return what a secret in this file is for."""
    return Purpose.TOKEN_KEY if path.name == PASSPHRASE_FILE else Purpose.PIN


def in_clear(files: Iterable[Path]) -> tuple[Path, ...]:
    """Return those of the files that are not wrapped."""
    return tuple(one for one in files if not is_wrapped(read_secret_file(one)))


def is_clear_allowed(settings: Settings, path: Path) -> bool:
    """Say whether a secret may lie in clear: in production where its file is named, else always."""
    is_production = settings.environment is Environment.PRODUCTION
    return not is_production or path.name in settings.allowed_clear_secrets


def require_wrapped(settings: Settings, files: Iterable[Path]) -> None:
    """Raise `BadSettings` for one of them that lies in clear and may not."""
    for path in in_clear(files):
        if not is_clear_allowed(settings, path):
            raise BadSettings(f"the secret {path.name} lies in clear: {_MENDING}")


def require_wrapping(settings: Settings) -> None:
    """Raise `BadSettings` where a first start would write the token key's passphrase in clear."""
    path = _passphrase_file(settings)
    is_safe = path.exists() or is_clear_allowed(settings, path)
    if not is_safe and not vault_of(settings).has_master_key:
        raise BadSettings(f"the secret {path.name} would be made in clear: {_MENDING}")


def warn_of_clear(files: Iterable[Path]) -> None:
    """Say in the log what lies in clear."""
    names = ", ".join(one.name for one in in_clear(files))
    if names:
        _LOG.warning("secrets lie in clear: %s; qianyin secrets wrap --master SOURCE", names)


def _passphrase_file(settings: Settings) -> Path:
    return settings.secrets_dir.absolute() / PASSPHRASE_FILE


def _existing(*files: Path) -> tuple[Path, ...]:
    return tuple(sorted(one for one in set(files) if one.exists()))


def _pin_sources(keyring: Keyring) -> Iterator[Path]:
    for alias in keyring.aliases:
        credential = keyring.credential(alias)
        uris: tuple[KeyUri, ...] = (credential.uri, *credential.mirrors)
        yield from (Path(source) for one in uris if (source := one.get("pin-source")))
