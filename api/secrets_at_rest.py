"""Secrets at rest as a deployment has them: its vault, and which of them lie in clear."""

import logging
from collections.abc import Iterator
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
    "secret_files",
    "vault_of",
    "warn_of_clear",
]

_LOG = logging.getLogger(__name__)


def vault_of(settings: Settings, ask: SecretSource = no_secrets) -> Vault:
    """Return the deployment's vault; `ask` is asked for what no file holds."""
    places = Places(settings.data_dir.absolute(), secret_in_environment, keeper_of)
    return Vault(settings.secrets_dir.absolute(), places, ask)


def secret_files(settings: Settings) -> tuple[Path, ...]:
    """Return the files that hold what this service opens keys with, as far as `keys.toml` says."""
    found = {settings.secrets_dir.absolute() / PASSPHRASE_FILE}
    file = settings.keyring_file.absolute()
    if file.exists():
        with Keyring.from_file(file, secrets=no_secrets) as keyring:
            found |= set(_pin_sources(keyring))
    return tuple(sorted(one for one in found if one.exists()))


def purpose_of(path: Path) -> Purpose:
    """Return what a secret in this file is for."""
    return Purpose.TOKEN_KEY if path.name == PASSPHRASE_FILE else Purpose.PIN


def in_clear(settings: Settings) -> tuple[Path, ...]:
    """Return the files of `secret_files` that are not wrapped."""
    return tuple(one for one in secret_files(settings) if not is_wrapped(read_secret_file(one)))


def is_clear_allowed(settings: Settings, path: Path) -> bool:
    """Say whether a secret may lie in clear: in production where its file is named, else always."""
    is_production = settings.environment is Environment.PRODUCTION
    return not is_production or path.name in settings.allowed_clear_secrets


def require_wrapped(settings: Settings) -> None:
    """Raise `BadSettings` for what lies in clear and may not."""
    for path in in_clear(settings):
        if not is_clear_allowed(settings, path):
            raise BadSettings(
                f"the secret {path.name} lies in clear: qianyin secrets wrap --master SOURCE, "
                "or name it in allowed_clear_secrets"
            )


def warn_of_clear(settings: Settings) -> None:
    """Say in the log what lies in clear."""
    names = ", ".join(one.name for one in in_clear(settings))
    if names:
        _LOG.warning("secrets lie in clear: %s; qianyin secrets wrap --master SOURCE", names)


def _pin_sources(keyring: Keyring) -> Iterator[Path]:
    for alias in keyring.aliases:
        credential = keyring.credential(alias)
        uris: tuple[KeyUri, ...] = (credential.uri, *credential.mirrors)
        yield from (Path(source) for one in uris if (source := one.get("pin-source")))
