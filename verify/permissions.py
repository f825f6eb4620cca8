"""Whether what was signed later was allowed, and whether the file is certified as it must be."""

from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf

from verify.codes import Code
from verify.locks import NO_CHANGES, Locks
from verify.page_tree import get
from verify.report import SignatureKind
from verify.revisions import IN_FILE, Structure
from verify.upload import ReadablePdf

__all__ = ["Forbidden", "Peer", "certification_fault", "require_permitted"]


@dataclass(frozen=True, slots=True)
class Peer:
    """One signature of the file, as far as the others must know it."""

    end: int
    """How many bytes of the file it covers."""
    kind: SignatureKind
    field_name: str
    field_number: int
    """The object number of its field; 0 where it has none."""
    at: int | None
    """Where its dictionary stands in the file."""
    is_shown: bool
    certifies: bool


class Forbidden(Exception):
    """A later signature is one that this signature does not allow; stays in this package."""

    def __init__(self, code: Code, detail: str) -> None:
        """`code` says which lock."""
        super().__init__(detail)
        self.code = code


def require_permitted(locks: Locks, signed: Structure, peers: tuple[Peer, ...]) -> None:
    """Raise `Forbidden` for a later signature against the locks; `signed` is what was signed.

    Document time-stamps and evidence are always allowed.
    """
    for peer in peers:
        if peer.end <= signed.end or peer.kind is SignatureKind.TIMESTAMP:
            continue
        if locks.permission == NO_CHANGES:
            detail = "the signature allows no change, and another signature was added"
            raise Forbidden(Code.CHANGE_NOT_PERMITTED, detail)
        if locks.fields is not None and locks.fields.holds(peer.field_name):
            detail = "a field that the signature locks was signed later"
            raise Forbidden(Code.FIELD_LOCKED, detail)
        if locks.certifies and peer.is_shown and signed.place_of(peer.field_number) is None:
            detail = "a new visible signature was added to a certified document"
            raise Forbidden(Code.CHANGE_NOT_PERMITTED, detail)


def certification_fault(
    readable: ReadablePdf, locks: Locks, end: int, peers: tuple[Peer, ...]
) -> tuple[Code, str] | None:
    """Say what is irregular about the certification of the file; `end` is that of the signature.

    There is one certification at most, it is the first signature, and the catalog's /Perms names
    it, if anything (ISO 32000-2, 12.8.2.2 and 12.8.6).
    """
    earlier = [one for one in peers if one.end < end]
    if locks.certifies and any(one.certifies for one in earlier):
        return Code.CERTIFICATION_TWICE, "another certification stands before this one"
    if locks.certifies and earlier:
        return Code.CERTIFICATION_NOT_FIRST, "the certification is not the first signature"
    if set(_named(readable)) - {one.at for one in peers if one.certifies}:
        return Code.CERTIFICATION_ELSEWHERE, "/Perms names something else as certification"
    return None


def _named(readable: ReadablePdf) -> Iterator[int]:
    """Yield where the certification stands that the catalog names; -1 for one out of place."""
    value = get(get(readable.catalog, "/Perms"), "/DocMDP")
    if value is None or readable.structure is None:
        return
    number = value.objgen[0] if isinstance(value, pikepdf.Object) else 0
    place = readable.structure.place_of(number)
    yield place.at if place is not None and place.kind == IN_FILE else -1
