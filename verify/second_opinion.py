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

__all__ = ["second_opinion"]

# What pyHanko, a library that trusts its callers, was seen to raise on odd input.
_FOREIGN = (
    PdfError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    RecursionError,
)


def second_opinion(
    data: bytes, revision: int, permission: int | None, locked: FieldMDPSpec | None
) -> None:
    """Raise `NotUpkeep` unless pyHanko, too, finds nothing but signature upkeep.

    `revision` counts cross-reference sections, the oldest is 0; `permission` is the P of DocMDP.
    """
    try:
        result = DEFAULT_DIFF_POLICY.review_file(
            PdfFileReader(BytesIO(data), strict=True),
            revision,
            field_mdp_spec=locked,
            doc_mdp=None if permission is None else MDPPerm(permission),
        )
    except _FOREIGN as error:
        raise NotUpkeep(f"pyHanko cannot follow the revisions ({type(error).__name__})") from error
    if (
        isinstance(result, SuspiciousModification)
        or result.modification_level > ModificationLevel.FORM_FILLING
    ):
        raise NotUpkeep(f"pyHanko: {result}")
