"""A demo deployment in a folder: keys, certificates, seal, keyring file."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path

from api.demo.authorities import DemoPki, make_pki
from keystore import Credential, KeyUri, SealPlan, make_seal
from keystore.seal_drawing import SealCentre, SealDesign, draw_seal

__all__ = ["AUTHORITY_NAME", "make_deployment"]

AUTHORITY_NAME = "示例市农业农村局"
SEAL_ALIAS = "authority"
SEAL_ID = "99000000000001"
SEAL_TYPE = 3
SEAL_DIAMETER_MM = 42
"""At most 45 mm with a star for a department (国发〔1999〕25号)."""
SEAL_VALIDITY = timedelta(days=10 * 365 - 1)
OWNER_ONLY = 0o600

KEYRING = """\
# The demo's keys and seal; names are relative to this folder.
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

[seals.authority]
file = "seals/authority.esl"
key = "seal-signer"
maker_chain = "certificates/seal-maker.pem"
"""


def make_deployment(folder: Path, *, now: datetime, authority: str = AUTHORITY_NAME) -> DemoPki:
    """Make everything the service needs to start with soft keys; `folder` has none of it yet.

    The keyring file is written last: where it stands, the rest is complete.
    """
    passphrase = folder / "secrets" / "keys.pass"
    passphrase.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase.touch(mode=OWNER_ONLY)
    passphrase.write_text(secrets.token_urlsafe(32), encoding="ascii")
    pki = make_pki(folder, authority=authority, now=now)
    _make_seal(folder, pki, authority, now)
    (folder / "keys.toml").write_text(KEYRING, encoding="utf-8")
    return pki


def _make_seal(folder: Path, pki: DemoPki, authority: str, now: datetime) -> None:
    picture = draw_seal(SealDesign(authority, SealCentre.STAR, SEAL_DIAMETER_MM))
    plan = SealPlan(
        seal_id=SEAL_ID,
        name=f"{authority}电子印章",
        type_code=SEAL_TYPE,
        picture=picture,
        signers=(pki.leaves["seal-signer"],),
        created_at=now,
        valid_from=now - timedelta(days=1),
        valid_until=now + SEAL_VALIDITY,
    )
    uri = KeyUri.parse("soft:path=keys/seal-maker.key")
    maker = Credential(uri, pki.chain("seal-maker"))
    seal = make_seal(plan, maker=maker, signer=pki.signers["seal-maker"])
    (folder / "seals").mkdir(exist_ok=True)
    (folder / "seals" / f"{SEAL_ALIAS}.esl").write_bytes(seal.der)
