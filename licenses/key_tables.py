"""The tables about keys: their life, what their policy counted. No secret is ever in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field

from licenses.columns import UtcDateTime
from licenses.models import Row, table_of

__all__ = ["AUDIT_CHECKPOINT", "KEY_COUNT", "SIGNING_KEY"]


class SigningKeyRow(Row, table=True):
    """One key, by SM3 of its public half: certificates, aliases and devices may change."""

    __tablename__ = "signing_key"

    sm3: str = Field(primary_key=True)
    alias: str
    uri: str
    state: str
    changed_at: datetime = Field(sa_type=UtcDateTime)
    not_after: datetime | None = Field(default=None, sa_type=UtcDateTime)
    distrusted_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    policy: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON, nullable=True))


class KeyCountRow(Row, table=True):
    """How many licences a key was used for: on a legal day (ISO), and in all ("")."""

    __tablename__ = "key_count"

    sm3: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    used: int


class AuditCheckpointRow(Row, table=True):
    """A head of the audit trail as the audit key signed it; the JSON that is also handed out."""

    __tablename__ = "audit_checkpoint"

    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    document: str


SIGNING_KEY = table_of(SigningKeyRow)
KEY_COUNT = table_of(KeyCountRow)
AUDIT_CHECKPOINT = table_of(AuditCheckpointRow)
