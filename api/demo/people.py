"""The demo's administrators, invented, who set the seal up the way everybody must: two of them."""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from api.governing import Governance, govern
from api.issuing_parts import open_keyring
from api.migrating import open_current
from api.settings import Settings
from keystore import Keyring
from keystore.seal_drawing import SealCentre, SealDesign, draw_seal
from licenses.client_secrets import new_secret, scrypt
from licenses.grant_records import ANY_TYPE
from licenses.people import PersonRecord
from licenses.roles import Act, Role
from licenses.seals import SealState

__all__ = ["DEMO_CLIENTS", "PEOPLE", "secret_file", "set_up_seal"]

SIGNER = "seal-signer"
SEAL_ID = "99000000000001"
SEAL_DIAMETER_MM = 42
"""At most 45 mm with a star for a department (国发〔1999〕25号)."""
SEAL_VALIDITY = timedelta(days=10 * 365 - 1)
GRANT_VALIDITY = timedelta(days=365)
DAYS_BEFORE = timedelta(days=1)
OWNER_ONLY = 0o600
DEMO_CLIENTS = ("approvals", "command-line", "demo")
PEOPLE: Mapping[Role, tuple[str, str]] = {
    Role.SYSTEM: ("zhang-shili", "张示例（虚构）"),
    Role.SECURITY: ("li-yangben", "李样本（虚构）"),
    Role.AUDIT: ("wang-xugou", "王虚构（虚构）"),
}

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Office:
    """Two people and what they work with."""

    settings: Settings
    governance: Governance
    now: datetime
    tell: Tell

    def done(self, act: Act, payload: Mapping[str, Any]) -> None:
        """Let the one propose and the other, who has read it, approve."""
        (system, system_name), (security, security_name) = (
            PEOPLE[Role.SYSTEM],
            PEOPLE[Role.SECURITY],
        )
        self.tell(f"{system_name} 提议 proposes {act}")
        asked = self.governance.proposals.propose(act, payload, by=system, now=self.now)
        self.tell(f"{security_name} 批准 approves {act}")
        seen = asked.payload_sm3
        self.governance.proposals.approve(asked.id, seen_sm3=seen, by=security, now=self.now)


def set_up_seal(
    settings: Settings,
    *,
    now: datetime,
    tell: Tell,
    clients: Iterable[str] = DEMO_CLIENTS,
) -> None:
    """Bring the deployment's seal to life and grant it; what is done already is left alone."""
    engine = open_current(settings)
    try:
        office = _Office(settings, govern(settings, engine), now, tell)
        _register_people(office)
        _bring_to_life(office)
        for client in clients:
            given = office.governance.grants.of_seal(settings.seal)
            if client not in {one.client for one in given}:
                office.done(Act.SEAL_GRANT, _grant(settings, client, now))
    finally:
        engine.dispose()


def secret_file(folder: Path, name: str) -> Path:
    """Return where the demo keeps a person's secret; in earnest each keeps their own."""
    return folder / "secrets" / "people" / f"{name}.secret"


def _register_people(office: _Office) -> None:
    people = office.governance.people
    there = {one.name for one in people.all()}
    for role, (name, full_name) in PEOPLE.items():
        path = secret_file(office.settings.data_dir, name)
        if name not in there:
            text, kept = new_secret(scrypt)
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=OWNER_ONLY)
            path.write_text(f"{text}\n", encoding="ascii")
            person = PersonRecord(name, full_name, role, office.now, None)
            people.set_up_first(person, kept, by="demo", now=office.now)


def _bring_to_life(office: _Office) -> None:
    settings, seals = office.settings, office.governance.seals
    if settings.seal not in {one.alias for one in seals.all()}:
        name = f"{settings.authority_name}电子印章"
        by = PEOPLE[Role.SYSTEM][0]
        seals.register(settings.seal, name, by=by, now=office.now)
    if seals.find(settings.seal).state is SealState.REGISTERED:
        with open_keyring(settings) as keyring:
            there = {one.alias for one in keyring.seals}
            act = Act.SEAL_IMPORT if settings.seal in there else Act.SEAL_MAKE
            payload = _PAYLOADS[act](settings, keyring, office.now)
        office.done(act, payload)


def _common(settings: Settings, keyring: Keyring) -> dict[str, Any]:
    certificate = keyring.credential(SIGNER).certificate
    return {"seal": settings.seal, "key": SIGNER, "certificate_sm3": certificate.fingerprint}


def _making(settings: Settings, keyring: Keyring, now: datetime) -> dict[str, Any]:
    picture = draw_seal(SealDesign(settings.authority_name, SealCentre.STAR, SEAL_DIAMETER_MM))
    return {
        **_common(settings, keyring),
        "maker": "seal-maker",
        "seal_id": SEAL_ID,
        "seal_name": f"{settings.authority_name}电子印章",
        "picture": base64.b64encode(picture.data).decode("ascii"),
        "width_mm": SEAL_DIAMETER_MM,
        "height_mm": SEAL_DIAMETER_MM,
        "valid_from": (now - DAYS_BEFORE).isoformat(),
        "valid_until": (now + SEAL_VALIDITY).isoformat(),
    }


def _importing(settings: Settings, keyring: Keyring, _now: datetime) -> dict[str, Any]:
    """Take the seal of a demo made before there was a register of seals."""
    entry = keyring.seal(settings.seal)
    return {
        **_common(settings, keyring),
        "file": base64.b64encode(entry.seal.der).decode("ascii"),
        "maker_chain": b"".join(one.to_pem() for one in entry.maker_chain).decode("ascii"),
    }


_PAYLOADS = {Act.SEAL_MAKE: _making, Act.SEAL_IMPORT: _importing}


def _grant(settings: Settings, client: str, now: datetime) -> dict[str, Any]:
    return {
        "seal": settings.seal,
        "client": client,
        "license_types": [ANY_TYPE],
        "valid_from": (now - DAYS_BEFORE).isoformat(),
        "valid_until": (now + GRANT_VALIDITY).isoformat(),
    }
