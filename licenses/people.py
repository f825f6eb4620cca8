"""People: the administrators, each with one role, and how they prove who they are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, bindparam, func, insert, select

from licenses import client_rows as rows
from licenses.audit import AuditAction, Happening, append
from licenses.client_secrets import Stretch, StretchedSecret, new_secret, scrypt
from licenses.clients import Clients
from licenses.database import read_session, write_session
from licenses.errors import (
    ClientRefused,
    IllegalTransition,
    LastOfRole,
    PersonExists,
    PersonNotFound,
    UnknownPerson,
)
from licenses.models import CLIENT
from licenses.roles import Right, Role, require_right
from licenses.seal_models import PERSON

__all__ = ["People", "PersonRecord", "active", "add_person", "replace_secret"]

_ALL = (
    select(PERSON, CLIENT.c.disabled_at)
    .join(CLIENT, CLIENT.c.name == PERSON.c.name)
    .order_by(PERSON.c.name)
)
_FIND = _ALL.where(PERSON.c.name == bindparam("wanted"))
_OF_ROLE = select(func.count()).select_from(PERSON).where(PERSON.c.role == bindparam("of_role"))
_ACTIVE_OF_ROLE = (
    select(func.count())
    .select_from(PERSON.join(CLIENT, CLIENT.c.name == PERSON.c.name))
    .where(PERSON.c.role == bindparam("of_role"), CLIENT.c.disabled_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One administrator; that two names are two people, only people can know."""

    name: str
    full_name: str
    role: Role
    added_at: datetime
    disabled_at: datetime | None


class People:
    """The verbs, over one database."""

    def __init__(self, engine: Engine, stretch: Stretch = scrypt) -> None:
        """`stretch` turns a secret into what is kept of it."""
        self._engine, self._stretch = engine, stretch

    def set_up_first(
        self, person: PersonRecord, enrolment: StretchedSecret, *, by: str, now: datetime
    ) -> None:
        """Register the first person of a role, while there has never been one.

        Afterwards adding one takes two. Raises `PersonExists` and what `add_person` raises.
        """
        with write_session(self._engine) as connection:
            if connection.execute(_OF_ROLE, {"of_role": person.role.value}).scalar_one():
                raise PersonExists(
                    f"there is a {person.role} administrator: adding one takes a proposal"
                )
            add_person(connection, person, enrolment, by=by, now=now)

    def rotate(self, name: str, *, now: datetime) -> str:
        """Return a new secret for who has just proved to be `name`; the old one ends at once."""
        text, kept = new_secret(self._stretch)
        with write_session(self._engine) as connection:
            active(connection, name)
            replace_secret(connection, name, kept, by=name, now=now)
        return text

    def disable(self, name: str, *, by: str, now: datetime) -> None:
        """Refuse a person from now on, tokens included; one administrator may do it alone.

        Raises `PersonNotFound`, `ActNotAllowed`, `IllegalTransition`, and `LastOfRole`.
        """
        with write_session(self._engine) as connection:
            require_right(active(connection, by).role, Right.DISABLE)
            person = find(connection, name)
            if person.disabled_at is not None:
                raise IllegalTransition(f"{name} is disabled already")
            left = connection.execute(_ACTIVE_OF_ROLE, {"of_role": person.role.value}).scalar_one()
            if left == 1:
                raise LastOfRole(f"{name} is the last {person.role} administrator")
            rows.disable(connection, name, now)
            append(connection, Happening(AuditAction.PERSON_DISABLED, name, by, now, {}))

    def authenticate(self, name: str, secret: str, *, now: datetime) -> PersonRecord:
        """Return the person whose secret this is; raises `ClientRefused` and `ClientLocked`."""
        Clients(self._engine, self._stretch).authenticate(name, secret, now=now)
        with read_session(self._engine) as connection:
            try:
                return active(connection, name)
            except UnknownPerson as e:
                raise ClientRefused("the person or the secret is not accepted") from e

    def acting(self, name: str, *, proved_at: datetime) -> PersonRecord:
        """Return who acts under the name, having shown their secret in the second `proved_at`.

        Raises `UnknownPerson`, and `ClientRefused` where the secret was replaced since.
        """
        with read_session(self._engine) as connection:
            person = active(connection, name)
            if rows.newest_secret_at(connection, name).replace(microsecond=0) > proved_at:
                raise ClientRefused("the secret was replaced since it was shown")
            return person

    def find(self, name: str) -> PersonRecord:
        """Return one person, disabled or not; raises `PersonNotFound`."""
        with read_session(self._engine) as connection:
            return find(connection, name)

    def all(self) -> tuple[PersonRecord, ...]:
        """Return everybody by name, disabled ones too."""
        with read_session(self._engine) as connection:
            return tuple(_record(row) for row in connection.execute(_ALL))


def active(connection: Connection, name: str) -> PersonRecord:
    """Return a person who may act now; raises `UnknownPerson` for a disabled one too."""
    row = connection.execute(_FIND, {"wanted": name}).one_or_none()
    if row is None or row.disabled_at is not None:
        raise UnknownPerson(f"nobody named {name} may act here")
    return _record(row)


def find(connection: Connection, name: str) -> PersonRecord:
    """Return one person, disabled or not; raises `PersonNotFound`."""
    row = connection.execute(_FIND, {"wanted": name}).one_or_none()
    if row is None:
        raise PersonNotFound(f"there is no person named {name}")
    return _record(row)


def add_person(
    connection: Connection,
    person: PersonRecord,
    enrolment: StretchedSecret,
    *,
    by: str,
    now: datetime,
) -> None:
    """Add a person within the caller's transaction; raises `ClientExists` and its kin."""
    rows.add(connection, person.name, frozenset(), enrolment, now)
    values = {"name": person.name, "full_name": person.full_name, "role": person.role.value}
    connection.execute(insert(PERSON), {**values, "added_at": now})
    details = {"role": person.role.value, "secret": enrolment.id}
    append(connection, Happening(AuditAction.PERSON_ADDED, person.name, by, now, details))


def replace_secret(
    connection: Connection, name: str, enrolment: StretchedSecret, *, by: str, now: datetime
) -> None:
    """Put a new secret in place of a person's others, within the caller's transaction."""
    active(connection, name)
    rows.replace_secrets(connection, name, enrolment, now=now, old_until=now)
    details = {"secret": enrolment.id}
    append(connection, Happening(AuditAction.PERSON_ROTATED, name, by, now, details))


def _record(row: object) -> PersonRecord:
    named = dict(row._mapping)  # type: ignore[attr-defined]
    return PersonRecord(**{**named, "role": Role(named["role"])})
