"""What a signature allows later: DocMDP and FieldMDP (ISO 32000-1, 12.8.2)."""

from dataclasses import dataclass

import pikepdf
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import FieldMDPSpec

from verify.page_tree import get
from verify.subject import Subject

__all__ = ["Locks", "locks_of"]

_DEFAULT_PERMISSION = 2
_PERMISSIONS = frozenset({1, 2, 3})
_REFERENCES_MAX = 8


@dataclass(frozen=True, slots=True)
class Locks:
    """`permission` is the P of DocMDP, None without one; `fields` what FieldMDP locks."""

    permission: int | None
    fields: FieldMDPSpec | None


def locks_of(subject: Subject) -> Locks | None:
    """Return the locks this signature sets; None when they are not understood."""
    references = get(subject.found.foreign, "/Reference")
    if references is None:
        return Locks(None, None)
    if not isinstance(references, pikepdf.Array) or len(references) > _REFERENCES_MAX:
        return None
    permission, fields = None, None
    for reference in references:
        parameters = get(reference, "/TransformParams")
        match get(reference, "/TransformMethod"):
            case "/DocMDP":
                permission = _permission(parameters)
                if permission is None:
                    return None
            case "/FieldMDP":
                fields = _fields(parameters)
                if fields is None:
                    return None
            case _:
                return None
    return Locks(permission, fields)


def _permission(parameters: pikepdf.Object | None) -> int | None:
    value: object = get(parameters, "/P")
    value = _DEFAULT_PERMISSION if value is None else value
    return value if isinstance(value, int) and value in _PERMISSIONS else None


def _fields(parameters: pikepdf.Object | None) -> FieldMDPSpec | None:
    action, names = get(parameters, "/Action"), get(parameters, "/Fields")
    given = DictionaryObject()  # type: ignore[no-untyped-call]
    given[NameObject("/Action")] = NameObject(str(action))
    if isinstance(names, pikepdf.Array):
        texts = [TextStringObject(str(one)) for one in names if isinstance(one, pikepdf.String)]
        given[NameObject("/Fields")] = ArrayObject(texts)
    try:
        return FieldMDPSpec.from_pdf_object(given)
    except (PdfError, ValueError, KeyError):
        return None
