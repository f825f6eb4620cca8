"""The audit trail: lines that are only ever added, each sealed to the one before it by SM3.

A line says who did what to which licence or client, and which digests, keys and seals were
involved. It holds no secret, and no personal fact beyond the licence's identifier: a reason
typed by an official stays in the register's own row.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, bindparam, insert, select

from keystore import sm3
from licenses.errors import AuditChainBroken
from licenses.models import AUDIT_ENTRY
from licenses.prepared import Prepared

# What the first line has in place of a line before it: 32 zero bytes, as hex.
GENESIS = "00" * 32
# Lines held in memory at a time while the whole chain is read.
_BATCH = 1_000


class AuditAction(StrEnum):
    """Every kind of line."""

    INTENDED = "license.intended"
    COMPLETED = "license.completed"
    FAILED = "license.failed"
    SUSPENDED = "license.suspended"
    RESUMED = "license.resumed"
    REVOKED = "license.revoked"
    REPLACED = "license.replaced"
    CLIENT_ADDED = "client.added"
    CLIENT_ROTATED = "client.rotated"
    CLIENT_DISABLED = "client.disabled"
    CLIENT_UNLOCKED = "client.unlocked"
    KEY_GENERATED = "key.generated"
    KEY_REQUESTED = "key.requested"
    KEY_CERTIFIED = "key.certified"
    KEY_ACTIVATED = "key.activated"
    KEY_ROLLED_OVER = "key.rolled-over"
    KEY_RETIRED = "key.retired"
    KEY_DISTRUSTED = "key.distrusted"
    KEY_DESTROYED = "key.destroyed"
    KEY_POLICY_SET = "key.policy-set"
    KEY_REFUSED = "key.refused"
    PERSON_ADDED = "person.added"
    PERSON_ROTATED = "person.rotated"
    PERSON_DISABLED = "person.disabled"
    PROPOSED = "proposal.made"
    APPROVED = "proposal.approved"
    REJECTED = "proposal.rejected"
    EXECUTED = "proposal.executed"
    SEAL_REGISTERED = "seal.registered"
    SEAL_STEPPED = "seal.stepped"
    GRANT_GIVEN = "grant.given"
    GRANT_WITHDRAWN = "grant.withdrawn"
    USE_REFUSED = "use.refused"


@dataclass(frozen=True, slots=True)
class Happening:
    """What a line tells; `subject` is a licence's identifier, a client's name or a key's SM3."""

    action: AuditAction
    subject: str
    actor: str
    at: datetime
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last line's place (0: there is none) and its hash; kept elsewhere it is a checkpoint."""

    sequence: int
    hash: str


_LAST = Prepared(
    select(AUDIT_ENTRY.c.id, AUDIT_ENTRY.c.hash).order_by(AUDIT_ENTRY.c.id.desc()).limit(1)
)
_ALL = select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.id)
_OF_SUBJECT = _ALL.where(AUDIT_ENTRY.c.subject == bindparam("of_subject"))
_APPEND = Prepared(insert(AUDIT_ENTRY))


def append(connection: Connection, happening: Happening) -> ChainHead:
    """Add one line within the caller's transaction; it must be a `write_session`.

    The line commits or vanishes together with the step it tells of. Writers take turns, so the
    last line read here is still the last one when this line follows it.
    """
    head = chain_head(connection)
    line = {
        "id": head.sequence + 1,
        "at": happening.at.astimezone(UTC),
        "actor": happening.actor,
        "action": happening.action.value,
        "subject": happening.subject,
        "details": _canonical(dict(happening.details)),
        "previous": head.hash,
    }
    line["hash"] = _hash(line)
    _APPEND.run(connection, line)
    return ChainHead(head.sequence + 1, str(line["hash"]))


def chain_head(connection: Connection) -> ChainHead:
    """Return where the chain ends now."""
    last = _LAST.rows(connection, {})
    return ChainHead(*last[0]) if last else ChainHead(0, GENESIS)


def history(connection: Connection, subject: str) -> tuple[Happening, ...]:
    """Return everything told about one subject, oldest first."""
    rows = connection.execute(_OF_SUBJECT, {"of_subject": subject})
    return tuple(happening_of(row) for row in rows)


def verify_chain(connection: Connection, *, checkpoints: tuple[ChainHead, ...] = ()) -> ChainHead:
    """Recompute every hash and return the head; raises `AuditChainBroken` at the first bad line.

    Finds a line changed, removed, inserted or reordered. A chain cut off at its end is still a
    chain: that shows only against `checkpoints`, heads noted earlier in a safe place.
    """
    head = ChainHead(0, GENESIS)
    expected_hash = {one.sequence: one.hash for one in checkpoints}
    if len(expected_hash) < len(set(checkpoints)):
        raise AuditChainBroken("two checkpoints say different things of one line")
    for line in _lines(connection):
        expected = head.sequence + 1
        if line["id"] != expected or line["previous"] != head.hash or line["hash"] != _hash(line):
            raise AuditChainBroken(f"the audit trail is broken at line {expected}")
        head = ChainHead(expected, str(line["hash"]))
        if expected_hash.get(expected, head.hash) != head.hash:
            raise AuditChainBroken(f"line {expected} is not the one the checkpoint was taken of")
    last = max(expected_hash, default=0)
    if last > head.sequence:
        raise AuditChainBroken(
            f"the audit trail ends at line {head.sequence}, before its checkpoint {last}"
        )
    return head


def _lines(connection: Connection) -> Iterator[dict[str, object]]:
    try:
        for row in connection.execution_options(yield_per=_BATCH).execute(_ALL):
            yield dict(row._mapping)
    except ValueError as e:  # a moment that is none: somebody wrote past us
        raise AuditChainBroken("the audit trail holds a line that cannot be read") from e


def _hash(line: Mapping[str, object]) -> str:
    at = line["at"]
    moment = at.isoformat(timespec="microseconds") if isinstance(at, datetime) else str(at)
    names = ("actor", "action", "subject", "details")
    content = _canonical([line["id"], moment, *(str(line[name]) for name in names)])
    return sm3(bytes.fromhex(str(line["previous"])) + content.encode()).hex()


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def happening_of(row: Row[tuple[object, ...]]) -> Happening:
    """Read what a row of the trail tells."""
    return Happening(
        AuditAction(row.action), row.subject, row.actor, row.at, json.loads(row.details)
    )
