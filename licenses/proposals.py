"""Proposals: two people of two roles, one asks and the other allows, and it is done once.

What is executed is what both saw: the approver names the payload's digest, and it must be that
of the payload as stored, and that of the audit trail's line from the day it was proposed.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update

from licenses import acts
from licenses.acts import EXECUTE, Order
from licenses.audit import AuditAction, Happening, append, history
from licenses.database import read_session, write_session
from licenses.errors import ActNotAllowed, PayloadChanged, ProposalNotFound, ProposalNotOpen
from licenses.payloads import canonical, checked, payload_sm3
from licenses.people import PersonRecord, active
from licenses.proposal_records import ProposalHead, ProposalRecord, ProposalState
from licenses.roles import ACTS, Act
from licenses.seal_models import PROPOSAL

__all__ = ["LIFETIME", "Installer", "Proposals"]

LIFETIME = timedelta(days=7)
MAX_PAGE = 200
_HEAD = tuple(PROPOSAL.c[one.name] for one in fields(ProposalHead))
_NEWEST = select(*_HEAD).order_by(PROPOSAL.c.id.desc()).limit(MAX_PAGE)
_FIND = select(PROPOSAL).where(PROPOSAL.c.id == bindparam("wanted"))
_NEXT = select(func.coalesce(func.max(PROPOSAL.c.id), 0) + 1)
_CHANGE = update(PROPOSAL).where(PROPOSAL.c.id == bindparam("wanted"))


class Installer(Protocol):
    """Makes or takes a seal and puts it into the keyring; repeating it does no harm."""

    def install(self, act: Act, payload: Mapping[str, Any], *, now: datetime) -> str:
        """Return SM3 (hex) of the seal's file; raises `KeystoreError`s."""


class Proposals:
    """The verbs, over one database; who calls them has proved who they are."""

    def __init__(self, engine: Engine, installer: Installer) -> None:
        """`installer` does what cannot be done in a transaction."""
        self._engine, self._installer = engine, installer

    def propose(
        self, act: Act, payload: Mapping[str, Any], *, by: str, now: datetime
    ) -> ProposalRecord:
        """Ask for an act; raises `ActNotAllowed`, `BadProposal`, `IllegalTransition`."""
        whole = checked(act, payload)
        text = canonical(whole)
        with write_session(self._engine) as connection:
            if active(connection, by).role not in ACTS[act].propose:
                raise ActNotAllowed(f"your role may not propose {act}")
            acts.require(connection, act, whole)
            number = int(connection.execute(_NEXT).scalar_one())
            values = {
                "id": number,
                "act": act.value,
                "payload": text,
                "payload_sm3": payload_sm3(act, text),
                "proposed_by": by,
                "proposed_at": now,
                "expires_at": now + LIFETIME,
                "state": ProposalState.OPEN.value,
            }
            connection.execute(insert(PROPOSAL), values)
            details = {"act": act.value, "payload_sm3": values["payload_sm3"]}
            _tell(connection, number, AuditAction.PROPOSED, by, now, **details)
            return _find(connection, number)

    def approve(self, number: int, *, seen_sm3: str, by: str, now: datetime) -> ProposalRecord:
        """Allow and do it; `seen_sm3` is the payload's digest as the approver has seen it.

        Raises `ActNotAllowed`, `ProposalNotOpen`, `PayloadChanged`, and what the act raises. Where
        the work outside the database fails or the process dies, the same approver repeats this.
        """
        with write_session(self._engine) as connection:
            proposal = _decidable(connection, number, by, now)
            _require_unchanged(connection, proposal, seen_sm3)
            order = Order(number, proposal.fields, by, now)
            if proposal.act in EXECUTE:
                _decide(connection, number, ProposalState.EXECUTED, by, now)
                EXECUTE[proposal.act](connection, order)
                return _find(connection, number)
            acts.require(connection, proposal.act, order.payload)
            if proposal.state is ProposalState.OPEN:
                _decide(connection, number, ProposalState.APPROVED, by, now)
        return self._install(proposal.act, order)

    def _install(self, act: Act, order: Order) -> ProposalRecord:
        esl_sm3 = self._installer.install(act, order.payload, now=order.now)
        with write_session(self._engine) as connection:
            if _find(connection, order.proposal).state is not ProposalState.APPROVED:
                raise ProposalNotOpen(f"the proposal {order.proposal} was executed meanwhile")
            acts.installed(connection, act, order, esl_sm3)
            _decide(connection, order.proposal, ProposalState.EXECUTED, order.by, order.now)
            return _find(connection, order.proposal)

    def reject(self, number: int, *, reason: str, by: str, now: datetime) -> ProposalRecord:
        """Refuse it for good; who proposed it may take it back the same way."""
        with write_session(self._engine) as connection:
            proposal = _open(connection, number, now)
            person = active(connection, by)
            if by != proposal.proposed_by:
                _require_may_approve(person, proposal, connection)
            state = ProposalState.REJECTED
            # Who takes back their own has decided nothing: the table keeps two people apart.
            decided = {"decided_by": None if by == proposal.proposed_by else by}
            values = {"state": state.value, "reason": reason, "decided_at": now, **decided}
            connection.execute(_CHANGE, {"wanted": number, **values})
            _tell(connection, number, AuditAction.REJECTED, by, now)
            return _find(connection, number)

    def find(self, number: int) -> ProposalRecord:
        """Return one proposal; raises `ProposalNotFound`."""
        with read_session(self._engine) as connection:
            return _find(connection, number)

    def newest(
        self, *, state: ProposalState | None = None, older_than: int | None = None
    ) -> tuple[ProposalHead, ...]:
        """Return the newest, at most `MAX_PAGE`, without payloads, below `older_than`."""
        query = _NEWEST if state is None else _NEWEST.where(PROPOSAL.c.state == state.value)
        if older_than is not None:
            query = query.where(PROPOSAL.c.id < older_than)
        with read_session(self._engine) as connection:
            return tuple(_read(ProposalHead, row) for row in connection.execute(query))


