"""Administrators with secrets that cost nothing, and an installer that makes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from keystore import sm3
from licenses.client_secrets import Cost, StretchedSecret, enrolment_text, new_secret
from licenses.database import open_database
from licenses.grants import Grants
from licenses.models import METADATA
from licenses.people import People, PersonRecord
from licenses.proposal_records import ProposalRecord
from licenses.proposals import Proposals
from licenses.register import Register
from licenses.roles import Act, Role
from licenses.seal_uses import SealUses
from licenses.seals import Seals
from tests.fakes.registers import NOW

CERTIFICATE = "11" * 32
SYSTEM, SECURITY, AUDIT = "zhang-shili", "li-yangben", "wang-xugou"
FIRST = {SYSTEM: Role.SYSTEM, SECURITY: Role.SECURITY, AUDIT: Role.AUDIT}


def cheap(secret: str, salt: bytes, cost: Cost) -> bytes:
    return sm3(secret.encode() + salt)


def new_enrolment() -> tuple[str, StretchedSecret]:
    return new_secret(cheap)


@dataclass
class FakeInstaller:
    """Says it put a seal into the keyring; `fault` is raised instead."""

    fault: Exception | None = None
    calls: list[Mapping[str, Any]] = field(default_factory=list)

    def install(self, act: Act, payload: Mapping[str, Any], *, now: datetime) -> str:
        self.calls.append(payload)
        if self.fault is not None:
            raise self.fault
        return "ee" * 32


class Office:
    """A database with the first three people in it, and every verb over it."""

    def __init__(self, folder: Path) -> None:
        self.engine: Engine = open_database(f"sqlite:///{folder / 'office.db'}")
        METADATA.create_all(self.engine)
        self.installer = FakeInstaller()
        self.people = People(self.engine, cheap)
        self.seals, self.grants = Seals(self.engine), Grants(self.engine)
        self.uses, self.register = SealUses(self.engine), Register(self.engine)
        self.proposals = Proposals(self.engine, self.installer)
        self.secrets: dict[str, str] = {}
        for name, role in FIRST.items():
            text, kept = new_enrolment()
            self.secrets[name] = text
            person = PersonRecord(name, f"{name}（虚构）", role, NOW, None)
            self.people.set_up_first(person, kept, by="operator:test", now=NOW)

    def propose(
        self, act: Act, payload: Mapping[str, Any], *, by: str = SYSTEM, now: datetime = NOW
    ) -> ProposalRecord:
        return self.proposals.propose(act, payload, by=by, now=now)

    def approve(
        self, asked: ProposalRecord, *, by: str = SECURITY, now: datetime = NOW
    ) -> ProposalRecord:
        return self.proposals.approve(asked.id, seen_sm3=asked.payload_sm3, by=by, now=now)

    def done(
        self, act: Act, payload: Mapping[str, Any], *, by: str = SYSTEM, allowed_by: str = SECURITY
    ) -> ProposalRecord:
        return self.approve(self.propose(act, payload, by=by), by=allowed_by)

    def seal(self, alias: str = "demo", **grant: object) -> None:
        """An active seal, granted to `approvals`."""
        self.seals.register(alias, "示例印章", by=SYSTEM, now=NOW)
        self.done(Act.SEAL_IMPORT, importing(alias))
        self.done(Act.SEAL_GRANT, granting(alias, **grant))

    def add_person(self, name: str, role: Role) -> str:
        text, kept = new_enrolment()
        self.done(Act.PERSON_ADD, adding(name, role, kept))
        return text


def adding(name: str, role: Role, kept: StretchedSecret) -> dict[str, Any]:
    enrolment = enrolment_text(kept)
    return {"name": name, "full_name": "李示例", "role": role.value, "enrolment": enrolment}


def importing(alias: str = "demo", renews: str | None = None) -> dict[str, Any]:
    return {
        "seal": alias,
        "key": "seal-signer",
        "certificate_sm3": CERTIFICATE,
        "file": "MAA=",
        "maker_chain": "-----BEGIN CERTIFICATE-----",
        "renews": renews,
    }


def granting(alias: str = "demo", **changes: object) -> dict[str, Any]:
    whole = {
        "seal": alias,
        "client": "approvals",
        "license_types": ["*"],
        "valid_from": NOW.isoformat(),
        "valid_until": (NOW + timedelta(days=30)).astimezone(UTC).isoformat(),
    }
    return whole | changes
