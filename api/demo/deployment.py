"""A demo deployment in a folder: keys, certificates, seal, keyring file."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from api.demo.authorities import DemoPki, make_pki
from api.demo.people import DEMO_CLIENTS, set_up_seal
from api.secrets_at_rest import vault_of
from api.settings import Settings
from keystore.private_files import replace_private
from keystore.rotation import name_master_key
from keystore.wrapping import Purpose

__all__ = ["AUTHORITY_NAME", "make_deployment", "make_keys"]

AUTHORITY_NAME = "示例市农业农村局"
MASTER_KEY = "file:secrets/master.key"
"""In earnest it lies elsewhere: with the secrets it opens, a copy of the folder is all it takes."""

KEYRING = """\
# The demo's keys, and the seal that its people had made; names are relative to this folder.
[keys.seal-signer]
uri = "soft:path=keys/seal-signer.key?pin-source=secrets/keys.pass"
chain = "certificates/seal-signer.pem"

[keys.seal-maker]
uri = "soft:path=keys/seal-maker.key?pin-source=secrets/keys.pass"
chain = "certificates/seal-maker.pem"

[keys.tsa]
uri = "soft:path=keys/tsa.key?pin-source=secrets/keys.pass"
chain = "certificates/tsa.pem"

[keys.report-signer]
uri = "soft:path=keys/report-signer.key?pin-source=secrets/keys.pass"
chain = "certificates/report-signer.pem"

[keys.audit-signer]
uri = "soft:path=keys/audit-signer.key?pin-source=secrets/keys.pass"
chain = "certificates/audit-signer.pem"
"""


def make_deployment(
    folder: Path,
    *,
    now: datetime,
    authority: str = AUTHORITY_NAME,
    clients: Iterable[str] = DEMO_CLIENTS,
) -> DemoPki:
    """Make everything the service needs to start and issue for `clients`, with soft keys."""
    pki = make_keys(folder, now=now, authority=authority)
    settings = Settings(data_dir=folder, authority_name=authority)
    set_up_seal(settings, now=now, tell=lambda _text: None, clients=clients)
    return pki


def make_keys(folder: Path, *, now: datetime, authority: str = AUTHORITY_NAME) -> DemoPki:
    """Make the keys and their certificates; `folder` has none of it yet.

    The keyring file is written last: where it stands, the keys are complete.
    """
    vault = vault_of(Settings(data_dir=folder))
    name_master_key(vault, MASTER_KEY)
    passphrase = vault.folder / "keys.pass"
    made = secrets.token_urlsafe(32).encode("ascii")
    replace_private(passphrase, vault.closed(made, passphrase, Purpose.PIN))
    pki = make_pki(folder, vault, authority=authority, now=now)
    (folder / "keys.toml").write_text(KEYRING, encoding="utf-8")
    return pki
