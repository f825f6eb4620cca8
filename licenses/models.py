"""The tables of the register. They never leave this folder, and none can hold a private key."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    CheckConstraint,
    Column,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    event,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from licenses.columns import UtcDateTime

# Constraints carry names so that a migration can speak of them on every database.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# What the partial index on reserved licences says, word for word.
RESERVED = text("state = 'RESERVED'")


class Row(SQLModel, registry=registry(metadata=METADATA)):
    """Ground of all tables: a metadata of our own, so that no library's tables mix with ours."""


class License(Row, table=True):
    """One licence, from the moment its number is taken."""

    __tablename__ = "license"
    __table_args__ = (
        UniqueConstraint("license_type", "authority_code", "number"),
        UniqueConstraint("client", "idempotency_key"),
        CheckConstraint(
            "state IN ('RESERVED', 'ISSUED', 'SUSPENDED', 'REVOKED')", name="known_state"
        ),
        CheckConstraint(
            "(state = 'RESERVED') = (file_sm3 IS NULL)"
            " AND (file_sm3 IS NULL) = (sealed_at IS NULL)",
            name="issued_has_a_file",
        ),
        CheckConstraint(
            "(state = 'REVOKED') = (revoked_at IS NOT NULL)", name="revoked_has_a_date"
        ),
        CheckConstraint(
            "state = 'REVOKED' OR (state = 'SUSPENDED') = (suspended_at IS NOT NULL)",
            name="suspended_has_a_date",
        ),
        # Few rows are reserved at a time; the start-up report must not read all the others.
        Index("ix_license_reserved", "id", sqlite_where=RESERVED, postgresql_where=RESERVED),
    )

    id: int | None = Field(default=None, primary_key=True)
    identifier: str = Field(unique=True)
    number: str
    sequence: int
    license_type: str
    type_version: int
    authority_code: str
    authority_name: str
    holder_name: str
    holder_code: str
    holder_code_type: str
    fields: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    issue_date: date
    valid_from: date
    valid_until: date | None = None
    state: str
    access_code: str
    client: str
    idempotency_key: str
    request_digest: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    seal: str | None = None
    file_sm3: str | None = Field(default=None, unique=True)
    sealed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    suspended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    suspended_reason: str | None = None
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_reason: str | None = None
    replaced_by: str | None = Field(default=None, foreign_key="license.identifier")


class LicenseSequence(Row, table=True):
    """The last number given, per licence type, year and issuing authority."""

    __tablename__ = "license_sequence"

    license_type: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    authority_code: str = Field(primary_key=True)
    last: int


class AuditEntry(Row, table=True):
    """One line of the audit trail; each holds the hash of the line before it."""

    __tablename__ = "audit_entry"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    action: str
    subject: str = Field(index=True)
    details: str
    previous: str
    hash: str


class Client(Row, table=True):
    """A system that may ask for tokens."""

    __tablename__ = "client"

    name: str = Field(primary_key=True)
    scopes: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ClientSecret(Row, table=True):
    """The scrypt hash of one secret of a client, with the cost it was made at."""

    __tablename__ = "client_secret"

    id: str = Field(primary_key=True)
    client: str = Field(foreign_key="client.name", index=True)
    salt: bytes
    hash: bytes
    cost_n: int
    cost_r: int
    cost_p: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ClientFailure(Row, table=True):
    """Wrong secrets in a row under one name, known or not: both must look the same outside."""

    __tablename__ = "client_failure"

    name_sm3: str = Field(primary_key=True)
    failures: int
    last_at: datetime = Field(sa_type=UtcDateTime, index=True)
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


def table_of(model: type[Row]) -> Table:
    """Return the Core table, for statements that skip the ORM (its flush costs more than SQL)."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


LICENSE = table_of(License)
LICENSE_SEQUENCE = table_of(LicenseSequence)
AUDIT_ENTRY = table_of(AuditEntry)
CLIENT = table_of(Client)
CLIENT_SECRET = table_of(ClientSecret)
CLIENT_FAILURE = table_of(ClientFailure)

# The trail only grows. This stops mistakes and honest tools; who owns the database file can
# drop a trigger, and is found by the hash chain instead.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_entry_no_{verb.lower()} BEFORE {verb} ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$",
        "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON audit_entry EXECUTE FUNCTION audit_entry_refuse()",
    ),
}

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        _trigger = DDL(_statement)  # type: ignore[no-untyped-call]
        event.listen(AUDIT_ENTRY, "after_create", _trigger.execute_if(dialect=_dialect))
