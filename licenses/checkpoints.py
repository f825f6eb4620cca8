"""Checkpoints: heads of the audit trail that a key for this alone has signed.

Who can rewrite the database can rewrite the chain; who lacks the key cannot make it fit a
checkpoint again. A copy kept elsewhere also shows that both were cut off together.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, func, insert, select

from keystore import SIGNER_ID_GM, Signer, Sm2PublicKey
from keystore.errors import KeystoreError
from keystore.sm2 import Sm2Signature
from licenses.audit import ChainHead, chain_head, verify_chain
from licenses.database import read_session, write_session
from licenses.errors import BadCheckpoint
from licenses.key_gate import require_purpose
from licenses.key_tables import AUDIT_CHECKPOINT
from verify import key_sm3

__all__ = ["AUDIT_SIGNING", "Checkpoint", "Checkpoints"]

AUDIT_SIGNING = "2.25.246719729274520794512992628172920716266"
"""Extended key usage of certificates for checkpoints alone (under 2.25, X.667: a UUID of ours)."""
FORMAT = "qianyin-audit-checkpoint-1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A head, when it was signed, and the SM2 signature (DER)."""

    head: ChainHead
    at: datetime
    signature: bytes

    @classmethod
    def of(cls, head: ChainHead, signer: Signer, at: datetime) -> "Checkpoint":
        """Sign a head; raises what the key raises."""
        signature = signer.sign(_message(head, at), signer_id=SIGNER_ID_GM)
        return cls(head, at.astimezone(UTC), signature.to_der())

    @classmethod
    def from_json(cls, text: str) -> "Checkpoint":
        """Read what `to_json` wrote; raise `BadCheckpoint` for anything else."""
        try:
            row = json.loads(text)
            head = ChainHead(int(row["sequence"]), str(row["hash"]))
            at = datetime.fromisoformat(row["at"])
            if row["format"] != FORMAT or at.tzinfo is None:
                raise ValueError
            return cls(head, at, bytes.fromhex(row["signature"]))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise BadCheckpoint("this is no checkpoint of an audit trail") from error

    def to_json(self) -> str:
        """Return the checkpoint as one line, the form it is stored and handed out in."""
        row = {
            "format": FORMAT,
            "sequence": self.head.sequence,
            "hash": self.head.hash,
            "at": self.at.isoformat(),
            "signature": self.signature.hex(),
        }
        return json.dumps(row)

    def require_signed_by(self, keys: Iterable[Sm2PublicKey]) -> None:
        """Raise `BadCheckpoint` unless one of the audit keys signed it."""
        if not any(self._is_signed_by(key) for key in keys):
            raise BadCheckpoint(f"the checkpoint of line {self.head.sequence} is not signed by us")

    def _is_signed_by(self, key: Sm2PublicKey) -> bool:
        try:
            signature = Sm2Signature.from_der(self.signature)
            key.verify(_message(self.head, self.at), signature, signer_id=SIGNER_ID_GM)
        except KeystoreError:
            return False
        return True


class Checkpoints:
    """Those kept beside the trail, over one database."""

    def __init__(self, engine: Engine) -> None:
        """`engine` comes from `licenses.database.open_database`."""
        self._engine = engine

    def latest(self) -> Checkpoint | None:
        """Return the one of the highest line; raises `BadCheckpoint` where it cannot be read."""
        query = select(AUDIT_CHECKPOINT.c.document).order_by(AUDIT_CHECKPOINT.c.sequence.desc())
        with read_session(self._engine) as connection:
            row = connection.execute(query.limit(1)).first()
        return None if row is None else Checkpoint.from_json(row.document)

    def sign(self, signer: Signer, at: datetime) -> Checkpoint:
        """Sign the head of now and keep it; an unchanged trail gets no second checkpoint.

        No transaction is open while the key works. Raises `BadCheckpoint` where the trail has
        no line yet.
        """
        with read_session(self._engine) as connection:
            require_purpose(connection, key_sm3(signer.public_key), "audit", at)
            head = chain_head(connection)
        latest = self.latest()
        if latest is not None and latest.head == head:
            return latest
        if head.sequence == 0:
            raise BadCheckpoint("the audit trail has no line yet")
        made = Checkpoint.of(head, signer, at)
        with write_session(self._engine) as connection:
            if not _is_kept(connection, head.sequence):
                values = {"sequence": head.sequence, "at": at, "document": made.to_json()}
                connection.execute(insert(AUDIT_CHECKPOINT), values)
        return made

    def verify(
        self, keys: Iterable[Sm2PublicKey], others: Iterable[Checkpoint] = ()
    ) -> tuple[ChainHead, int]:
        """Verify trail and checkpoints; return the head, and how many checkpoints spoke for it.

        `others` were kept elsewhere. Raises `BadCheckpoint` for one that cannot be believed and
        `AuditChainBroken` for a trail that is not what one says.
        """
        known = tuple(keys)
        with read_session(self._engine) as connection:
            rows = connection.execute(select(AUDIT_CHECKPOINT))
            kept = [(row.sequence, Checkpoint.from_json(row.document)) for row in rows]
            if any(sequence != one.head.sequence for sequence, one in kept):
                raise BadCheckpoint("a checkpoint was put in another's place")
            found = [*(one for _, one in kept), *others]
            for one in found:
                one.require_signed_by(known)
            head = verify_chain(connection, checkpoints=tuple(one.head for one in found))
        return head, len(found)


def _is_kept(connection: Connection, sequence: int) -> bool:
    query = select(func.count()).where(AUDIT_CHECKPOINT.c.sequence == sequence)
    return bool(connection.execute(query).scalar())


def _message(head: ChainHead, at: datetime) -> bytes:
    """Return what is signed: it begins as nothing else does that the key could be shown."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps([FORMAT, head.sequence, head.hash, moment]).encode()
