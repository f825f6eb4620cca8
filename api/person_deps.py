"""Which person is calling, and whether their role has the right that the route asks for."""

from typing import Annotated

from fastapi import Security
from fastapi.security import SecurityScopes

from api.deps import Authorization, ServicesDep, caller_of
from api.errors import InvalidToken
from licenses.errors import ClientRefused
from licenses.people import PersonRecord
from licenses.roles import Right, require_right

__all__ = [
    "Decider",
    "Disabler",
    "PeopleReader",
    "ProposalReader",
    "Proposer",
    "Registrar",
    "SealReader",
    "Stopper",
    "UseReader",
]


def person_of(
    wanted: SecurityScopes, authorization: Authorization, services: ServicesDep
) -> PersonRecord:
    """Return the person who calls.

    The token may be ten minutes old; the person is asked for now. Raises what `caller_of` raises,
    `UnknownPerson` for a system and for whoever was disabled, `InvalidToken` where their secret
    was replaced since, and `ActNotAllowed`.
    """
    caller = caller_of(wanted, authorization, services)
    try:
        person = services.governance.people.acting(caller.client, proved_at=caller.proved_at)
    except ClientRefused as error:
        raise InvalidToken("the secret was replaced since") from error
    for scope in wanted.scopes:
        require_right(person.role, Right(scope))
    return person


PeopleReader = Annotated[PersonRecord, Security(person_of, scopes=[Right.READ_PEOPLE.value])]
ProposalReader = Annotated[PersonRecord, Security(person_of, scopes=[Right.READ_PROPOSALS.value])]
SealReader = Annotated[PersonRecord, Security(person_of, scopes=[Right.READ_SEALS.value])]
UseReader = Annotated[PersonRecord, Security(person_of, scopes=[Right.READ_USES.value])]
Proposer = Annotated[PersonRecord, Security(person_of, scopes=[Right.PROPOSE.value])]
Decider = Annotated[PersonRecord, Security(person_of, scopes=[Right.DECIDE.value])]
Registrar = Annotated[PersonRecord, Security(person_of, scopes=[Right.REGISTER.value])]
Stopper = Annotated[PersonRecord, Security(person_of, scopes=[Right.STOP.value])]
Disabler = Annotated[PersonRecord, Security(person_of, scopes=[Right.DISABLE.value])]
