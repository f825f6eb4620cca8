"""The three administrators (三权分立) and what each may do: two people start, one may stop."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from licenses.errors import ActNotAllowed

__all__ = ["ACTS", "SCOPES", "STOPPING", "Act", "ActRule", "Role", "require_may_stop"]


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


_SYSTEM, _SECURITY = frozenset({Role.SYSTEM}), frozenset({Role.SECURITY})
STOPPING = _SYSTEM | _SECURITY
"""Who may suspend a seal, withdraw a grant, disable a person: at once, and alone."""

_EITHER = ActRule(STOPPING, STOPPING)
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

SCOPES: Mapping[Role, frozenset[str]] = {
    Role.SYSTEM: frozenset({"seals:propose", "seals:approve", "seals:read"}),
    Role.SECURITY: frozenset({"seals:propose", "seals:approve", "seals:read"}),
    Role.AUDIT: frozenset({"seals:read", "seals:audit"}),
}
"""What a person's token opens at the API; the role itself is asked again at every act."""


def require_may_stop(role: Role) -> None:
    """Raise `ActNotAllowed` for whoever only reads."""
    if role not in STOPPING:
        raise ActNotAllowed(f"the {role} administrator reads, and stops nothing")
