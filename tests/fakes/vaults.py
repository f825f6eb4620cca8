"""Vaults in folders of tests: with master keys in files and variables, or with none."""

from pathlib import Path

from keystore import no_secrets
from keystore.master_keys import Places, Sources, make_master_key
from keystore.opening import keeper_of
from keystore.vault import Vault

MASTER = "file:master.key"


def clear_vault(folder: Path, environment=None, ask=no_secrets) -> Vault:
    """Nothing is wrapped there yet: no master key is named."""
    values = environment or {}

    def read(name):
        return bytearray(values[name]) if name in values else None

    return Vault(folder, Places(folder.parent, read, keeper_of), ask)


def new_vault(folder: Path, source: str = MASTER, environment=None, ask=no_secrets) -> Vault:
    """One with a master key; `folder` is the deployment's, secrets lie in `secrets`."""
    vault = clear_vault(folder / "secrets", environment, ask)
    vault.folder.mkdir(parents=True)
    make_master_key(source, vault.places)
    Sources(source).write(vault.places.file)
    return vault
