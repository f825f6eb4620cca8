"""The rows of clients and their secrets; a person is a client with a role."""

import re
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from licenses.client_secrets import StretchedSecret
from licenses.errors import ClientExists, InvalidClientName, UnknownClient
from licenses.models import CLIENT, CLIENT_SECRET
from licenses.roles import Role
from licenses.seal_models import PERSON

_NAME = re.compile(r"[a-z][a-z0-9-]{1,63}")
_FIND = select(CLIENT).where(CLIENT.c.name == bindparam("wanted"))
_PERSON = select(PERSON.c.role).where(PERSON.c.name == bindparam("wanted"))
_EXPIRE = (
    update(CLIENT_SECRET)
    .where(
        CLIENT_SECRET.c.client == bindparam("wanted"),
        or_(CLIENT_SECRET.c.expires_at.is_(None), CLIENT_SECRET.c.expires_at > bindparam("end")),
    )
    .values(expires_at=bindparam("end"))
)
_NEWEST_SECRET = select(func.max(CLIENT_SECRET.c.created_at)).where(
    CLIENT_SECRET.c.client == bindparam("wanted")
)
_DISABLE = update(CLIENT).where(CLIENT.c.name == bindparam("wanted"))


def is_name(text: str) -> bool:
    """Say whether a client or a person could have this name."""
    return _NAME.fullmatch(text) is not None


def add(
    connection: Connection, name: str, scopes: frozenset[str], kept: StretchedSecret, now: datetime
) -> None:
    """Add a client with its first secret; raises `InvalidClientName` and `ClientExists`."""
    if not is_name(name):
        raise InvalidClientName("a name is 2 to 64 of a-z, 0-9 and -, a letter first")
    if look(connection, name) is not None:
        raise ClientExists(f"a client named {name} is registered already")
    row = {"name": name, "scopes": " ".join(sorted(scopes)), "created_at": now}
    connection.execute(insert(CLIENT), row)
    _keep(connection, name, kept, now)


def replace_secrets(
    connection: Connection,
    name: str,
    kept: StretchedSecret,
    *,
    now: datetime,
    old_until: datetime,
) -> None:
    """Give a client a further secret; its others end at `old_until`."""
    connection.execute(_EXPIRE, {"wanted": name, "end": old_until})
    _keep(connection, name, kept, now)


def newest_secret_at(connection: Connection, name: str) -> datetime:
    """Return when a client or person got the secret they have now."""
    found: datetime = connection.execute(_NEWEST_SECRET, {"wanted": name}).scalar_one()
    return found


def disable(connection: Connection, name: str, now: datetime) -> None:
    """Refuse the client from now on."""
    connection.execute(_DISABLE, {"wanted": name, "disabled_at": now})


def look(connection: Connection, name: str) -> Row[tuple[object, ...]] | None:
    """Return a client's or a person's row, None where there is none."""
    return connection.execute(_FIND, {"wanted": name}).one_or_none()


def find(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    """Return a client's or a person's row; raises `UnknownClient`."""
    row = look(connection, name)
    if row is None:
        raise UnknownClient(f"no client named {name} is registered")
    return row


def role_of(connection: Connection, name: str) -> Role | None:
    """Return a person's role, None for a system."""
    row = connection.execute(_PERSON, {"wanted": name}).one_or_none()
    return None if row is None else Role(row.role)


def require_client(connection: Connection, name: str) -> None:
    """Raise `UnknownClient` for nobody, and for a person: those are not an operator's to change."""
    find(connection, name)
    if role_of(connection, name) is not None:
        raise UnknownClient(f"{name} is a person: see qianyin person")


def _keep(connection: Connection, name: str, kept: StretchedSecret, now: datetime) -> None:
    values = {
        "id": kept.id,
        "client": name,
        "salt": kept.salt,
        "hash": kept.hash,
        "cost_n": kept.cost.n,
        "cost_r": kept.cost.r,
        "cost_p": kept.cost.p,
        "created_at": now,
    }
    try:
        connection.execute(insert(CLIENT_SECRET), values)
    except IntegrityError as e:
        raise ClientExists("this enrolment is registered already") from e
