"""pyHanko's difference analysis as a second opinion on later revisions."""

import logging
from io import BytesIO

from pyhanko.pdf_utils.generic import (
    ArrayObject,
    DictionaryObject,
    PdfObject,
    Reference,
)
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    ModificationLevel,
    SuspiciousModification,
)
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm

from verify.locks import NO_CHANGES, Locks
from verify.upkeep import NotUpkeep

__all__ = ["SecondOpinion", "TooEntangled"]

# What pyHanko, a library that trusts its callers, was seen to raise on odd input.
_FOREIGN = (
    PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    AssertionError,
    RecursionError,
)
# It logs the objects of a stranger's file, with tracebacks; what matters is in its answer.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)


class TooEntangled(Exception):
    """The objects refer to one another in more ways than are followed; stays in this package."""


class SecondOpinion:
    """What pyHanko says about one file; it is slow, so it is asked once where that suffices."""

    def __init__(self, data: bytes, earliest: int, steps: int) -> None:
        """Remember the file; `earliest` is the oldest revision that a signature covers.

        Revisions are counted by cross-reference sections, from 0. `steps` is how many values
        pyHanko may look at for all signatures of the file together: it follows every path to
        an object, and a small file can have more paths than anybody can follow.
        """
        self._data = data
        self._earliest = earliest
        self._steps = _Steps(steps)
        self._known: str | None = None
        self._is_known = False

    def require_upkeep(self, revision: int, locks: Locks) -> None:
        """Raise `NotUpkeep` unless pyHanko, too, finds nothing but signature upkeep.

        Without locks, what holds since the earliest signed revision holds since a later one.
        Raises `TooEntangled` when there are too many paths.
        """
        if locks.permission is not None or locks.fields is not None:
            fault = self._fault(revision, locks)
        else:
            fault = self._since_earliest()
        if fault is not None:
            raise NotUpkeep(fault)

    def _since_earliest(self) -> str | None:
        if not self._is_known:
            self._known = self._fault(self._earliest, Locks())
            self._is_known = True
        return self._known

    def _fault(self, revision: int, locks: Locks) -> str | None:
        try:
            result = DEFAULT_DIFF_POLICY.review_file(
                _Reader(self._data, self._steps),
                revision,
                field_mdp_spec=_field_mdp(locks),
                doc_mdp=None if locks.permission is None else MDPPerm(locks.permission),
            )
        except _FOREIGN as error:
            return f"pyHanko cannot follow the revisions ({type(error).__name__})"
        if isinstance(result, SuspiciousModification) or result.modification_level > _most_allowed(
            locks
        ):
            return f"pyHanko: {result}"
        return None


def _field_mdp(locks: Locks) -> FieldMDPSpec | None:
    if locks.fields is None:
        return None
    return FieldMDPSpec(FieldMDPAction(locks.fields.action), sorted(locks.fields.names))


def _most_allowed(locks: Locks) -> ModificationLevel:
    """Evidence and time-stamps are allowed whatever is forbidden (ISO 32000-2, 12.8.2.2)."""
    if locks.permission == NO_CHANGES:
        return ModificationLevel.LTA_UPDATES
    return ModificationLevel.FORM_FILLING


class _Steps:
    """What is left of the steps; once they are used up, every further one raises."""

    def __init__(self, left: int) -> None:
        self._left = left

    def spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise TooEntangled("the objects refer to one another in more ways than are followed")


class _Reader(PdfFileReader):
    """Reads like pyHanko's, and hands out states whose look-ups are counted."""

    def __init__(self, data: bytes, steps: _Steps) -> None:
        super().__init__(BytesIO(data), strict=True)
        self._steps = steps
        self._states: dict[int, HistoricalResolver] = {}

    def get_historical_resolver(self, revision: int) -> HistoricalResolver:
        if revision not in self._states:
            self._states[revision] = _State(self, revision, self._steps)
        return self._states[revision]


class _State(HistoricalResolver):
    """One state of the file; looking an object up costs as many steps as it has values."""

    def __init__(self, reader: PdfFileReader, revision: int, steps: _Steps) -> None:
        super().__init__(reader, revision)
        self._steps = steps
        self._weights: dict[tuple[int, int], int] = {}

    def get_object(self, ref: Reference, as_metadata_stream: bool = False) -> PdfObject:
        found: PdfObject = super().get_object(ref, as_metadata_stream)
        key = (ref.idnum, ref.generation)
        if key not in self._weights:
            self._weights[key] = _weight(found)
        self._steps.spend(self._weights[key])
        return found


def _weight(value: object) -> int:
    """Return how many values stand in an object, itself included and references not followed."""
    if isinstance(value, DictionaryObject):
        return 1 + sum(_weight(value.raw_get(key)) for key in value)
    if isinstance(value, ArrayObject):
        return 1 + sum(_weight(value.raw_get(index)) for index in range(len(value)))
    return 1
