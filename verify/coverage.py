"""Which bytes a signature covers, proven from the raw file: never from what a library says."""

from dataclasses import dataclass, field

from verify.codes import Code
from verify.errors import NotAPdf, PdfTooLarge
from verify.expansion import Budget
from verify.finding import FoundSignature
from verify.report import Coverage
from verify.revisions import BrokenStructure, Structure, read_structure
from verify.upload import ReadablePdf

__all__ = ["SignedBytes", "signed_bytes"]

_NUMBERS = 4  # ISO 32000-1, table 252: pairs of offset and length; ours has one gap


@dataclass(frozen=True, slots=True)
class SignedBytes:
    """The gap, the end and how far that reaches; `fault` says what is wrong with it."""

    gap: tuple[int, int]
    """Offsets of the first byte left out and of the first byte after."""
    end: int
    covers: Coverage
    revision: Structure | None = field(repr=False)
    """The file as it stood when it was signed."""
    fault: Code | None


_NOTHING = SignedBytes((0, 0), 0, Coverage.NONE, None, Code.BYTE_RANGE_MALFORMED)


def signed_bytes(readable: ReadablePdf, found: FoundSignature) -> SignedBytes:
    """Return what the ByteRange covers; only [0 a b c] around the one /Contents is sound."""
    numbers = None if found.dictionary is None else found.dictionary.get(b"ByteRange")
    if not isinstance(numbers, list) or len(numbers) != _NUMBERS:
        return _NOTHING
    if not all(isinstance(one, int) and one >= 0 for one in numbers):
        return _NOTHING
    start, first, second, rest = numbers
    gap, end = (first, second), second + rest
    if start != 0 or second < first or end > len(readable.data):
        return _NOTHING
    contents = None if found.dictionary is None else found.dictionary.find(b"Contents")
    if contents is None or (contents.start, contents.end) != gap:
        return SignedBytes(gap, end, Coverage.PARTIAL, None, Code.BYTE_RANGE_GAP)
    return _reach(readable, found, gap, end)


def _reach(
    readable: ReadablePdf, found: FoundSignature, gap: tuple[int, int], end: int
) -> SignedBytes:
    revision = _state_at(readable, end)
    if revision is None or not _holds(revision, found):
        return SignedBytes(gap, end, Coverage.PARTIAL, None, Code.BYTE_RANGE_END)
    is_all = end == len(readable.data)
    covers = Coverage.ENTIRE_FILE if is_all else Coverage.ENTIRE_REVISION
    return SignedBytes(gap, end, covers, revision, None)


def _state_at(readable: ReadablePdf, end: int) -> Structure | None:
    """Return the file as it stood at `end`, if a revision of this file ends there; read once."""
    if end not in readable.states:
        readable.states[end] = _read_state(readable, end)
    return readable.states[end]


def _read_state(readable: ReadablePdf, end: int) -> Structure | None:
    now = readable.structure
    if now is None or end == now.end:
        return now
    if end > readable.data.rfind(b"startxref"):
        # What follows is no revision: even white space was not there when it was signed.
        return None
    try:
        budget = Budget(readable.limits.expansion_bytes)
        then = read_structure(readable.data, end, readable.limits, budget)
    except (BrokenStructure, NotAPdf):
        return None
    if now.offsets[-len(then.sections) :] != then.offsets:
        return None
    known = sum(len(one.places) for one in readable.states.values() if one is not None)
    if known + len(then.places) > readable.limits.signed_objects:
        raise PdfTooLarge(
            f"its signed revisions have more than {readable.limits.signed_objects} objects"
        )
    return _shared(now, then)


def _shared(now: Structure, then: Structure) -> Structure:
    """Return the earlier state out of the sections of the later one, so that they are kept once."""
    sections = now.sections[-len(then.sections) :]
    places = {number: place for one in reversed(sections) for number, place in one.places.items()}
    return Structure(then.end, sections, places)


def _holds(revision: Structure, found: FoundSignature) -> bool:
    return found.at in [place.at for place in revision.places.values()]
