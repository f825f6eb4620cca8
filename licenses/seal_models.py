"""The tables of people, their proposals, seals, grants and uses."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from licenses.columns import UtcDateTime
from licenses.models import Row, table_of

__all__ = ["PERSON", "PROPOSAL", "SEAL", "SEAL_GRANT", "SEAL_USE"]


class Person(Row, table=True):
    """An administrator; name, secrets and lock-out are those of the client of this name."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("role IN ('system', 'security', 'audit')", name="one_role"),)

    name: str = Field(primary_key=True, foreign_key="client.name")
    full_name: str
    role: str
    added_at: datetime = Field(sa_type=UtcDateTime)


class Proposal(Row, table=True):
    """Something two people must want; `payload` is canonical JSON, all of what will be done."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint(
            "state IN ('OPEN', 'APPROVED', 'EXECUTED', 'REJECTED')", name="known_state"
        ),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
    )

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    act: str
    payload: str
    payload_sm3: str
    proposed_by: str = Field(foreign_key="person.name")
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    state: str
    decided_by: str | None = Field(default=None, foreign_key="person.name")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str | None = None


class Seal(Row, table=True):
    """One seal of the deployment by its alias in keys.toml; `esl_sm3` is of its file."""

    __tablename__ = "seal"

    alias: str = Field(primary_key=True)
    name: str
    state: str
    registered_at: datetime = Field(sa_type=UtcDateTime)
    esl_sm3: str | None = None
    reason: str | None = None
    renewed_by: str | None = None


class SealGrant(Row, table=True):
    """Who may use a seal, for what, how often and when; with how often it was used."""

    __tablename__ = "seal_grant"
    __table_args__ = (
        CheckConstraint("in_all IS NULL OR used <= in_all", name="quota_in_all"),
        CheckConstraint("per_day IS NULL OR used_that_day <= per_day", name="quota_per_day"),
    )

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seal: str = Field(foreign_key="seal.alias", index=True)
    client: str
    license_types: str
    per_day: int | None = None
    in_all: int | None = None
    valid_from: datetime = Field(sa_type=UtcDateTime)
    valid_until: datetime = Field(sa_type=UtcDateTime)
    proposal: int = Field(foreign_key="proposal.id")
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used: int
    used_on: date | None = None
    used_that_day: int


class SealUse(Row, table=True):
    """One intended use; `id` is the audit trail's line, which says who, key, digest and when."""

    __tablename__ = "seal_use"

    id: int = Field(
        primary_key=True, foreign_key="audit_entry.id", sa_column_kwargs={"autoincrement": False}
    )
    seal: str = Field(foreign_key="seal.alias", index=True)
    grant_id: int = Field(foreign_key="seal_grant.id")
    subject: str = Field(index=True)


PERSON = table_of(Person)
PROPOSAL = table_of(Proposal)
SEAL = table_of(Seal)
SEAL_GRANT = table_of(SealGrant)
SEAL_USE = table_of(SealUse)
