"""The three administrators (三权分立): what each may do or read, and what takes two of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from licenses.errors import ActNotAllowed

__all__ = ["ACTS", "RIGHTS", "SCOPES", "Act", "ActRule", "Right", "Role", "require_right"]


class Role(StrEnum):
    """A person has one of them, for good; who needs another one is another person."""

    SYSTEM = "system"
    """系统管理员: prepares what is to be done."""
    SECURITY = "security"
    """安全管理员: allows it."""
    AUDIT = "audit"
    """审计管理员: reads what was done, and can do none of it."""


class Act(StrEnum):
    """What needs two people."""

    PERSON_ADD = "person.add"
    PERSON_SECRET = "person.secret"  # noqa: S105 - an act's name
    SEAL_MAKE = "seal.make"
    SEAL_IMPORT = "seal.import"
    SEAL_GRANT = "seal.grant"
    SEAL_RESUME = "seal.resume"
    SEAL_DESTROY = "seal.destroy"


@dataclass(frozen=True, slots=True)
class ActRule:
    """Roles that may propose an act and that may approve it; always two people of two roles."""

    propose: frozenset[Role]
    approve: frozenset[Role]


_SYSTEM, _SECURITY, _AUDIT = (frozenset({one}) for one in Role)
_ACTING = _SYSTEM | _SECURITY
_EVERYBODY = _ACTING | _AUDIT

_EITHER = ActRule(_ACTING, _ACTING)
_ALLOWED_BY_SECURITY = ActRule(_SYSTEM, _SECURITY)

ACTS: Mapping[Act, ActRule] = {
    Act.PERSON_ADD: _EITHER,
    Act.PERSON_SECRET: _EITHER,
    Act.SEAL_MAKE: _ALLOWED_BY_SECURITY,
    Act.SEAL_IMPORT: _ALLOWED_BY_SECURITY,
    Act.SEAL_GRANT: _ALLOWED_BY_SECURITY,
    Act.SEAL_RESUME: _EITHER,
    Act.SEAL_DESTROY: _EITHER,
}


class Right(StrEnum):
    """What a person does alone; as a scope it opens the address at the API too."""

    READ_PEOPLE = "people:read"
    READ_PROPOSALS = "proposals:read"
    READ_SEALS = "seals:read"
    """Seals, and their grants with what was used of them."""
    READ_USES = "uses:read"
    """Every use of a seal, line by line."""
    PROPOSE = "proposals:make"
    DECIDE = "proposals:decide"
    """Approve or refuse; `ACTS` says which, and nobody their own."""
    REGISTER = "seals:register"
    STOP = "seals:stop"
    """Suspend a seal, withdraw a grant: at once, and alone."""
    DISABLE = "people:disable"


RIGHTS: Mapping[Right, frozenset[Role]] = {
    Right.READ_PEOPLE: _EVERYBODY,
    Right.READ_PROPOSALS: _EVERYBODY,
    Right.READ_SEALS: _EVERYBODY,
    Right.READ_USES: _AUDIT,
    Right.PROPOSE: _ACTING,
    Right.DECIDE: _ACTING,
    Right.REGISTER: _SYSTEM,
    Right.STOP: _ACTING,
    Right.DISABLE: _ACTING,
}

SCOPES: Mapping[Role, frozenset[str]] = {
    role: frozenset(right.value for right, roles in RIGHTS.items() if role in roles)
    for role in Role
}
"""What a person's token may hold; the role itself is asked again each time."""


def require_right(role: Role, right: Right) -> None:
    """Raise `ActNotAllowed` for a role that does not have the right."""
    if role not in RIGHTS[right]:
        raise ActNotAllowed(f"{right} is not for the {role} administrator")
