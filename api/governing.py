"""Putting together what people use: the verbs over one database, and the workshop of seals."""

from dataclasses import dataclass

from sqlalchemy import Engine

from api.issuing_parts import open_keyring
from api.settings import Settings
from licenses.grants import Grants
from licenses.people import People
from licenses.proposals import Proposals
from licenses.seal_uses import SealUses
from licenses.seal_workshop import SealWorkshop
from licenses.seals import Seals

__all__ = ["Governance", "govern"]


@dataclass(frozen=True, slots=True)
class Governance:
    """Who may do what with which seal, and what was done."""

    people: People
    proposals: Proposals
    seals: Seals
    grants: Grants
    uses: SealUses


def govern(settings: Settings, engine: Engine) -> Governance:
    """Return the verbs of a deployment; its keyring is read anew for each seal."""
    workshop = SealWorkshop(settings.keyring_file.absolute(), lambda: open_keyring(settings))
    return Governance(
        people=People(engine),
        proposals=Proposals(engine, workshop),
        seals=Seals(engine),
        grants=Grants(engine),
        uses=SealUses(engine),
    )