def _decidable(connection: Connection, number: int, by: str, now: datetime) -> ProposalRecord:
    proposal = _open(connection, number, now)
    _require_may_approve(active(connection, by), proposal, connection)
    if proposal.state is ProposalState.APPROVED and proposal.decided_by != by:
        raise ProposalNotOpen(f"{proposal.decided_by} has approved it and must finish it")
    return proposal


def _open(connection: Connection, number: int, now: datetime) -> ProposalRecord:
    proposal = _find(connection, number)
    if proposal.state not in (ProposalState.OPEN, ProposalState.APPROVED):
        raise ProposalNotOpen(f"the proposal {number} is {proposal.state}")
    if proposal.is_expired(now):
        raise ProposalNotOpen(f"the proposal {number} has expired")
    return proposal


def _require_may_approve(
    person: PersonRecord, proposal: ProposalRecord, connection: Connection
) -> None:
    if person.name == proposal.proposed_by:
        raise ActNotAllowed("nobody approves what they proposed")
    if person.role not in ACTS[proposal.act].approve:
        raise ActNotAllowed(f"your role may not approve {proposal.act}")
    if person.role is active(connection, proposal.proposed_by).role:
        raise ActNotAllowed("it takes two people of two roles")


def _require_unchanged(connection: Connection, proposal: ProposalRecord, seen_sm3: str) -> None:
    first = history(connection, _subject(proposal.id))[0]
    digests = {
        seen_sm3,
        proposal.payload_sm3,
        payload_sm3(proposal.act, proposal.payload),
        first.details.get("payload_sm3"),
    }
    if len(digests) != 1 or first.action is not AuditAction.PROPOSED:
        raise PayloadChanged("what would be done is not what was proposed and seen")


_TELLS = {
    ProposalState.APPROVED: AuditAction.APPROVED,
    ProposalState.EXECUTED: AuditAction.EXECUTED,
}


def _decide(
    connection: Connection, number: int, state: ProposalState, by: str, now: datetime
) -> None:
    values = {"state": state.value, "decided_by": by, "decided_at": now}
    connection.execute(_CHANGE, {"wanted": number, **values})
    _tell(connection, number, _TELLS[state], by, now)


def _tell(
    connection: Connection,
    number: int,
    action: AuditAction,
    by: str,
    now: datetime,
    **details: Any,  # noqa: ANN401 - texts
) -> None:
    append(connection, Happening(action, _subject(number), by, now, details))


def _subject(number: int) -> str:
    return f"proposal:{number}"


def _find(connection: Connection, number: int) -> ProposalRecord:
    row = connection.execute(_FIND, {"wanted": number}).one_or_none()
    if row is None:
        raise ProposalNotFound(f"there is no proposal {number}")
    return _read(ProposalRecord, row)


Kind = TypeVar("Kind", bound=ProposalHead)


def _read(kind: type[Kind], row: object) -> Kind:
    named = dict(row._mapping)  # type: ignore[attr-defined]
    act, state = Act(named["act"]), ProposalState(named["state"])
    return kind(**{**named, "act": act, "state": state})
