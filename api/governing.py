"""Putting together what people use: proposals, and the workshop their acts need."""

from sqlalchemy import Engine

from api.issuing_parts import open_keyring
from api.settings import Settings
from licenses.proposals import Proposals
from licenses.seal_workshop import SealWorkshop

__all__ = ["make_proposals"]


def make_proposals(settings: Settings, engine: Engine) -> Proposals:
    """Return the proposals of a deployment; its keyring is read anew for each seal."""
    workshop = SealWorkshop(settings.keyring_file.absolute(), lambda: open_keyring(settings))
    return Proposals(engine, workshop)
