"""What each approved act does to the database, within the transaction that approves it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from licenses import grants, people, seals
from licenses.client_secrets import read_enrolment
from licenses.payloads import grant_of
from licenses.people import PersonRecord
from licenses.roles import Act, Role
from licenses.seals import SealStep

__all__ = ["EXECUTE", "INSTALLED", "Order", "installed", "require"]


@dataclass(frozen=True, slots=True)
class Order:
    """An act that two people want; `by` is who approved it."""

    proposal: int
    payload: Mapping[str, Any]
    by: str
    now: datetime


def _add_person(connection: Connection, order: Order) -> None:
    payload = order.payload
    role, enrolment = Role(payload["role"]), read_enrolment(payload["enrolment"])
    person = PersonRecord(payload["name"], payload["full_name"], role, order.now, None)
    people.add_person(connection, person, enrolment, by=order.by, now=order.now)


def _replace_secret(connection: Connection, order: Order) -> None:
    enrolment = read_enrolment(order.payload["enrolment"])
    name = order.payload["name"]
    people.replace_secret(connection, name, enrolment, by=order.by, now=order.now)


def _grant(connection: Connection, order: Order) -> None:
    new = grant_of(order.payload)
    grants.give(connection, new, proposal=order.proposal, by=order.by, now=order.now)


def _stepping(step: SealStep) -> Callable[[Connection, Order], None]:
    def execute(connection: Connection, order: Order) -> None:
        seal, reason = order.payload["seal"], order.payload["reason"]
        seals.step(connection, seal, step, by=order.by, now=order.now, reason=reason)

    return execute


EXECUTE: Mapping[Act, Callable[[Connection, Order], None]] = {
    Act.PERSON_ADD: _add_person,
    Act.PERSON_SECRET: _replace_secret,
    Act.SEAL_GRANT: _grant,
    Act.SEAL_RESUME: _stepping(SealStep.RESUME),
    Act.SEAL_DESTROY: _stepping(SealStep.DESTROY),
}
INSTALLED: Mapping[Act, SealStep] = {
    Act.SEAL_MAKE: SealStep.MAKE,
    Act.SEAL_IMPORT: SealStep.IMPORT,
}
"""Acts whose work is done outside, between two transactions; and the step it ends with."""

_STEP_OF: Mapping[Act, SealStep] = {
    **INSTALLED,
    Act.SEAL_GRANT: SealStep.GRANT,
    Act.SEAL_RESUME: SealStep.RESUME,
    Act.SEAL_DESTROY: SealStep.DESTROY,
}


def require(connection: Connection, act: Act, payload: Mapping[str, Any]) -> None:
    """Raise `UnknownSeal` or `IllegalTransition` where the seal's state does not allow the act."""
    if act in _STEP_OF:
        seals.require(connection, payload["seal"], _STEP_OF[act])
    if payload.get("renews"):
        seals.require(connection, payload["renews"], SealStep.RENEW)


def installed(connection: Connection, act: Act, order: Order, esl_sm3: str) -> None:
    """Write down that the seal's file of this digest is in the keyring now."""
    seal, old = order.payload["seal"], order.payload["renews"]
    seals.step(
        connection, seal, INSTALLED[act], by=order.by, now=order.now, reason=None, esl_sm3=esl_sm3
    )
    if old:
        renewing = {"reason": f"renewed by {seal}", "renewed_by": seal}
        seals.step(connection, old, SealStep.RENEW, by=order.by, now=order.now, **renewing)
        grants.carry_over(connection, old=old, new=seal)
        seals.step(connection, seal, SealStep.GRANT, by=order.by, now=order.now)
