"""What a signature allows later: DocMDP, FieldMDP and the field's lock (ISO 32000-2, 12.8.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf

from verify.codes import Code
from verify.finding import FoundSignature
from verify.page_tree import get

__all__ = ["FieldLock", "Locks", "UnclearLocks", "certifies", "locks_of"]

NO_CHANGES = 1  # P of DocMDP (ISO 32000-2, table 257)
_DEFAULT_PERMISSION = 2
_PERMISSIONS = frozenset({NO_CHANGES, 2, 3})
_ACTIONS = frozenset({"/All", "/Include", "/Exclude"})
_REFERENCES_MAX = 8


class UnclearLocks(Exception):
    """What the signature forbids cannot be told; stays in this package."""

    def __init__(self, code: Code, detail: str) -> None:
        """`code` says in which way."""
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class FieldLock:
    """Which fields may not change; `action` is All, Include or Exclude, with its slash."""

    action: str
    names: frozenset[str]

    def holds(self, field: str) -> bool:
        """Say whether the field of this full name is locked; a name stands for all below it."""
        if self.action == "/All":
            return True
        is_named = any(field == one or field.startswith(one + ".") for one in self.names)
        return is_named == (self.action == "/Include")


@dataclass(frozen=True, slots=True)
class Locks:
    """`permission` is the strictest P that is set, None without one."""

    permission: int | None = None
    fields: FieldLock | None = None
    certifies: bool = False
    """Whether it is a certification: it has a DocMDP reference of its own."""


def certifies(found: FoundSignature) -> bool:
    """Say whether the signature has a DocMDP reference, understood or not."""
    try:
        return any(get(one, "/TransformMethod") == "/DocMDP" for one in _references(found))
    except UnclearLocks:
        return False


def locks_of(found: FoundSignature) -> Locks:
    """Return the locks that a signature sets; raise `UnclearLocks` for any not understood."""
    lock = None if found.field is None else get(found.field.line[0], "/Lock")
    parameters: dict[str, pikepdf.Object | None] = {}
    for reference in _references(found):
        method = str(get(reference, "/TransformMethod"))
        if method not in {"/DocMDP", "/FieldMDP"} or method in parameters:
            raise UnclearLocks(Code.LOCK_UNKNOWN, "a signature reference is of an unknown kind")
        parameters[method] = get(reference, "/TransformParams")
    given = tuple(_permission(one) for one in (*parameters.values(), lock))
    stated = [one for one in given if one is not None]
    if "/DocMDP" in parameters and _permission(parameters["/DocMDP"]) is None:
        stated.append(_DEFAULT_PERMISSION)
    return Locks(
        permission=min(stated, default=None),
        fields=_agreed(parameters, lock),
        certifies="/DocMDP" in parameters,
    )


def _references(found: FoundSignature) -> Iterator[pikepdf.Object]:
    # Our own reader is asked first: qpdf would decode the whole /Contents once more.
    if found.dictionary is None or found.dictionary.get(b"Reference") is None:
        return
    references = get(found.foreign, "/Reference")
    if references is None:
        return
    if not isinstance(references, pikepdf.Array) or len(references) > _REFERENCES_MAX:
        raise UnclearLocks(Code.LOCK_UNKNOWN, "the signature references are no short array")
    yield from references


def _permission(holder: pikepdf.Object | None) -> int | None:
    value: object = get(holder, "/P")
    if value is None:
        return None
    if not isinstance(value, int) or value not in _PERMISSIONS:
        raise UnclearLocks(Code.LOCK_UNKNOWN, "the permission for later changes is none of 1, 2, 3")
    return value


def _agreed(
    parameters: dict[str, pikepdf.Object | None], lock: pikepdf.Object | None
) -> FieldLock | None:
    """Return what the reference and the field's own lock say, which must be one thing."""
    wanted = None if get(lock, "/Action") is None else _field_lock(lock)
    if "/FieldMDP" not in parameters:
        return wanted
    signed = _field_lock(parameters["/FieldMDP"])
    if wanted is not None and wanted != signed:
        detail = "the signature locks other fields than its field's own lock names"
        raise UnclearLocks(Code.LOCKS_CONTRADICT, detail)
    return signed


def _field_lock(parameters: pikepdf.Object | None) -> FieldLock:
    action, names = str(get(parameters, "/Action")), get(parameters, "/Fields")
    if action not in _ACTIONS:
        raise UnclearLocks(Code.LOCK_UNKNOWN, "the action of a field lock is not known")
    if action == "/All":
        return FieldLock(action, frozenset())
    if not isinstance(names, pikepdf.Array) or not all(
        isinstance(one, pikepdf.String) for one in names
    ):
        raise UnclearLocks(Code.LOCK_UNKNOWN, "a field lock does not name its fields")
    return FieldLock(action, frozenset(str(one) for one in names))
