"""pyHanko's difference analysis as a second opinion on later revisions."""

from io import BytesIO

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    ModificationLevel,
    SuspiciousModification,
)
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

from verify.upkeep import NotUpkeep

__all__ = ["SecondOpinion"]

# What pyHanko, a library that trusts its callers, was seen to raise on odd input.
_FOREIGN = (
    PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    AssertionError,
    RecursionError,
)


class SecondOpinion:
    """What pyHanko says about one file; it is slow, so it is asked once where that suffices."""

    def __init__(self, data: bytes, earliest: int) -> None:
        """Remember the file; `earliest` is the oldest revision that a signature covers.

        Revisions are counted by cross-reference sections, from 0.
        """
        self._data = data
        self._earliest = earliest
        self._known: str | None = None
        self._is_known = False

    def require_upkeep(
        self, revision: int, permission: int | None, locked: FieldMDPSpec | None
    ) -> None:
        """Raise `NotUpkeep` unless pyHanko, too, finds nothing but signature upkeep.

        Without locks, what holds since the earliest signed revision holds since a later one.
        `permission` is the P of DocMDP.
        """
        if permission is not None or locked is not None:
            fault = _fault(self._data, revision, permission, locked)
        else:
            fault = self._since_earliest()
        if fault is not None:
            raise NotUpkeep(fault)

    def _since_earliest(self) -> str | None:
        if not self._is_known:
            self._known = _fault(self._data, self._earliest, None, None)
            self._is_known = True
        return self._known


def _fault(
    data: bytes, revision: int, permission: int | None, locked: FieldMDPSpec | None
) -> str | None:
    try:
        result = DEFAULT_DIFF_POLICY.review_file(
            PdfFileReader(BytesIO(data), strict=True),
            revision,
            field_mdp_spec=locked,
            doc_mdp=None if permission is None else MDPPerm(permission),
        )
    except _FOREIGN as error:
        return f"pyHanko cannot follow the revisions ({type(error).__name__})"
    if (
        isinstance(result, SuspiciousModification)
        or result.modification_level > ModificationLevel.FORM_FILLING
    ):
        return f"pyHanko: {result}"
    return None
