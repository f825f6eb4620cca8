"""Who acts on the command line: a name and a file with the secret, never the secret itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from api.cli.options import settings_for
from api.governing import Governance, govern
from api.migrating import open_current
from api.settings import Settings
from licenses.payloads import shown
from licenses.people import PersonRecord
from licenses.proposal_records import ProposalRecord

__all__ = ["AsOption", "Desk", "SecretOption", "acting", "say", "write_secret"]

_OWNER_ONLY = 0o600
AsOption = Annotated[str, typer.Option("--as", help="Your name. 本人名称")]
SecretOption = Annotated[
    Path, typer.Option("--secret-file", help="File with your secret in its first line.")
]


@dataclass(frozen=True, slots=True)
class Desk:
    """A person who has proved who they are, and what they work with."""

    settings: Settings
    engine: Engine
    person: PersonRecord
    governance: Governance
    now: datetime


@contextmanager
def acting(data: Path | None, name: str, secret_file: Path) -> Iterator[Desk]:
    """Open the deployment for a person; raises `ClientRefused` and `ClientLocked`."""
    settings, now = settings_for(data), datetime.now(UTC)
    secret = secret_file.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
    engine = open_current(settings)
    try:
        governance = govern(settings, engine)
        person = governance.people.authenticate(name, secret, now=now)
        yield Desk(settings, engine, person, governance, now)
    finally:
        engine.dispose()


def write_secret(path: Path, text: str) -> None:
    """Write a secret into a new file that only its owner reads; raises `OSError` if it is there."""
    path.touch(mode=_OWNER_ONLY, exist_ok=False)
    path.write_text(f"{text}\n", encoding="ascii")


def say(proposal: ProposalRecord) -> None:
    """Print all of a proposal: what an approver must have seen."""
    lines = {
        "proposal": str(proposal.id),
        "act": proposal.act,
        "state": proposal.state,
        "proposed": f"{proposal.proposed_by} {proposal.proposed_at:%Y-%m-%d %H:%M} UTC",
        "expires": f"{proposal.expires_at:%Y-%m-%d %H:%M} UTC",
        "decided": proposal.decided_by or "",
        "reason": proposal.reason or "",
        **{f"· {name}": text for name, text in shown(proposal.fields).items()},
        "digest": proposal.payload_sm3,
    }
    for label, value in lines.items():
        if value:
            typer.echo(f"{label:18} {value}")
