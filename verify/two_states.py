"""The same file at two moments: as it was signed, and as it is now."""

import re
from dataclasses import dataclass, field

from verify.errors import VerifyError
from verify.expansion import Budget, decoded_stream
from verify.object_streams import integer_of, read_indirect
from verify.plain import Plain, plain, references
from verify.revisions import FREE, Structure
from verify.tokens import Dictionary, MalformedObject, Reference
from verify.upload import ReadablePdf

__all__ = ["STREAM", "State", "TwoStates"]

STREAM = "stream"
"""Key under which a plain value keeps where its stream stands; no name is a str."""
_STREAM_WORD = re.compile(rb"[\x00\t\n\f\r ]*stream(?=[\r\n])")


@dataclass(frozen=True, slots=True)
class State:
    """Reads objects as one state of the file has them; raises `MalformedObject`."""

    readable: ReadablePdf = field(repr=False)
    structure: Structure = field(repr=False)

    def follow(self, value: Plain) -> Plain:
        """Return the value, or what it refers to; a stream's place is part of its value."""
        if not isinstance(value, Reference):
            return value
        readable, depth = self.readable, self.readable.limits.nesting_depth
        found, at = read_indirect(
            readable.data, self.structure, readable.streams, value, depth=depth
        )
        simple = plain(found)
        if at is not None and isinstance(found, Dictionary) and isinstance(simple, dict):
            is_stream = _STREAM_WORD.match(readable.data, found.end) is not None
            return {**simple, STREAM: at} if is_stream else simple
        return simple

    def content(self, reference: Reference) -> bytes:
        """Return what a stream holds; raise `MalformedObject` unless it is plain or deflated."""
        readable, depth = self.readable, self.readable.limits.nesting_depth
        found, at = read_indirect(
            readable.data, self.structure, readable.streams, reference, depth=depth
        )
        if not isinstance(found, Dictionary) or at is None:
            raise MalformedObject("an object that must be a stream is none")
        length = integer_of(readable.data, self.structure, found.get(b"Length"))
        budget = Budget(readable.limits.evidence_bytes)
        try:
            return decoded_stream(readable.data, found, length or 0, self.structure.end, budget)
        except VerifyError as error:
            raise MalformedObject(str(error)) from error

    def reachable(self, roots: Plain, limit: int) -> set[int] | None:
        """Return the numbers of all objects that can be reached; None when they are too many."""
        found: set[int] = set()
        pending = references(roots)
        while pending:
            number = pending.pop()
            if number in found:
                continue
            found.add(number)
            if len(found) > limit:
                return None
            pending.extend(references(self.follow(Reference(number, 0))))
        return found


@dataclass(frozen=True, slots=True)
class TwoStates:
    """Then and now."""

    then: State
    now: State

    def is_new(self, number: int) -> bool:
        """Say whether the signed state knew no such object."""
        return self.then.structure.place_of(number) is None

    def touched(self) -> set[int]:
        """Return the objects of the signed state that stand elsewhere now, or nowhere."""
        then, now = self.then.structure.places, self.now.structure.places
        return {
            number for number, place in then.items() if place.kind != FREE and now[number] != place
        }
